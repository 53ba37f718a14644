"""Numbers as a reader sees them on the page: value and half of the last digit shown."""

from __future__ import annotations

import re
from dataclasses import dataclass

SCALES = {"k": 1e3, "m": 1e6, "bn": 1e9}


@dataclass(frozen=True)
class Shown:
    value: float
    half_digit: float

    def says(self, true: float) -> bool:
        """Whether a number, rounded as shown, is this."""
        return abs(self.value - true) <= self.half_digit * 1.0001 + 1e-9


def read_number(text: str, unit: str = "") -> Shown:
    """−1.3 in mEUR is -1300000 within 50000; a per cent sign makes a fraction.

    >>> read_number("−1.3", "mEUR").value, read_number("3.8\\xa0%").half_digit
    (-1300000.0, 0.0005)
    """
    found = re.search(r"([−+-]?)([\d,]+(?:\.(\d+))?)", text)
    assert found, f"no number in {text!r}"
    factor = 0.01 if "%" in text or unit.strip() == "%" else 1.0
    scale = re.match(r"(bn|k|m)(?:[A-Z ]|$)", unit.strip())
    if scale:
        factor *= SCALES[scale[1]]
    value = float(found[2].replace(",", "")) * factor
    digits = len(found[3] or "")
    return Shown(-value if found[1] in ("−", "-") else value, 0.5 * 10**-digits * factor)
