"""Service from order lines: the published counts, lines by hand, and unknowns that stay unknown."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siop.core import NotFound, Scope
from siop.metrics.service import judge, service, service_sentence
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot

REFERENCE = Path(__file__).parents[1] / "data" / "reference"
LINES = pd.DataFrame(
    [
        # on time and in full; late; short; never delivered; early; over-delivered late
        ("1", "1", "A", "k", 10.0, "2026-01-10", "2026-01-12", 10.0, "2026-01-10"),
        ("1", "2", "A", "k", 10.0, "2026-01-10", "2026-01-12", 10.0, "2026-01-11"),
        ("2", "1", "B", "l", 10.0, "2026-01-20", "2026-01-20", 7.0, "2026-01-19"),
        ("3", "1", "B", "l", 10.0, "2026-02-05", None, None, None),
        ("4", "1", "A", "l", 10.0, "2026-02-10", "2026-02-20", 10.0, "2026-02-01"),
        ("5", "1", "B", "k", 10.0, "2026-02-28", "2026-02-28", 12.0, "2026-03-02"),
        ("6", "1", "B", "k", 10.0, "2026-03-05", "2026-03-05", None, None),
    ],
    columns=["order", "line", "sku", "customer", "ordered_quantity", "requested_date", "promised_date", "delivered_quantity", "delivered_date"],
)  # fmt: skip


def company(tmp_path: Path, orders: pd.DataFrame | None, **more: object) -> Snapshot:
    return make_snapshot(
        tmp_path,
        actuals=pd.DataFrame({"month": ["2026-01", "2026-02"], "sku": "A", "quantity": 1.0}),
        products=pd.DataFrame({"sku": ["A", "B"], "family": ["F", "G"]}),
        customers=pd.DataFrame({"customer": ["k", "l"], "region": ["N", "S"], "channel": ["d", "d"]}),
        orders=orders,
        **more,  # type: ignore[arg-type]
    )


def test_published_counts_of_31729_orders() -> None:
    told = json.loads((REFERENCE / "balance_otif_orders.json").read_text())
    counts = pd.read_csv(REFERENCE / "balance_otif_orders.csv")
    lines = counts.loc[counts.index.repeat(counts["orders"])].reset_index(drop=True)
    due = pd.Series(pd.Timestamp("2022-03-10"), index=lines.index)
    late = pd.Timestamp("2022-03-11")
    judged = judge(
        pd.DataFrame(
            {
                "due": due, "delivered_on": due.mask(lines["on_time"] == 0, late),
                "ordered": 10.0, "delivered": 10.0 * lines["in_full"],
            }
        )
    )  # fmt: skip
    answers = told["expected"]
    assert len(judged) == answers["orders"]["value"]
    for name, key in (("on_time", "on_time_pct"), ("in_full", "in_full_pct"), ("otif", "otif_pct")):
        assert 100 * judged[name].mean() == pytest.approx(answers[key]["value"], abs=answers[key]["tol"])


def test_perfect_order_is_not_the_product_of_rates_but_its_estimate_is() -> None:
    told = json.loads((REFERENCE / "balance_perfect_order_estimate.json").read_text())
    rate = 1.0
    for part in told["input"]["a"]:
        rate *= part
    assert 100 * rate == pytest.approx(
        told["expected"]["a_pct"]["value"], abs=told["expected"]["a_pct"]["tol"]
    )


def test_lines_by_hand(tmp_path: Path) -> None:
    report = service(company(tmp_path, LINES), Scope())
    told = report.totals
    # six lines due in January and February; March is open
    assert told["lines_due"] == 6
    assert told["on_time"] == pytest.approx(3 / 6)
    assert told["in_full"] == pytest.approx(4 / 6)
    assert told["otif"] == pytest.approx(2 / 6)
    assert told["fill_rate"] == pytest.approx((10 + 7 + 10) / 60)
    assert told["basis"] == "requested"
    assert report.rows[0]["otif"] == told["otif"]
    assert any("open months" in n for n in service(company(tmp_path, LINES), Scope(last="2026-03")).notes)
    assert service_sentence(told).startswith(
        "33.3\xa0% of six order lines came on time and in full by the requested date"
    )
    promised = service(company(tmp_path, LINES), Scope(), basis="promised").totals
    assert promised["lines_due"] == 5  # one has no promise
    assert promised["on_time"] == pytest.approx(4 / 5)


def test_by_any_dimension_counts_first(tmp_path: Path) -> None:
    snapshot = company(tmp_path, LINES)
    for by in (("family",), ("customer",), ("region", "month"), ("quarter",)):
        report = service(snapshot, Scope(), by=by)
        frame = pd.DataFrame(report.rows)
        assert list(frame.columns[: len(by)]) == list(by)
        assert frame["lines_due"].sum() == 6
        assert (frame["otif"] * frame["lines_due"]).sum() == pytest.approx(2)
    rows = {r["month"]: r["lines_due"] for r in service(snapshot, Scope(), by=("month",)).rows}
    assert rows == {"2026-01": 3, "2026-02": 3}
    one = service(snapshot, Scope(where=(("region", ("N",)),), first="2026-01", last="2026-01"))
    assert (one.totals["lines_due"], one.totals["otif"]) == (2, 0.5)
    assert service(snapshot, Scope(only=(("family", ("G",)),))).totals["lines_due"] == 3
    assert service(snapshot, Scope(where=(("month", ("2026-02",)),))).totals["lines_due"] == 3
    with pytest.raises(NotFound, match="site"):
        service(snapshot, Scope(), by=("site",))
    with pytest.raises(NotFound, match="basis"):
        service(snapshot, Scope(), basis="shipped")  # type: ignore[arg-type]


def test_without_delivered_quantities_full_is_unknown(tmp_path: Path) -> None:
    told = service(company(tmp_path, LINES.drop(columns="delivered_quantity")), Scope())
    assert told.totals["on_time"] == pytest.approx(3 / 6)
    assert (told.totals["in_full"], told.totals["otif"], told.totals["fill_rate"]) == (None, None, None)
    assert any("no delivered quantities" in n for n in told.notes)
    assert (
        service_sentence(told.totals)
        == "50.0\xa0% of six order lines came by the requested date; whether in full is not known."
    )
    dates = service(company(tmp_path, LINES.drop(columns=["delivered_quantity", "delivered_date"])), Scope())
    assert dates.totals["lines_due"] == 6
    assert dates.totals["on_time"] is None
    assert "deliveries are not known" in service_sentence(dates.totals)


def test_a_delivered_line_without_a_quantity_is_unknown_and_a_late_one_is_not_otif(tmp_path: Path) -> None:
    lines = LINES.copy()
    lines.loc[0, "delivered_quantity"] = None
    lines.loc[1, "delivered_quantity"] = None
    report = service(company(tmp_path, lines), Scope())
    assert report.totals["in_full"] == pytest.approx(2 / 4)
    assert report.totals["otif"] == pytest.approx(1 / 5)  # the late line is not on time whatever its quantity
    assert any("without a quantity" in n for n in report.notes)


def test_empty_scopes_and_missing_orders(tmp_path: Path) -> None:
    none = service(company(tmp_path, None), Scope())
    assert none.totals["lines_due"] == 0
    assert none.totals["otif"] is None
    assert none.rows == []
    assert any("No orders are loaded" in n for n in none.notes)
    snapshot = company(tmp_path, LINES, name="some")
    empty = service(snapshot, Scope(first="2025-01", last="2025-02"))
    assert empty.rows == []
    assert any("No order line is due" in n for n in empty.notes)
    assert service_sentence(empty.totals).startswith("No order line is due")
    undated = LINES.assign(requested_date=None)
    assert any(
        "without a requested date" in n for n in service(company(tmp_path, undated, name="u"), Scope()).notes
    )
    zero = LINES.assign(ordered_quantity=[0.0] + [10.0] * 6)
    assert service(company(tmp_path, zero, name="z"), Scope()).totals["lines_due"] == 5


def test_due_dates_fall_into_the_companys_own_months(tmp_path: Path) -> None:
    calendar = pd.DataFrame(
        {"month": ["2026-01", "2026-02", "2026-03"], "start_date": ["2025-12-28", "2026-01-28", "2026-02-28"]}
    )
    snapshot = company(tmp_path, LINES, calendar=calendar)
    rows = {r["month"]: r["lines_due"] for r in service(snapshot, Scope(), by=("month",)).rows}
    assert rows == {"2026-01": 3, "2026-02": 2}  # 28 February is March there, which is open


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5), st.integers(1, 20)), min_size=1, max_size=20)
)
def test_otif_is_never_more_than_either_part(rows: list[tuple[int, int, int]]) -> None:
    due = pd.Timestamp("2026-01-10")
    judged = judge(
        pd.DataFrame(
            {
                "due": due, "delivered_on": [due + pd.Timedelta(days=late - 2) for _, late, _ in rows],
                "ordered": [float(o) for *_, o in rows], "delivered": [float(d) for d, *_ in rows],
            }
        )
    )  # fmt: skip
    assert judged["otif"].mean() <= min(judged["on_time"].mean(), judged["in_full"].mean())
    assert (judged["filled"] <= judged["ordered"]).all()
