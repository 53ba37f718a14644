"""What a column is taken for, and a mapping that a form has corrected."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.warehouse import correct, look_at
from siop.warehouse.findings import Findings
from siop.warehouse.look import look
from siop.warehouse.mapping import FORMS
from siop.warehouse.mapping_text import mapping_text
from siop.warehouse.written import date_form, number_form
from tests.warehouse.making import run_here, write

HERE = Path(__file__).parents[2] / "data" / "adventureworks"
WORDS = st.text(min_size=1, max_size=12)
PAIRS = st.dictionaries(WORDS, WORDS, max_size=4)
SOURCES = st.fixed_dictionaries(
    {"table": st.just("actuals"), "file": WORDS, "columns": PAIRS, "where": st.dictionaries(WORDS, st.lists(WORDS, min_size=1, max_size=3), max_size=2)},
    optional={
        "header": st.lists(WORDS, min_size=1, max_size=3), "constants": PAIRS, "delimiter": st.sampled_from(["\t", ";", '"', "\\"]),
        "lookup": st.lists(st.fixed_dictionaries({"file": WORDS, "key": PAIRS, "columns": PAIRS}), min_size=1, max_size=2),
        "rules": st.fixed_dictionaries({"no_month_gaps": st.booleans()}, optional={"known_skus": st.lists(WORDS, min_size=1), "quantity": st.fixed_dictionaries({"min": st.integers(), "max": st.floats(allow_nan=False, allow_infinity=False)})}),
    },
)  # fmt: skip


@given(
    st.fixed_dictionaries(
        {
            "company": st.dictionaries(WORDS, WORDS | st.integers(1, 12), min_size=1),
            "source": st.lists(SOURCES, min_size=1, max_size=3),
        }
    )
)
def test_a_mapping_written_reads_the_same(told: dict[str, object]) -> None:
    assert tomllib.loads(mapping_text(told)) == told


@pytest.mark.parametrize("name", ["mapping.toml", "with_internet.toml"])
def test_a_real_mapping_survives_being_written(name: str) -> None:
    told = tomllib.loads((HERE / name).read_text())
    assert tomllib.loads(mapping_text(told)) == told


def test_columns_are_shown_with_what_they_are_taken_for(tmp_path: Path) -> None:
    mapping = (
        '[[source]]\ntable = "plans"\nfile = "f.csv"\ndelimiter = ";"\nconstants = { kind = "consensus" }\n'
        'columns = { version = "Vintage", cycle = "Vintage", month = "Date", quantity = "Value" }\n'
        '[[source]]\ntable = "products"\nfile = "p.csv"\n[[source]]\ntable = "sites"\nfile = "gone.csv"\n'
    )
    write(tmp_path, mapping=mapping, f_csv="Vintage;Date;Value;Note\n2026-01;2026-02;1;a\n2026-01;2026-03;2;\n", p_csv="sku,family,colour\nA,F,red\n",
          actuals_csv="month,sku,quantity\n2026-01,A,1\n")  # fmt: skip
    found = look_at(tmp_path)  # in a process of its own
    assert not found.proposed
    assert found.sources[0]["header"] == ["Vintage", "Date", "Value", "Note"]
    assert found.sources[0]["taken"] == [["version", "cycle"], ["month"], ["quantity"], []]
    assert found.sources[0]["samples"] == [["2026-01"], ["2026-02", "2026-03"], ["1", "2"], ["a"]]
    assert found.sources[1]["taken"] == [["sku"], ["family"], ["colour"]]
    assert found.sources[2]["problem"] == "no such file among these"
    assert [(u["file"], u["sources"][0]["table"]) for u in found.unused] == [("actuals.csv", "actuals")]
    said = [correct.said("plans", t) for t in found.sources[0]["taken"]]
    assert said == ["version and cycle", "month", "quantity", "not used"]


def test_a_hostile_file_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    mapping = '[[source]]\ntable = "actuals"\nfile = "a.xlsx"\n[[source]]\ntable = "plans"\nfile = "b.csv"\n'
    write(tmp_path, mapping=mapping, b_csv="")
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))
    found = look(tmp_path, Findings())
    assert [bool(s["problem"]) for s in found.sources] == [True, True]
    write(tmp_path, mapping="[[source\n")
    notes = Findings()
    assert look(tmp_path, notes).sources == []
    assert notes.items[0].rule == "mapping"


def test_a_corrected_column_loads(tmp_path: Path) -> None:
    write(
        tmp_path,
        sales_csv="Monat;Artikel;Umsatz;Umsatz netto\n15.01.2026;A;12,50;10,25\n16.02.2026;A;2,50;1,25\n"
        "17.03.2026;A;0,00;0,00\n18.04.2026;A;0,00;0,00\n20z6;A;1,00;1,00\n",
    )
    found = look(tmp_path, Findings())
    assert found.proposed
    source = found.sources[0]
    picks = [correct.said("actuals", t) for t in source["taken"]]
    assert picks == ["month", "sku", "revenue", "not used"]
    assert correct.doubled(["month", "revenue", "revenue"]) == ["revenue"]
    picks[2:] = ["not used", "revenue"]
    told = correct.corrected(
        found.told, 1, "actuals", source["header"], picks, source["taken"], {"aggregate": "sum"}
    )
    told = correct.company_of(told, " Firma ", "eur", 7)
    (tmp_path / "mapping.toml").write_text(mapping_text(told))
    result = run_here(tmp_path)
    assert [(f["row"], f["column"]) for f in result["findings"]] == [
        (6, "Monat")
    ]  # one bad cell, not every one
    write(
        tmp_path,
        sales_csv="Monat;Artikel;Umsatz;Umsatz netto\n15.01.2026;A;12,50;10,25\n16.02.2026;A;2,50;1,25\n",
    )
    assert run_here(tmp_path)["tables"]["actuals"]["sums"] == {"revenue": "11.5"}
    assert told["company"] == {"name": "Firma", "currency": "EUR", "fiscal_year_start": 7}
    assert correct.corrected(told, 1, correct.NO_TABLE, [], [], [], {})["source"] == []
    assert correct.added(told, [{"table": "sites", "file": "s.csv"}])["source"][1]["table"] == "sites"


def test_a_form_changes_only_what_it_offers() -> None:
    told = {"source": [{"table": "plans", "file": "f.csv", "where": {"a": ["b"]}, "constants": {"version": "B", "kind": "budget"}, "decimal": ",",
                        "columns": {"month": "m", "quantity": "q"}, "rules": {"no_month_gaps": True}}]}  # fmt: skip
    same = correct.corrected(
        told,
        1,
        "plans",
        ["m", "q", "x"],
        ["month", "quantity", "not used"],
        [["month"], ["quantity"], []],
        {},
    )
    assert same == told
    forms = dict.fromkeys(FORMS) | {"period": "quarter"}
    other = correct.corrected(
        told,
        1,
        "actuals",
        ["m", "q", "x"],
        ["month", "quantity", "not used"],
        [["month"], ["quantity"], []],
        forms,
    )
    assert other["source"][0] == {
        "table": "actuals", "file": "f.csv", "where": {"a": ["b"]}, "columns": {"month": "m", "quantity": "q"},
        "rules": {"no_month_gaps": True}, "period": "quarter",
    }  # fmt: skip
    kept = correct.corrected(
        {"source": [{"table": "products", "file": "p"}]},
        1,
        "products",
        ["Code", "Größe"],
        ["sku", correct.DIMENSION],
        [[], ["size"]],
        {},
    )
    assert kept["source"][0]["columns"] == {"sku": "Code", "size": "Größe"}


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["1.5", "2"], {}),
        (["1,5", "2"], {"decimal": ","}),
        (["1,234", "2,500"], {}),  # either mark: the loader asks
        (["1,234", "2,500.5"], {"thousands": ","}),
        (["1 234,5", "2\u202f500"], {"decimal": ",", "thousands": " "}),
        (["12,50"] * 9 + ["vier"], {"decimal": ","}),
        (["vier", "x"], {}),
    ],
)
def test_how_numbers_are_written(cells: list[str], form: dict[str, str]) -> None:
    assert number_form(cells) == form


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["2026-01", "2026-02-03"], None),
        (["31.01.2026"] * 9 + ["20z6"], "%d.%m.%Y"),
        (["01/02/2026", "02/03/2026"], None),
        (["01/02/2026", "13/03/2026"], "%d/%m/%Y"),
        (["x", "y"], None),
    ],
)
def test_how_months_are_written(cells: list[str], form: str | None) -> None:
    assert date_form(cells, "month") == form
