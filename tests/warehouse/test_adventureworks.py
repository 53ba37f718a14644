"""Real input: the AdventureWorks extract through its mappings, against plain pandas on the same files."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from siop.warehouse import Snapshot, current_snapshot, load

HERE = Path(__file__).parents[2] / "data" / "adventureworks"
EXTRACT = HERE / "extract"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Mapping, calendar and files in one folder, as a company would keep them."""
    place = tmp_path_factory.mktemp("adventureworks") / "sources"
    shutil.copytree(EXTRACT, place)
    for name in ("mapping.toml", "with_internet.toml", "calendar.csv"):
        shutil.copy(HERE / name, place / name)
    return place


@pytest.fixture(scope="module")
def quotas(folder: Path) -> Snapshot:
    """The snapshot of mapping.toml."""
    return _snapshot(folder, folder.parent / "quotas")


@pytest.fixture(scope="module")
def whole(folder: Path) -> Snapshot:
    """The snapshot of with_internet.toml."""
    return _snapshot(folder / "with_internet.toml", folder.parent / "whole")


def _snapshot(sources: Path, snapshots: Path) -> Snapshot:
    result = load(sources, snapshots)
    assert result.ok, [str(f) for f in result.findings]
    assert result.seconds < 30
    found = current_snapshot(snapshots)
    assert found is not None
    return found


def sheet(name: str) -> pd.DataFrame:
    """A file of the extract without a header row: columns by number, as text."""
    return pd.read_csv(EXTRACT / name, sep="|", header=None, dtype=str, keep_default_na=False)


def cents(value: Any) -> int:
    """Exact to the hundredth of a cent, as the files write money."""
    return round(float(value) * 10_000)


def sales_by_window(people: bool) -> dict[Any, int]:
    """Sales from each quota date to before the next, by window (and salesperson): the README's definition."""
    sold, quota = sheet("FactResellerSales.csv"), sheet("FactSalesQuota.csv")
    starts = sorted(quota[6].unique())
    window = sold[24].map(lambda day: max(s for s in starts if s <= day))
    amounts = sold[19].map(cents)
    by = [sold[5], window] if people else [window]
    return dict(amounts.groupby(by).sum())


def test_quarters_are_the_quota_windows(quotas: Snapshot) -> None:
    starts = sorted(sheet("FactSalesQuota.csv")[6].unique())
    quarters = [q for (q,) in quotas.rows("SELECT DISTINCT quarter FROM calendar ORDER BY 1")]
    assert len(starts) == len(quarters) == 12
    found = quotas.rows(
        "SELECT quarter, sum(revenue) FROM actuals JOIN calendar USING (month) GROUP BY 1 ORDER BY 1"
    )
    expected = sales_by_window(people=False)
    assert {q: cents(r) for q, r in found} == {q: expected[s] for q, s in zip(quarters, starts, strict=True)}
    by_person = quotas.rows(
        "SELECT site, quarter, sum(revenue) FROM actuals JOIN calendar USING (month) GROUP BY ALL"
    )
    named = dict(zip(quarters, starts, strict=True))
    assert {(s, named[q]): cents(r) for s, q, r in by_person} == sales_by_window(people=True)


def test_quotas_are_for_quarters_by_salesperson(quotas: Snapshot) -> None:
    told = sheet("FactSalesQuota.csv")
    found = quotas.rows(
        "SELECT plans.site, quarter, revenue, g.period, g.product, g.customer, g.site FROM plans"
        " JOIN grains g USING (grain) JOIN calendar USING (month) ORDER BY 1, 2"
    )
    assert len(found) == len(told)
    assert {row[3:] for row in found} == {("quarter", "none", "none", "site")}
    assert sum(row[2] for row in found) == told[5].astype(float).sum()
    assert quotas.rows("SELECT DISTINCT kind FROM versions") == [("budget",)]
    assert quotas.dimension("salesperson").name == "site"


def test_october_2013_starts_on_29_september(quotas: Snapshot) -> None:
    rows = dict(
        quotas.rows("SELECT strftime(month, '%Y-%m'), strftime(start_date, '%Y-%m-%d') FROM calendar")
    )
    assert rows["2013-10"] == "2013-09-29"
    assert {day[-2:] for month, day in rows.items() if month != "2013-10"} == {"28"}


def test_families_and_countries(whole: Snapshot) -> None:
    reseller, internet = sheet("FactResellerSales.csv"), sheet("FactInternetSales.csv")
    both = pd.concat(
        [
            reseller[[0, 19]].set_axis(["key", "amount"], axis=1),
            internet[[0, 18]].set_axis(["key", "amount"], axis=1),
        ]
    )
    products = pd.read_csv(EXTRACT / "DimProduct.csv", sep=";", dtype=str, keep_default_na=False)
    subcategory = sheet("DimProductSubcategory.csv").set_index(0)
    category = sheet("DimProductCategory.csv").set_index(0)[2]
    of = products.set_index("ProductKey")["ProductSubcategoryKey"].map(subcategory[5]).map(category)
    expected = both["amount"].map(cents).groupby(both["key"].map(of)).sum()
    found = whole.rows(
        "SELECT category, sum(revenue) FROM actuals JOIN families USING (family) GROUP BY 1 ORDER BY 1"
    )
    assert {c: cents(r) for c, r in found} == dict(expected)
    territory = pd.read_csv(EXTRACT / "DimSalesTerritory.csv", sep=";", dtype=str, keep_default_na=False)
    country = territory.set_index("SalesTerritoryKey")["SalesTerritoryCountry"]
    sold = internet[18].map(cents).groupby(internet[7].map(country)).sum()
    online = whole.rows("SELECT region, sum(revenue) FROM actuals WHERE customer IS NULL GROUP BY 1")
    assert {c: cents(r) for c, r in online} == dict(sold)


def test_month_end_stock(whole: Snapshot) -> None:
    told = sheet("FactProductInventory_month_end.csv")
    expected = told[6].astype(int).groupby(told[2].str[:7]).sum()
    found = whole.rows("SELECT strftime(month, '%Y-%m'), sum(quantity) FROM inventory GROUP BY 1")
    assert {m: int(q) for m, q in found} == dict(expected)
    # The README's control totals of the whole data, which the extract keeps for these two months.
    assert {m: int(q) for m, q in found} == {"2012-12": 258_993, "2013-12": 258_794}


def test_control_totals_and_margins(quotas: Snapshot) -> None:
    sold = sheet("FactResellerSales.csv")
    totals = {c: v for t, c, _, v in quotas.rows("SELECT * FROM control_totals") if t == "actuals"}
    assert int(totals["quantity"]) == sold[12].astype(int).sum()
    assert cents(totals["revenue"]) == sold[19].map(cents).sum()
    assert cents(totals["cost"]) == sold[18].map(cents).sum()
    margin = quotas.rows("SELECT sum(margin) FROM cube WHERE version = 'actual'")[0][0]
    assert abs(margin - float(totals["revenue"]) + float(totals["cost"])) < 0.01


def test_parts_without_a_subcategory_are_kept_and_counted(quotas: Snapshot) -> None:
    said = quotas.rows("SELECT message FROM findings WHERE rule = 'unmapped'")
    assert said == [("209 rows find no row in DimProductSubcategory.csv and are kept as (unmapped)",)]
    assert quotas.rows("SELECT count(*) FROM products") == [(504,)]
