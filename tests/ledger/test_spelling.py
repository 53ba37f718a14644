"""A function is one function however its letters are written, from the signature to the minutes."""

from __future__ import annotations

from siop.decisions import plan_status
from siop.ledger import entries_of, fold
from tests.ledger.examples import line


def test_a_function_is_spelled_as_it_was_first() -> None:
    state = fold(
        entries_of(
            [
                line("person", at="2026-01-01", id="ann", name="Ann", function="Sales", required_signer=True),
                line("person", at="2026-02-01", id="bob", name="Bob", function="SALES", required_signer=True),
                line("commitment", at="2026-03-01", function="sales"),
                line("position", at="2026-03-02", function="sAles"),
                line(
                    "sign_off", at="2026-03-20", person="ann", function="sales", stance="object", reason="no"
                ),
            ]
        )
    )
    assert state.required_functions == ("Sales",)
    assert {p.function for p in state.people.values()} == {"Sales"}
    assert {c.function for c in state.commitments.values()} == {"Sales"}
    assert {p.function for p in state.positions} == {"Sales"}
    (signed,) = state.signatures
    assert signed.function == "Sales"
    status = plan_status(state, signed.version, signed.plan_hash)
    assert status.missing == ()
    assert [s.person for s in status.objections] == ["ann"]
