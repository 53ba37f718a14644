"""A company's folder: settings, sources, snapshots, ledger and keys. Copy it and you have a backup."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from siop.core import Refused
from siop.settings import Settings, read_settings

DEFAULT = Path("data/workspace")


@dataclass(frozen=True)
class Workspace:
    """Where everything of one company lives. Nothing here opens a file but the settings."""

    root: Path

    @staticmethod
    def named(given: str | os.PathLike[str] | None = None) -> Workspace:
        """The workspace of `--workspace`, else of SIOP_WORKSPACE, else the default."""
        return Workspace(Path(given or os.environ.get("SIOP_WORKSPACE") or DEFAULT))

    @cached_property
    def settings(self) -> Settings:
        return read_settings(self.root / "siop.toml")

    @property
    def sources(self) -> Path:
        return self.root / "sources"

    @property
    def snapshots(self) -> Path:
        """Published snapshots `ID.duckdb`, and `current` that names the newest published one."""
        return self.root / "snapshots"

    @property
    def ledger_url(self) -> str:
        """SIOP_LEDGER_URL (PostgreSQL), else the SQLite file of the workspace."""
        return os.environ.get("SIOP_LEDGER_URL") or f"sqlite:///{(self.root / 'ledger.sqlite').resolve()}"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def exists(self) -> bool:
        """Whether anything was ever loaded or said here."""
        return self.snapshots.is_dir() or (self.root / "ledger.sqlite").exists()

    @property
    def taken(self) -> bool:
        """Whether the folder is a company's already, loaded or not: a sample that was begun there is none."""
        return not self.settings.sample and self.root.is_dir() and any(self.root.iterdir())

    def make(self) -> Workspace:
        """Create the folders; returns itself. Raises Refused where there can be none."""
        for folder in (self.root, self.snapshots, self.keys):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise Refused(f"{folder} cannot be made: {error.strerror or error}; name a folder") from None
        return self
