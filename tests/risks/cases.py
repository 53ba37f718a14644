"""What the tests of the risks room share: the reference cases, and small registers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from siop.risks import Exposure

REFERENCE = Path(__file__).parents[1] / "data" / "reference"


def reference(name: str) -> dict[str, Any]:
    """A case with an answer that somebody else published."""
    case: dict[str, Any] = json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))
    return case


def item(
    ident: str,
    sign: int,
    probability: float,
    low: float,
    likely: float,
    high: float,
    group: str | None = None,
    first: str = "2026-01",
    last: str = "2026-03",
    shape: Any = "triangular",
) -> Exposure:
    return Exposure(ident, sign, probability, low, likely, high, first, last, shape, group)


def four(group: str | None = None) -> list[Exposure]:
    """The four items of the field's worked example: mean 2.05, variance 27.3161, comonotone CVaR95 26.023."""
    return [
        item("R1", 1, 0.3, 1, 2, 6, group),
        item("R2", -1, 0.5, 1, 2, 4, group),
        item("R3", 1, 0.1, 5, 10, 30, group),
        item("R4", 1, 0.7, 0.5, 1, 2, group),
    ]
