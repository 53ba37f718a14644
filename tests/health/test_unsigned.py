"""Every change of a signed plan without a decision is found, none that a decision allows is held against anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siop.core import span
from siop.decisions.plan_rows import changed_rows
from siop.health import unsigned
from siop.health.survived import survivals
from siop.health.unsigned import Allowed, link, moved, survival
from siop.health.window import Window
from siop.ledger.entry import entries_of
from siop.ledger.state import State
from siop.ledger.views import fold
from siop.warehouse import Snapshot
from tests.health.companies import line, when
from tests.metrics.small import make_snapshot

MONTHS = span("2026-11", "2027-01")
ROWS = [(m, s, f, c) for m in MONTHS for s, f in (("P1", "Pumps"), ("V1", "Valves")) for c in ("C1", "C2")]
CYCLES = Window(("2026-09", "2026-10"), ("2026-09", "2026-10"))


def rows(amounts: list[float]) -> pd.DataFrame:
    table = pd.DataFrame(ROWS, columns=["month", "sku", "family", "customer"])
    return table.assign(region=None, site=None, quantity=np.nan, cost=np.nan, revenue=amounts)


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from([0.0, -25.0, 40.0]), min_size=12, max_size=12),
    st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_all_unlinked_rows_are_found_and_no_linked_one(edits: list[float], linked: list[bool]) -> None:
    before, after = rows([100.0] * 12), rows([100.0 + e for e in edits])
    found = moved(changed_rows(before, after), "revenue")
    assert len(found) == sum(e != 0 for e in edits)
    rights = [
        Allowed(f"D{n}", "V", {"sku": (s,), "customer": (c,)}, m, m)
        for n, (m, s, _, c) in enumerate(ROWS)
        if linked[n]
    ]
    told = survival("V", "2026-10", 1200.0, link(found, ["V"], rights, found), "edited")
    assert told.unsigned == sum(abs(e) for e, ok in zip(edits, linked, strict=True) if not ok)
    assert told.linked == sum(abs(e) for e, ok in zip(edits, linked, strict=True) if ok)


def test_rows_that_come_and_go_count_whole_and_rounding_not_at_all() -> None:
    before, after = rows([100.0] * 12).iloc[1:], rows([100.0] * 11 + [100.00000001]).iloc[:-1]
    found = moved(changed_rows(before, after), "revenue")
    assert found["change"].tolist() == [100.0, -100.0]
    assert len(moved(changed_rows(rows([100.0] * 12), rows([100.0] * 11 + [100.00000001])), "revenue")) == 0


@pytest.mark.parametrize(
    ("right", "covers"),
    [
        (Allowed("D", "V", {}, "2026-11", "2027-01"), 12),
        (Allowed("D", "V", {"family": ("Pumps",)}, "2026-11", "2027-01"), 6),
        (Allowed("D", "V", {"family": ("Pumps", "Valves")}, "2026-12", "2026-12"), 4),
        (
            Allowed("D", "V", {"channel": ("Retail",)}, "2026-11", "2027-01"),
            0,
        ),  # a level the rows do not have
        (Allowed("D", "Other", {}, "2026-11", "2027-01"), 0),
    ],
)
def test_a_decision_covers_its_version_scope_and_months(right: Allowed, covers: int) -> None:
    found = moved(changed_rows(rows([100.0] * 12), rows([110.0] * 12)), "revenue")
    assert link(found, ["V"], [right], found)["decision"].notna().sum() == covers


def snapshot_of(
    folder: Path, name: str, plans: dict[str, list[float]], *, parents: dict[str, str] | None = None
) -> Snapshot:
    frames, versions = [], []
    for version, units in plans.items():
        table = pd.DataFrame(ROWS, columns=["month", "sku", "family", "customer"]).drop(columns="family")
        frames.append(table.assign(version=version, quantity=units, revenue=np.array(units) * 10))
        versions.append((version, "consensus", version[-7:], (parents or {}).get(version)))
    products = pd.DataFrame(
        {"sku": ["P1", "V1"], "family": ["Pumps", "Valves"], "category": ["Water", "Steam"]}
    )
    customers = pd.DataFrame({"customer": ["C1", "C2"], "channel": ["Direct", "Trade"]})
    policies = pd.DataFrame({"family": ["Pumps"], "fence_months": [2]})
    return make_snapshot(
        folder, name=name, actuals=pd.DataFrame([("2026-10", "P1", "C1", 1, 10.0)],
                                                columns=["month", "sku", "customer", "quantity", "revenue"]),
        plans=frames, versions=pd.DataFrame(versions, columns=["version", "kind", "cycle", "parent"]),
        products=products, customers=customers, policies=policies,
    )  # fmt: skip


def said(*more: dict[str, Any], version: str = "Plan 2026-10", **at: Any) -> State:
    told = {"plan_hash": "as signed", "snapshot": "before"} | at
    return fold(entries_of([
        line("person", when("2026-10", 1), None, id="p", name="P", function="sales", role="executive",
             principal=True, required_signer=True),
        line("sign_off", when(version[-7:], 17), version[-7:], version=version, person="p", function="sales",
             stance="consent", **told), *more,
    ]))  # fmt: skip


def decided(
    scope: dict[str, str], version: str = "Plan 2026-10", outcome: str = "approved"
) -> list[dict[str, Any]]:
    return [
        line("decision", when("2026-10", 18), "2026-10", id="D1", question="q", raised_by="p",
             options=[{"label": "a", "description": "a"}, {"label": "b", "description": "b"}]),
        line("decided", when("2026-10", 19), "2026-10", decision="D1", outcome=outcome, option="a", rationale="r",
             owner="p", due="2026-12-01",
             authorises=[{"version": version, "scope": scope, "from": "2026-11", "to": "2027-01"}]),
    ]  # fmt: skip


def test_rows_changed_after_signing_against_the_snapshot_that_was_signed(tmp_path: Path) -> None:
    edited = [100.0] * 12
    edited[0], edited[2], edited[5] = 130.0, 80.0, 120.0  # P1 C1 Nov +30, V1 C1 Nov -20, P1 C2 Dec +20
    snapshot_of(tmp_path, "before", {"Plan 2026-10": [100.0] * 12}).close()
    now = snapshot_of(tmp_path, "now", {"Plan 2026-10": edited})
    plans, unit = survivals(now, said(), {"Plan 2026-10": "2026-10"}, CYCLES)
    measured = unsigned.measure(plans, unit)
    assert measured.value == pytest.approx(70 / 1200)
    assert (measured.numerator, measured.denominator) == (pytest.approx(700.0), pytest.approx(12_000.0))
    assert measured.subject == {"version": "Plan 2026-10"}
    assert plans[0].fenced == pytest.approx(500.0)  # the pumps' rows up to December
    allowed_by = survivals(
        now, said(*decided({"category": "Water", "channel": "Direct"})), {"Plan 2026-10": "2026-10"}, CYCLES
    )[0][0]
    assert (allowed_by.unsigned, allowed_by.linked) == (pytest.approx(400.0), pytest.approx(300.0))
    refused = survivals(now, said(*decided({}, outcome="rejected")), {"Plan 2026-10": "2026-10"}, CYCLES)[0][
        0
    ]
    assert refused.linked == 0


def test_an_untouched_plan_stands(tmp_path: Path) -> None:
    now = snapshot_of(tmp_path, "now", {"Plan 2026-10": [100.0] * 12})
    plan_hash = str(now.versions["plan_hash"].iloc[0])
    plans, _ = survivals(now, said(plan_hash=plan_hash, snapshot=now.id), {"Plan 2026-10": "2026-10"}, CYCLES)
    measured = unsigned.measure(plans)
    assert measured.value == 0.0
    assert measured.sentence == "The signed plan Plan 2026-10 stands as it was signed."


def test_a_changed_plan_whose_snapshot_is_gone_is_not_zero(tmp_path: Path) -> None:
    now = snapshot_of(tmp_path, "now", {"Plan 2026-10": [100.0] * 12})
    plans, _ = survivals(now, said(snapshot="gone"), {"Plan 2026-10": "2026-10"}, CYCLES)
    measured = unsigned.measure(plans)
    assert measured.value is None
    assert measured.sentence.startswith(
        "How much of the plan signed as Plan 2026-10 stands is not known: its rows"
    )


def test_a_plan_signed_before_anything_was_loaded_is_not_zero(tmp_path: Path) -> None:
    now = snapshot_of(tmp_path, "now", {"Plan 2026-10": [100.0] * 12})
    plans, _ = survivals(now, said(plan_hash=None, snapshot=None), {"Plan 2026-10": "2026-10"}, CYCLES)
    measured = unsigned.measure(plans)
    assert measured.value is None
    assert measured.sentence.endswith("it was signed before anything was loaded.")


def test_a_revision_without_signatures_is_a_change(tmp_path: Path) -> None:
    now = snapshot_of(
        tmp_path, "now", {"Plan 2026-10": [100.0] * 12, "Revised 2026-10": [100.0] * 11 + [160.0]},
        parents={"Revised 2026-10": "Plan 2026-10"},
    )  # fmt: skip
    signed = {"plan_hash": None, "snapshot": None}
    cycles = {"Plan 2026-10": "2026-10", "Revised 2026-10": "2026-10"}
    plans, unit = survivals(now, said(**signed), cycles, CYCLES)
    measured = unsigned.measure(plans, unit)
    assert measured.value == pytest.approx(60 / 1200)
    assert "Revised 2026-10 revised it without signatures" in measured.sentence
    allowed_by = survivals(now, said(*decided({}, version="Revised 2026-10"), **signed), cycles, CYCLES)[0][0]
    assert allowed_by.unsigned == 0


def test_a_later_consensus_counts_only_where_nobody_signed_it(tmp_path: Path) -> None:
    now = snapshot_of(tmp_path, "now", {"Plan 2026-09": [100.0] * 12, "Plan 2026-10": [103.0] * 12})
    cycles = {"Plan 2026-09": "2026-09", "Plan 2026-10": "2026-10"}
    hashes = dict(zip(now.versions["version"], now.versions["plan_hash"], strict=True))
    bare = {"plan_hash": str(hashes["Plan 2026-09"]), "snapshot": now.id}
    alone = survivals(now, said(version="Plan 2026-09", **bare), cycles, CYCLES)[0]
    assert alone[0].share == pytest.approx(0.03)
    again = line("sign_off", when("2026-10", 17), "2026-10", version="Plan 2026-10", person="p", function="sales",
                 stance="object", reason="too much", plan_hash=str(hashes["Plan 2026-10"]))  # fmt: skip
    both = survivals(now, said(again, version="Plan 2026-09", **bare), cycles, CYCLES)[0]
    assert [p.share for p in both] == [0.0, 0.0]


def test_no_signed_plan_is_not_enough() -> None:
    measured = unsigned.measure([])
    assert (measured.value, measured.need) == (None, 1)


def test_a_decision_of_later_allows_nothing_in_a_report_of_before() -> None:
    right = {"version": "Plan 2026-10", "scope": {}, "from": "2026-11", "to": "2026-12"}
    lines = [
        line("decision", when("2026-11", 2), "2026-11", id="D", question="Q?", raised_by="x", options=[]),
        line("decided", when("2026-11", 3), "2026-11", decision="D", outcome="approved", rationale="r", authorises=[right]),
    ]  # fmt: skip
    told = fold(entries_of(lines))
    assert [unsigned.allowed(told, until) for until in ("2026-10", "2026-09")] == [[], []]
    assert len(unsigned.allowed(told)) == len(unsigned.allowed(told, "2026-11")) == 1
