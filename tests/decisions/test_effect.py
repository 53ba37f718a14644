"""Did it work: verdicts by rule, and how well predictions hold. Known answers by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.decisions import effects, judge
from siop.decisions.effect import VERDICTS, same_ground, summary
from siop.ledger import entries_of, fold
from siop.ledger.state import DecisionView, PredictionView
from tests.ledger.examples import GOOD, line


def told(p10: float, p50: float, p90: float, **more) -> PredictionView:
    fields = {"metric": "revenue", "scope": {"family": "Pumps"}, "baseline_version": "B", "first": "2026-04",
              "last": "2026-06", "stop": None, **more}  # fmt: skip
    return PredictionView(p10=p10, p50=p50, p90=p90, **fields)


@pytest.mark.parametrize(
    ("realised", "p10", "p50", "p90", "verdict"),
    [
        (100, 60, 100, 130, "delivered"),
        (60, 60, 100, 130, "delivered"),  # P10 itself
        (59.9, 60, 100, 130, "partly"),
        (10, 60, 100, 130, "partly"),
        (9.9, 60, 100, 130, "not"),
        (-50, 60, 100, 130, "not"),
        (500, 60, 100, 130, "delivered"),
        (50, -20, 100, 130, "delivered"),  # the range holds no effect: half of P50 is asked
        (49.9, -20, 100, 130, "partly"),
        (-100, -130, -100, -60, "delivered"),  # cost goes down
        (-60, -130, -100, -60, "delivered"),
        (-59.9, -130, -100, -60, "partly"),
        (5, -130, -100, -60, "not"),
        (1, -1, 0, 1, None),
    ],
)
def test_verdicts(realised, p10, p50, p90, verdict):
    assert judge(realised, told(p10, p50, p90)) == verdict


@given(st.floats(-1e6, 1e6), st.tuples(*[st.floats(-1e6, 1e6)] * 3).map(sorted))
def test_a_verdict_is_the_same_in_the_mirror(realised, points):
    p10, p50, p90 = points
    assert judge(realised, told(p10, p50, p90)) == judge(-realised, told(-p90, -p50, -p10))


def test_same_ground():
    one = told(1, 2, 3)
    assert same_ground(one, told(5, 6, 7, first="2026-06", last="2026-09"))
    assert same_ground(one, told(5, 6, 7, scope={"family": ("Pumps", "Drives")}))
    assert not same_ground(one, told(5, 6, 7, first="2026-07", last="2026-09"))
    assert not same_ground(one, told(5, 6, 7, metric="margin"))
    assert not same_ground(one, told(5, 6, 7, scope={"family": "Drives"}))
    assert not same_ground(one, told(5, 6, 7, scope={"region": "North"}))
    assert not same_ground(one, told(5, 6, 7, scope={}))
    assert same_ground(told(1, 2, 3, scope={}), told(5, 6, 7, scope={}))


def log(**given: dict) -> list[DecisionView]:
    """Approved decisions; each value holds changes to the prediction, and executed and realised where said."""
    lines = []
    for name, more in given.items():
        executed, realised = more.pop("executed", None), more.pop("realised", None)
        prediction = None if more.pop("silent", False) else {**GOOD["decided"]["prediction"], "p10": 60, "p50": 100,
                                                             "p90": 130, **more}  # fmt: skip
        lines.append(line("decision", at="2026-03-01", id=name))
        lines.append(line("decided", decision=name, authorises=None, prediction=prediction))
        if executed is not None:
            lines.append(
                line("decision_effect", at="2026-07-01", decision=name, executed=executed, realised=realised)
            )
    return list(fold(entries_of(lines)).decisions.values())


def test_each_way_a_decision_can_end():
    decisions = log(
        done={"executed": True, "realised": 90},
        half={"executed": True, "realised": 50, "scope": {"family": "Valves"}},
        none={"executed": True, "realised": 2},
        undone={"executed": False},
        silent={"silent": True, "executed": True, "realised": 5},
        shown={"scope": {"family": "Drives"}},
        unknown={"scope": {"family": "Seals"}},
        runs={"scope": {"family": "Gears"}, "to": "2026-12"},
        one={"scope": {"region": "North"}},
        other={"scope": {"region": "North"}, "from": "2026-05"},
    )
    found = effects(decisions, "2026-06", {"shown": 200.0, "one": 70.0, "other": 70.0})
    assert {name: e.verdict for name, e in found.items()} == {
        "done": "delivered", "half": "partly", "none": "not", "undone": "not_executed", "silent": "not_assessable",
        "shown": "delivered", "unknown": "not_assessable", "runs": None, "one": "not_assessable",
        "other": "not_assessable",
    }  # fmt: skip
    assert "other worked on the same numbers" in str(found["one"].why)
    assert "2026-12" in str(found["runs"].why)
    assert found["shown"].realised == 200.0
    assert found["shown"].recorded is None


def test_a_recorded_effect_comes_before_a_computed_one_and_stands_beside_a_rival():
    decisions = log(one={"executed": True, "realised": 100}, other={"executed": True, "realised": 20})
    found = effects(decisions, "2026-06", {"one": 5.0})
    assert [(e.verdict, e.realised, e.computed) for e in found.values()] == [
        ("delivered", 100.0, 5.0),
        ("partly", 20.0, None),
    ]


def test_a_rival_that_was_never_executed_is_none():
    decisions = log(one={}, other={"executed": False})
    assert effects(decisions, "2026-06", {"one": 100.0})["one"].verdict == "delivered"


def test_what_was_not_approved_has_no_effect():
    lines = [
        line("decision", at="2026-03-01"),
        line("decided", outcome="rejected", option=None, prediction=None),
    ]
    assert effects(fold(entries_of(lines)).decisions.values(), "2026-12", {}) == {}


def test_how_well_predictions_hold():
    decisions = log(
        a={"executed": True, "realised": 90},
        b={"executed": True, "realised": 50},
        c={"executed": True, "realised": 140},
        d={"executed": False},
        e={"silent": True},
    )
    found = summary(effects(decisions, "2026-06", {}), {d.id: d for d in decisions})
    assert found["verdicts"] == dict(zip(VERDICTS, (2, 1, 0, 1, 1), strict=True))
    assert found["execution"] == 3 / 4
    assert found["coverage"] == pytest.approx(1 / 3)  # of 90, 50, 140 only 90 lies in 60..130
    assert found["optimism"] == pytest.approx(0.1)  # median of 0.1, 0.5, -0.4
    assert found["realisation"] == {"revenue": pytest.approx(280 / 300)}
    assert summary({}, {})["coverage"] is None
