"""Nothing that computes or shows knows the truth: stories.json is named in siop/sample/ alone."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
SECRET = ("stories.json", "stories_json", "siop.sample.truth", "siop.sample.stories")


def mentions(root: Path) -> list[str]:
    """Files of siop/ outside sample/, of pages/, and app.py that name the truth."""
    files = [*(root / "siop").rglob("*"), *(root / "pages").rglob("*"), root / "app.py"]
    found = []
    for path in sorted(files):
        inside = path.relative_to(root).parts[:2] == ("siop", "sample")
        if (
            inside
            or not path.is_file()
            or path.suffix not in (".py", ".sql", ".toml", ".js", ".css", ".html")
        ):
            continue
        text = path.read_text(encoding="utf-8")
        found += [f"{path.relative_to(root)}: {word}" for word in SECRET if word in text]
    return found


def test_only_the_sample_names_the_truth() -> None:
    assert (ROOT / "siop" / "sample" / "truth.py").is_file()
    assert mentions(ROOT) == []


def test_a_page_that_peeks_is_found(tmp_path: Path) -> None:
    """The guard with a broken twin."""
    for name, text in (("siop/health/peek.py", 'open("stories.json")'), ("pages/data.py", "x = 1"),
                       ("siop/sample/truth.py", '"stories.json"')):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert mentions(tmp_path) == ["siop/health/peek.py: stories.json"]
