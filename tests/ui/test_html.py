"""What a table says beside its numbers: the colour of a zero, room for a long name, the company's own words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from siop.core import Polarity
from siop.ui import html
from siop.ui.frame import heading

LONG = "Control valves of the extended range, with accessories"


def test_a_deviation_that_shows_as_zero_has_no_colour() -> None:
    column = html.deviation("", "off", 1000.0, Polarity.MORE_IS_BETTER, 1)
    assert '"neutral strong">0.0<' in column.cell({"off": -40.0})
    assert '"bad strong">−0.1<' in column.cell({"off": -60.0})


def test_a_long_name_wraps_and_a_short_one_keeps_its_line() -> None:
    months = ["2026-01"]
    rows = [{"name": name, "tolerance": "", "state": "", "cells": {}} for name in (LONG, "Valves")]
    drawn = html.grid(months, rows)
    assert f'class="n long">{LONG}' in drawn
    assert 'class="n">Valves' in drawn
    table = html.table([html.amount(LONG, "x", 1.0)], [], caption="")
    assert 'class="num long"' in table


def test_a_company_finds_its_own_word_unchanged() -> None:
    snapshot = cast(Any, SimpleNamespace(labels={"site": "plant of the ACME", "region": "Werk-Gruppe A"}))
    said = [heading(snapshot, name) for name in ("site", "region", "family", "sku", "price_band")]
    assert said == ["Plant of the ACME", "Werk-Gruppe A", "Family", "SKU", "Price band"]
