"""Files on their way in: dragged onto the page, kept in the workspace's own folder until they are published.

The name of an upload is data: it becomes a file name only after it was taken apart, and never a path. What is
staged is the company's present files with the new ones over them, so that one changed month is one file."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from siop.core import NotFound, Refused
from siop.core.finding import Finding
from siop.warehouse.mapping import FILE as MAPPING
from siop.warehouse.mapping import SUFFIXES

MAX_BYTES = 1_000_000_000  # of all staged files of one person
MAX_FILES = 200
MAX_NAME = 120
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')  # not in a file name on every system

State = Literal["as loaded", "new", "replaced"]


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file that would be loaded: `state` says how it compares with the files loaded last."""

    name: str
    bytes: int
    state: State


def file_name(given: str) -> str:
    """The file name of an upload. Raises Refused where it is none, or none that is loaded.

    >>> file_name("C:\\\\exports\\\\Sales 2026.csv"), file_name("../../etc/plans.xlsx")
    ('Sales 2026.csv', 'plans.xlsx')
    """
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rsplit("/", 1)[-1].strip()
    shown = name[:60] or "(no name)"
    if not name or name.startswith(".") or len(name) > MAX_NAME or _FORBIDDEN.search(name):
        raise _refused(
            shown, "file", "not a file name", f"name it plainly, with at most {MAX_NAME} characters"
        )
    if name != MAPPING and not name.casefold().endswith(SUFFIXES):
        raise _refused(
            shown, "format", "not a format that is loaded",
            f"export as CSV, XLSX or Parquet; a mapping is named {MAPPING}",
        )  # fmt: skip
    return name


class Staged:
    """The staged files of one person in one workspace.

    sources: the folder of the files loaded last. earlier: where that folder goes when new files are published.
    """

    def __init__(self, root: Path, person: str) -> None:
        self.sources = root / "sources"
        self.earlier = root / "earlier"
        # a person's id is data too: its hash is the folder's name
        self.folder = root / "staged" / sha256(person.encode()).hexdigest()[:16]

    @property
    def begun(self) -> bool:
        """Whether something is staged."""
        return self.folder.is_dir()

    def begin(self) -> None:
        """Stage the files loaded last, without copying them where the disk allows; what was staged stays."""
        if self.begun:
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".new-", dir=self.folder.parent))
        for path in _files(self.sources):
            target = aside / path.relative_to(self.sources)
            target.parent.mkdir(parents=True, exist_ok=True)
            _link(path, target)
        aside.rename(self.folder)

    def files(self) -> list[StagedFile]:
        """What would be loaded, by name; the mapping is not among them."""
        found = []
        for path in _files(self.folder):
            name = path.relative_to(self.folder)
            if name.as_posix() == MAPPING:
                continue
            before = self.sources / name
            state: State = "new"
            if before.is_file():
                state = "as loaded" if _same(before, path) else "replaced"
            found.append(StagedFile(name.as_posix(), path.stat().st_size, state))
        return found

    def put(self, given: str, data: bytes) -> str:
        """Stage one upload over what has its name; returns the name. Raises Refused where it is too much or not
        a file name; then nothing was changed."""
        name = file_name(given)
        self.begin()
        kept = [p for p in _files(self.folder) if p != self.folder / name]
        if len(kept) >= MAX_FILES:
            raise _refused(
                name, "size", f"more than {MAX_FILES} files", "load them in one file, or by command"
            )
        if sum(p.stat().st_size for p in kept) + len(data) > MAX_BYTES:
            raise _refused(
                name,
                "size",
                f"the staged files are over {MAX_BYTES:,} bytes",
                "load them by command: siop load",
            )
        _write(self.folder / name, data)
        return name

    def drop(self, name: str) -> None:
        """Take a file out. Raises NotFound where it is not staged."""
        if name not in {f.name for f in self.files()}:
            raise NotFound(f"{name} is not among the files to load")
        (self.folder / name).unlink()

    @property
    def mapping(self) -> str | None:
        """The text of the staged mapping, None where there is none."""
        path = self.folder / MAPPING
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None

    def map(self, text: str) -> None:
        """Stage a mapping."""
        self.begin()
        _write(self.folder / MAPPING, text.encode())

    def discard(self) -> None:
        """Forget what is staged; the files loaded last stay as they are."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def adopt(self, previous: str | None) -> None:
        """After publishing: the staged files are the company's files now; those before are kept as earlier/ID.

        previous: the snapshot that was loaded from the files before."""
        if not self.begun:
            return
        if self.sources.is_dir() and any(self.sources.iterdir()):
            self.earlier.mkdir(exist_ok=True)
            place = self.earlier / (previous or "before")
            shutil.rmtree(place, ignore_errors=True)
            self.sources.rename(place)
        elif self.sources.is_dir():
            self.sources.rmdir()
        self.folder.rename(self.sources)


def _files(folder: Path) -> list[Path]:
    """Every plain file of a folder and those below, by name. Links are left out: they may lead elsewhere."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())


def _link(path: Path, target: Path) -> None:
    """The same bytes under another name. Staged files are replaced, never written into, so a link is safe."""
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)


def _same(one: Path, other: Path) -> bool:
    if one.samefile(other):
        return True
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as a, other.open("rb") as b:
        while block := a.read(1 << 20):
            if block != b.read(1 << 20):
                return False
    return True


def _write(path: Path, data: bytes) -> None:
    """Replace a file at once, so that nobody reads half of it and a link's other end keeps its bytes."""
    handle, aside = tempfile.mkstemp(prefix=".put-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(aside).chmod(0o644)
        Path(aside).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(aside).unlink()
        raise


def _refused(name: str, rule: str, message: str, fix: str) -> Refused:
    return Refused(f"{name}: {message}; {fix}", [Finding("error", name, rule, message, fix)])
