"""A folder is a company's from the moment somebody made it; a sample is made only where there is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from siop.sample import fill
from siop.settings import Settings, write_settings
from siop.workspace import Workspace


def test_a_folder_that_was_made_for_a_company_is_taken(tmp_path: Path) -> None:
    place = Workspace(tmp_path / "acme")
    assert not place.taken
    place.make()
    assert place.taken


def test_nothing_and_a_sample_that_was_begun_are_not_taken(tmp_path: Path) -> None:
    assert not Workspace(tmp_path / "none").taken
    begun = Workspace(tmp_path / "begun").make()
    write_settings(begun.root / "siop.toml", Settings(sample="halden"))
    assert not Workspace(begun.root).taken


def test_a_sample_that_broke_off_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed while it wrote its files: the folder is still a sample's, not a company's."""

    def broken(folder: Path, seed: int, name: str) -> None:
        (folder / "sources").mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(fill, "make", broken)
    with pytest.raises(KeyboardInterrupt):
        fill.make_workspace(Workspace(tmp_path / "sample"))
    assert any((tmp_path / "sample").iterdir())
    assert not Workspace(tmp_path / "sample").taken
