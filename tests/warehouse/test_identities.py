"""Quantities that must agree: a break is a finding with its size and the two sources; agreement is silent."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.making import looked_at

PRODUCTS = "sku,family\nA,Pumps\nB,Pumps\nC,Valves\n"


def said(result: dict[str, object], rule: str = "identity") -> list[tuple[str, str, int, str]]:
    findings = result["findings"]
    assert isinstance(findings, list)
    return [(f["severity"], f["file"], f["row"], f["value"]) for f in findings if f["rule"] == rule]


def stock(tmp_path: Path, closing: int) -> dict[str, object]:
    return looked_at(
        tmp_path,
        actuals_csv="month,sku,quantity\n2026-01,A,5\n2026-02,A,7\n",
        production_csv="version,month,sku,site,quantity\nactual,2026-01,A,S,6\nactual,2026-02,A,S,4\n",
        inventory_csv=f"version,month,sku,site,quantity\nactual,2026-01,A,S,20\nactual,2026-02,A,S,{closing}\n",
    )


def test_opening_plus_production_less_sales_is_closing(tmp_path: Path) -> None:
    assert said(stock(tmp_path / "a", 17)) == []
    broken = stock(tmp_path / "b", 19)
    assert broken["ok"]
    assert said(broken) == [("warning", "inventory.csv", 3, "-2")]
    assert "production.csv" in str(broken["findings"])
    assert "actuals.csv" in str(broken["findings"])


def plans(tmp_path: Path, total: str) -> dict[str, object]:
    mapping = "".join(
        f'[[source]]\ntable = "{table}"\nfile = "{file}"\n{more}'
        for table, file, more in (
            ("products", "products.csv", ""),
            ("actuals", "actuals.csv", ""),
            ("plans", "by_sku.csv", 'constants = { version = "B", kind = "budget" }\n'),
            ("plans", "by_family.csv", 'constants = { version = "B", kind = "budget" }\n'),
        )
    )
    return looked_at(
        tmp_path, products_csv=PRODUCTS, mapping=mapping, actuals_csv="month,sku,quantity\n2026-01,A,1\n",
        by_sku_csv="month,sku,quantity\n2026-01,A,40\n2026-01,B,60\n2026-01,C,5\n", by_family_csv=f"month,family,quantity\n{total}",
    )  # fmt: skip


def test_totals_of_the_skus_beside_them_would_count_twice(tmp_path: Path) -> None:
    repeated = plans(tmp_path / "a", "2026-01,Pumps,100\n2026-01,Valves,5\n")
    assert not repeated["ok"]
    assert said(repeated, "totals_row") == [("error", "by_family.csv", 2, "Pumps")]
    torn = plans(tmp_path / "b", "2026-01,Pumps,104\n")
    assert torn["ok"]
    assert said(torn) == [("warning", "by_family.csv", 2, "4")]
    assert "by_sku.csv" in str(torn["findings"])
    assert said(plans(tmp_path / "c", "2026-02,Pumps,100\n")) == []


def test_customers_against_their_region(tmp_path: Path) -> None:
    rows = "month,sku,customer,region,quantity\n2026-01,A,C1,,4\n2026-01,A,C2,,6\n2026-01,A,,West,{}\n"
    customers = "customer,region\nC1,West\nC2,West\n"
    both = looked_at(tmp_path / "a", actuals_csv=rows.format(10), customers_csv=customers)
    assert said(both, "totals_row") == [("error", "actuals.csv", 4, "West")]
    torn = looked_at(tmp_path / "b", actuals_csv=rows.format(11), customers_csv=customers)
    assert said(torn) == [("warning", "actuals.csv", 4, "1")]


def test_delivered_orders_against_actuals(tmp_path: Path) -> None:
    orders = (
        "order,line,sku,customer,ordered_quantity,requested_date,delivered_quantity,delivered_date\n"
        "O1,1,A,C,5,2026-01-10,5,2026-01-12\nO2,1,A,C,9,2026-01-30,8,2026-02-01\n"
    )
    same = looked_at(
        tmp_path / "a", actuals_csv="month,sku,quantity\n2026-01,A,5\n2026-02,A,8\n", orders_csv=orders
    )
    assert said(same) == []
    torn = looked_at(
        tmp_path / "b", actuals_csv="month,sku,quantity\n2026-01,A,5\n2026-02,A,9\n", orders_csv=orders
    )
    assert said(torn) == [("warning", "orders.csv", None, "-1")]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    flows=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=6),
    slip=st.integers(-5, 5),
    where=st.integers(1, 5),
)
def test_a_slip_in_one_month_is_named_with_its_size(
    flows: list[tuple[int, int]], slip: int, where: int, tmp_path_factory: object
) -> None:
    """Stock that follows its flows is silent; a slip at one month end shows there, and back in the next month."""
    where = min(where, len(flows) - 1)
    months = [f"2026-{n + 1:02d}" for n in range(len(flows))]
    level, closing = 100, []
    for made, sold in flows:
        level += made - sold
        closing.append(level)
    closing[where] += slip
    rows = {
        "actuals_csv": "month,sku,quantity\n"
        + "".join(f"{m},A,{s}\n" for m, (_, s) in zip(months, flows, strict=True)),
        "production_csv": "version,month,sku,site,quantity\n"
        + "".join(f"actual,{m},A,S,{p}\n" for m, (p, _) in zip(months, flows, strict=True)),
        "inventory_csv": "version,month,sku,site,quantity\n"
        + "".join(f"actual,{m},A,S,{c}\n" for m, c in zip(months, closing, strict=True)),
    }
    result = looked_at(tmp_path_factory.mktemp("stock"), **rows)  # type: ignore[attr-defined]
    expected = (
        {where + 2: str(-slip), **({where + 3: str(slip)} if where + 1 < len(flows) else {})} if slip else {}
    )
    assert {row: value for _, _, row, value in said(result)} == expected
