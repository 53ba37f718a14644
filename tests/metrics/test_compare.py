"""Plan against actual: known answers, the nine null/zero/positive cases, coarser plans, and sentences of the business."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siop.core import NotFound, Scope, span
from siop.metrics import (
    attainment,
    bridge,
    deviation,
    deviation_ratio,
    plan_vs_actual,
    table,
    versions_side_by_side,
)
from tests.metrics.small import make_snapshot


def frame(text: str) -> pd.DataFrame:
    """A table written as lines of words; - is unknown, the first line is the header."""
    lines = [line.split() for line in text.strip().splitlines()]
    rows = [[None if cell == "-" else cell for cell in line] for line in lines[1:]]
    made = pd.DataFrame(rows, columns=lines[0])
    for column in ("quantity", "revenue", "cost"):
        if column in made:
            made[column] = made[column].astype("float64")
    return made


PRODUCTS = frame("""
sku family
P1 Pumps
P2 Pumps
V1 Valves
""")
ACTUALS = frame("""
month sku site revenue
2026-01 P1 Ann 100
2026-02 P1 Ann 110
2026-03 P2 Bob 120
2026-03 V1 Ann 30
2026-04 V1 Bob 50
""")


def test_deviation_by_family_month_and_totals(tmp_path: Path) -> None:
    plan = frame("""
    version month family revenue
    B26 2026-01 Pumps 90
    B26 2026-02 Pumps 120
    B26 2026-03 Pumps 100
    B26 2026-03 Valves 40
    B26 2026-04 Valves 50
    """)
    snapshot = make_snapshot(tmp_path, actuals=ACTUALS, plans=plan, products=PRODUCTS)
    report = plan_vs_actual(snapshot, Scope(), by=("family", "month"))
    got = {(r["family"], r["month"]): r["deviation"] for r in report.rows}
    assert got == {
        ("Pumps", "2026-01"): 10, ("Pumps", "2026-02"): -10, ("Pumps", "2026-03"): 20,
        ("Valves", "2026-03"): -10, ("Valves", "2026-04"): 0,
    }  # fmt: skip
    assert report.totals["actual"] == 410
    assert report.totals["plan"] == 400
    assert report.totals["deviation_ratio"] == pytest.approx(10 / 400)
    assert report.totals["attainment"] == pytest.approx(410 / 400)
    assert report.coverage == 1


def test_asking_finer_than_the_plan_returns_the_actuals_and_names_the_grain(tmp_path: Path) -> None:
    plan = frame("""
    version month site revenue period
    Quota 2026-01 Ann 200 quarter
    Quota 2026-02 Bob 150 quarter
    """)
    snapshot = make_snapshot(
        tmp_path,
        actuals=ACTUALS,
        plans=plan,
        products=PRODUCTS,
        labels={"site": "salesperson"},
        closed_to="2026-04",
    )
    report = plan_vs_actual(snapshot, Scope(), by=("family", "month"))
    assert all(row["plan"] is None and row["deviation"] is None for row in report.rows)
    assert sum(row["actual"] for row in report.rows) == 410
    assert any("salesperson, quarter" in note and "family" in note for note in report.notes)
    by_person = plan_vs_actual(snapshot, Scope(), by=("salesperson", "quarter"))
    got = {(r["site"], r["quarter"]): (r["plan"], r["actual"], r["deviation"]) for r in by_person.rows}
    assert got[("Ann", "2026-Q1")] == (200, 240, 40)
    assert got[("Bob", "2026-Q1")] == (150, 120, -30)
    assert got[("Bob", "2026-Q2")] == (None, 50, None)  # April alone is closed: the quarter is not due
    assert by_person.totals["deviation"] == 10
    assert any("2026-Q2" in note and "not due" in note for note in by_person.notes)


def test_an_open_month_is_not_a_miss(tmp_path: Path) -> None:
    plan = frame("""
    version month sku revenue
    B26 2026-04 V1 60
    B26 2026-05 V1 500
    """)
    snapshot = make_snapshot(tmp_path, actuals=ACTUALS, plans=plan, products=PRODUCTS, closed_to="2026-04")
    asked = Scope(first="2026-04", last="2026-05")
    report = plan_vs_actual(snapshot, asked, by=("month",))
    open_month = next(r for r in report.rows if r["month"] == "2026-05")
    assert (open_month["plan"], open_month["actual"], open_month["deviation"]) == (500, None, None)
    assert report.totals["deviation"] == -10
    assert plan_vs_actual(snapshot, asked, by=("family",)).rows[0]["deviation"] == -10


def test_a_filter_the_plan_does_not_have_leaves_no_plan(tmp_path: Path) -> None:
    plan = frame("""
    version month site revenue
    B26 2026-01 Ann 100
    """)
    snapshot = make_snapshot(tmp_path, actuals=ACTUALS, plans=plan, products=PRODUCTS)
    report = plan_vs_actual(snapshot, Scope(where=Scope.filters({"family": "Valves"})), by=("month",))
    assert report.totals["plan"] is None
    assert report.totals["actual"] == 80
    assert any("family" in note for note in report.notes)


def test_unknown_names_are_said(tmp_path: Path) -> None:
    snapshot = make_snapshot(tmp_path, actuals=ACTUALS, products=PRODUCTS)
    report = plan_vs_actual(snapshot, Scope(where=Scope.filters({"family": "Nope"})))
    assert report.totals["actual"] is None
    assert any("Nope" in note for note in report.notes)
    with pytest.raises(NotFound, match="colour"):
        plan_vs_actual(snapshot, Scope(), by=("colour",))
    with pytest.raises(NotFound, match="B99"):
        plan_vs_actual(snapshot, Scope(), version="B99")
    assert any("No budget" in note for note in plan_vs_actual(snapshot, Scope()).notes)


def test_consensus_at_lag_and_prior_year(tmp_path: Path) -> None:
    plan = frame("""
    version month sku revenue
    C1 2026-02 P1 100
    C1 2026-03 P2 101
    C2 2026-03 P2 130
    """)
    versions = frame("""
    version kind cycle
    C1 consensus 2026-01
    C2 consensus 2026-02
    """)
    actuals = pd.concat([ACTUALS, frame("month sku site revenue\n2025-03 P2 Bob 70")])
    snapshot = make_snapshot(tmp_path, actuals=actuals, plans=plan, versions=versions, products=PRODUCTS)
    scope = Scope(first="2026-02", last="2026-03")
    lag1 = plan_vs_actual(snapshot, scope, by=("month",), version="consensus")
    assert [r["plan"] for r in lag1.rows] == [100, 130]
    scope2 = Scope(first="2026-02", last="2026-03", lag=2)
    assert [r["plan"] for r in plan_vs_actual(snapshot, scope2, by=("month",), version="consensus").rows] == [
        None,
        101,
    ]
    prior = plan_vs_actual(snapshot, scope, by=("month",), version="prior-year")
    assert [r["plan"] for r in prior.rows] == [None, 70]


NINE = [
    (None, None, None, None), (None, 0.0, None, None), (None, 5.0, None, None),
    (0.0, None, None, None), (0.0, 0.0, 0.0, None), (0.0, 5.0, -5.0, -1.0),
    (4.0, None, None, None), (4.0, 0.0, 4.0, None), (4.0, 5.0, -1.0, -0.2),
]  # fmt: skip


@pytest.mark.parametrize(("actual", "plan", "expected", "ratio"), NINE)
def test_nine_combinations_of_null_zero_and_positive(actual, plan, expected, ratio) -> None:
    assert deviation(actual, plan) == expected
    assert deviation_ratio(actual, plan) == (pytest.approx(ratio) if ratio is not None else None)


def test_ratios_divide_by_the_size_of_the_plan() -> None:
    assert deviation_ratio(-90.0, -100.0) == pytest.approx(0.1)
    assert attainment(50.0, 200.0) == 0.25


cells = st.lists(
    st.tuples(st.sampled_from(["2026-01", "2026-02"]), st.sampled_from(["P1", "P2", "V1"]), st.integers(0, 900)),
    min_size=1, max_size=12, unique_by=lambda c: c[:2],
)  # fmt: skip


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actual=cells, plan=cells)
def test_totals_do_not_depend_on_how_rows_are_grouped(tmp_path: Path, actual, plan) -> None:
    columns = ["month", "sku", "revenue"]
    snapshot = make_snapshot(
        tmp_path,
        actuals=pd.DataFrame(actual, columns=columns),
        plans=pd.DataFrame(plan, columns=columns).assign(version="B26"),
        products=PRODUCTS,
        closed_to="2026-02",
    )
    whole = plan_vs_actual(snapshot, Scope(first="2026-01", last="2026-02"))
    for by in (("sku",), ("family",), ("month",), ("family", "month")):
        grouped = plan_vs_actual(snapshot, Scope(first="2026-01", last="2026-02"), by=by)
        assert grouped.totals["actual"] == whole.totals["actual"]
        assert grouped.totals["deviation"] == whole.totals["deviation"]
        assert sum(r["actual"] or 0 for r in grouped.rows) == sum(a[2] for a in actual)
        assert sum(r["plan"] or 0 for r in grouped.rows) == sum(p[2] for p in plan)


def test_cube_and_facts_tell_the_same_number(tmp_path: Path) -> None:
    fine = make_snapshot(tmp_path, actuals=ACTUALS, products=PRODUCTS, in_cube=["site"], name="fine")
    cubed = make_snapshot(tmp_path, actuals=ACTUALS, products=PRODUCTS, name="cubed")
    for by in (("family",), ("family", "site", "quarter")):
        left = table(fine, "actual", by, ("revenue",), Scope())
        pd.testing.assert_frame_equal(left, table(cubed, "actual", by, ("revenue",), Scope()))


def test_where_nothing_is_due_what_is_known_stands_alone(tmp_path: Path) -> None:
    """A budget of the year is not due in March, nor is any plan of open months: no deviation, but no empty answer."""
    months = span("2026-01", "2026-12")
    sold = pd.DataFrame({"month": months[:3], "sku": "A", "revenue": [10.0, 20, 30]})
    year = pd.DataFrame(
        {"version": ["Y"], "month": ["2026-01"], "sku": ["A"], "revenue": [1200.0], "period": ["year"]}
    )
    monthly = pd.DataFrame({"version": "M", "month": months, "sku": "A", "revenue": 100.0})
    kinds = pd.DataFrame({"version": ["Y", "M"], "kind": ["estimate", "budget"]})
    products = pd.DataFrame({"sku": ["A"], "family": ["F"]})
    held = make_snapshot(tmp_path, actuals=sold, plans=[year, monthly], versions=kinds, products=products)
    told = plan_vs_actual(held, Scope("2026-01", "2026-03"), by=("family",), version="Y")
    assert [(r["family"], r["actual"], r["plan"], r["deviation"]) for r in told.rows] == [
        ("F", 60.0, None, None)
    ]
    assert (told.totals["actual"], told.totals["plan"], told.coverage) == (60.0, None, None)
    assert any("nothing to compare with" in n for n in told.notes)
    ahead = plan_vs_actual(held, Scope("2026-10", "2026-11"), by=("family",), version="M")
    assert [(r["family"], r["actual"], r["plan"], r["deviation"]) for r in ahead.rows] == [
        ("F", None, 200.0, None)
    ]
    assert not any("no rows" in n for n in ahead.notes)
    mixed = plan_vs_actual(held, Scope("2026-03", "2026-04"), by=("family",), version="M")
    assert [(r["actual"], r["plan"], r["deviation"]) for r in mixed.rows] == [(30.0, 100.0, -70.0)]


def test_a_plan_that_has_nothing_here_and_one_that_nobody_signed_are_said(tmp_path: Path) -> None:
    months = span("2026-01", "2026-12")
    sold = pd.DataFrame({"month": months[:3], "sku": "A", "revenue": 10.0})
    later = pd.DataFrame({"version": "C", "month": months[3:], "sku": "A", "revenue": 100.0})
    kinds = pd.DataFrame({"version": ["C"], "kind": ["consensus"], "cycle": ["2026-03"]})
    held = make_snapshot(tmp_path, actuals=sold, plans=later, versions=kinds)
    named = plan_vs_actual(held, Scope(), version="C")
    assert (named.totals["actual"], named.totals["plan"]) == (30.0, None)
    assert named.notes == ["Plan C has nothing in this scope."]
    unsigned = plan_vs_actual(held, Scope(), version="signed")
    assert (unsigned.totals["actual"], unsigned.totals["plan"], unsigned.totals["versions"]) == (
        30.0,
        None,
        [],
    )
    assert unsigned.notes == ["No plan is signed or published yet; name one with --version."]


def test_the_estimate_rests_on_the_signed_plan(tmp_path: Path) -> None:
    """Closed actuals + the signed plan for the rest (field.md section 3); the newest, unsigned, one does not count."""
    months = span("2026-01", "2026-12")
    sold = pd.DataFrame({"month": months[:3], "sku": "A", "revenue": 10.0})
    plans = [
        pd.DataFrame({"version": f"C{n}", "month": months[n:], "sku": "A", "revenue": 100.0 * n})
        for n in (2, 3, 4)
    ]
    kinds = pd.DataFrame(
        {"version": ["C2", "C3", "C4"], "kind": "consensus", "cycle": ["2026-02", "2026-03", "2026-04"]}
    )
    held = make_snapshot(tmp_path, actuals=sold, plans=plans, versions=kinds)

    def line(version: object) -> list[float | None]:
        return [
            r["plan"]
            for r in plan_vs_actual(held, Scope("2026-03", "2026-06"), by=("month",), version=version).rows
        ]

    assert line("estimate") == [
        10.0,
        300.0,
        400.0,
        400.0,
    ]  # nothing is signed: the newest consensus that has the month
    assert line(("estimate", "C3")) == [10.0, 300.0, 300.0, 300.0]
    assert line(("estimate", "C4")) == [10.0, 300.0, 400.0, 400.0]  # April lies before C4
    with pytest.raises(NotFound, match="not in this snapshot"):
        line(("estimate", "C9"))


def test_budgets_of_half_years_make_the_budget_of_the_year(tmp_path: Path) -> None:
    """H2 has the most months, January to March come from H1; a revised budget still counts alone where it has the month."""
    sold = pd.DataFrame({"month": span("2026-01", "2026-06"), "sku": "A", "revenue": 10.0})
    half = [
        pd.DataFrame({"version": "H1", "month": span("2026-01", "2026-05"), "sku": "A", "revenue": 9.0}),
        pd.DataFrame({"version": "H2", "month": span("2026-04", "2026-12"), "sku": "A", "revenue": 8.0}),
    ]
    held = make_snapshot(tmp_path, actuals=sold, plans=half)
    told = plan_vs_actual(held, Scope("2026-01", "2026-06"), by=("month",))
    assert [r["plan"] for r in told.rows] == [9.0, 9.0, 9.0, 8.0, 8.0, 8.0]
    assert (told.totals["plan"], told.totals["deviation"], told.totals["versions"]) == (
        51.0,
        9.0,
        ["H1", "H2"],
    )
    year = next(
        r for r in versions_side_by_side(held, Scope("2026-01", "2026-03")).rows if r["version"] == "budget"
    )
    assert (year["plan"], year["year"]) == (27.0, 3 * 9.0 + 9 * 8.0)


def test_a_coarser_budget_fills_whole_periods_only(tmp_path: Path) -> None:
    """The quarter's amount of Q would count January and February twice; its second quarter is free."""
    sold = pd.DataFrame({"month": span("2026-01", "2026-06"), "sku": "A", "revenue": 10.0})
    monthly = pd.DataFrame(
        {"version": "M", "month": [*span("2026-01", "2026-02"), "2026-07"], "sku": "A", "revenue": 9.0}
    )
    quarterly = pd.DataFrame(
        {
            "version": "Q",
            "month": ["2026-03", "2026-05"],
            "sku": "A",
            "revenue": [30.0, 24.0],
            "period": "quarter",
        }
    )
    held = make_snapshot(tmp_path, actuals=sold, plans=[monthly, quarterly])
    told = plan_vs_actual(held, Scope("2026-01", "2026-06"), by=("quarter",))
    assert [(r["quarter"], r["plan"]) for r in told.rows] == [("2026-Q1", 18.0), ("2026-Q2", 24.0)]
    assert any(n == "The budget does not exist for one month of this scope (2026-03)." for n in told.notes)


def test_an_open_month_between_closed_ones_is_in_no_total(tmp_path: Path) -> None:
    """The year's plan is not due, so the actuals stand alone: those of closed months, as in the bridge."""
    months = span("2026-01", "2026-04")
    sold = pd.DataFrame({"month": months, "sku": "A", "revenue": [1.0, 2, 4, 8]})
    plan = pd.DataFrame(
        {"version": ["Y"], "month": ["2026-01"], "sku": ["A"], "revenue": [99.0], "period": ["year"]}
    )
    calendar = pd.DataFrame({"month": ["2026-02"], "closed": [False]})
    held = make_snapshot(tmp_path, actuals=sold, plans=plan, calendar=calendar)
    told = plan_vs_actual(held, Scope(), by=("sku",), version="Y")
    assert (told.totals["actual"], told.totals["plan"]) == (13.0, None)
    assert [r["actual"] for r in told.rows] == [13.0]
    assert bridge(held, Scope(), base="Y").totals["current"] == 13.0


def test_an_input_is_that_of_a_function(tmp_path: Path) -> None:
    sold = pd.DataFrame({"month": ["2026-02"], "sku": ["A"], "revenue": [10.0]})
    plans = [
        pd.DataFrame({"version": v, "month": ["2026-02"], "sku": ["A"], "revenue": [r]})
        for v, r in (("S", 11.0), ("M", 12.0), ("T", 13.0))
    ]
    kinds = pd.DataFrame(
        {"version": ["S", "M", "T"], "kind": ["input", "input", "statistical"], "cycle": "2026-01",
         "function": ["Sales", "Marketing", None]}
    )  # fmt: skip
    held = make_snapshot(tmp_path, actuals=sold, plans=plans, versions=kinds)
    for name, plan in (("input:Sales", 11.0), ("input:marketing", 12.0), ("input:statistical", 13.0)):
        assert plan_vs_actual(held, Scope(), version=name).totals["plan"] == plan
    with pytest.raises(NotFound, match="'Nope'; known are input:Marketing, input:Sales, input:statistical"):
        plan_vs_actual(held, Scope(), version="input:Nope")
    with pytest.raises(NotFound, match="say whose: input:Marketing, input:Sales"):
        plan_vs_actual(held, Scope(), version="input")
    alone = make_snapshot(tmp_path, actuals=sold, plans=plans[:1], versions=kinds[:1], name="alone")
    assert plan_vs_actual(alone, Scope(), version="input").totals["plan"] == 11.0
    with pytest.raises(NotFound, match="known are none"):
        plan_vs_actual(make_snapshot(tmp_path, actuals=sold, name="no"), Scope(), version="input:Sales")


def test_sums_do_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    """A thousand dimes are a hundred, to the last digit, in whatever order they are read."""
    sold = pd.DataFrame(
        [(m, f"A{i}", 0.1) for m in span("2024-01", "2026-01") for i in range(40)],
        columns=["month", "sku", "revenue"],
    )
    held = make_snapshot(tmp_path, actuals=sold, plans=sold.assign(version="B"))
    assert table(held, "actual", (), ("revenue",), Scope())["revenue"].tolist() == [100.0]
    told = plan_vs_actual(held, Scope())
    assert (told.totals["actual"], told.totals["plan"]) == (100.0, 100.0)
