"""How the numbers and dates of a sample are written: proposed where one way reads them, never decided between two.

A few cells may be wrong: a way that reads nine cells in ten is proposed, so that the load then names the others."""

from __future__ import annotations

import re

from siop.warehouse.amounts import NumberForm
from siop.warehouse.months import Calendar, NotADate, read_date, read_month

ENOUGH = 0.8  # share of the cells that a way must read
_FORMATS = (
    "%Y%m%d", "%Y%m", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%b %y", "%b-%y", "%b %Y", "%B %Y", "%m/%Y", "%m.%Y",
    "%Y/%m/%d", "%Y/%m",
)  # fmt: skip
_MARKS = (
    (",", None), (",", "."), (".", ","), (",", " "), (".", " "), (".", "'"),
)  # fmt: skip


def number_form(cells: list[str]) -> dict[str, str]:
    """decimal and thousands as a mapping declares them; nothing where plain numbers read best, or where a comma
    could be either mark.

    >>> number_form(["1.234", "10.234,50"]), number_form(["1,234", "2,500"]), number_form(["1.5", "x"])
    ({'decimal': ',', 'thousands': '.'}, {}, {})
    """
    if not cells:
        return {}
    plain = _share(cells, NumberForm())
    shares = {marks: _share(cells, NumberForm(*marks)) for marks in _MARKS}
    best = max(shares.values())
    if best < ENOUGH or best <= plain:
        return {}
    fitting = [marks for marks in _MARKS if shares[marks] == best]
    if len({decimal for decimal, _ in fitting}) > 1:
        return {}
    decimal, thousands = fitting[0]
    return {
        **({"decimal": decimal} if decimal == "," else {}),
        **({"thousands": thousands} if thousands else {}),
    }


def date_form(cells: list[str], kind: str) -> str | None:
    """The one format that reads most cells (kind month or date); None where the plain forms do, or two formats do.

    >>> date_form(["13/02/2026", "02/03/2026"], "month"), date_form(["01/02/2026"], "month")
    ('%d/%m/%Y', None)
    """
    if not cells:
        return None
    plain = _read(cells, kind, None)
    shares = {form: _read(cells, kind, form) for form in _FORMATS}
    best = max(shares.values())
    fitting = [form for form, share in shares.items() if share == best]
    return fitting[0] if best >= ENOUGH and best > plain and len(fitting) == 1 else None


def _share(cells: list[str], form: NumberForm) -> float:
    return sum(re.fullmatch(form.pattern, v) is not None for v in cells) / len(cells)


def _read(cells: list[str], kind: str, form: str | None) -> float:
    return sum(_reads(cell, kind, form) for cell in cells) / len(cells)


def _reads(cell: str, kind: str, form: str | None) -> bool:
    try:
        read_month(cell, Calendar(), form) if kind == "month" else read_date(cell, form)
    except NotADate:
        return False
    return True
