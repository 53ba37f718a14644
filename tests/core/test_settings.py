"""siop.toml: defaults, and every mistake named with the key and the fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from siop.core import Refused
from siop.settings import Settings, read_settings, write_settings


def test_a_missing_file_is_the_defaults(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "siop.toml") == Settings()


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    told = Settings(company="Halden", sample="halden", seed=7, lag=2, correlation=0.5)
    write_settings(tmp_path / "siop.toml", told)
    assert read_settings(tmp_path / "siop.toml") == told


@pytest.mark.parametrize(
    ("text", "key", "fix"),
    [
        ("lagg = 2", "lagg", "lag"),
        ('lag = "two"', "lag", "int"),
        ("lag = true", "lag", "int"),
        ("lag = ", None, "defaults"),
    ],
)
def test_a_mistake_names_the_key_and_the_fix(tmp_path: Path, text: str, key: str | None, fix: str) -> None:
    path = tmp_path / "siop.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as caught:
        read_settings(path)
    finding = caught.value.findings[0]
    assert (finding.file, finding.column) == ("siop.toml", key)
    assert fix in finding.fix
