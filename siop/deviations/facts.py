"""Plan and actual of every family, month by month: which plan a family is judged against, and what has to be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from siop.core import MEASURES, NotFound, Scope, span, words
from siop.deviations.detect import panel
from siop.metrics import query
from siop.metrics.compare import default_measure
from siop.metrics.footing import by_name, filters, lacking_note, said
from siop.metrics.grain import grains
from siop.metrics.source import resolve
from siop.metrics.units import families_mixed, mixed_notes, mixed_units
from siop.warehouse import Snapshot

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
YEAR = 12
SOURCES = ("consensus", "budget")


@dataclass(frozen=True, slots=True)
class Facts:
    """(families, months) arrays, NaN where unknown; months run without a gap to the last closed one.

    source (families,): consensus or budget, what a family is judged against, None without a plan; filled: months where the consensus has
    no plan and the budget stands in: they count for tolerance, not for the chart. price: money per unit; value
    (families,): plan value of the last twelve months, in money, in units where no revenue is planned.
    """

    families: tuple[str, ...]
    months: tuple[str, ...]
    measure: str
    plan: Floats
    actual: Floats
    filled: Flags
    price: Floats
    value: Floats
    source: tuple[str | None, ...]
    coverage: float | None
    notes: tuple[str, ...]


def measure_of(snapshot: Snapshot, measure: str | None) -> tuple[str, list[str]]:
    """(the measure, notes): the one asked for; else quantity, or revenue where plan and actual have only that in common
    or a family is counted in several units.

    Raises NotFound for an unknown one, Undefined where the actuals carry none.
    """
    if measure is not None and measure not in MEASURES:
        raise NotFound(f"no measure {measure!r}; known are {', '.join(MEASURES)}")
    wanted = measure or "quantity"
    carried = [m for m in ("quantity", "revenue", "cost") if grains(snapshot, ["actual"], m)]
    if measure is not None and (measure in carried or measure == "margin"):
        return measure, []
    versions = snapshot.versions
    plans = list(versions.loc[versions["kind"].isin(SOURCES), "version"])
    both = [m for m in carried if grains(snapshot, plans, m)]
    if measure is None and (both or carried)[:1] == ["quantity"]:
        if "revenue" in both and families_mixed(snapshot):
            return "revenue", [
                "Families are counted in several units, so quantities cannot be added: revenue is judged."
            ]
        return "quantity", []
    if wanted in carried and both:
        return both[0], [f"No plan carries {wanted}: {both[0]} is judged."]
    found = (both or carried or [default_measure(snapshot)])[0]
    return found, [f"The actuals carry no {wanted}: {found} is judged."]


def measures_of(snapshot: Snapshot) -> list[str]:
    """The measures that plan and actual both carry, the one judged unless asked otherwise first."""
    plans = list(snapshot.versions.loc[snapshot.versions["kind"].isin(SOURCES), "version"])
    carried = [m for m in ("quantity", "revenue") if grains(snapshot, ["actual"], m)]
    found = [m for m in carried if plans and grains(snapshot, plans, m)]
    return found[::-1] if families_mixed(snapshot) else found


def read(snapshot: Snapshot, scope: Scope, measure: str | None = None) -> Facts:
    """The families of a scope up to its last closed month.

    The plan is the consensus at scope.lag. A family without one in the last year is judged against the budget of the
    period; a month missing between two cycles is filled from the budget. A family whose
    quantities are in several units is named and left out of quantities. A family with neither plan nor actual in the
    last year is named in the notes and left out; one with actuals only stays, without a plan.

    Raises: NotFound where the company has no families, or for an unknown measure or dimension.
    """
    if "family" not in snapshot.dimensions:
        raise NotFound("the company's files name no family: deviations are tracked by family")
    scope = by_name(snapshot, scope)
    measure, notes = measure_of(snapshot, measure)
    months = _closed(snapshot, scope)
    if not months:
        return _nothing(measure, [*notes, "No month is closed yet: there is nothing to judge."])
    here = replace(scope, first=months[0], last=months[-1])
    mixed = mixed_units(snapshot, ["actual"], ("family",), here, months) if measure == "quantity" else {}
    notes += mixed_notes(mixed, {})
    several = [family for (family,) in mixed]
    frames: dict[str, pd.DataFrame] = {}
    for source in SOURCES:
        why = _unfit(snapshot, source, here, months, measure)
        if why is None:
            frames[source] = _frame(snapshot, source, here, measure)
        elif why:
            notes.append(why)
    sold = _frame(snapshot, "actual", here, measure)
    every = pd.concat(
        [f.assign(side=side) for side, f in {"actual": sold, **frames}.items()], ignore_index=True
    )
    sold, every = (f[~f["family"].isin(several)] for f in (sold, every))
    frames = {source: f[~f["family"].isin(several)] for source, f in frames.items()}
    if every.empty:
        return _nothing(measure, [*notes, "There are no rows in this scope."])
    families = tuple(sorted(every["family"].unique()))
    actual, paid = _panel(sold, families, months, measure)
    unknown: Floats = np.full(actual.shape, np.nan)
    sides: dict[str, tuple[Floats, Floats]] = dict.fromkeys(SOURCES, (unknown, unknown))
    for source, frame in frames.items():
        sides[source] = _panel(frame, families, months, measure)
    consensus, budget = sides["consensus"], sides["budget"]
    by_cycle: Flags = np.asarray(np.isfinite(consensus[0][:, -YEAR:]).any(axis=1))
    by_budget: Flags = np.asarray(~by_cycle & np.isfinite(budget[0]).any(axis=1))
    begun: Flags = np.maximum.accumulate(np.isfinite(consensus[0]), axis=1)
    gap = begun & np.isnan(consensus[0]) & np.isfinite(budget[0])
    filled: Flags = np.asarray(by_cycle[:, None] & gap, dtype=np.bool_)
    other: Flags = np.asarray(by_budget[:, None] | filled, dtype=np.bool_)
    plan: Floats = np.where(other, budget[0], consensus[0])
    planned: Floats = np.where(other, budget[1], consensus[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        price = planned / plan if measure == "quantity" else np.ones(plan.shape)
        paid = paid / actual if measure == "quantity" else paid
    price = np.where(np.isfinite(price) & (plan != 0), price, np.where(np.isfinite(paid), paid, np.nan))
    if measure != "quantity":
        price = np.ones(plan.shape)
    value = np.nansum(planned[:, -YEAR:], axis=1)
    value = value if value.any() else np.nansum(np.abs(plan[:, -YEAR:]), axis=1)
    alive: Flags = np.asarray((np.isfinite(actual) | np.isfinite(plan))[:, -YEAR:].any(axis=1))
    notes += _said(families, months, actual, plan, alive, by_budget, filled, "consensus" in frames)
    keep = np.flatnonzero(alive)
    start = _start(plan[keep])
    return Facts(
        tuple(families[i] for i in keep), months[start:], measure, plan[keep][:, start:], actual[keep][:, start:],
        filled[keep][:, start:], price[keep][:, start:], value[keep],
        tuple("budget" if by_budget[i] else "consensus" if np.isfinite(plan[i]).any() else None for i in keep), _coverage(actual[keep], plan[keep]), tuple(notes),
    )  # fmt: skip


def _closed(snapshot: Snapshot, scope: Scope) -> tuple[str, ...]:
    """The closed months up to the scope's last, or up to its cycle; scope.first does not cut what a signal needs."""
    until = scope.last or scope.cycle
    closed = [m for m in snapshot.closed_months if until is None or m <= until]
    return tuple(span(closed[0], closed[-1])) if closed else ()


def _unfit(snapshot: Snapshot, source: str, scope: Scope, months: Sequence[str], measure: str) -> str | None:
    """Why a plan cannot be compared by family and month; None where it can, "" where there simply is none."""
    names = resolve(snapshot, source, months, scope.lag).names
    found = grains(snapshot, names, measure) if names else []
    if not found:
        return f"{said(source)} carries no {measure}." if names else ""
    needed = [snapshot.dimension("family"), snapshot.dimension("month"), *filters(snapshot, scope)]
    lacking = [d for d in needed if any(not g.has(d) for g in found)]
    if not lacking:
        return None
    return f"{lacking_note(snapshot, source, found, lacking)} Families are judged without it."


def _frame(snapshot: Snapshot, source: str, scope: Scope, measure: str) -> pd.DataFrame:
    measures = tuple(dict.fromkeys((measure, "revenue")))
    found = query.table(snapshot, source, ("family", "month"), measures, scope).dropna(subset=["family"])
    return found.assign(family=found["family"].astype(str))


def _panel(
    frame: pd.DataFrame, families: tuple[str, ...], months: tuple[str, ...], measure: str
) -> tuple[Floats, Floats]:
    """(measure, revenue), both (families, months)."""
    names, arrays = panel(frame, ["family"], months, (measure, "revenue"))
    at = {f: i for i, f in enumerate(families)}
    found = []
    for array in arrays:
        wide = np.full((len(families), len(months)), np.nan)
        wide[[at[f] for f in names["family"]]] = array
        found.append(wide)
    return found[0], found[1]


def _said(
    families: tuple[str, ...], months: tuple[str, ...], actual: Floats, plan: Floats, alive: Flags, by_budget: Flags,
    filled: Flags, has_consensus: bool,
) -> list[str]:  # fmt: skip
    """What a reader has to know about the footing: budgets, gaps, months without actuals, families that ended or began."""
    notes = []
    if by_budget.any():
        which = [f for f, on in zip(families, by_budget & alive, strict=True) if on]
        if not has_consensus or len(which) == int(alive.sum()):
            notes.append(
                "There is no consensus plan of this lag: deviations are judged against the budget of the period."
            )
        elif which:
            notes.append(f"No consensus plan for {some(which)}: judged against the budget of the period.")
    gaps = [m for t, m in enumerate(months) if filled[:, t].any()]
    if gaps:
        notes.append(
            f"No cycle planned {_months(gaps)}: the budget stands in, and the chart leaves these months out."
        )
    for i in np.flatnonzero(alive):
        missing = [
            m for t, m in enumerate(months) if t >= len(months) - YEAR and _lost(actual[i], plan[i], t)
        ]
        if missing and missing[-1] == months[-1]:
            notes.append(
                f"{families[i]} has a plan but no actual in {_months(missing)}, which is closed: unknown, not zero."
            )
    ended = [
        families[i]
        for i in range(len(families))
        if np.isfinite(actual[i]).any() and not np.isfinite(actual[i, -3:]).any()
    ]
    begun = [
        f
        for f, a in zip(families, actual, strict=True)
        if np.isfinite(a[-YEAR:]).any() and not np.isfinite(a[:-YEAR]).any()
    ]
    if ended and begun and len(months) > YEAR:
        notes.append(
            f"{some(ended)} ended and {some(begun)} began within the history: where one was renamed or split,"
            " load its history under the new name; until then the new one has insufficient history."
        )  # fmt: skip
    gone = [f for f, on in zip(families, alive, strict=True) if not on]
    if gone:
        notes.append(f"Neither planned nor sold in the last twelve months, left out: {some(gone)}.")
    unplanned = [f for f, p, on in zip(families, plan, alive, strict=True) if on and not np.isfinite(p).any()]
    if unplanned:
        notes.append(f"No plan by month for {some(unplanned)}: the actuals stand alone.")
    return notes


def _lost(actual: Floats, plan: Floats, t: int) -> bool:
    return bool(np.isfinite(plan[t]) and plan[t] != 0 and not np.isfinite(actual[t]))


def some(names: Sequence[str], most: int = 6) -> str:
    """Names as a sentence bears them: all of a few, else the first three and how many more."""
    shown = list(names) if len(names) <= most else [*names[:3], f"{len(names) - 3} more"]
    return words.listed(shown)


def _months(found: Sequence[str]) -> str:
    said_so = [words.month(m) for m in found]
    return words.listed(said_so) if len(found) < 4 else f"{said_so[0]} to {said_so[-1]}"


def _start(plan: Floats) -> int:
    """Index of the first month with any plan; 0 where there is none."""
    planned = np.flatnonzero(np.isfinite(plan).any(axis=0))
    return int(planned[0]) if len(planned) else 0


def _coverage(actual: Floats, plan: Floats) -> float | None:
    """Share of the actuals of the last twelve months that had a plan."""
    sold = np.nan_to_num(np.abs(actual[:, -YEAR:]))
    total = float(sold.sum())
    return float(sold[np.isfinite(plan[:, -YEAR:])].sum() / total) if total else None


def _nothing(measure: str, notes: list[str]) -> Facts:
    none = np.zeros((0, 0))
    return Facts((), (), measure, none, none, none.astype(bool), none, np.zeros(0), (), None, tuple(notes))
