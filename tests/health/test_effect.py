"""Effects of improvements: nothing found where nothing was planted, power as a curve, and a panel by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siop.core import Scope, span
from siop.health.backlog import backlog
from siop.health.effect import improvement_effect, step
from siop.ledger.entry import entries_of
from siop.ledger.state import ImprovementView
from siop.ledger.views import fold
from siop.warehouse import Snapshot
from tests.health.companies import line, when
from tests.metrics.small import make_snapshot

CLOSED = "2025-10"


def gap(rng: np.random.Generator, months: int, size: float, r: float, sd: float = 0.05) -> np.ndarray:
    """A monthly gap with autocorrelation r, and a step in the middle."""
    noise = np.empty(2 * months)
    noise[0] = rng.normal(0, sd)
    for t in range(1, 2 * months):
        noise[t] = r * noise[t - 1] + rng.normal(0, sd * (1 - r * r) ** 0.5)
    noise[months:] += size
    return noise


@pytest.mark.parametrize("r", [0.0, 0.3])
def test_null_improvements_have_no_detectable_effect(r: float) -> None:
    rng = np.random.default_rng(5)
    wrong = 0
    for _ in range(1000):
        low, high = step(gap(rng, 12, 0.0, r), 12).interval
        wrong += not low <= 0 <= high
    assert wrong / 1000 <= 0.05 + 0.015  # a standard error of .007


def test_power_rises_with_the_months() -> None:
    """A shift of a tenth at a monthly spread of .05: the curve, not a number."""
    rng = np.random.default_rng(6)
    curve = {}
    for months in (6, 9, 12):
        found = [step(gap(rng, months, 0.10, 0.2), months).interval[0] > 0 for _ in range(400)]
        curve[months] = float(np.mean(found))
    assert curve[6] < curve[9] < curve[12]
    assert curve[12] >= 0.9


def test_a_plain_interval_would_find_what_is_not_there() -> None:
    """The broken variant: without the factor for autocorrelation, null steps are found far too often."""
    rng = np.random.default_rng(7)
    plain = 0
    for _ in range(600):
        series = gap(rng, 12, 0.0, 0.5)
        old, new = series[:12], series[12:]
        spread = (old.var(ddof=1) / 12 + new.var(ddof=1) / 12) ** 0.5
        plain += abs(new.mean() - old.mean()) > 2.07 * spread
    assert plain / 600 > 0.12


def test_a_step_by_hand() -> None:
    found = step(np.array([1.0, 3, 1, 3, 5, 7, 5, 7]), 4)
    assert found.effect == 4.0
    assert found.interval[0] < 4 < found.interval[1]


@settings(max_examples=60)
@given(st.lists(st.floats(-1, 1), min_size=12, max_size=24), st.floats(-5, 5), st.floats(0.1, 9))
def test_a_step_moves_with_shift_and_scale(values: list[float], shift: float, scale: float) -> None:
    series = np.array(values)
    one, other = step(series, 6), step(series * scale + shift, 6)
    assert other.effect == pytest.approx(one.effect * scale, abs=1e-9)
    assert other.interval == pytest.approx((one.interval[0] * scale, one.interval[1] * scale), abs=1e-6)


def improvement(
    kpi: str = "quantity", scope: dict[str, Any] | None = None, closed: str | None = CLOSED
) -> ImprovementView:
    lines = [line("improvement", when("2025-08", 1), "2025-08", id="I", source="survey", root_cause="c", kpi=kpi,
                  scope={"family": "A"} if scope is None else scope, owner="x", due="2025-11-30")]  # fmt: skip
    if closed:
        lines.append(line("improvement_closed", when(closed, 5), None, id="I", at=when(closed, 5)))
    return fold(entries_of(lines)).improvements["I"]


def panel(tmp_path: Path, lift: float) -> Snapshot:
    """Three families with a common trend and season; family A's actuals lifted after the improvement."""
    rng = np.random.default_rng(3)
    months = span("2024-11", "2026-10")
    rows, plans = [], []
    for n, month in enumerate(months):
        common = 1 + 0.01 * n + 0.2 * np.sin(n / 2)
        for f in "ABC":
            after = lift if f == "A" and month > CLOSED else 0.0
            rows.append(
                (month, f, round(1000 * common * (1 + after) * float(np.exp(rng.normal(0, 0.03))), 2))
            )
            plans.append((f"P {month}", month, f, round(1000 * common, 2)))
    versions = pd.DataFrame(
        [(f"P {m}", "consensus", f"{int(m[:4]) - (m[5:] == '01'):04d}-{(int(m[5:]) - 2) % 12 + 1:02d}") for m in months],
        columns=["version", "kind", "cycle"],
    )  # fmt: skip
    return make_snapshot(
        tmp_path, actuals=pd.DataFrame(rows, columns=["month", "family", "quantity"]),
        plans=pd.DataFrame(plans, columns=["version", "month", "family", "quantity"]), versions=versions,
    )  # fmt: skip


def test_a_planted_lift_is_found_under_a_common_trend(tmp_path: Path) -> None:
    snapshot = panel(tmp_path, 0.10)
    found = improvement_effect(snapshot, improvement(), Scope())
    assert (found.verdict, found.before, found.after) == ("better", 11, 12)
    assert found.effect == pytest.approx(np.log(1.1), abs=0.04)
    assert found.interval is not None
    assert found.interval[0] > 0
    assert improvement_effect(snapshot, improvement("cost"), Scope()).verdict == "not assessable"


@pytest.mark.parametrize(
    ("kpi", "verdict"),
    [("wmape", "worse"), ("bias", "worse"), ("attainment", "worse"), ("revenue", "not assessable")],
)
def test_which_way_is_better_depends_on_the_kpi(tmp_path: Path, kpi: str, verdict: str) -> None:
    """A family that outgrows its plan by a quarter: more sold, and a worse forecast."""
    assert improvement_effect(panel(tmp_path, 0.25), improvement(kpi), Scope()).verdict == verdict


def test_a_common_trend_is_no_effect(tmp_path: Path) -> None:
    """The quantity rose by the trend, in the improved family and in the others."""
    found = improvement_effect(panel(tmp_path, 0.0), improvement(), Scope())
    assert found.verdict == "no detectable effect"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (improvement("survey score"), "not computed from plan and actual"),
        (improvement(closed=None), "not closed"),
        (improvement(scope={}), "no single slice"),
        (improvement(scope={"planet": "X"}), "no dimension"),
        (improvement(closed="2026-08"), "2 after, 6 of each would be enough"),
    ],
)
def test_what_cannot_be_assessed_says_why(tmp_path: Path, given: ImprovementView, why: str) -> None:
    found = improvement_effect(panel(tmp_path, 0.0), given, Scope())
    assert (found.verdict, found.effect) == ("not assessable", None)
    assert why in (found.why or "")


def test_the_list_shows_open_ones_first_then_what_was_measured(tmp_path: Path) -> None:
    """An effect that is known stands above a later closing of which nothing can be said yet."""
    due = {"OPEN": "2026-11-30", "EARLY": "2026-09-30", "TOLD": "2025-12-15", "MUTE": "2026-06-30"}
    closed = {"EARLY": "2026-09", "TOLD": "2025-12", "MUTE": "2026-06"}
    lines = [line("improvement", when("2025-08", 1), "2025-08", id=i, source="survey", root_cause=f"c {i}", scope={"family": "A"},
                  kpi="survey score" if i == "MUTE" else "quantity", owner="x", due=day) for i, day in due.items()]  # fmt: skip
    lines += [
        line("improvement_closed", when(m, 5), None, id=i, at=when(m, 5))
        for i, m in sorted(closed.items(), key=lambda x: x[1])
    ]
    rows = backlog(panel(tmp_path, 0.1), fold(entries_of(lines)), Scope(), "2026-11", date(2026, 11, 20))
    assert [(r["id"], r["measured"]) for r in rows] == [
        ("OPEN", False),
        ("TOLD", True),
        ("EARLY", False),
        ("MUTE", False),
    ]
