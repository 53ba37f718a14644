"""What must hold in any company's numbers: stock, sums, prices, hours, deliveries."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.sample.company import Company, load_share, month_no


def stock_residual(opening_to_closing: pd.DataFrame) -> float:
    """Largest |opening + production - sales - closing| over products and months, in units.

    Args: sku, month, closing, production, sales; the opening is the closing stock of the month before.
    """
    rows = opening_to_closing.sort_values(["sku", "month"])
    opening = rows.groupby("sku")["closing"].shift()
    return float((opening + rows["production"] - rows["sales"] - rows["closing"]).abs().max())


def balance_of(company: Company, version: str, demand: pd.DataFrame) -> pd.DataFrame:
    """The stock table of `actual` or of a supply plan against its demand (sku, month, quantity)."""
    keys = ["sku", "month"]
    stock = company.table("inventory").query("version == @version").groupby(keys)["quantity"].sum()
    made = company.table("production").query("version == @version").groupby(keys)["quantity"].sum()
    sales = demand.groupby(keys)["quantity"].sum()
    table = pd.concat([stock, made, sales], axis=1, keys=["closing", "production", "sales"])
    return table[table["closing"].notna()].fillna(0).reset_index()


def test_stock_follows_from_production_and_sales(company: Company) -> None:
    table = balance_of(company, "actual", company.actuals)
    assert len(table) == 36 * len(company.products)
    assert stock_residual(table) < 1e-6
    assert (table["closing"] >= 0).all()


@pytest.mark.parametrize("cycle", ["2025-01", "2025-12", "2026-11"])
def test_a_supply_plan_balances_with_its_consensus(company: Company, cycle: str) -> None:
    parent = company.versions.at[f"{cycle} S", "parent"]
    assert parent == f"{cycle} C"
    demand = company.consensus[company.consensus["version"] == parent]
    table = balance_of(company, f"{cycle} S", demand)
    assert len(table) == 19 * len(company.products)
    assert stock_residual(table) < 1e-6
    assert (table["closing"] >= -1e-9).all()


def test_one_wrong_cell_breaks_the_balance(company: Company) -> None:
    table = balance_of(company, "actual", company.actuals)
    table.loc[100, "production"] += 1
    assert stock_residual(table) == pytest.approx(1, abs=1e-6)


def test_delivered_orders_are_the_sales(company: Company) -> None:
    """Of the last 18 months, to the unit, by month, product and customer."""
    orders = company.table("orders")
    done = orders.dropna(subset=["delivered_date"])
    month = done["delivered_date"].str[:7].rename("month")
    delivered = done.groupby([month, "sku", "customer"])["delivered_quantity"].sum()
    sold = (
        company.actuals[company.actuals["month"] >= "2025-05"]
        .groupby(["month", "sku", "customer"])["quantity"]
        .sum()
    )
    assert delivered.index.equals(sold.index)
    assert (delivered == sold).all()
    assert not orders.duplicated(["order", "line"]).any()
    assert (done["delivered_quantity"] <= done["ordered_quantity"]).all()
    assert (orders["promised_date"] >= orders["requested_date"]).all()
    pending = orders[orders["delivered_date"].isna()]
    assert len(pending) > 100
    assert (pending["promised_date"] > "2026-10-31").all()
    on_time = (done["delivered_date"] <= done["requested_date"]).mean()
    assert 0.85 < on_time < 0.97


def test_money_is_quantity_times_price(company: Company) -> None:
    """Revenue and cost of every row are a plausible price and cost a unit, and revenue pays."""
    rows = pd.concat([company.actuals, company.consensus, company.budget])
    rows = rows.merge(company.products[["sku", "unit_price", "unit_cost"]], on="sku")
    big = rows[rows["quantity"] >= 1]
    assert ((big["revenue"] / big["quantity"] / big["unit_price"]).between(0.78, 1.08)).all()
    assert ((big["cost"] / big["quantity"] / big["unit_cost"]).between(0.95, 1.05)).all()
    margin = 1 - company.actuals["cost"].sum() / company.actuals["revenue"].sum()
    assert 0.3 < margin < 0.55


def test_inputs_add_up_to_the_plan_they_were_blended_into(company: Company) -> None:
    """Five inputs by family and region, none of them further than a third from the consensus."""
    inputs = company.table("inputs")
    inputs["cycle"] = inputs["version"].map(company.versions["cycle"])
    inputs["function"] = inputs["version"].map(company.versions["function"])
    asked = inputs.set_index(["cycle", "month", "family", "region", "function"])["quantity"].unstack()
    plan = company.consensus.groupby(["cycle", "month", "family", "region"])["quantity"].sum()
    both = asked.join(plan.rename("plan"))
    assert len(both) == 24 * 18 * 35
    assert not both.isna().any().any()
    assert (both["plan"] >= both.drop(columns="plan").min(axis=1) * 0.98).all()
    assert (both["plan"] <= both.drop(columns="plan").max(axis=1) * 1.02).all()


def test_only_the_bottleneck_is_overloaded(company: Company) -> None:
    """Over 100 % in one month of one resource, in the signed and in the proposed plan; even with overtime."""
    told = company.stories["bottleneck"]
    spot = [(told["subject"]["resource"], told["from"])]
    capacity = company.table("capacity").set_index(["resource", "month"])
    for version in ("2026-10 S", "2026-11 S"):
        share = load_share(company, version)
        assert list(share[share > 1].index) == spot
        assert share.drop(spot).max() < 0.97
    proposed = load_share(company, "2026-11 S")
    assert proposed[spot[0]] == pytest.approx(told["size"], abs=0.001)
    row = capacity.loc[spot[0]]
    assert proposed[spot[0]] * row["available_hours"] > row["available_hours"] + row["overtime_hours"]
    assert load_share(company, "actual").max() < 1
    assert 1 <= int(month_no(pd.Series([told["from"]])).iloc[0]) - (2026 * 12 + 11) <= 6


def test_projected_stock_stays_in_its_band(company: Company) -> None:
    """So that the first trouble on the balance page is the bottleneck."""
    policy = company.table("policies").set_index("family")
    stock = (
        company.table("inventory")
        .query("version == '2026-11 S'")
        .merge(company.products[["sku", "family"]], on="sku")
    )
    demand = company.consensus[company.consensus["version"] == "2026-11 C"]
    for family, rows in stock.groupby("family"):
        closing = rows.groupby("month")["quantity"].sum()
        need = demand[demand["family"] == family].groupby("month")["quantity"].sum()
        months = list(need.index)
        days = [closing[m] / need[months[i + 1 : i + 4]].mean() * 30.4 for i, m in enumerate(months[:-3])]
        assert min(days) > policy.at[family, "min_days"], family
        assert max(days) < policy.at[family, "max_days"], family
    assert np.isfinite(stock["quantity"]).all()
