"""Is the plan bought off, which is in force, and did it change since it was signed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siop.decisions import changed_rows, drift, plan_status, signed_version
from siop.decisions.plan_rows import KEYS, MEASURES
from siop.ledger import State, entries_of, fold
from tests.ledger.examples import line

V, H = "C2026-03", "ab" * 32


def state(*lines: dict) -> State:
    people = [
        line("person", at="2026-01-01", id=i, name=i.title(), function=f, required_signer=True)
        for i, f in (("ann", "Sales"), ("bob", "Finance"), ("cat", "Operations"))
    ]
    return fold(entries_of([*people, *lines]))


def sign(person: str, function: str, stance: str = "consent", at: str = "2026-03-20", **more):
    reason = None if stance == "consent" else "because"
    told = {"version": V, "plan_hash": H, "snapshot": "S1", "person": person, "function": function, **more}
    return line("sign_off", at=at, by=person, stance=stance, reason=reason, **told)


def published(over: list[str], at: str = "2026-03-21", **more):
    return line(
        "publish",
        at=at,
        by="cat",
        **{"version": V, "plan_hash": H, "snapshot": "S1", **more},
        over_objections=over,
    )


ALL = [sign("ann", "Sales"), sign("bob", "Finance", "object"), sign("cat", "Operations", "reservation")]


def test_what_is_missing_is_said():
    status = plan_status(state(ALL[0]), V, H)
    assert status.missing == ("Finance", "Operations")
    assert not status.publishable
    assert status.why == ("Finance and Operations have not signed; 1 of 3 needed signatures are there.",)
    assert plan_status(state(ALL[0]), V, H, quorum=1 / 3).publishable
    assert plan_status(state(), V, H).missing == ("Sales", "Finance", "Operations")


def test_a_dissent_is_a_signature_and_is_kept_apart():
    status = plan_status(state(*ALL), V, H)
    assert status.publishable
    assert [s.person for s in status.objections] == ["bob"]
    assert [s.person for s in status.reservations] == ["cat"]
    assert status.missing == ()


def test_a_change_of_mind_is_the_later_signature():
    status = plan_status(state(*ALL, sign("bob", "Finance", at="2026-03-22")), V, H)
    assert status.objections == ()


def test_a_signature_under_other_rows_does_not_count():
    status = plan_status(state(*ALL), V, "cd" * 32)
    assert status.missing == ("Sales", "Finance", "Operations")
    assert status.changed
    assert not plan_status(state(*ALL), V, H).changed
    assert "not loaded" in plan_status(state(*ALL), V, None).why[0]


def test_finance_does_not_sign_for_sales_unless_sales_delegated():
    others = [sign("bob", "Finance"), sign("cat", "Operations")]
    stands_in = line(
        "delegation", at="2026-03-01", valid_from="2026-03-20", valid_to="2026-03-20"
    )  # ann to bob
    foreign = sign("bob", "Sales")
    assert plan_status(state(*others, foreign), V, H).missing == ("Sales",)
    assert signed_version(state(*others, foreign)) is None
    assert plan_status(state(*others, foreign, stands_in), V, H).missing == ()
    assert plan_status(state(*others, sign("bob", "Sales", at="2026-03-21"), stands_in), V, H).missing == (
        "Sales",
    )
    assert signed_version(state(*others, foreign, stands_in)) == V
    said = {**foreign, "capacity": "delegate of ann"}
    assert plan_status(state(*others, said), V, H).missing == ()
    assert plan_status(state(*others, {**foreign, "capacity": "delegate of cat"}), V, H).missing == ("Sales",)
    assert [s.person for s in state(*others, foreign).foreign_signatures] == ["bob"]


def test_who_signs_for_their_own_function_counts_however_they_were_declared():
    """A deputy who is no required signer, a person declared late or moved, other letters, a function of nobody."""
    deputy = line("person", at="2026-04-01", id="dan", name="Dan", function="sales", required_signer=False)
    assert plan_status(state(sign("dan", "Sales"), deputy), V, H).functions[0].signed
    moved = line("person", at="2026-04-01", id="ann", name="Ann", function="Quality", required_signer=False)
    stays = line("person", at="2026-04-01", id="eve", name="Eve", function="Sales", required_signer=True)
    assert "Sales" not in plan_status(state(sign("ann", "Sales"), moved, stays), V, H).missing
    assert state(sign("ann", "Board")).foreign_signatures == ()


def test_nobody_to_sign_is_nothing_to_publish():
    assert not plan_status(fold([]), V, H).publishable


def test_what_is_published_is_done():
    status = plan_status(state(*ALL, published(["bob"])), V, H)
    assert status.published is not None
    assert status.published.over_objections == ("bob",)
    assert "published on 2026-03-21" in status.why[0]


def test_the_plan_in_force():
    assert signed_version(state()) is None
    assert signed_version(state(ALL[0])) is None
    assert signed_version(state(*ALL)) == V
    newer = [
        sign(p, f, at="2026-04-20", version="C2026-04") for p, f in (("ann", "Sales"), ("bob", "Finance"))
    ]
    assert signed_version(state(*ALL, published(["bob"]), *newer)) == V
    later = published([], at="2026-04-21", version="C2026-04")
    every = state(*ALL, published(["bob"]), *({**said, "cycle": "2026-04"} for said in (*newer, later)))
    assert (signed_version(every), signed_version(every, "2026-03")) == ("C2026-04", V)


def test_the_banner_says_that_the_plan_is_not_the_one_signed():
    said = state(*ALL, published(["bob"]))
    assert drift(said, {V: H}) is None
    moved = drift(said, {V: "cd" * 32})
    assert moved is not None
    assert (moved.signed_hash, moved.current_hash, moved.snapshot) == (H, "cd" * 32, "S1")
    assert "its rows changed since entry 7 of 2026-03-21" in moved.sentence
    gone = drift(said, {})
    assert gone is not None
    assert "no longer loaded" in gone.sentence
    assert drift(state(), {V: H}) is None


def rows(*given: tuple[str, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame([{"month": m, "sku": s, "quantity": q} for m, s, q in given])
    for name in (*KEYS, *MEASURES):
        if name not in frame:
            frame[name] = None if name in KEYS else np.nan
    return frame


def test_changed_rows_are_named():
    old = rows(("2026-04", "A", 10), ("2026-04", "B", 20), ("2026-05", "A", 30))
    new = rows(("2026-04", "A", 10), ("2026-04", "B", 21), ("2026-06", "A", 30))
    found = changed_rows(old, new)
    told = found[["month", "sku", "change", "quantity_signed", "quantity_now"]].fillna(-1).to_numpy().tolist()
    assert told == [
        ["2026-04", "B", "changed", 20, 21],
        ["2026-05", "A", "removed", 30, -1],
        ["2026-06", "A", "added", -1, 30],
    ]
    assert found["customer"].isna().all()


@settings(max_examples=25)
@given(
    st.dictionaries(st.tuples(st.sampled_from(["2026-04", "2026-05"]), st.sampled_from("ABC")), st.integers(0, 9), min_size=1),
    st.randoms(),
)  # fmt: skip
def test_only_what_changed_is_named(plan, rng):
    old = rows(*((m, s, float(q)) for (m, s), q in plan.items()))
    shuffled = old.sample(frac=1, random_state=rng.randrange(1000))
    assert changed_rows(old, shuffled).empty
    key = rng.choice(list(plan))
    new = rows(*((m, s, float(q) + ((m, s) == key)) for (m, s), q in plan.items()))
    found = changed_rows(old, new)
    assert found[["month", "sku"]].to_numpy().tolist() == [list(key)]


@pytest.mark.parametrize("change", [1e-9, -1e-9])
def test_the_smallest_change_is_a_change(change):
    old, new = rows(("2026-04", "A", 10.0)), rows(("2026-04", "A", 10.0 + change))
    assert len(changed_rows(old, new)) == 1
