"""What the page draws is what the report says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from siop import deviations as room
from siop.core import Scope, add_months, words
from siop.warehouse import Snapshot
from tests.deviations.company import LAST, case, company, told, tolerance, wobble

STATE = told(
    tolerance("Pumps", 6, "2023-01"), tolerance("Pumps", 9, "2026-03", reason="market"), tolerance("Valves", 6, "2023-01"),
    case("K1", "Pumps", add_months(LAST, -2), answered=f"{add_months(LAST, -1)}-08", due="2026-05-20"),
)  # fmt: skip


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    values = wobble(36, 0.015)
    values[-3:] = -0.12
    return company(tmp_path_factory.mktemp("board"), {"Pumps": values, "Valves": wobble(36, 0.015, 1)})


@pytest.fixture(scope="module")
def streams(snapshot: Snapshot) -> room.Streams:
    return room.streams(snapshot, STATE, Scope(), today=date(2026, 8, 31))


def test_the_grid_shows_a_year_and_who_owns_it(snapshot: Snapshot, streams: room.Streams) -> None:
    report = room.report_of(snapshot, streams, Scope())
    board = room.board(streams, STATE, report)
    assert board.months[0] == add_months(LAST, -11)
    assert board.months[-1] == LAST
    pumps = next(r for r in board.rows if r["name"] == "Pumps")
    kinds = [pumps["cells"][m]["kind"] for m in board.months[-4:]]
    assert kinds == ["in", "owned bad", "out bad", "out bad"]
    assert pumps["cells"][LAST]["text"] == f"{words.MINUS}12"
    assert board.sentence == "3 of 24 family months out of tolerance, 2 without an owner"


def test_the_control_chart_has_the_limits_of_the_stream(streams: room.Streams) -> None:
    drawn = room.control_of(streams, STATE, "Pumps")
    i = streams.families.index("Pumps")
    assert drawn.ratio == pytest.approx(list((streams.actual[i] - streams.plan[i]) / streams.plan[i]))
    assert drawn.signals == [m for t, m in enumerate(streams.months) if streams.chart.signal[i, t]]
    assert drawn.tolerance[-1] == 0.09
    assert drawn.tolerance[-5] == 0.06
    assert any("9" in text for month, text in drawn.notes if month == "2026-03")
    assert drawn.limit == pytest.approx(float(np.nanmax(streams.chart.bounds(i)["upper"])))
    assert words.month(add_months(LAST, -2), long=True) in drawn.sentence


def test_money_rows_name_owner_and_clock(snapshot: Snapshot, streams: room.Streams, tmp_path: Path) -> None:
    rows = room.money_rows(streams, room.report_of(snapshot, streams, Scope()), STATE)
    assert rows[0]["family"] == "Pumps"
    assert rows[0]["owner"] == "Anna"
    assert rows[1]["owner"] == "No owner"
