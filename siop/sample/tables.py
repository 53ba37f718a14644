"""The company's files: one table of the contract each, rows sorted, formats fixed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from siop.sample import demand as wants
from siop.sample import supply as makes
from siop.sample.company import (
    Company,
    Floats,
    Ints,
    calendar_table,
    make_company,
    site_of_family,
    site_table,
)
from siop.sample.demand import Demand, make_demand, sell
from siop.sample.draw import (
    CLOSED,
    CYCLE_MONTHS,
    FIRST_CYCLE,
    HORIZON,
    MONTHS,
    generator,
    moment_text,
    stage_end,
)
from siop.sample.names import COMPANY, CURRENCY, FAMILIES, REGIONS, RESOURCES, SITES
from siop.sample.noise import tolerances
from siop.sample.orders import order_lines
from siop.sample.plans import (
    BUDGETS,
    Plans,
    budget_name,
    cost,
    cycle_name,
    input_name,
    list_price,
    make_plans,
    supply_name,
)
from siop.sample.stories import INPUTS, Stories, choose
from siop.sample.supply import Supply, make_supply

OVERTIME, OVERTIME_COST = 0.05, 68.0  # share of the available hours, EUR an hour


@dataclass(frozen=True)
class Facts:
    """Everything numeric of one seed, before it is written down."""

    company: Company
    stories: Stories
    demand: Demand
    plans: Plans
    supply: Supply
    sold: Ints  # (pairs, CLOSED)
    price: Floats  # realised, (pairs, CLOSED)

    def lag1(self) -> Floats:
        """Consensus units a month before, (pairs, CLOSED), zero where no cycle planned the month."""
        return wants.lags(self.plans.consensus / 10)

    def actual(self, measure: str) -> Floats:
        """quantity, revenue, cost or margin as sold, (pairs, CLOSED)."""
        unit = cost(self.company, np.arange(CLOSED))
        return np.asarray(self.sold * _worth(measure, self.price, unit))

    def planned(self, measure: str, n: int) -> Floats:
        """The same of the consensus of cycle n, (pairs, HORIZON)."""
        first = FIRST_CYCLE + n + 1
        unit = cost(self.company, np.arange(first, first + HORIZON))
        return np.asarray(self.plans.units(n) * _worth(measure, self.plans.price[n], unit))

    def family_ratio(self, family: int) -> Floats:
        """actual / lag-1 consensus - 1 of a family's quantity by closed month; NaN where nothing was planned."""
        inside = self.company.family == family
        plan, actual = self.lag1()[inside].sum(axis=0), self.sold[inside].sum(axis=0)
        return np.asarray(np.where(plan > 0, actual / np.where(plan > 0, plan, 1) - 1, np.nan))

    def family_gap(self, family: int) -> Floats:
        """actual - lag-1 consensus of a family's quantity by closed month, in units."""
        inside = self.company.family == family
        return np.asarray(self.sold[inside].sum(axis=0) - self.lag1()[inside].sum(axis=0))


def _worth(measure: str, price: Floats, unit_cost: Floats) -> Floats | float:
    """What a unit counts for in a measure."""
    if measure == "quantity":
        return 1.0
    return {"revenue": price, "cost": unit_cost, "margin": price - unit_cost}[measure]


def make_facts(seed: int) -> Facts:
    """Company, stories, demand, plans, sales, supply: each from its own generator of the seed."""
    company = make_company(seed)
    stories = choose(company)
    demand = make_demand(company, stories)
    plans = make_plans(company, stories, demand)
    base = [plans.against(effect.cycle, CLOSED) for effect in stories.effects]
    sold = sell(company, stories, demand, wants.lags(plans.consensus / 10), base)
    price = list_price(company, np.arange(CLOSED))
    price[company.family == stories.price, stories.price_from :] *= 1 + stories.price_change
    price *= 1 + 0.003 * generator(seed, "prices").standard_normal(price.shape)
    return Facts(
        company, stories, demand, plans, make_supply(company, stories, demand, plans, sold), sold, price
    )


def write_tables(facts: Facts, folder: Path) -> None:
    """mapping.toml and one CSV per table (consensus plans, budgets and inputs in files of their own)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mapping.toml").write_text(_mapping(), encoding="utf-8", newline="\n")
    for name, table in _tables(facts):
        _write(table, folder / f"{name}.csv")


def _tables(facts: Facts) -> Iterator[tuple[str, pd.DataFrame]]:
    company = facts.company
    yield "products", company.products
    yield "customers", company.customers.drop(columns=["region_no", "channel_no"])
    yield "sites", site_table()
    yield "calendar", calendar_table()
    yield "versions", _versions()
    yield "actuals", _actuals(facts)
    yield "budgets", _budgets(facts)
    yield "consensus", _consensus(facts)
    yield "inputs", _inputs(facts)
    yield "production", _production(facts)
    yield "inventory", _inventory(facts)
    yield "orders", order_lines(company, facts.plans, facts.sold)
    yield (
        "resources",
        pd.DataFrame([(r.code, r.site, r.name) for r in RESOURCES], columns=["resource", "site", "name"]),
    )
    yield "capacity", _capacity(facts)
    yield "bills", _bills(facts)
    yield "policies", _policies(facts)


def _versions() -> pd.DataFrame:
    rows: list[tuple[str, str, str, str, str, str]] = []
    for year in BUDGETS:
        rows.append((budget_name(year), "budget", "", "", f"{int(year) - 1}-11-28T16:00:00", ""))
    before = budget_name(BUDGETS[0])
    for month in CYCLE_MONTHS:
        demand, frozen = _frozen(month, "demand"), _frozen(month, "preread")
        for function in INPUTS:
            kind = "statistical" if function == "statistical" else "input"
            rows.append((input_name(month, function), kind, month, function, demand, before))
        rows.append((cycle_name(month), "consensus", month, "", frozen, before))
        rows.append((supply_name(month), "supply", month, "", frozen, cycle_name(month)))
        before = cycle_name(month)
    return pd.DataFrame(rows, columns=["version", "kind", "cycle", "function", "frozen_at", "parent"])


def _frozen(month: str, stage: str) -> str:
    """UTC, without a zone: files of a company carry none."""
    return moment_text(stage_end(month, stage)).removesuffix("Z")


def _keys(company: Company, pair: Ints) -> dict[str, np.ndarray]:
    sites = np.array([s[0] for s in SITES])
    return {
        "sku": company.products["sku"].to_numpy()[company.pairs.sku[pair]],
        "customer": company.customers["customer"].to_numpy()[company.pairs.customer[pair]],
        "site": sites[site_of_family()[company.family[pair]]],
    }


def _actuals(facts: Facts) -> pd.DataFrame:
    month, pair = np.nonzero(facts.sold.T)
    units = facts.sold[pair, month]
    return pd.DataFrame(
        {
            "month": np.array(MONTHS)[month],
            **_keys(facts.company, pair),
            "quantity": units,
            "revenue": np.round(units * facts.price[pair, month], 2),
            "cost": np.round(units * cost(facts.company, np.arange(CLOSED))[pair, month], 2),
        }
    )


def _plan_rows(
    company: Company, names: list[str], tenths: Ints, price: Floats, unit_cost: Floats, first: Ints
) -> pd.DataFrame:
    """Rows of plans (plans, pairs, months) whose first month is first[n]; empty cells are left out."""
    plan, month, pair = np.nonzero(tenths.transpose(0, 2, 1))
    units = tenths[plan, pair, month] / 10
    at = first[plan] + month
    return pd.DataFrame(
        {
            "version": np.array(names)[plan],
            "month": np.array(MONTHS)[at],
            **_keys(company, pair),
            "quantity": units,
            "revenue": np.round(units * price[plan, pair, month], 2),
            "cost": np.round(units * unit_cost[pair, at], 2),
        }
    )


def _budgets(facts: Facts) -> pd.DataFrame:
    first = np.array([MONTHS.index(f"{year}-01") for year in BUDGETS])
    return _plan_rows(
        facts.company, [budget_name(y) for y in BUDGETS], facts.plans.budget, facts.plans.budget_price,
        cost(facts.company, np.arange(len(MONTHS))), first,
    )  # fmt: skip


def _consensus(facts: Facts) -> pd.DataFrame:
    first = FIRST_CYCLE + 1 + np.arange(len(CYCLE_MONTHS))
    return _plan_rows(
        facts.company, [cycle_name(m) for m in CYCLE_MONTHS], facts.plans.consensus, facts.plans.price,
        cost(facts.company, np.arange(len(MONTHS))), first,
    )  # fmt: skip


def _inputs(facts: Facts) -> pd.DataFrame:
    """By family and region: each function's number, in units and at the consensus price of the cell."""
    company, plans = facts.company, facts.plans
    regions = len(REGIONS)
    cell = company.family * regions + company.region
    units = plans.consensus / 10
    shape = (len(CYCLE_MONTHS), len(FAMILIES) * regions, HORIZON)
    quantity, money = np.zeros(shape), np.zeros(shape)
    for n in range(len(CYCLE_MONTHS)):
        np.add.at(quantity[n], cell, units[n])
        np.add.at(money[n], cell, units[n] * plans.price[n])
    price = (money / np.maximum(quantity, 1e-9)).reshape(
        len(CYCLE_MONTHS), 1, len(FAMILIES), regions, HORIZON
    )
    tenths = np.rint(10 * plans.inputs).astype(np.int64)
    cycle, function, month, family, region = np.nonzero(tenths.transpose(0, 1, 4, 2, 3))
    told = tenths[cycle, function, family, region, month] / 10
    names = np.array([[input_name(m, f) for f in INPUTS] for m in CYCLE_MONTHS])
    return pd.DataFrame(
        {
            "version": names[cycle, function],
            "month": np.array(MONTHS)[FIRST_CYCLE + 1 + cycle + month],
            "family": np.array(company.families)[family],
            "region": np.array(REGIONS)[region],
            "quantity": told,
            "revenue": np.round(told * price[cycle, 0, family, region, month], 2),
        }
    )


def _stock_keys(company: Company, sku: Ints) -> dict[str, np.ndarray]:
    sites = np.array([s[0] for s in SITES])
    return {
        "sku": company.products["sku"].to_numpy()[sku],
        "site": sites[site_of_family()[company.family_of_sku[sku]]],
    }


def _production(facts: Facts) -> pd.DataFrame:
    supply = facts.supply
    month, sku = np.nonzero(supply.made.T)
    plan, ahead, planned = np.nonzero(supply.plan.transpose(0, 2, 1))
    names = np.array([supply_name(m) for m in CYCLE_MONTHS])
    frames = [
        pd.DataFrame(
            {"version": "actual", "month": np.array(MONTHS)[month], **_stock_keys(facts.company, sku),
             "quantity": supply.made[sku, month] / 10}
        ),
        pd.DataFrame(
            {"version": names[plan], "month": np.array(MONTHS)[FIRST_CYCLE + 1 + plan + ahead],
             **_stock_keys(facts.company, planned), "quantity": supply.plan[plan, planned, ahead] / 10}
        ),
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _inventory(facts: Facts) -> pd.DataFrame:
    """Closing stock of every product; a plan's first row is the stock it starts from."""
    company, supply = facts.company, facts.supply
    unit = company.products["unit_cost"].to_numpy()
    blocks = [("actual", 0, supply.stock)]
    blocks += [(supply_name(m), FIRST_CYCLE + n, supply.plan_stock[n]) for n, m in enumerate(CYCLE_MONTHS)]
    frames = []
    for version, first, tenths in blocks:
        month, sku = np.nonzero(np.ones(tenths.T.shape, dtype=bool))
        units = tenths[sku, month] / 10
        frames.append(
            pd.DataFrame(
                {"version": version, "month": np.array(MONTHS)[first + month], **_stock_keys(company, sku),
                 "quantity": units, "value": np.round(units * unit[sku], 2)}
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _capacity(facts: Facts) -> pd.DataFrame:
    hours = facts.supply.available
    resource, month = np.nonzero(np.ones(hours.shape, dtype=bool))
    return pd.DataFrame(
        {
            "resource": np.array([r.code for r in RESOURCES])[resource],
            "month": np.array(MONTHS)[month],
            "available_hours": hours[resource, month],
            "overtime_hours": np.round(OVERTIME * hours[resource, month], 1),
            "overtime_cost": OVERTIME_COST,
        }
    )


def _bills(facts: Facts) -> pd.DataFrame:
    rows = []
    products = facts.company.products
    for r, resource in enumerate(RESOURCES):
        for family in resource.hours:
            inside = np.flatnonzero((products["family"] == family).to_numpy())
            if resource.by_sku:
                rows += [(resource.code, products["sku"][i], "", facts.supply.hours[r, i]) for i in inside]
            else:
                rows.append((resource.code, "", family, facts.supply.hours[r, inside[0]]))
    return pd.DataFrame(rows, columns=["resource", "sku", "family", "hours_per_unit"])


def _policies(facts: Facts) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "family": facts.company.families,
            "min_days": makes.MIN_DAYS,
            "target_days": makes.TARGET_DAYS,
            "max_days": makes.MAX_DAYS,
            "fence_months": 2,
            "tolerance_pct": tolerances(facts.stories),
        }
    )


def _write(table: pd.DataFrame, path: Path) -> None:
    """CSV with a header, LF and no quotes (a text with a comma is refused); numbers in their shortest exact form."""
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    options = pacsv.WriteOptions(include_header=False, quoting_style="none")
    with path.open("wb") as file:
        file.write((",".join(table.columns) + "\n").encode())
        pacsv.write_csv(arrow, file, options)


_FILES: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "products": (("products", ("sku", "name", "family", "category", "unit", "unit_cost", "unit_price",
                               "launch_month", "end_month", "line", "technology")),),
    "customers": (("customers", ("customer", "name", "region", "channel", "key_account")),),
    "sites": (("sites", ("site", "name", "region", "kind")),),
    "calendar": (("calendar", ("month", "start_date", "closed", "working_days", "fiscal_year", "fiscal_period")),),
    "versions": (("versions", ("version", "kind", "cycle", "function", "frozen_at", "parent")),),
    "actuals": (("actuals", ("month", "sku", "customer", "site", "quantity", "revenue", "cost")),),
    "plans": (
        ("budgets", ("version", "month", "sku", "customer", "site", "quantity", "revenue", "cost")),
        ("consensus", ("version", "month", "sku", "customer", "site", "quantity", "revenue", "cost")),
        ("inputs", ("version", "month", "family", "region", "quantity", "revenue")),
    ),
    "production": (("production", ("version", "month", "sku", "site", "quantity")),),
    "inventory": (("inventory", ("version", "month", "sku", "site", "quantity", "value")),),
    "orders": (("orders", ("order", "line", "sku", "customer", "ordered_quantity", "requested_date",
                           "promised_date", "delivered_quantity", "delivered_date")),),
    "resources": (("resources", ("resource", "site", "name")),),
    "capacity": (("capacity", ("resource", "month", "available_hours", "overtime_hours", "overtime_cost")),),
    "bills": (("bills", ("resource", "sku", "family", "hours_per_unit")),),
    "policies": (("policies", ("family", "min_days", "target_days", "max_days", "fence_months", "tolerance_pct")),),
}  # fmt: skip


def _mapping() -> str:
    """sources/mapping.toml: each file and what its columns are."""
    lines = ["[company]", f'name = "{COMPANY}"', f'currency = "{CURRENCY}"', "fiscal_year_start = 1", ""]
    for table, files in _FILES.items():
        for file, columns in files:
            pairs = ", ".join(f'{c} = "{c}"' for c in columns)
            lines += [
                "[[source]]",
                f'table = "{table}"',
                f'file = "{file}.csv"',
                f"columns = {{ {pairs} }}",
                "",
            ]
            if table in ("actuals", "plans"):
                lines += ["[source.rules.quantity]", "min = 0", ""]
    return "\n".join(lines)
