"""Findings as a file that a spreadsheet program opens, with nothing in it that it would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from siop.core.finding import Finding

HEAD = ("severity", "file", "sheet", "row", "column", "value", "rule", "message", "fix")


def findings_csv(found: Iterable[Finding]) -> bytes:
    """UTF-8 with its mark. A cell from a file that would be taken for a formula gets an apostrophe before it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for finding in found:
        told = finding.as_dict()
        writer.writerow([plain(told[name]) for name in HEAD])
    return out.getvalue().encode("utf-8-sig")


def plain(value: object) -> object:
    """A cell that is shown, not run.

    >>> plain("=1+1"), plain("1.5"), plain(None)
    ("'=1+1", '1.5', '')
    """
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r\n") and value else value
