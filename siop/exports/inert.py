"""Texts that a spreadsheet must not run: whatever people wrote stays text when the file is opened."""

from __future__ import annotations

import re
from typing import Any

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
LONGEST = 32_767  # characters of a cell of Excel


def inert(value: Any) -> Any:
    """A text that begins like a formula with an apostrophe before it; numbers, dates and None as they are.

    Control characters, which no sheet can hold, become spaces.
    >>> inert("=1+1"), inert("@SUM(A1)"), inert("-3"), inert(-3), inert("a=b"), inert(" =1")
    ("'=1+1", "'@SUM(A1)", "'-3", -3, 'a=b', "' =1")
    """
    if not isinstance(value, str):
        return value
    text = CONTROL.sub(" ", value)
    if text.startswith(_RUNS) or text.lstrip().startswith(_RUNS):
        text = "'" + text
    return text[:LONGEST]
