"""The mapping: every key of the contract is read, and what it does not know is refused with the nearest key."""

from __future__ import annotations

from pathlib import Path

import pytest

from siop.warehouse.findings import RULES, Findings
from siop.warehouse.mapping import Range
from siop.warehouse.mapping_reader import read_mapping

FULL = """
[company]
name = "Adventure Works"
currency = "USD"
fiscal_year_start = 7
labels = { site = "salesperson" }

[[source]]
table = "actuals"
file = "fact.csv"
delimiter = "|"
encoding = "cp1252"
decimal = ","
thousands = "."
header = ["Scenario", "YearPeriod", "Revenue"]
sheet = "Sheet1"
where = { Scenario = ["Actual", 1] }
columns = { month = "YearPeriod", revenue = "Revenue" }
constants = { sku = 7 }
month_format = "%Y%m%d"
date_format = "%d.%m.%Y"
aggregate = "sum"
unknown = "unmapped"
period = "quarter"
spread = "last_year"

[source.rules]
known_skus = ["00123", 7]
first_month = "2026-01"
last_month = "2027-12"
no_month_gaps = true
one_currency = "USD"
one_unit_per_sku = true
max_rows = 200000
max_cell_chars = 10000
max_bytes = 8000000
max_seconds = 5

[source.rules.quantity]
min = 0
max = 1e9
negative = "warn"

[[source.lookup]]
file = "state.csv"
delimiter = ";"
key = { State = "StateCode" }
columns = { region = "Region" }

[[source]]
table = "plans"
file = "fact.csv"
where = { Scenario = "Budget" }
constants = { version = "Budget", kind = "budget" }
columns = { month = "YearPeriod", revenue = "Revenue" }
"""


def read(tmp_path: Path, text: str) -> tuple[object, Findings]:
    findings = Findings()
    path = tmp_path / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path, findings), findings


def test_every_key_of_the_contract(tmp_path: Path) -> None:
    findings = Findings()
    path = tmp_path / "mapping.toml"
    path.write_text(FULL, encoding="utf-8")
    plan = read_mapping(path, findings)
    assert [str(f) for f in findings.items] == []
    assert plan.company.labels == (("site", "salesperson"),)
    one, two = plan.sources
    assert one.where == (("Scenario", ("Actual", "1")),)
    assert one.constants == (("sku", "7"),)
    assert (one.aggregate, one.unmapped, one.period, one.spread) == (True, True, "quarter", "last_year")
    assert one.rules.known_skus == ("00123", "7")
    assert one.rules.ranges == (("quantity", Range(0, 1e9, "warn")),)
    assert one.lookups[0].reading.delimiter == ";"
    # A file has one form: the second source of the same file reads it as the first says.
    assert two.reading.delimiter == "|"
    assert two.reading.header == ("Scenario", "YearPeriod", "Revenue")
    assert (two.where, two.aggregate, two.unmapped, two.period) == (
        (("Scenario", ("Budget",)),),
        False,
        False,
        "month",
    )


@pytest.mark.parametrize(
    ("change", "fix"),
    [
        (("delimiter =", "delimter ="), "did you mean delimiter?"),
        (("[company]", "[compny]"), "did you mean company?"),
        (("currency = \"USD\"\nfiscal", "curency = \"USD\"\nfiscal"), "did you mean currency?"),
        (("max_rows", "max_row"), "did you mean max_rows?"),
        (("[source.rules.quantity]", "[source.rules.quantty]"), "did you mean quantity?"),
        (("negative =", "negativ ="), "did you mean negative?"),
        (('table = "plans"', 'table = "plan"'), "did you mean plans?"),
        (("key = {", "keys = {"), "did you mean key?"),
        (("columns = { month = \"YearPeriod\", revenue = \"Revenue\" }\nconst", "columns = { mnth = \"YearPeriod\" }\nconst"), "did you mean month?"),
        (('aggregate = "sum"', 'aggregate = "mean"'), 'write "sum"'),
        (('unknown = "unmapped"', 'unknown = "skip"'), 'write "unmapped"'),
        (('period = "quarter"', 'period = "week"'), 'write "month", "quarter" or "year"'),
        (("fiscal_year_start = 7", "fiscal_year_start = 13"), "write a month from 1 to 12"),
        (('first_month = "2026-01"', 'first_month = "2026-1"'), 'write "YYYY-MM"'),
        (('delimiter = "|"', 'delimiter = "||"'), "write one character"),
        (('encoding = "cp1252"', 'encoding = "cp-zwölf"'), 'for instance "utf-8", "cp1252" or "utf-16"'),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused_with_the_nearest(
    change: tuple[str, str], fix: str, tmp_path: Path
) -> None:
    assert FULL.count(change[0]) >= 1
    _, findings = read(tmp_path, FULL.replace(*change, 1))
    assert fix in [f.fix for f in findings.items]
    assert all(
        f.severity == "error" and f.rule == "mapping" and f.file == "mapping.toml" for f in findings.items
    )


@pytest.mark.parametrize(
    "text",
    ["", "a = ", "[[source]]\n", '[[source]]\ntable = "actuals"\n', "source = 3\n", "[company]\nname = 3\n[[source]]\n",
     '[[source]]\ntable = "actuals"\nfile = "a.csv"\nspread = "even"\n', '[[source]]\ntable = "orders"\nfile = "a.csv"\nperiod = "year"\n',
     '[[source]]\ntable = "actuals"\nfile = "a.csv"\ndecimal = ","\nthousands = ","\n',
     '[[source]]\ntable = "actuals"\nfile = "a.csv"\n[[source.lookup]]\nfile = "b.csv"\n'],
)  # fmt: skip
def test_a_mapping_that_says_nothing_or_contradicts_itself(text: str, tmp_path: Path) -> None:
    _, findings = read(tmp_path, text)
    assert findings.errors


def test_every_rule_asks_and_says_what_to_do() -> None:
    for name, rule in RULES.items():
        assert name == rule.name
        assert len(rule.asks) > 10
        assert len(rule.fix) > 10
