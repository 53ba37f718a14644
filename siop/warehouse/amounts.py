"""Numbers from text, exactly: what a number looks like, as one expression of DuckDB's dialect."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

MAX_DIGITS = 38
SPACES = (" ", "\u00a0", "\u202f", "\u2009")  # plain, no-break, narrow no-break, thin: they look the same
# What a spreadsheet shows when a column is too narrow: three digits are left of the number.
_DISPLAYED = re.compile(r"[+-]?[0-9](\.[0-9]{1,2})?E[+-][0-9]{2}\Z")
_SCIENTIFIC = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]{1,3}\Z")


@dataclass(frozen=True, slots=True)
class NumberForm:
    """The declared marks of a source's numbers."""

    decimal: str = "."
    thousands: str | None = None

    @property
    def marks(self) -> tuple[str, ...]:
        """What may stand between thousands: a declared space is any space that programs print for one."""
        if self.thousands is None:
            return ()
        return SPACES if self.thousands in SPACES else (self.thousands,)

    @property
    def pattern(self) -> str:
        """A regular expression (RE2) that a whole plain number matches."""
        point = re.escape(self.decimal)
        whole = r"[0-9]+"
        if self.thousands is not None:
            # one mark throughout a number: 1 234.567 with two kinds of mark is no number
            groups = "|".join(rf"(?:{re.escape(mark)}[0-9]{{3}})+" for mark in self.marks)
            whole = rf"(?:[0-9]+|[0-9]{{1,3}}(?:{groups}))"
        return rf"[+-]?(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)"

    def problem(self, text: str) -> str:
        """Why a text is not a number here, in words a planner can act on."""
        if text.startswith("#"):
            return "an Excel error where a number belongs"
        if text.casefold() in (
            "nan",
            "inf",
            "-inf",
            "+inf",
            "infinity",
            "-infinity",
            "null",
            "none",
            "n/a",
            "na",
        ):
            return "not a finite number: an unknown number is an empty cell"
        if text in ("-", "–", "—"):
            return "a dash is not a number: an unknown number is an empty cell, a zero is 0"
        if text.endswith("%"):
            return "per cent where a number belongs"
        if re.fullmatch(r"\(.*\)", text):
            return "a negative number in parentheses: write it with a minus"
        if _DISPLAYED.match(text):
            return "a number rounded by the spreadsheet's display"
        if self.thousands is None and "," in text and self.decimal == ".":
            return "an ambiguous comma: not a number with a decimal point"
        if self.decimal == "," and "." in text:
            return "an ambiguous point: not a number with a decimal comma"
        return f"not a number with a decimal {'point' if self.decimal == '.' else 'comma'}"


def scientific(text: str) -> str | None:
    """A number in scientific notation, as a program writes it, in plain digits; None where it is none.

    >>> scientific("1.5e-07"), scientific("12E5"), scientific("1.20E+06")
    ('0.00000015', '1200000', None)
    """
    if not _SCIENTIFIC.match(text) or _DISPLAYED.match(text):
        return None
    plain = format(Decimal(text), "f")
    return plain if len(plain) <= MAX_DIGITS + 2 else None


def exact(value: Decimal | int | None) -> str:
    """An exact decimal as text: no exponent, no trailing zeros.

    >>> exact(Decimal("131073.0")), exact(Decimal("1E+3")), exact(Decimal("0.00")), exact(Decimal("-0.50"))
    ('131073', '1000', '0', '-0.5')
    """
    if value is None:
        return "0"
    text = format(Decimal(value), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
