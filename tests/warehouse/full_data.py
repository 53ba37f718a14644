"""The full real data against the control totals of their READMEs; the repository keeps only extracts of them.

    python -m tests.warehouse.full_data ADVENTUREWORKS BOE

ADVENTUREWORKS: the folder of Microsoft's files (data/adventureworks/README.md says where they are); BOE: the folder of
forecasts.csv and outturns.csv (tests/data/boe/README.md). Prints figure, README, loaded; exits 1 where one differs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from siop.warehouse import Snapshot, current_snapshot, load

HERE = Path(__file__).parents[2] / "data" / "adventureworks"
BOE = """
[[source]]
table = "actuals"
file = "outturns.csv"
where = { variable = "unemp", vintage_date = "2025-12-31" }
columns = { month = "date", quantity = "value" }
period = "quarter"
[[source]]
table = "plans"
file = "forecasts.csv"
where = { variable = "unemp", source = "mpr" }
columns = { version = "vintage_date", cycle = "vintage_date", month = "date", quantity = "value" }
constants = { kind = "consensus" }
period = "quarter"
"""
# (figure, SQL of one number, what the README says, digits after the point that it gives)
WHOLE: tuple[tuple[str, str, float, int], ...] = (
    ("reseller SalesAmount", "SELECT sum(revenue) FROM actuals WHERE customer IS NOT NULL", 80_450_596.9823, 4),
    ("reseller TotalProductCost", "SELECT sum(cost) FROM actuals WHERE customer IS NOT NULL", 79_980_114.3790, 4),
    ("reseller OrderQuantity", "SELECT sum(quantity) FROM actuals WHERE customer IS NOT NULL", 214_378, 0),
    ("resellers", "SELECT count(DISTINCT customer) FROM actuals", 635, 0),
    ("salespersons", "SELECT count(DISTINCT site) FROM actuals", 17, 0),
    *((f"reseller {year}", f"SELECT sum(revenue) FROM actuals WHERE customer IS NOT NULL AND year(month) = {year}", value, 2)
      for year, value in ((2010, 489_328.58), (2011, 18_192_802.71), (2012, 28_193_631.53), (2013, 33_574_834.16))),
    *((f"reseller {name}", f"SELECT sum(revenue) FROM actuals a JOIN customers c USING (customer) WHERE c.region = '{name}'", value, 2)
      for name, value in (("United States", 53_607_801.21), ("Canada", 14_377_925.60), ("France", 4_607_537.93),
                          ("United Kingdom", 4_279_008.83), ("Germany", 1_983_988.04), ("Australia", 1_594_335.38))),
    *((f"reseller {name}", f"SELECT sum(revenue) FROM actuals a JOIN products p USING (sku) WHERE a.customer IS NOT NULL AND p.category = '{name}'", value, 2)
      for name, value in (("Bikes", 66_302_381.56), ("Components", 11_799_076.66), ("Clothing", 1_777_840.84), ("Accessories", 571_297.93))),
    ("internet SalesAmount", "SELECT sum(revenue) FROM actuals WHERE customer IS NULL", 29_358_677.2207, 4),
    ("internet TotalProductCost", "SELECT sum(cost) FROM actuals WHERE customer IS NULL", 17_277_793.5757, 4),
    ("internet OrderQuantity", "SELECT sum(quantity) FROM actuals WHERE customer IS NULL", 60_398, 0),
    *((f"internet {year}", f"SELECT sum(revenue) FROM actuals WHERE customer IS NULL AND year(month) = {year}", value, 2)
      for year, value in ((2010, 43_421.04), (2011, 7_075_525.93), (2012, 5_842_485.20), (2013, 16_351_550.34), (2014, 45_694.72))),
    *((f"internet {name}", f"SELECT sum(revenue) FROM actuals a JOIN products p USING (sku) WHERE a.customer IS NULL AND p.category = '{name}'", value, 2)
      for name, value in (("Bikes", 28_318_144.65), ("Accessories", 700_759.96), ("Clothing", 339_772.61))),
    ("quota total", "SELECT sum(revenue) FROM plans", 95_714_000, 0),
    ("quota salespersons", "SELECT count(DISTINCT site) FROM plans", 17, 0),
    ("stock 2013-12, units", "SELECT sum(quantity) FROM inventory WHERE month = DATE '2013-12-01'", 258_794, 0),
    ("stock 2012-12, units", "SELECT sum(quantity) FROM inventory WHERE month = DATE '2012-12-01'", 258_993, 0),
)  # fmt: skip
WINDOWS = (
    (3_886_000, 3_193_633.97), (5_627_000, 4_871_801.34), (4_750_000, 4_069_186.04), (5_068_000, 4_153_820.42),
    (10_537_000, 8_880_239.44), (8_654_000, 7_041_183.75), (5_913_000, 5_266_343.50), (8_039_000, 6_733_903.82),
    (13_733_000, 10_926_196.09), (11_097_000, 9_276_226.01), (8_051_000, 7_102_685.11), (10_359_000, 8_935_377.49),
)  # fmt: skip
ACCURACY = ((0, 89, -0.1357, 0.2677), (4, 85, -0.3012, 0.7330), (8, 81, -0.1948, 0.9811))
Line = tuple[str, float, float, int]


def main() -> int:
    """Load, compare, print; 1 where a figure differs."""
    adventure, boe = map(Path, sys.argv[1:3])
    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        for figure, told, found, digits in (
            *whole(adventure, Path(place)),
            *windows(adventure, Path(place)),
            *accuracy(boe, Path(place)),
        ):
            equal = abs(round(found, digits) - told) < 0.5 * 10**-digits
            wrong += not equal
            print(
                f"{figure:38} {told:>18,.{digits}f} {found:>18,.{digits}f} {'equal' if equal else 'DIFFERS'}"
            )
    print("all equal" if not wrong else f"{wrong} differ")
    return 1 if wrong else 0


def loaded(files: Path, place: Path, mapping: str, *more: Path) -> Snapshot:
    """A snapshot of the files under a mapping."""
    place.mkdir()
    for path in (*files.glob("*.csv"), *more):
        shutil.copy(path, place / path.name)
    (place / "mapping.toml").write_text(mapping)
    result = load(place, place / "snapshots")
    assert result.ok, [str(f) for f in result.findings][:5]
    found = current_snapshot(place / "snapshots")
    assert found is not None
    return found


def whole(files: Path, place: Path) -> Iterator[Line]:
    """Reseller and internet sales, quotas and month-end stock, through one mapping."""
    with closing(loaded(files, place / "whole", (HERE / "with_internet.toml").read_text())) as snapshot:
        for figure, question, told, digits in WHOLE:
            yield figure, told, float(snapshot.rows(question)[0][0]), digits


def windows(files: Path, place: Path) -> Iterator[Line]:
    """Quota and sales by quota window: the quarters of the company's calendar."""
    mapping = (HERE / "mapping.toml").read_text()
    with closing(loaded(files, place / "windows", mapping, HERE / "calendar.csv")) as snapshot:
        ask: Callable[[str], list[tuple[Any, ...]]] = snapshot.rows
        by = {
            t: ask(f"SELECT quarter, sum(revenue) FROM {t} JOIN calendar USING (month) GROUP BY 1 ORDER BY 1")
            for t in ("plans", "actuals")
        }
        for n, (quota, sales) in enumerate(WINDOWS):
            yield f"window {n + 1} quota", quota, float(by["plans"][n][1]), 0
            yield f"window {n + 1} sales", sales, float(by["actuals"][n][1]), 2


def accuracy(files: Path, place: Path) -> Iterator[Line]:
    """Errors by lag in quarters, in percentage points, as `report accuracy` tells them."""
    sources, workspace = place / "boe", place / "boe-workspace"
    sources.mkdir()
    for name in ("forecasts.csv", "outturns.csv"):
        shutil.copy(files / name, sources / name)
    (sources / "mapping.toml").write_text(BOE)
    siop = [sys.executable, "-m", "siop"]
    subprocess.run(
        [*siop, "load", str(sources), "--workspace", str(workspace), "--json"],
        check=True,
        capture_output=True,
    )
    for lag, n, mean_error, mae in ACCURACY:
        words = [
            "report",
            "accuracy",
            "--workspace",
            str(workspace),
            "--lag",
            str(lag),
            "--measure",
            "quantity",
            "--json",
        ]
        row = json.loads(subprocess.run([*siop, *words], check=True, capture_output=True).stdout)["rows"][0]
        yield f"unemployment, lag {lag}, n", n, row["n"], 0
        yield f"unemployment, lag {lag}, mean error", mean_error, row["mean_error"] * 100, 4
        yield f"unemployment, lag {lag}, mean abs error", mae, row["mae"] * 100, 4


if __name__ == "__main__":
    sys.exit(main())
