"""Simulated companies: a healthy one, and the same with one symptom planted at medium severity.

Everything people did is a list of import lines, folded as the product folds a history; what files would say is given
as the plain tables that the room's algorithms take. Every number is drawn from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from siop.core import add_months, span
from siop.ledger.entry import entries_of
from siop.ledger.state import State
from siop.ledger.views import fold

SIGNERS = ("sales", "marketing", "finance", "operations", "product")
INPUTS = ("statistical", "sales", "marketing", "finance", "operations")
GATES = (
    ("data_closed", "close", 3), ("inputs_stored", "demand", 8), ("plan_balances", "supply", 11),
    ("load_within_capacity", "supply", 11), ("coherence", "reconciliation", 14),
    ("decisions_ready", "reconciliation", 14), ("preread_frozen", "preread", 15), ("quorum", "executive", 17),
)  # fmt: skip
FAMILIES = tuple(f"F{i}" for i in range(1, 9))
CUSTOMERS = tuple(f"C{i:02d}" for i in range(1, 21))


@dataclass
class Plant:
    """What is wrong with a company: chances and sizes; the defaults are the healthy company's."""

    signs: dict[str, float] = field(default_factory=dict)  # {function: chance}, .97 otherwise
    comes: dict[str, tuple[float, float]] = field(default_factory=dict)  # {function: principal, delegate}
    keeps: dict[str, float] = field(default_factory=dict)  # {function: chance}, .88 otherwise
    objects: dict[str, float] = field(
        default_factory=dict
    )  # {function: chance of an objection}, .05 otherwise
    gate_passes: float = 0.95
    gate_late: float = 0.04
    stamps: float = 0.9
    skips: float = 0.0
    improves: float = 1.2  # improvements a cycle
    exec_owned: float = 0.92
    closes_in_time: float = 0.85
    comes_back: float = 0.08
    foreseen: float = 0.75
    rescored: float = 0.95
    odds_shift: float = (
        0.0  # added to the logit of what really happens to risks; opportunities get the opposite
    )
    amounts: float = 1.0  # realised amounts times this
    normal: tuple[float, float, float] = (
        0.85,
        0.13,
        0.02,
    )  # normal, managed, tolerated; the rest is normalised
    weights: tuple[float, ...] | None = None  # of INPUTS; drawn near equal where not given
    errors: tuple[float, ...] = (0.10, 0.10, 0.10, 0.10, 0.10)
    blind: float = 0.08
    favoured: str | None = None
    reverses: float = 0.03
    slow_days: float = 18.0
    breaks: float = 0.01  # share of plan cells that do not tie out, by up to a tenth of the cell
    edits: tuple[float, float] = (
        0.02,
        0.98,
    )  # share of a signed plan changed, and how much of that by decision


PLANTED: dict[str, Plant] = {
    "S1": Plant(signs={"finance": 0.75}, comes={"finance": (0.35, 0.40)}, keeps={"finance": 0.45}),
    "S2": Plant(gate_passes=0.66, gate_late=0.2),
    "S3": Plant(improves=0.8, exec_owned=0.5, closes_in_time=0.35, comes_back=0.45),
    "S4": Plant(foreseen=0.25, rescored=0.45, odds_shift=1.0, amounts=1.8),
    "S5": Plant(normal=(0.35, 0.15, 0.2)),
    "dominance": Plant(weights=(0.10, 0.60, 0.10, 0.10, 0.10)),
    "customer_sway": Plant(blind=0.6, favoured="C07"),
    "coherence": Plant(breaks=0.6),
    "unsigned_change": Plant(edits=(0.12, 0.3)),
    "reversal": Plant(reverses=0.45),
    "latency": Plant(slow_days=75.0),
}


@dataclass(frozen=True)
class Company:
    """A simulated company: its state, and the tables that files would give."""

    state: State
    last: str
    kept: dict[str, bool]
    pairs: pd.DataFrame
    streams: list[tuple[str, str, float]]
    surprises: list[tuple[str, float, bool]]
    revenue_share: dict[str, float]
    cells: pd.DataFrame
    edits: list[tuple[str, float, float]]
    lines: list[dict[str, Any]]


def company(seed: int, plant: Plant | None = None, *, cycles: int = 12, last: str = "2026-10") -> Company:
    """A company with `cycles` cycles of history that end with `last`."""
    rng = np.random.default_rng(seed)
    p = plant or Plant()
    months = span(add_months(last, 1 - cycles), last)
    lines = _people(months[0])
    kept: dict[str, bool] = {}
    for n, cycle in enumerate(months):
        if rng.random() < p.skips and n:
            continue
        lines += _cycle(rng, p, cycle, n, kept)
    lines += _improvements(rng, p, months)
    surprises: list[tuple[str, float, bool]] = []
    lines += _risks(rng, p, months, surprises)
    lines += _requests(rng, p, months)
    lines += _decisions(rng, p, months)
    lines.sort(key=lambda one: str(one["at"]))
    share = rng.dirichlet(np.full(len(CUSTOMERS), 6.0))
    return Company(
        fold(entries_of(lines)), last, kept, pairs(rng, p, months), _streams(rng, p), surprises,
        dict(zip(CUSTOMERS, map(float, share), strict=True)), _cells(rng, p), _edits(rng, p, months), lines,
    )  # fmt: skip


def when(cycle: str, working_day: float, hour: float = 9.0) -> datetime:
    """A working day of a cycle's month (fractions and days beyond the month are fine)."""
    day = datetime(int(cycle[:4]), int(cycle[5:7]), 1, tzinfo=UTC)
    left = int(working_day)
    while True:
        left -= day.weekday() < 5
        if left <= 0:
            return day + timedelta(hours=hour)
        day += timedelta(days=1)


def line(
    kind: str, at: datetime, cycle: str | None, /, *, by: str = "lead", **payload: Any
) -> dict[str, Any]:
    """One import line."""
    told = {k.rstrip("_"): (v.isoformat() if isinstance(v, datetime) else v) for k, v in payload.items()}
    return {"type": kind, "at": at.isoformat(), "by": by, "cycle": cycle, "payload": told}


def _people(first: str) -> list[dict[str, Any]]:
    at = when(first, 1, 6.0)
    found = [
        line("person", at, None, id=f"p_{f}", name=f"Head of {f}", function=f, role="function_head",
             principal=True, required_signer=True)
        for f in SIGNERS
    ]  # fmt: skip
    found += [
        line("tolerance", at, None, family=f, measure="quantity", pct=30, valid_from="2024-01") for f in FAMILIES
    ]  # fmt: skip
    found.append(line("person", at, None, id="lead", name="Lead", function="siop", role="siop_lead",
                      principal=False, required_signer=False))  # fmt: skip
    return found


def _cycle(
    rng: np.random.Generator, p: Plant, cycle: str, n: int, kept: dict[str, bool]
) -> list[dict[str, Any]]:
    found = []
    days = {stage: day for _, stage, day in GATES} | {"publish": 18}
    for stage, day in days.items():
        found.append(
            line("stage", when(cycle, day), cycle, stage=stage, planned_end=when(cycle, day),
                 actual_end=when(cycle, day), owner="lead")
        )  # fmt: skip
    for gate, _, day in GATES:
        passed = bool(rng.random() < p.gate_passes)
        late = int(rng.choice([1, 4])) if rng.random() < p.gate_late else 0
        stamp = {"stamped_by": "lead", "stamped_at": when(cycle, day)} if rng.random() < p.stamps else {}
        checked = when(cycle, day) + timedelta(days=late)
        found.append(line("gate", checked, cycle, gate=gate, passed=passed, checked_at=checked, **stamp))
    meeting = f"exec-{cycle}"
    start = when(cycle, 17, 10.0)
    found.append(
        line("meeting", when(cycle, 17, 13.0), cycle, id=meeting, kind="executive", planned=start, started=start,
             ended=start + timedelta(hours=2), preread_at=when(cycle, 15), minutes_past=30, minutes_future=90)
    )  # fmt: skip
    version = f"Consensus {cycle}"
    for f in SIGNERS:
        person = f"p_{f}"
        principal, delegate = p.comes.get(f, (0.92, 0.06))
        status = str(
            rng.choice(["principal", "delegate", "absent"], p=[principal, delegate, 1 - principal - delegate])
        )
        found.append(
            line("attendance", when(cycle, 17, 13.0), cycle, meeting=meeting, person=person, status=status)
        )
        if rng.random() < p.signs.get(f, 0.97):
            stance = "object" if rng.random() < p.objects.get(f, 0.05) else "consent"
            reason = {"reason": "the volume is not there"} if stance == "object" else {}
            found.append(
                line("sign_off", when(cycle, 17, 14.0), cycle, by=person, version=version, person=person,
                     function=f, stance=stance, **reason)
            )  # fmt: skip
        commitment = f"K-{cycle}-{f}"
        month = add_months(cycle, 1)
        found.append(
            line("commitment", when(cycle, 17, 15.0), cycle, id=commitment, function=f, version=version,
                 measure="revenue", scope={"family": FAMILIES[n % 8]}, target=100, tolerance_pct=5,
                 from_=month, to=month)
        )  # fmt: skip
        kept[commitment] = bool(rng.random() < p.keeps.get(f, 0.88))
    found.append(line("publish", when(cycle, 18), cycle, version=version, over_objections=[]))
    return found


def _improvements(rng: np.random.Generator, p: Plant, months: list[str]) -> list[dict[str, Any]]:
    found = []
    for n, cycle in enumerate(months):
        for k in range(int(rng.poisson(p.improves))):
            one, cause = f"I-{n}-{k}", f"cause {n}.{k}"
            opened = when(cycle, 18)
            due = opened + timedelta(days=60)
            executive = {"exec_owner": "p_operations"} if rng.random() < p.exec_owned else {}
            found.append(
                line("improvement", opened, cycle, id=one, source="critique", root_cause=cause, kpi="wmape",
                     scope={}, owner="p_sales", due=due.date().isoformat(), **executive)
            )  # fmt: skip
            if rng.random() < p.closes_in_time:
                closed = opened + timedelta(days=float(rng.uniform(20, 58)))
            else:
                closed = due + timedelta(days=float(rng.uniform(10, 90)))
            if closed.date().isoformat()[:7] > months[-1]:
                continue
            found.append(line("improvement_closed", closed, None, id=one, at=closed))
            if rng.random() < p.comes_back:
                again = closed + timedelta(days=float(rng.uniform(15, 60)))
                if again.date().isoformat()[:7] <= months[-1]:
                    found += [
                        line("case_opened", again, None, id=f"C-{one}", family="F1", measure="quantity",
                             month=again.date().isoformat()[:7]),
                        line("case_answered", again, None, id=f"C-{one}", owner="p_sales", cause=cause,
                             countermeasure="again", due=(again + timedelta(days=30)).date().isoformat()),
                    ]  # fmt: skip
    return found


def _risks(
    rng: np.random.Generator, p: Plant, months: list[str], surprises: list[tuple[str, float, bool]]
) -> list[dict[str, Any]]:
    found = []
    for n, cycle in enumerate(months):
        for k in range(3):
            one = f"R-{n}-{k}"
            kind = "risk" if k < 2 else "opportunity"
            first, last = add_months(cycle, 1), add_months(cycle, 2)
            odds = float(rng.choice([0.1, 0.3, 0.5, 0.7, 0.9]))
            likely = float(rng.lognormal(4, 0.4))
            found.append(
                line("risk", when(cycle, 12), cycle, id=one, kind=kind, title=f"item {one}",
                     scope={"family": FAMILIES[(n + k) % 8]}, from_=first, to=last, in_plan=False, owner="p_sales")
            )  # fmt: skip
            for m in range(3):
                at = add_months(cycle, m)
                if at <= months[-1] and (m == 0 or rng.random() < p.rescored):
                    found.append(
                        line("risk_score", when(at, 12, 10.0), at, id=one, probability=odds, low=likely * 0.5,
                             likely=likely, high=likely * 1.5)
                    )  # fmt: skip
            over = add_months(cycle, 3)
            if over <= months[-1] and rng.random() < max(0.5, p.rescored):
                shift = p.odds_shift if kind == "risk" else -p.odds_shift
                came = bool(rng.random() < 1 / (1 + np.exp(-(np.log(odds / (1 - odds)) + shift))))
                amount = likely * p.amounts * float(rng.uniform(0.7, 1.3)) if came else 0.0
                found.append(
                    line("risk_outcome", when(over, 3), over, id=one, occurred=came, realised=amount)
                )
        for _ in range(int(rng.poisson(2))):
            surprises.append((cycle, float(rng.lognormal(4, 0.5)), bool(rng.random() < p.foreseen)))
    return found


def _requests(rng: np.random.Generator, p: Plant, months: list[str]) -> list[dict[str, Any]]:
    found = []
    for n, cycle in enumerate(months):
        for k in range(1 + int(rng.random() < 0.6)):
            one = f"Q-{n}-{k}"
            favoured = p.favoured is not None and rng.random() < 0.6
            customer = p.favoured if favoured else str(rng.choice(CUSTOMERS))
            found.append(
                line("request", when(cycle, 6), cycle, id=one, customer=customer, wanted=add_months(cycle, 1),
                     asked_by="p_sales", lines=[{"family": "F1", "month": add_months(cycle, 1), "quantity": 50}])
            )  # fmt: skip
            run: dict[str, Any] = {}
            if rng.random() >= p.blind:
                found.append(
                    line("impact_run", when(cycle, 7), cycle, id=f"run-{one}", request=one, result={"net": 1})
                )
                run = {"impact_run": f"run-{one}"}
            yes = bool(rng.random() < 0.75)
            reason = {} if run or not yes else {"override_reason": "they asked the chair"}
            found.append(
                line("request_answer", when(cycle, 9), cycle, request=one, accepted=yes, **run, **reason)
            )
    return found


def _decisions(rng: np.random.Generator, p: Plant, months: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    earlier: list[tuple[int, str]] = []
    for n, cycle in enumerate(months):
        for k in range(2):
            one = f"D-{n}-{k}"
            options = [
                {"label": "A", "description": "a", "cost": 10},
                {"label": "B", "description": "b", "cost": 0},
            ]
            raised = when(cycle, 6)
            found.append(line("decision", raised, cycle, id=one, question=f"question {one}", options=options,
                              raised_by="p_operations"))  # fmt: skip
            days = float(rng.gamma(4, p.slow_days / 4))
            decided = raised + timedelta(days=days)
            if decided.date().isoformat()[:7] > months[-1]:
                continue
            back: dict[str, Any] = {}
            recent = [d for m, d in earlier if n - m <= 2]
            if recent and rng.random() < p.reverses:
                back = {"supersedes": recent[0]}
            found.append(
                line("decided", decided, decided.date().isoformat()[:7], decision=one, outcome="approved",
                     option="A", rationale="it pays", owner="p_operations",
                     due=(decided + timedelta(days=30)).date().isoformat(), **back)
            )  # fmt: skip
            earlier.append((n, one))
    return found


def pairs(rng: np.random.Generator, p: Plant, months: list[str], *, noise: float = 0.01) -> pd.DataFrame:
    """A row per family and month: base, consensus, value, actual and the inputs of INPUTS, likeness about .6."""
    k = len(INPUTS)
    weights = np.array(p.weights) if p.weights else rng.dirichlet(np.full(k, 40.0))
    rows = []
    for month in months:
        for f in FAMILIES:
            base = float(rng.lognormal(5, 0.3))
            news = rng.normal(0, 0.08)
            asked = base * (1 + news + rng.normal(0, np.array(p.errors)) * 0.65)
            rows.append(
                {"family": f, "month": month, "base": base, "value": base * 10,
                 "consensus": float(asked @ weights) + base * rng.normal(0, noise),
                 "actual": base * (1 + news + rng.normal(0, 0.03)),
                 **dict(zip(INPUTS, map(float, asked), strict=True))}
            )  # fmt: skip
    return pd.DataFrame(rows)


def _streams(rng: np.random.Generator, p: Plant) -> list[tuple[str, str, float]]:
    names = ("normal", "managed", "tolerated", "normalised")
    chances = [*p.normal, max(0.0, 1 - sum(p.normal))]
    return [(f, str(rng.choice(names, p=chances)), float(rng.lognormal(4, 0.3))) for f in FAMILIES]


def _cells(rng: np.random.Generator, p: Plant) -> pd.DataFrame:
    """A year's plan by family and month that balances, but for the cells that do not."""
    cells = pd.DataFrame(
        [(f, m) for f in FAMILIES for m in span("2026-11", "2027-10")], columns=["item", "month"]
    )
    n = len(cells)
    cells["opening"], cells["demand"] = rng.integers(20, 80, n) * 1.0, rng.integers(80, 120, n) * 1.0
    cells["supply"] = rng.integers(80, 120, n) * 1.0
    cells["closing"] = cells["opening"] + cells["supply"] - cells["demand"]
    wrong = rng.random(n) < p.breaks
    cells["supply"] += np.where(wrong, cells["demand"] * rng.uniform(0.02, 0.1, n), 0.0)
    return cells.assign(unit_value=10.0)


def _edits(rng: np.random.Generator, p: Plant, months: list[str]) -> list[tuple[str, float, float]]:
    """(cycle, share of the plan changed by decision, share changed without) of each signed plan."""
    share, linked = p.edits
    found = []
    for cycle in months:
        size = share * float(rng.uniform(0.5, 1.5))
        by_decision = min(1.0, linked * float(rng.uniform(0.97, 1.03)))
        found.append((cycle, size * by_decision, size * (1 - by_decision)))
    return found
