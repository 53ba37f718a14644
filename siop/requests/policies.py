"""What leadership can answer, and what each answer does: who is served, who loses, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from siop.requests.allocate import Goal, Programme
from siop.requests.problem import Allocation, Cells, Numbers, Problem

_LEAST_WORTH = 1e-4  # of the largest worth: what is planned is served where it can be, even at a loss
TINY = 1e-5  # units, relative to what is wanted


@dataclass(frozen=True, slots=True)
class Policy:
    """An answer: its name, and what it means in a sentence."""

    name: str
    label: str
    said: str


POLICIES: dict[str, Policy] = {
    p.name: p
    for p in (
        Policy(
            "refuse", "Refuse", "The plan stands; this is what the other answers are compared with."
        ),
        Policy("accept", "Accept in full",
               "The request first; everybody else shares what is left in proportion, whatever was committed."),
        Policy("keep_commitments", "Keep commitments",
               "As much as can be made while every open order is kept; the rest of the plan gives way where it costs least."),
        Policy("counter_offer", "Counter-offer", "Only what takes nothing from anybody, in the months asked for."),
        Policy("phased", "Phased", "What takes nothing from anybody, in the months asked for or as soon after as it can be made."),
        Policy("best_margin", "Best margin", "As much as pays, open orders kept: the most margin the hours allow."),
        Policy("fair_share", "Fair share", "Everybody, the request included, gets the same share of what they want each month."),
    )
}  # fmt: skip
"""{name: policy}, in the order they are shown; `refuse` is the plan without the request."""


@dataclass(frozen=True, slots=True)
class Solved:
    """Every policy's allocation, and the most of the request that keeps what is committed."""

    programme: Programme
    policies: dict[str, Allocation]
    feasible: float

    @property
    def before(self) -> Allocation:
        """The plan without the request."""
        return self.policies["refuse"]


def request_impact(problem: Problem) -> Solved:
    """Every answer to a request, on the same supply.

    Raises: Refused where the arrays mean nothing; Infeasible where what is committed cannot be shipped even without the
        request.
    Source: rationing rules and the linear programme of methods.md 7 (known answers in tests/requests).
    """
    programme = Programme(problem)
    wanted = _in_month(problem)
    nothing = np.zeros_like(wanted)
    worth = _worth(problem.planned)
    own = problem.own
    before = programme.solve(Goal(problem.planned.minimum, nothing, weight_planned=worth))
    if not wanted.any():  # nothing is asked for: every answer is the plan as it stands
        return Solved(programme, dict.fromkeys(POLICIES, before), 0.0)
    kept = before.planned
    own_kept = np.where(own, kept, 0.0)
    committed = np.maximum(problem.planned.minimum, own_kept)
    keeping = _most(programme, committed, wanted, worth)
    solved = {
        "refuse": before,
        "accept": _in_full(programme, own_kept, wanted, worth),
        "keep_commitments": keeping,
        "counter_offer": _most(programme, kept, wanted, worth),
        "phased": _most(programme, kept, _or_later(problem), worth),
        "best_margin": programme.solve(Goal(committed, wanted, weight_planned=worth, reached=True)),
        "fair_share": _shared(programme, wanted, worth),
    }
    return Solved(programme, {name: solved[name] for name in POLICIES}, keeping.asked_units)


def _most(programme: Programme, least: Numbers, most: Numbers, worth: Numbers) -> Allocation:
    """As much of the request as can be had while everybody keeps at least `least`, early before late; then the margin."""
    months = programme.t
    early = 1.0 + 0.01 * (months - np.arange(months)) / months
    weight = np.repeat(early[None, :], programme.m, axis=0)
    reached = programme.solve(Goal(least, most, weight_planned=np.zeros(programme.n), weight_asked=weight, paid=False, reached=True))  # fmt: skip
    return programme.solve(
        Goal(least, reached.asked, reached.asked_units, worth, _heavy(programme), reached=True)
    )


def _in_full(programme: Programme, own: Numbers, most: Numbers, worth: Numbers) -> Allocation:
    """The request first; then the largest share a month that every other customer can have; then the margin."""
    problem = programme.problem
    reached = programme.solve(Goal(own, most, weight_planned=np.zeros(programme.n), weight_asked=np.ones(most.shape), paid=False, reached=True))  # fmt: skip
    most, least_asked = reached.asked, reached.asked_units
    groups = np.where(problem.own, -1, problem.planned.month)
    groups = np.concatenate([groups, np.full(programme.m, -1)])
    share = _shares(programme, Goal(own, most, least_asked, shares=groups, reached=True))
    least = np.where(problem.own, own, share[problem.planned.month] * problem.planned.quantity)
    return programme.solve(Goal(least, most, least_asked, worth, _heavy(programme), reached=True))


def _shared(programme: Programme, most: Numbers, worth: Numbers) -> Allocation:
    """The largest share a month for every cell, the request's among them; then the margin."""
    problem = programme.problem
    none = np.zeros(programme.n)
    planned = problem.planned.month.astype(float)
    planned[problem.moved_from[problem.moved_from >= 0]] = -1  # these leave their month with the request
    groups = np.concatenate([planned, problem.asked.month])
    share = _shares(programme, Goal(none, most, shares=groups))
    least = np.where(planned >= 0, share[problem.planned.month] * problem.planned.quantity, 0.0)
    asked = np.array([share[t] * q for t, q in zip(problem.asked.month, problem.asked.quantity, strict=True)])
    return programme.solve(Goal(least, most, float(asked.sum()), worth, reached=True))


def _shares(programme: Programme, goal: Goal) -> Numbers:
    """A share for every month: one where nobody wants anything."""
    found = np.ones(programme.t)
    assert goal.shares is not None
    if (goal.shares >= 0).any():
        shares = programme.share(goal)
        found[: len(shares)] = shares
    return found


def _heavy(programme: Programme) -> Numbers:
    """The request's own worth, never below zero: how much of it is made is settled, only the rest is weighed."""
    worth = np.maximum(programme.problem.asked.worth, 0.0)
    return np.repeat(worth[:, None], programme.t, axis=1)


def _worth(planned: Cells) -> Numbers:
    made: Numbers = np.maximum(planned.worth, _LEAST_WORTH * max([1.0, *np.abs(planned.worth)]))
    return made


def _in_month(problem: Problem) -> Numbers:
    most = np.zeros((len(problem.asked), len(problem.supply.months)))
    most[np.arange(len(problem.asked)), problem.asked.month] = problem.asked.quantity
    return most


def _or_later(problem: Problem) -> Numbers:
    later = np.arange(len(problem.supply.months))[None, :] >= problem.asked.month[:, None]
    return np.where(later, problem.asked.quantity[:, None], 0.0)


def kpis(solved: Solved, name: str) -> dict[str, Any]:
    """What an answer comes to, against the plan without the request.

    Returns: quantity (units of the request shipped), granted (of what was asked), revenue, margin (after overtime, of
        everybody in these months), their change, request_margin, others_margin (change of what was planned),
        overtime_cost (change), displaced {quantity, revenue, margin}, committed_short (units of open orders not
        shipped), committed_customers, fill_rate (planned units shipped / wanted) and its change, utilisation_peak with
        resource and month, churn (planned units that move / planned units shipped before), break_even_price.
        None where a value a unit is not known.
    """
    problem, after, before = solved.programme.problem, solved.policies[name], solved.before
    planned, asked = problem.planned, problem.asked
    granted = _granted(problem, before, after)
    moved = after.planned - before.planned
    extra, extra_before = _overtime_cost(problem, after), _overtime_cost(problem, before)
    request = {
        m: _sum(after.asked.sum(axis=1), getattr(asked, m)) for m in ("revenue", "margin")
    }  # an asked cell has one price, whenever it is shipped
    others = {m: _sum(moved, getattr(planned, m)) for m in ("revenue", "margin")}
    base = {m: _sum(before.planned, getattr(planned, m)) for m in ("revenue", "margin")}
    change = None if others["margin"] is None or request["margin"] is None else others["margin"] + request["margin"] - (extra - extra_before)  # fmt: skip
    revenue_change = None if others["revenue"] is None or request["revenue"] is None else others["revenue"] + request["revenue"]  # fmt: skip
    short = np.maximum(planned.minimum - after.planned, 0.0)
    broken = {c for c, s in zip(planned.customer, short, strict=True) if s > TINY}
    peak, resource, month = _peak(problem, after)
    lost = losers(solved, name)
    fill = _fill(planned, after, float(after.asked.sum(axis=1)[problem.moved_from >= 0].sum()))
    shipped = float(after.asked.sum())
    paid = _sum(after.asked.sum(axis=1), asked.revenue)
    return {
        "quantity": granted,
        "granted": granted / float(asked.quantity.sum()) if asked.quantity.sum() > 0 else None,
        "revenue": None if revenue_change is None or base["revenue"] is None else base["revenue"] + revenue_change,
        "revenue_change": revenue_change,
        "margin": None if change is None or base["margin"] is None else base["margin"] - extra_before + change,
        "margin_change": change,
        "request_margin": request["margin"],
        "others_margin": others["margin"],
        "overtime_cost": extra - extra_before,
        "displaced": {
            "quantity": sum(row["units"] for row in lost),
            "revenue": _added(row["revenue"] for row in lost),
            "margin": _added(row["money"] for row in lost),
        },
        "committed_short": float(short[short > TINY].sum()),
        "committed_customers": len(broken),
        "fill_rate": fill,
        "fill_rate_change": _less(fill, _fill(planned, before)),
        "utilisation_peak": peak,
        "peak_resource": resource,
        "peak_month": month,
        "churn": float(np.abs(moved).sum()) / float(before.planned.sum()) if before.planned.sum() > 0 else None,
        "break_even_price": None
        if change is None or paid is None or shipped <= TINY
        else max(0.0, (paid - change) / shipped),
    }  # fmt: skip


def losers(solved: Solved, name: str) -> list[dict[str, Any]]:
    """Who gets less than without the request: customer, units, money (margin), revenue, service and service_before (units
    shipped / wanted in these months), committed_short (units of its open orders not shipped); the largest loss first."""
    problem, after, before = solved.programme.problem, solved.policies[name], solved.before
    planned = problem.planned
    moved = after.planned - before.planned
    rows = []
    names = np.array(planned.customer, object)
    for customer in dict.fromkeys(planned.customer):
        mine = names == customer
        change = float(moved[mine].sum())
        if customer == problem.asker:
            change += after.asked_units
        wanted = float(planned.quantity[mine].sum())
        if change >= -TINY * max(1.0, wanted):
            continue
        margin, revenue = (_sum(moved[mine], v[mine]) for v in (planned.margin, planned.revenue))
        short = np.maximum(planned.minimum[mine] - after.planned[mine], 0.0)
        rows.append(
            {
                "customer": customer,
                "units": -change,
                "money": None if margin is None else -margin,
                "revenue": None if revenue is None else -revenue,
                "service": float(after.planned[mine].sum()) / wanted if wanted else None,
                "service_before": float(before.planned[mine].sum()) / wanted if wanted else None,
                "committed_short": float(short[short > TINY].sum()),
            }
        )
    return sorted(rows, key=lambda r: (-(r["money"] or 0.0), -r["units"], r["customer"]))


def break_even_penalty(solved: Solved) -> float | None:
    """The penalty a unit of broken commitment at which accepting in full stops beating the best margin that keeps all
    commitments; zero where it loses without any penalty, None where nothing is broken."""
    accept, best = kpis(solved, "accept"), kpis(solved, "best_margin")
    if accept["committed_short"] <= TINY or accept["margin"] is None or best["margin"] is None:
        return None
    gained, short = float(accept["margin"] - best["margin"]), float(accept["committed_short"])
    return max(0.0, gained / short)


def shadow_price(solved: Solved) -> tuple[float | None, str | None, str | None]:
    """(money that one more hour would bring, resource, month) where it brings most, in the best margin."""
    found, s = solved.policies["best_margin"].shadow, solved.programme.problem.supply
    if not np.isfinite(found).any():
        return None, None, None
    r, t = np.unravel_index(int(np.nanargmax(found)), found.shape)
    if found[r, t] <= 1e-5 * max([1.0, *np.abs(solved.programme.problem.planned.worth)]):
        return 0.0, None, None
    return float(found[r, t]), s.resources[r], s.months[t]


def schedule(solved: Solved, name: str) -> list[dict[str, Any]]:
    """When the request would be shipped: month, quantity; months without any left out."""
    found = solved.policies[name].asked.sum(axis=0)
    months = solved.programme.problem.supply.months
    return [{"month": m, "quantity": float(q)} for m, q in zip(months, found, strict=True) if q > TINY]


def _granted(problem: Problem, before: Allocation, after: Allocation) -> float:
    """What the customer gets more than without the request."""
    lost = (before.planned - after.planned) * problem.own
    moved = np.zeros(len(problem.planned))
    source, units = problem.moved_from, after.asked.sum(axis=1)
    np.add.at(moved, source[source >= 0], units[source >= 0])
    return max(0.0, after.asked_units - float(np.maximum(lost - moved, 0.0).sum()))


def _overtime_cost(problem: Problem, after: Allocation) -> float:
    s = problem.supply
    load = s.hours.T @ after.make
    extra = np.where(np.isfinite(s.available), np.maximum(load - s.available, 0.0), 0.0)
    return float((extra * s.overtime_cost).sum())


def _peak(problem: Problem, after: Allocation) -> tuple[float | None, str | None, str | None]:
    s = problem.supply
    load = s.hours.T @ after.make
    limited = np.isfinite(s.available) & (s.available > 0)
    if not limited.any():
        return None, None, None
    share = np.where(limited, load / np.where(limited, s.available, 1.0), -1.0)
    r, t = np.unravel_index(int(share.argmax()), share.shape)
    return float(share[r, t]), s.resources[r], s.months[t]


def _fill(planned: Cells, after: Allocation, moved: float = 0.0) -> float | None:
    wanted = float(planned.quantity.sum())
    return float(after.planned.sum() + moved) / wanted if wanted > 0 else None


def _sum(units: Numbers, each: Numbers) -> float | None:
    """Units times value; None where a unit that counts has no value."""
    counts = np.abs(units) > TINY
    if np.isnan(each[counts]).any():
        return None
    return float(np.dot(units[counts], each[counts]))


def _added(values: Any) -> float | None:
    found = list(values)
    return None if any(v is None for v in found) else float(sum(found))


def _less(value: float | None, base: float | None) -> float | None:
    return None if value is None or base is None else value - base
