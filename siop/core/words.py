"""Numbers and lists as an executive would say them; used by every headline and every label.

Rules (look.md, System): U+2212 for minus, + only on variances, a no-break space before %, no "-0.0".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

MINUS = "\u2212"
NBSP = "\u00a0"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONG_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_COUNT = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip


def known(value: float | None) -> bool:
    """Whether a number is there: neither None nor NaN."""
    return value is not None and not math.isnan(value)


def exact(value: str) -> str:
    """An exact decimal with all its digits, grouped.

    >>> exact("-4812678483.360"), exact("7")
    ('−4,812,678,483.360', '7')
    """
    return f"{Decimal(value):,}".replace("-", MINUS)


def number(value: float | None, decimals: int = 1, *, signed: bool = False) -> str:
    """A number with the true minus and thin grouping; an en dash where it is unknown.

    >>> number(-3.73, 1), number(0.04, 1, signed=True), number(-0.04), number(1234567, 0)
    ('−3.7', '0.0', '0.0', '1,234,567')
    """
    if value is None or math.isnan(value):
        return "–"
    text = f"{abs(value):,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        return text
    return (MINUS if value < 0 else "+" if signed else "") + text


def percent(ratio: float | None, decimals: int = 1, *, signed: bool = False) -> str:
    """A fraction as per cent.

    >>> percent(-0.159, 1, signed=True)
    '−15.9\\xa0%'
    """
    return number(None if ratio is None else ratio * 100, decimals, signed=signed) + (
        f"{NBSP}%" if known(ratio) else ""
    )


def chance(probability: float | None) -> str:
    """A probability as people say it: never 0 or 100 %, which no simulation can know.

    >>> chance(0.091), chance(0.0), chance(0.9999), chance(None)
    ('9\\xa0%', 'less than 1\\xa0%', 'more than 99\\xa0%', '–')
    """
    if probability is None or math.isnan(probability):
        return number(None)
    if probability < 0.005:
        return f"less than {percent(0.01, 0)}"
    return f"more than {percent(0.99, 0)}" if probability > 0.995 else percent(probability, 0)


def scale_of(values: Sequence[float | None], unit: str = "money", currency: str = "EUR") -> tuple[float, str]:
    """(divisor, unit said) for a set of numbers that stand together: one unit per figure.

    >>> scale_of([3_700_000.0, -20.0]), scale_of([12_300.0], "units")
    ((1000000.0, 'mEUR'), (1000.0, 'k units'))
    """
    biggest = max((abs(v) for v in values if known(v) and v is not None), default=0.0)
    step, prefix = next(((s, p) for s, p in ((1e9, "bn"), (1e6, "m"), (1e3, "k")) if biggest >= s), (1.0, ""))
    if unit == "money":
        return step, f"{prefix}{currency}" if prefix != "bn" else f"bn {currency}"
    return step, f"{prefix} {unit}".strip() if prefix else unit


def amount(value: float | None, unit: str = "money", currency: str = "EUR", *, signed: bool = False) -> str:
    """A single amount with its own scale and unit.

    >>> amount(-3_734_000.0)
    '−3.7\\xa0mEUR'
    """
    divisor, said = scale_of([value], unit, currency)
    scaled = None if value is None else value / divisor
    return number(scaled, 1 if divisor > 1 else 0, signed=signed) + NBSP + said


def month(text: str, *, long: bool = False, year: bool = True) -> str:
    """A month as it is said: Nov 2026, or November 2026."""
    names = LONG_MONTHS if long else MONTHS
    name = names[int(text[5:7]) - 1]
    return f"{name} {text[:4]}" if year else name


def listed(words: Sequence[str]) -> str:
    """a, b and c.

    >>> listed(["June", "July", "October"])
    'June, July and October'
    """
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + " and " + words[-1]


def how_many(n: int) -> str:
    """A count as a word up to twelve, then digits.

    >>> how_many(2), how_many(22)
    ('two', '22')
    """
    return _COUNT[n] if 0 <= n < len(_COUNT) else f"{n:,}"


def count(n: int, one: str, many: str | None = None) -> str:
    """three decisions, one action, no cases; digits from 13 on.

    >>> count(1, "decision"), count(3, "decision"), count(22, "family", "families")
    ('one decision', 'three decisions', '22 families')
    """
    return f"{how_many(n)} {one if n == 1 else many or one + 's'}"


def measure_label(name: str) -> str:
    """A measure's or metric's name as a word: forecast_accuracy is Forecast accuracy."""
    return name.replace("_", " ").capitalize()
