"""A register pasted from a sheet: what is refused, with field, value and fix, and that nothing is half saved."""

from __future__ import annotations

import pytest

from siop.ledger import entries_of, fold
from siop.risks import check_item, check_score, read_paste, register
from siop.warehouse import Snapshot
from tests.risks.company import at, company, outcome, risk, told

HEADER = "kind\ttitle\tfamily\tfrom\tto\towner\tprobability\tlow\tlikely\thigh"
GOOD = "risk\tSupplier fails\tPumps\t2026-08\t2026-09\tanna\t30 %\t100\t200\t400"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return company(tmp_path_factory.mktemp("company"))


def row(**change: str) -> str:
    """GOOD with some cells changed."""
    cells = dict(zip(HEADER.split("\t"), GOOD.split("\t"), strict=True)) | {
        k.rstrip("_"): v for k, v in change.items()
    }
    return "\t".join(cells.values())


def test_a_good_row_becomes_the_two_entries_of_the_contract(snapshot: Snapshot) -> None:
    found = read_paste(f"{HEADER}\n{GOOD}\n", snapshot, told())
    assert found.findings == ()
    assert found.entries == (
        ("risk", {"id": "R-001", "kind": "risk", "title": "Supplier fails", "scope": {"family": "Pumps"}, "from": "2026-08",
                  "to": "2026-09", "in_plan": False, "owner": "anna"}),
        ("risk_score", {"id": "R-001", "probability": 0.3, "low": 100.0, "likely": 200.0, "high": 400.0}),
    )  # fmt: skip
    lines = [
        {"type": t, "at": at("2026-06"), "by": "anna", "cycle": "2026-06", "payload": p}
        for t, p in found.entries
    ]
    (line,) = register(fold(entries_of(lines)), "2026-06")
    assert line.mean == pytest.approx(-0.3 * 700 / 3)


@pytest.mark.parametrize(
    ("change", "column", "value", "fix"),
    [
        ({"probability": "1.2"}, "probability", "1.2", "write 0.012, or 1.2 %"),
        ({"probability": "30"}, "probability", "30", "write 0.3, or 30 %"),
        ({"probability": "-0.1"}, "probability", "-0.1", "write 0.3 for thirty per cent"),
        ({"probability": "likely"}, "probability", "likely", "decimal point"),
        ({"low": "300"}, "likely", "300, 200, 400", "low <= likely <= high"),
        ({"likely": "1.200,5"}, "likely", "1.200,5", "1250000"),
        ({"low": "-100"}, "low", "-100", "the kind gives it"),
        ({"to": "2026-07"}, "to", "2026-07", "2026-08 or later"),
        ({"to": "Sept"}, "to", "Sept", "YYYY-MM"),
        ({"from_": "2026-06"}, "from", "2026-06", "2026-07 or later"),
        ({"family": "Pumpps"}, "family", "Pumpps", "did you mean Pumps?"),
        ({"owner": "Ana"}, "owner", "Ana", "did you mean Anna?"),
        ({"kind": "chance"}, "kind", "chance", "risk or opportunity"),
        ({"title": ""}, "title", None, "fill in title"),
    ],
)
def test_bad_input_is_refused_with_field_value_and_fix(
    snapshot: Snapshot, change: dict[str, str], column: str, value: str | None, fix: str
) -> None:
    found = read_paste(f"{HEADER}\n{GOOD}\n{row(**change)}\n", snapshot, told())
    assert [(f.row, f.column, f.value) for f in found.findings] == [(3, column, value)]
    assert fix in found.findings[0].fix
    assert found.entries == ()  # the good row waits
    assert not found.ok


def test_every_row_is_looked_at_before_anything_is_said(snapshot: Snapshot) -> None:
    text = f"{HEADER}\n{row(probability='7')}\n\n{row(owner='Zoe', family='Tanks')}\n"
    assert [(f.row, f.column) for f in read_paste(text, snapshot, told()).findings] == [
        (2, "probability"), (4, "family"), (4, "owner"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("", None),
        (HEADER, None),
        (HEADER.replace("owner", "ownerr") + "\n" + GOOD, "ownerr"),
        (HEADER.replace("\thigh", "") + "\n" + GOOD, "high"),
        (HEADER.replace("\thigh", "\tlow") + "\n" + GOOD, "low"),
        (f"{HEADER}\n{GOOD}\textra", None),
    ],
)
def test_a_header_that_does_not_fit(snapshot: Snapshot, text: str, column: str | None) -> None:
    found = read_paste(text, snapshot, told())
    assert not found.ok
    assert column in {f.column for f in found.findings}
    assert found.entries == ()


def test_a_known_item_is_scored_again_and_may_lie_in_a_closed_month(snapshot: Snapshot) -> None:
    state = told(risk("R7", cycle="2026-03", first="2026-05", last="2026-08"))
    found = read_paste(f"id\t{HEADER}\nR7\t{row(from_='2026-05')}\n\t{GOOD}\n", snapshot, state)
    assert found.findings == ()
    assert [payload["id"] for _, payload in found.entries] == ["R7", "R7", "R-001", "R-001"]


def test_one_id_twice_is_refused(snapshot: Snapshot) -> None:
    found = read_paste(f"id\t{HEADER}\nR7\t{GOOD}\nR7\t{GOOD}\n", snapshot, told())
    assert [(f.row, f.rule) for f in found.findings] == [(3, "id")]


def test_semicolons_and_commas_divide_too_and_a_scope_may_have_several_values(snapshot: Snapshot) -> None:
    text = f"{HEADER}\n{row(family='Pumps; Valves')}".replace("\t", ",")
    (first, *_) = read_paste(text, snapshot, told()).entries
    assert first[1]["scope"] == {"family": ["Pumps", "Valves"]}


def test_a_form_takes_the_same_rules(snapshot: Snapshot) -> None:
    findings, made, scored = check_item(
        {"kind": "opportunity", "title": "Tender", "scope": {"region": ["North"]}, "from": "2026-08", "to": "2026-09",
         "owner": "dirk", "probability": 0.4, "low": 1, "likely": 2, "high": 3, "in_plan": True, "shape": "pert"},
        snapshot, told(),
    )  # fmt: skip
    assert findings == []
    assert made is not None
    assert (made["scope"], made["in_plan"], made["shape"]) == ({"region": "North"}, True, "pert")
    assert scored == {"id": "", "probability": 0.4, "low": 1.0, "likely": 2.0, "high": 3.0}


def test_a_new_score_needs_an_open_item(snapshot: Snapshot) -> None:
    good = {"probability": "0.4", "low": "1", "likely": "2", "high": "3"}
    state = told(risk("R1"), risk("R2", cycle="2026-01") + outcome("R2", "2026-05", False))
    assert check_score("R1", good, state) == (
        [],
        {"id": "R1", "probability": 0.4, "low": 1.0, "likely": 2.0, "high": 3.0},
    )
    for ident, fields in (("R2", good), ("R9", good), ("R1", {**good, "probability": "4"}), ("R1", {})):
        findings, payload = check_score(ident, fields, state)
        assert findings
        assert payload is None


@pytest.mark.parametrize(
    ("said", "want"),
    [
        ({"mitigation": "Second source", "mitigation_cost": "50", "mitigation_probability": "10 %"},
         {"text": "Second source", "cost": 50.0, "probability": 0.1}),
        ({"mitigation": "Second source", "mitigation_cost": "0"}, {"text": "Second source", "cost": 0.0}),
        ({"mitigation": "Second source"}, "mitigation_cost"),
        ({"mitigation_cost": "50"}, "mitigation_cost"),
        ({"mitigation": "Second source", "mitigation_cost": "5", "mitigation_probability": "7"}, "mitigation_probability"),
    ],
)  # fmt: skip
def test_a_mitigation_has_words_a_cost_and_a_probability(
    snapshot: Snapshot, said: dict[str, str], want: object
) -> None:
    fields = {"kind": "risk", "title": "Supplier fails", "from": "2026-08", "to": "2026-09", "owner": "anna",
              "probability": 0.3, "low": 100, "likely": 200, "high": 400, **said}  # fmt: skip
    findings, item, _ = check_item(fields, snapshot, told())
    if isinstance(want, str):
        assert [f.column for f in findings] == [want]
        assert item is None
    else:
        assert item is not None
        assert item["mitigation"] == want
