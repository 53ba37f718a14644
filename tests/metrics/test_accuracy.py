"""Accuracy by lag: the Bank of England's table, full joins, steps with value added, and what is left out."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siop.core import NotFound, Scope, add_months, span
from siop.metrics.accuracy import accuracy, accuracy_sentence
from siop.warehouse import Snapshot
from tests.metrics.small import make_snapshot

DATA = Path(__file__).parents[1] / "data"
PRODUCTS = pd.DataFrame({"sku": list("ABCU"), "family": ["F", "F", "G", "G"]})


def bank_of_england(tmp_path: Path) -> Snapshot:
    forecasts = pd.read_csv(DATA / "boe" / "unemp_mpr_forecasts.csv")
    outturns = pd.read_csv(DATA / "boe" / "unemp_outturns.csv")
    plans = pd.DataFrame(
        {
            "version": forecasts["vintage_date"], "month": forecasts["date"].str[:7], "sku": "unemp",
            "period": "quarter", "quantity": forecasts["value"],
        }
    )  # fmt: skip
    versions = pd.DataFrame({"version": forecasts["vintage_date"].unique(), "kind": "consensus"})
    versions["cycle"] = versions["version"].str[:7]
    actuals = pd.DataFrame(
        {
            "month": outturns["date"].str[:7],
            "sku": "unemp",
            "period": "quarter",
            "quantity": outturns["value"],
        }
    )
    return make_snapshot(tmp_path, actuals=actuals, plans=plans, versions=versions)


def test_bank_of_england_unemployment_by_lag_in_quarters(tmp_path: Path) -> None:
    snapshot = bank_of_england(tmp_path)
    told = {0: (89, -0.1357, 0.2677), 4: (85, -0.3012, 0.7330), 8: (81, -0.1948, 0.9811)}
    for lag, (n, error, absolute) in told.items():
        report = accuracy(snapshot, Scope(), lag=lag)
        (row,) = report.rows
        assert (row["lag"], row["n"]) == (lag, n)
        assert 100 * row["mean_error"] == pytest.approx(error, abs=5e-5)
        assert 100 * row["mae"] == pytest.approx(absolute, abs=5e-5)
        assert row["tracking_limit"] == pytest.approx(2.5 * n**0.5)
        assert report.totals["naive"]["n"] == n
    assert report.totals["period"] == "quarter"
    default = accuracy(snapshot, Scope())
    assert [r["lag"] for r in default.rows] == [1, 2, 3, 4, 5, 6]
    assert default.rows[3]["n"] == 85
    # the seasonal naive forecast of quarter t may use nothing newer than the vintage: two years back from lag 4 on
    y = pd.read_csv(DATA / "boe" / "unemp_outturns.csv").set_index("date")["value"]
    planned = (
        pd.read_csv(DATA / "boe" / "unemp_mpr_forecasts.csv").query("forecast_horizon == 4").set_index("date")
    )
    both = [d for d in planned.index if d in y.index]
    two_years = y.shift(8)[both]
    assert default.rows[3]["naive_wmape"] == pytest.approx((y[both] - two_years).abs().sum() / y[both].sum())


def small(tmp_path: Path, actual: pd.DataFrame, plan: pd.DataFrame, **more: object) -> Snapshot:
    versions = pd.DataFrame({"version": ["C1", "C2"], "kind": "consensus", "cycle": ["2026-01", "2026-02"]})
    return make_snapshot(tmp_path, actuals=actual, plans=plan, versions=versions, products=PRODUCTS, **more)  # type: ignore[arg-type]


def test_unplanned_sales_and_unsold_plans_count(tmp_path: Path) -> None:
    actual = pd.DataFrame(
        {"month": ["2026-02", "2026-02", "2026-03"], "sku": ["A", "U", "A"], "quantity": [100.0, 20.0, 80.0]}
    )
    plan = pd.DataFrame(
        {
            "version": ["C1", "C1", "C1", "C2"], "month": ["2026-02", "2026-02", "2026-03", "2026-03"],
            "sku": ["A", "B", "A", "A"], "quantity": [90.0, 10.0, 100.0, 85.0],
        }
    )  # fmt: skip
    report = accuracy(small(tmp_path, actual, plan), Scope(), lag=1)
    (row,) = report.rows
    # A 100/90 and 80/85, U 20 unplanned, B 10 planned and unsold
    assert row["n"] == 4
    assert row["wmape"] == pytest.approx((10 + 5 + 20 + 10) / 200)
    assert row["bias"] == pytest.approx((90 + 85 + 10 - 200) / 200)
    assert row["mean_error"] == pytest.approx(15 / 4)
    assert row["mae"] == pytest.approx(45 / 4)
    assert row["tracking_signal"] == pytest.approx(15 / (45 / 4))
    assert row["tracking_limit"] is None
    assert report.coverage == pytest.approx(0.9)
    assert any("had no plan" in n for n in report.notes)
    two = accuracy(small(tmp_path, actual, plan), Scope(), lag=2).rows[0]
    assert (two["n"], two["wmape"]) == (1, pytest.approx(20 / 80))
    family = accuracy(small(tmp_path, actual, plan), Scope(), grain="family", lag=1).rows[0]
    assert family["n"] == 3
    assert family["wmape"] == pytest.approx((abs(100 - 100) + 20 + 5) / 200)


@pytest.mark.parametrize(
    ("actual", "plan", "n", "error"),
    [
        (None, None, 0, None), (None, 0.0, 0, None), (None, 5.0, 0, None),
        (0.0, None, 0, None), (0.0, 0.0, 1, 0.0), (0.0, 5.0, 1, 5.0),
        (7.0, None, 0, None), (7.0, 0.0, 1, 7.0), (7.0, 5.0, 1, 2.0),
    ],
)  # fmt: skip
def test_null_zero_and_positive(
    tmp_path: Path, actual: float | None, plan: float | None, n: int, error: float | None
) -> None:
    """A row whose value is unknown is left out; a zero counts."""
    a = pd.DataFrame({"month": "2026-02", "sku": ["A", "B"], "quantity": [actual, 1.0], "revenue": 1.0})
    p = pd.DataFrame(
        {"version": "C1", "month": "2026-02", "sku": ["A", "B"], "quantity": [plan, 1.0], "revenue": 1.0}
    )
    row = accuracy(small(tmp_path, a, p), Scope(), lag=1, measure="quantity").rows[0]
    assert row["n"] == n + 1
    assert row["mae"] * row["n"] == pytest.approx(error or 0.0)


def test_open_months_and_months_without_that_lag_are_left_out(tmp_path: Path) -> None:
    actual = pd.DataFrame(
        {"month": ["2026-01", "2026-02", "2026-03"], "sku": "A", "quantity": [50.0, 100.0, 3.0]}
    )
    plan = pd.DataFrame(
        {"version": ["C1", "C2"], "month": ["2026-02", "2026-03"], "sku": "A", "quantity": [90.0, 90.0]}
    )
    snapshot = small(tmp_path, actual, plan, closed_to="2026-02")
    report = accuracy(snapshot, Scope(first="2026-01", last="2026-03"))
    assert report.rows[0]["n"] == 1
    assert report.rows[0]["wmape"] == pytest.approx(0.1)
    assert [r["wmape"] for r in report.rows[1:]] == [None] * 5
    assert any("2026-03: not due" in n for n in report.notes)
    assert accuracy_sentence(report.totals).startswith(
        "The consensus plan missed by 10.0\xa0% one month ahead and ran 10.0\xa0% under"
    )


def test_a_plan_by_family_is_judged_by_family_and_says_so(tmp_path: Path) -> None:
    actual = pd.DataFrame({"month": "2026-02", "sku": ["A", "B"], "quantity": [100.0, 20.0]})
    plan = pd.DataFrame({"version": "C1", "month": "2026-02", "family": ["F"], "quantity": [110.0]})
    report = accuracy(small(tmp_path, actual, plan), Scope(), lag=1)
    assert report.rows[0]["n"] == 1
    assert report.rows[0]["wmape"] == pytest.approx(10 / 120)
    assert report.totals["grain"] == ["family"]
    assert any("it has no sku. Judged by family instead." in n for n in report.notes)


def test_a_scope_the_plan_cannot_see_has_no_numbers(tmp_path: Path) -> None:
    actual = pd.DataFrame({"month": "2026-02", "sku": "A", "customer": ["k"], "quantity": [100.0]})
    plan = pd.DataFrame({"version": "C1", "month": "2026-02", "sku": ["A"], "quantity": [110.0]})
    customers = pd.DataFrame({"customer": ["k"], "region": ["N"]})
    report = accuracy(small(tmp_path, actual, plan, customers=customers), Scope(where=(("region", ("N",)),)))
    assert {r["wmape"] for r in report.rows} == {None}
    assert {r["n"] for r in report.rows} == {0}
    assert any("it has no region" in n for n in report.notes)
    assert "cannot be judged" in accuracy_sentence(report.totals)
    nothing = accuracy(small(tmp_path, actual, plan), Scope(where=(("family", ("none",)),)))
    assert nothing.rows[0]["n"] == 0


def five_steps(
    tmp_path: Path, seed: int = 1, name: str = "steps", skus: int = 12
) -> tuple[Snapshot, pd.DataFrame]:
    """24 months of actuals; statistical, sales, finance and consensus at lag 1 for the last 12."""
    rng = np.random.default_rng(seed)
    keys = [f"S{i}" for i in range(skus)]
    months = span("2024-01", "2025-12")
    level = dict(zip(keys, rng.lognormal(4, 0.7, skus), strict=True))
    actual = pd.DataFrame([{"month": m, "sku": k, "quantity": level[k] * np.exp(rng.normal(0, 0.2))} for m in months for k in keys])  # fmt: skip
    sizes = {"statistical": 0.15, "sales": 0.30, "finance": 0.15, "consensus": 0.08}
    plans, versions = [], []
    for month in months[12:]:
        cycle = add_months(month, -1)
        now = actual[actual["month"] == month]
        for step, size in sizes.items():
            version = f"{step}-{cycle}"
            wrong = now["quantity"] * (1 + rng.laplace(0, size, len(now)))
            plans.append(
                pd.DataFrame({"version": version, "month": month, "sku": now["sku"], "quantity": wrong})
            )
            kind = step if step in ("statistical", "consensus") else "input"
            versions.append(
                {
                    "version": version,
                    "kind": kind,
                    "cycle": cycle,
                    "function": step if kind == "input" else None,
                }
            )
    products = pd.DataFrame({"sku": keys, "family": "F"})
    snapshot = make_snapshot(tmp_path, actuals=actual, plans=plans, versions=pd.DataFrame(versions), products=products, name=name)  # fmt: skip
    return snapshot, actual


def test_steps_are_a_chain_on_the_same_rows(tmp_path: Path) -> None:
    snapshot, actual = five_steps(tmp_path)
    report = accuracy(snapshot, Scope())
    steps = report.totals["steps"]
    assert [s["step"] for s in steps] == ["naive", "statistical", "sales", "finance", "consensus"]
    assert {s["n"] for s in steps} == {12 * 12}
    for before, step in pairwise(steps):
        assert step["against"] == before["step"]
        assert step["fva"] == pytest.approx(before["wmape"] - step["wmape"])
        assert step["interval"][0] < step["fva"] < step["interval"][1]
    assert steps[0]["fva"] is None
    assert {s["step"]: s["verdict"] for s in steps}["sales"] == "worse"
    assert steps[-1]["verdict"] == "better"
    assert steps[-1]["wmape"] == pytest.approx(report.rows[0]["wmape"])
    assert report.rows[0]["naive_wmape"] == pytest.approx(steps[0]["wmape"])
    wide = actual.pivot(index="month", columns="sku", values="quantity")
    by_hand = wide.iloc[12:].to_numpy() - wide.iloc[:12].to_numpy()
    assert steps[0]["wmape"] == pytest.approx(np.abs(by_hand).sum() / wide.iloc[12:].to_numpy().sum())
    assert report.totals["naive"]["wmape"] == pytest.approx(steps[0]["wmape"])
    assert report.totals["statistical"]["wmape"] == pytest.approx(steps[1]["wmape"])
    sales = accuracy(snapshot, Scope(), function="sales")
    assert sales.rows[0]["wmape"] == pytest.approx(steps[2]["wmape"])
    assert accuracy(snapshot, Scope(), function="statistical").rows[0]["wmape"] == pytest.approx(
        steps[1]["wmape"]
    )
    with pytest.raises(NotFound, match="finance, sales"):
        accuracy(snapshot, Scope(), function="nobody")


def test_a_function_that_speaks_of_few_rows_is_not_in_the_chain(tmp_path: Path) -> None:
    snapshot, _ = five_steps(tmp_path)
    frame = snapshot.table(
        "SELECT version, strftime(month, '%Y-%m') AS month, sku, quantity::DOUBLE AS quantity FROM plans"
    )
    frame = frame[~frame["version"].str.startswith("sales") | frame["sku"].isin(["S1", "S2"])]
    actual = snapshot.table(
        "SELECT strftime(month, '%Y-%m') AS month, sku, quantity::DOUBLE AS quantity FROM actuals"
    )
    few = make_snapshot(tmp_path, actuals=actual, plans=frame, versions=snapshot.versions, name="few")
    report = accuracy(few, Scope())
    assert [s["step"] for s in report.totals["steps"]] == ["naive", "statistical", "finance", "consensus"]
    assert any(n.startswith("sales speaks of") for n in report.notes)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
def test_lag_one_equals_plain_pandas_on_sparse_rows(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    months = span("2026-02", "2026-04")
    keys = pd.MultiIndex.from_product([months, list("ABC")], names=["month", "sku"])
    a = pd.Series(rng.integers(0, 9, len(keys)).astype(float), keys)[rng.random(len(keys)) > 0.3]
    p = pd.Series(rng.integers(0, 9, len(keys)).astype(float), keys)[rng.random(len(keys)) > 0.3]
    if a.empty or p.empty:
        return
    plan = p.rename("quantity").reset_index()
    plan["version"] = ["C" + add_months(m, -1) for m in plan["month"]]
    versions = pd.DataFrame({"version": plan["version"].unique(), "kind": "consensus"})
    versions["cycle"] = versions["version"].str[1:]
    snapshot = make_snapshot(
        tmp_path, actuals=a.rename("quantity").reset_index(), plans=plan, versions=versions, products=PRODUCTS,
        name=f"s{seed}", closed_to="2026-04",
    )  # fmt: skip
    row = accuracy(snapshot, Scope(first="2026-02", last="2026-04"), lag=1).rows[0]
    first = a.index.get_level_values("month").min()
    both = pd.DataFrame({"a": a, "p": p}).fillna(0.0).reset_index()
    both = both[both["month"].isin(set(plan["month"])) & (both["month"] >= first)]
    assert row["n"] == len(both)
    if len(both):
        assert row["mae"] == pytest.approx((both["a"] - both["p"]).abs().mean())
    snapshot.close()


def test_450_000_plan_rows_in_under_a_second(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    skus, customers, horizon = 120, 8, 18
    months = span("2023-01", "2025-12")
    keys = pd.MultiIndex.from_product([range(skus), range(customers)]).to_frame(index=False)
    keys.columns = ["sku", "customer"]
    keys = keys.astype(str)
    actual = pd.concat(
        [keys.assign(month=m, quantity=rng.poisson(20, len(keys)).astype(float)) for m in months]
    )
    plans, versions = [], []
    for cycle in span("2023-12", "2025-11"):
        versions.append({"version": f"C{cycle}", "kind": "consensus", "cycle": cycle})
        plans += [
            keys.assign(
                version=f"C{cycle}",
                month=add_months(cycle, h),
                quantity=rng.poisson(20, len(keys)).astype(float),
            )
            for h in range(1, horizon + 1)
        ]
    frame = pd.concat(plans)
    assert len(frame) > 410_000
    snapshot = make_snapshot(tmp_path, actuals=actual, plans=frame, versions=pd.DataFrame(versions), in_cube=["sku", "customer"])  # fmt: skip
    accuracy(snapshot, Scope())
    took = []
    for _ in range(3):
        start = time.process_time()  # of this process, whatever else the machine does
        report = accuracy(snapshot, Scope())
        took.append(time.process_time() - start)
    assert report.rows[0]["n"] == 24 * skus
    assert min(took) < 1.0, took


def test_steps_are_judged_at_the_finest_grain_all_of_them_have(tmp_path: Path) -> None:
    snapshot, _ = five_steps(tmp_path)
    frame = snapshot.table(
        "SELECT version, strftime(month, '%Y-%m') AS month, sku, quantity::DOUBLE AS quantity FROM plans"
    )
    actual = snapshot.table(
        "SELECT strftime(month, '%Y-%m') AS month, sku, quantity::DOUBLE AS quantity FROM actuals"
    )
    fine = frame[frame["version"].str.startswith("consensus")]
    rest = frame[~frame["version"].str.startswith("consensus")]
    coarse = rest.groupby(["version", "month"], as_index=False)["quantity"].sum().assign(family="F")
    products = pd.DataFrame({"sku": sorted(set(actual["sku"])), "family": "F"})
    mixed = make_snapshot(
        tmp_path,
        actuals=actual,
        plans=[fine, coarse],
        versions=snapshot.versions,
        products=products,
        name="mixed",
    )
    report = accuracy(mixed, Scope())
    assert report.totals["grain"] == ["sku"]
    assert report.rows[0]["n"] == 12 * 12
    assert {tuple(s["grain"]) for s in report.totals["steps"]} == {("family",)}
    assert {s["n"] for s in report.totals["steps"]} == {12}
    assert report.totals["statistical"]["grain"] == ["family"]
    assert report.totals["statistical"]["wmape"] == pytest.approx(report.totals["steps"][1]["wmape"])
    assert any("judged by family" in n for n in report.notes)


def test_the_naive_forecast_alone_makes_no_row(tmp_path: Path) -> None:
    """A product sold a year ago, neither planned nor sold now: the same rows for both, so not a row."""
    actual = pd.DataFrame(
        {"month": ["2025-02", "2025-02", "2026-02"], "sku": ["A", "B", "A"], "quantity": [80.0, 50.0, 100.0]}
    )
    plan = pd.DataFrame({"version": "C1", "month": ["2026-02"], "sku": "A", "quantity": [90.0]})
    report = accuracy(small(tmp_path, actual, plan), Scope(), lag=1)
    assert report.rows[0]["n"] == report.totals["naive"]["n"] == 1
    assert report.totals["naive"]["wmape"] == pytest.approx(0.2)
    assert report.rows[0]["naive_wmape"] == pytest.approx(0.2)


def test_a_scope_without_a_closed_month_says_so(tmp_path: Path) -> None:
    sold = pd.DataFrame({"month": ["2026-01"], "sku": ["A"], "revenue": [10.0]})
    told = accuracy(make_snapshot(tmp_path, actuals=sold), Scope(first="2030-01"))
    assert "No month of this scope is closed: there is nothing to judge." in told.notes
