"""What happens if we say yes? The report `request`: each answer with what it does to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from siop.core import NotAllowed, Report, Scope, words
from siop.ledger import State
from siop.requests.allocate import Infeasible
from siop.requests.asked import Asked, parse_asked, read_asked
from siop.requests.names import visible
from siop.requests.policies import (
    POLICIES,
    Solved,
    break_even_penalty,
    kpis,
    losers,
    request_impact,
    schedule,
    shadow_price,
)
from siop.requests.precedent import precedent
from siop.requests.promise import available_to_promise
from siop.requests.read import Read, read, without_minima
from siop.warehouse import Snapshot

_MONEY = "Goodwill and strategic value are not priced: where an answer loses margin, that loss is what they have to be worth."  # fmt: skip
OTHERS = "customers outside your scope"


def request(
    snapshot: Snapshot, state: State, scope: Scope, *, asked: Asked | Path | Mapping[str, Any] | str
) -> Report:
    """Judge a customer's request on the plans of a cycle, before the room is swayed.

    Args: asked: a request, a file or an object (siop.requests.asked says which fields), or the id of one in the ledger.
        scope: cycle says whose plans; months and filters do not matter, a resource does not know who looks. only: other
        customers' names outside the reader's limits are not shown.
    Returns: one row per answer (POLICIES): policy, label, said, kpis (of `siop.requests.policies.kpis`, each beside it too), `losers`
        (customer, name, units, money = margin, revenue, service, service_before, committed_short) and `schedule`.
        totals: quantity, break_even_price (money a unit at which what commitments allow just pays; with its policy),
        break_even_penalty (money a unit of broken commitment), shadow_price (money one more hour brings, with resource
        and month), feasible_quantity (the most that keeps every open order), available_to_promise (units no order has
        taken, by the months asked for), request, precedent, recommended. Rows are empty where supply is not known.
    Raises: Refused in words for a request that cannot be judged; NotAllowed for a customer outside the reader's scope.
    """
    found = _asked(asked, state)
    _allowed(snapshot, scope, found)
    problem = read(snapshot, found, scope.cycle)
    notes = list(problem.notes)
    names = _names(snapshot)
    beside: dict[str, Any] = {
        "request": _request_said(found, names, problem),
        "quantity": found.quantity,
        "available_to_promise": _promised(problem),
        "precedent": precedent(state, found.customer),
        "months": [problem.months[0], problem.months[-1]],
        "level": problem.level,
        "unit": problem.unit,
    }
    rows: list[dict[str, Any]] = []
    if problem.judged:
        solved, said = _solved(problem)
        notes += said
        rows = [_row(solved, name, names, found, visible(snapshot, scope)) for name in POLICIES]
        beside |= _beside(solved, rows, found)
        notes += _fence(snapshot, problem, found)
    else:
        unknown = ("break_even_price", "break_even_policy", "break_even_penalty", "shadow_price", "shadow_resource", "shadow_month", "feasible_quantity", "recommended")  # fmt: skip
        beside |= dict.fromkeys(unknown)
    if scope.where:
        notes.append("A request is judged on the whole plan, whatever the filters: a resource does not know who looks.")  # fmt: skip
    if problem.unit is None:
        notes.append("These products are counted in several units: units of different products cannot be added.")  # fmt: skip
    return Report(
        "request", snapshot.id, snapshot.as_of, scope.as_dict(), rows, beside, None, [*notes, _MONEY]
    )


def _asked(asked: Asked | Path | Mapping[str, Any] | str, state: State) -> Asked:
    if isinstance(asked, Asked):
        return asked
    if isinstance(asked, Path):
        return read_asked(asked, state)
    return parse_asked({"request": asked} if isinstance(asked, str) else asked, state)


def _solved(problem: Read) -> tuple[Solved, list[str]]:
    """Every answer; without what is committed, and said so, where even the plan alone cannot keep it."""
    try:
        return request_impact(problem.problem), []
    except Infeasible:
        said = "What is on order cannot all be shipped even without the request: nothing counts as committed here."
        return request_impact(without_minima(problem).problem), [said]


def _row(
    solved: Solved, name: str, names: dict[str, str], asked: Asked, seen: set[str] | None
) -> dict[str, Any]:
    policy = POLICIES[name]
    figures = kpis(solved, name)
    figures["quantity"] = _snapped(figures["quantity"], asked.quantity)
    return {
        "policy": name, "label": policy.label, "said": policy.said, "kpis": figures, **figures,
        "losers": _shown([{"customer": r["customer"], "name": names.get(r["customer"], r["customer"]), **{k: v for k, v in r.items() if k != "customer"}}
                          for r in losers(solved, name)], seen),
        "schedule": schedule(solved, name),
    }  # fmt: skip


def _shown(rows: list[dict[str, Any]], seen: set[str] | None) -> list[dict[str, Any]]:
    """The losers a reader may see by name; the others together in one row."""
    if seen is None:
        return rows
    named = [r for r in rows if r["customer"] in seen]
    rest = [r for r in rows if r["customer"] not in seen]
    if not rest:
        return named
    sums = {
        k: None if any(r[k] is None for r in rest) else sum(r[k] for r in rest)
        for k in ("units", "money", "revenue", "committed_short")
    }
    return [*named, {"customer": None, "name": OTHERS, **sums, "service": None, "service_before": None}]


def _beside(solved: Solved, rows: list[dict[str, Any]], asked: Asked) -> dict[str, Any]:
    by_name = {row["policy"]: row for row in rows}
    used = "keep_commitments" if by_name["keep_commitments"]["quantity"] > 0 else "accept"
    price, resource, month = shadow_price(solved)
    return {
        "break_even_price": by_name[used]["break_even_price"],
        "break_even_policy": used,
        "break_even_penalty": break_even_penalty(solved),
        "shadow_price": price,
        "shadow_resource": resource,
        "shadow_month": month,
        "feasible_quantity": _snapped(solved.feasible, asked.quantity),
        "recommended": recommended(rows),
    }


def recommended(rows: list[dict[str, Any]]) -> str | None:
    """The answer with the most margin among those that keep every open order; None where margins are not known."""
    choices = [r for r in rows if r["policy"] in ANSWERS]
    if any(r["margin_change"] is None for r in choices):
        return None
    kept = [r for r in choices if not r["committed_short"] > 0.5]
    if not kept:
        return None
    best = max(kept, key=lambda r: (round(r["margin_change"], 0), -ANSWERS.index(r["policy"])))
    return str(best["policy"])


ANSWERS = ("accept", "keep_commitments", "counter_offer", "phased", "refuse")
"""The policies that are answers to a customer; the other two are yardsticks."""


def _promised(problem: Read) -> float | None:
    """Units of what is asked for that no order has taken, up to the months asked for; None without a supply plan."""
    p = problem.problem
    if not problem.planned_supply.any():
        return None
    total = 0.0
    for item in sorted(set(p.asked.item.tolist())):
        until = int(p.asked.month[p.asked.item == item].max())
        mine = problem.orders[problem.orders["item"] == p.supply.items[item]]
        orders = [float(mine.loc[mine["month"] == m, "quantity"].sum()) for m in problem.months]
        supply = [float(v) for v in problem.planned_supply[item]]
        total += sum(available_to_promise(float(p.supply.stock[item]), supply, orders)[: until + 1])
    return total


def _request_said(asked: Asked, names: dict[str, str], problem: Read) -> dict[str, Any]:
    cells = problem.problem.asked
    return {
        "id": asked.id, "customer": asked.customer, "name": names.get(asked.customer, asked.customer),
        "wanted": asked.wanted, "asked_by": asked.asked_by, "sponsor": asked.sponsor,
        "revenue": _total(cells.quantity * cells.revenue), "margin": _total(cells.quantity * cells.margin),
        "lines": [{k: v for k, v in (("sku", r.sku), ("family", r.family), ("month", r.month), ("quantity", r.quantity),
                                     ("price", r.price), ("instead_of", r.instead_of)) if v is not None} for r in asked.lines],
    }  # fmt: skip


def _total(values: Any) -> float | None:
    total = float(values.sum())
    return None if total != total else total


def _names(snapshot: Snapshot) -> dict[str, str]:
    return {str(c): str(n or c) for c, n in snapshot.rows("SELECT customer, name FROM customers")}


def _fence(snapshot: Snapshot, problem: Read, asked: Asked) -> list[str]:
    """Said where a line lies inside the months in which the plan is frozen."""
    fences = {str(f): int(n) for f, n in snapshot.rows("SELECT family, fence_months FROM policies") if n}
    families = {str(s): str(f) for s, f in snapshot.rows("SELECT sku, family FROM products") if f}
    inside = sorted(
        {
            (line.month, fences.get(line.family or families.get(line.sku or "", ""), 0))
            for line in asked.lines
            if problem.months.index(line.month)
            < fences.get(line.family or families.get(line.sku or "", ""), 0)
        }
    )
    if not inside:
        return []
    months = words.listed([words.month(m, long=True) for m, _ in inside])
    return [
        f"{months} lies inside the planning fence of {words.count(inside[0][1], 'month')}: a yes changes a frozen plan and needs a decision that authorises it."
    ]


def _allowed(snapshot: Snapshot, scope: Scope, asked: Asked) -> None:
    seen = visible(snapshot, scope)
    if seen is not None and asked.customer not in seen:
        raise NotAllowed(f"{asked.customer} is outside what you may see.")


def _snapped(value: float, whole: float) -> float:
    """A number of units without the rounding of the programme: the whole where it is the whole within a millionth."""
    if abs(value - whole) <= 1e-6 * max(1.0, whole):
        return whole
    return 0.0 if value <= 1e-6 * max(1.0, whole) else value
