"""A table read back from the page is the table of the page, at the digits it shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.core import Polarity
from siop.exports import tables_of
from siop.exports.on_screen import _value
from siop.ui import html


def test_a_table_comes_back_as_it_is_read() -> None:
    rows = [
        {"name": "Control <valves>", "more": "Sakarya & Co", "plan": 1_500_000.0, "off": -1_300_000.0, "share": -0.159, "id": "a"},
        {"name": "Pumps", "more": None, "plan": None, "off": 200_000.0, "share": None, "id": "b"},
    ]  # fmt: skip
    columns = [
        html.opener("Family", "name", "id", second="more"),
        html.amount("Plan, mEUR", "plan", 1e6, 1),
        html.bars("Off", "off", [-1.3e6, 2e5], Polarity.MORE_IS_BETTER),
        html.deviation("", "off", 1e6, Polarity.MORE_IS_BETTER, 2),
        html.buttons("id", [("decide", "Decide")]),
    ]
    (found,) = tables_of(html.table(columns, rows, caption="By family"))
    assert found.name == "By family"
    assert found.heads == ("Family", "Plan, mEUR", "Off")
    assert found.body() == (("Control <valves>; Sakarya & Co", 1.5, -1.3), ("Pumps", None, 0.2))


def test_tiles_are_a_table_too() -> None:
    cell = {"id": "revenue", "label": "Revenue", "value": "57.3", "unit": "mEUR", "deviation": "−1.3", "judged": "bad",
            "ratio": "−2.2 %", "state": "under plan"}  # fmt: skip
    (found,) = tables_of(html.tiles([cell], "revenue"))
    assert found.rows[0]["figure"] == "Revenue"
    assert str(found.rows[0]["value"]).startswith("57.3")
    assert found.rows[0]["state"] == "under plan"


@pytest.mark.parametrize(
    ("text", "value"),
    [("−1.3", -1.3), ("+0.20", 0.2), ("1,234,567", 1_234_567), ("3.8\xa0%", 0.038), ("–", None), ("", None), ("00123", "00123"),
     ("0", 0), ("2026-11 C", "2026-11 C"), ("105\xa0% R11", "105 % R11"), ("=1+1", "=1+1"), ("1,2", "1,2")],
)  # fmt: skip
def test_what_a_cell_says(text: str, value: object) -> None:
    assert _value(text) == value


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    column = html.text("Said", "said")
    found = tables_of(html.table([column], [{"said": text}], caption=text))
    assert len(found) <= 1
