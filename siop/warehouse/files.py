"""Files of a sources folder: found inside it, known by their first bytes, measured before they are opened."""

from __future__ import annotations

import glob
import gzip
import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from siop.core import Refused
from siop.core.finding import Finding
from siop.warehouse.findings import RULES, Findings

CHUNK = 1 << 20
MAX_RATIO = 200  # an archive that unpacks to more than this many times its size, beyond FREE bytes, is a bomb
FREE = 50_000_000
MAX_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read at most."""

    rows: int = 50_000_000
    cell_chars: int = 32_767
    bytes: int = 8_000_000_000
    seconds: float = 1800.0


@dataclass(slots=True)
class File:
    """One file of the sources folder, and after reading, the rows it gave."""

    number: int
    name: str  # as the mapping would write it
    path: Path
    kind: str  # csv, csv.gz, xlsx, parquet
    bytes: int = 0
    sha256: str = ""
    sheet: str | None = None
    lines: int = 0
    plain: bool = False  # text without quotes or null bytes, with one kind of line end


def refused(
    rule: str, message: str, file: str, *, row: int | None = None, column: str | None = None,
    sheet: str | None = None, fix: str | None = None, value: str | None = None,
) -> Refused:  # fmt: skip
    """A refusal of one file, carrying its finding."""
    text = value if value is None or len(value) <= 200 else value[:200] + "…"
    finding = Finding(
        "error", file, rule, message, fix or RULES[rule].fix, sheet=sheet, row=row, column=column, value=text
    )
    return Refused(str(finding), [finding])


def is_text(name: str) -> bool:
    """Whether a file's name is UTF-8: Python marks other bytes by characters that no text may have."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def find(folder: Path, pattern: str, findings: Findings) -> list[Path]:
    """The files of a mapping's `file`: one, or those of a glob, in order; all inside the folder."""
    inside = folder.resolve()
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        findings.add("error", "file", "a path outside the sources folder", file=pattern)
        return []
    exact = folder / pattern
    if exact.is_file():
        found = [exact]
    elif glob.has_magic(pattern):
        found = sorted(p for p in folder.glob(pattern) if p.is_file())
    else:
        found = []
    if not found:
        findings.add("error", "file", "no such file in the sources folder", file=pattern)
    kept = []
    for path in found:
        if inside in path.resolve().parents:
            kept.append(path)
        else:
            findings.add("error", "file", "a link that leads outside the sources folder", file=pattern)
    return kept


def kind_of(path: Path) -> str:
    """csv, csv.gz, xlsx or parquet, by name and first bytes. Raises Refused where they disagree."""
    name = path.name.casefold()
    with path.open("rb") as handle:
        head = handle.read(1024)
    if not head:
        raise refused("empty", "the file is empty", path.name)
    looks = _looks(head)
    by_name = next((kind for kind in ("csv.gz", "csv", "xlsx", "parquet") if name.endswith("." + kind)), None)
    if by_name is None:
        what = f"; it looks like {looks}" if looks else ""
        raise refused(
            "format", f"not a format that is loaded{what}", path.name, fix="export as CSV, XLSX or Parquet"
        )
    wanted = {"xlsx": "a zip archive", "parquet": "Parquet", "csv.gz": "gzip", "csv": None}[by_name]
    if looks != wanted:
        if by_name == "xlsx" and looks == "an old Office file":
            raise refused(
                "format",
                "the workbook is protected by a password, or of the old xls format",
                path.name,
                fix="save it as XLSX without a password",
            )
        said = {
            "a zip archive": "an XLSX workbook (a zip archive)",
            "Parquet": "Parquet: its magic bytes are missing",
            "gzip": "a gzip file",
        }.get(wanted or "", "a text file")
        raise refused("format", f"not {said}" + (f"; it looks like {looks}" if looks else ""), path.name)
    return by_name


def _looks(head: bytes) -> str | None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, what in (
        (b"PK\x03\x04", "a zip archive"),
        (b"PAR1", "Parquet"),
        (b"\x1f\x8b", "gzip"),
        (b"\xd0\xcf\x11\xe0", "an old Office file"),
        (b"%PDF", "PDF"),
        (b"SQLite format 3", "a database"),
    ):
        if head.startswith(magic):
            return what
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"<meta", b"<head", b"<body")):
        return "HTML or XML"
    return None


def measure(file: File) -> None:
    """One pass over the bytes: sha256, and what the text is made of."""
    sha, lines, returns, pairs, odd, last = hashlib.sha256(), 0, 0, 0, False, b"\n"
    with file.path.open("rb") as handle:
        for block in _blocks(handle):
            sha.update(block)
            if file.kind == "csv":
                lines += block.count(b"\n")
                odd = odd or b'"' in block or b"\x00" in block
                if b"\r" in block or last == b"\r":
                    returns += block.count(b"\r")
                    pairs += block.count(b"\r\n") + (last == b"\r" and block[:1] == b"\n")
            last = block[-1:]
    file.sha256, file.bytes = sha.hexdigest(), file.path.stat().st_size
    file.lines = lines + (last != b"\n")
    file.plain = not odd and returns == pairs and returns in (0, lines)


def check_size(path: Path, kind: str, limits: Limits) -> None:
    """Raises Refused where a file would unpack to more than the limit; an archive is measured by unpacking."""
    size = path.stat().st_size
    if size > limits.bytes:
        raise refused("size", f"the file is larger than the limit of {limits.bytes:,} bytes", path.name)
    if kind == "csv.gz":
        try:
            with gzip.open(path) as handle:
                _measure(handle, size, limits, path.name)
        except (OSError, EOFError) as error:
            raise refused("format", f"the gzip file is damaged: {error}", path.name) from None
    if kind == "xlsx":
        _check_archive(path, size, limits)


def _measure(handle: object, packed: int, limits: Limits, name: str, done: int = 0) -> int:
    for block in _blocks(handle):  # type: ignore[arg-type]
        done += len(block)
        if done > limits.bytes:
            raise refused("size", f"the unpacked size is over the limit of {limits.bytes:,} bytes", name)
        if done > FREE and done > packed * MAX_RATIO:
            raise refused(
                "size",
                f"the file is compressed more than {MAX_RATIO} times: the size it unpacks to is not plausible",
                name,
            )
    return done


def _blocks(handle: BinaryIO) -> Iterator[bytes]:
    while block := handle.read(CHUNK):
        yield block


def _check_archive(path: Path, packed: int, limits: Limits) -> None:
    """Every part is unpacked once within the limits, and searched for document type definitions."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS:
                raise refused("size", f"more than {MAX_PARTS:,} parts in the workbook", path.name)
            if sum(part.file_size for part in parts) > limits.bytes:
                raise refused(
                    "size", f"the unpacked size is over the limit of {limits.bytes:,} bytes", path.name
                )
            if any(part.flag_bits & 1 for part in parts):
                raise refused(
                    "format", "the workbook is encrypted", path.name, fix="save it without a password"
                )
            if "xl/workbook.xml" not in archive.namelist():
                raise refused("format", "a zip archive, but not an XLSX workbook", path.name)
            done = 0
            for part in parts:
                with archive.open(part) as handle:
                    done = _search(handle, part.filename, packed, limits, path.name, done)
    # NotImplementedError is zipfile's word for a compression it does not know; no workbook has one.
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise refused(
            "format", f"the workbook is damaged: not a valid zip archive ({error})", path.name
        ) from None


def _search(handle: object, part: str, packed: int, limits: Limits, name: str, done: int) -> int:
    tail = b""
    xml = part.casefold().endswith((".xml", ".rels", ".vml"))
    for block in _blocks(handle):  # type: ignore[arg-type]
        if xml:
            seen = (tail + block).replace(b"\x00", b"").upper()  # zero bytes: UTF-16 would hide the words
            if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
                raise refused(
                    "format",
                    f"unsafe XML: a DOCTYPE or entity in {part}",
                    name,
                    fix="export the workbook again from the spreadsheet program",
                )
            tail = block[-32:]
        done += len(block)
        if done > limits.bytes:
            raise refused("size", f"the unpacked size is over the limit of {limits.bytes:,} bytes", name)
        if done > FREE and done > packed * MAX_RATIO:
            raise refused(
                "size",
                f"the workbook is compressed more than {MAX_RATIO} times: the size it unpacks to is not plausible",
                name,
            )
    return done
