"""How good was the plan, by lag, and does each step of the forecast add value?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from siop.core import MEASURES, NotFound, Report, Scope, Undefined, words
from siop.metrics import scores
from siop.metrics.cells import Cells, Frame, naive_side, read_cells
from siop.metrics.compare import default_measure, unknown_values
from siop.metrics.footing import by_name, filters, lacking_note, said
from siop.metrics.grain import Grain, closed_periods, coarsest, grains, labels_of
from siop.metrics.scores import Numbers
from siop.metrics.source import Source, months_of
from siop.metrics.supply import without_time
from siop.metrics.units import mixed_total
from siop.metrics.value_added import Step, value_added
from siop.warehouse import Dimension, Snapshot

LAGS = (1, 2, 3, 4, 5, 6)
_PARENTS = {"sku": "family", "customer": "region"}
_ORDER = ("sales", "marketing", "operations", "finance")
_ENOUGH = 0.5  # a step that speaks of fewer of the rows is judged apart, not in the chain


def accuracy(
    snapshot: Snapshot,
    scope: Scope,
    *,
    grain: str | Sequence[str] | None = None,
    measure: str | None = None,
    function: str | None = None,
    lag: int | None = None,
) -> Report:
    """Accuracy of the consensus plan, or of one function's input, by lag.

    Args: grain: what a row is, sku (default, where the company has it), family, or several; measure: default revenue
        where loaded; function: statistical, sales ...; lag: one lag in the plan's periods, default 1 to 6.
    Returns: rows {lag, n, wmape, bias, mae, mean_error, tracking_signal, tracking_limit, naive_wmape}; n counts the
        rows of the full join of plan and actual (grain x period) in periods that are wholly closed and that a
        version of that lag plans: sales nobody planned and plans nobody sold count, unknown values do not.
        totals, at `lag` (default scope.lag): the same scores, then naive and statistical on the same rows, and
        steps with forecast value added and its 90 % interval.
    Raises: NotFound for an unknown dimension, measure or function.
    """
    measure = measure or default_measure(snapshot)
    if measure not in MEASURES:
        raise NotFound(f"no measure {measure!r}; known are {', '.join(MEASURES)}")
    scope, months = _months(snapshot, by_name(snapshot, scope))
    asked = [snapshot.dimension(n) for n in _asked(snapshot, grain)]
    source = _source(snapshot, function)
    lags = LAGS if lag is None else (lag,)
    shown = scope.lag if lag is None else lag
    notes = unknown_values(snapshot, scope)
    judged = _judged(snapshot, scope, source, asked, measure, notes)
    rows: list[dict[str, Any]] = [{"lag": n, **_scored(None), "naive_wmape": None} for n in lags]
    totals: dict[str, Any] = {
        "lag": shown, **_scored(None), "naive": None, "statistical": None, "steps": [],
        "periods": 0, "period": "month", "grain": [d.name for d in asked],
    }  # fmt: skip
    coverage = None
    if not months:
        notes.append("No month of this scope is closed: there is nothing to judge.")
    if judged is not None and months:
        if mixed_total(snapshot, measure, ["actual"], scope, months):
            notes.append(
                "Quantities are in several units: a miss weighs what it counts in its own; judge by revenue, or one family."
            )
        frame = Frame(snapshot, scope, measure, judged[0], judged[1], tuple(months))
        due, not_due = closed_periods(snapshot, months, frame.period)
        if not_due:
            notes.append(
                f"{words.listed(not_due[:6])}{' and later' if len(not_due) > 6 else ''}: not due, left out."
            )
        cells = read_cells(frame, {f"lag {n}": (source, n) for n in {*lags, shown}})
        rows = [_row(cells, set(due), n, frame.period) for n in lags]
        if not len(cells.periods):
            notes.append("There are no rows in this scope.")
        for row in rows:
            if not row["n"] and len(cells.periods):
                notes.append(
                    f"Lag {row['lag']}: no closed {frame.period} in this scope has a plan of that lag."
                )
        keep = cells.rows([f"lag {shown}"], set(due))
        totals |= {"period": frame.period, "grain": list(frame.dims), **_scored(cells, f"lag {shown}", keep)}
        totals["periods"] = len(set(cells.periods[keep]))
        coverage = _coverage(cells, f"lag {shown}", keep)
        if coverage is not None and coverage < 0.9995:
            notes.append(
                f"{words.percent(1 - coverage)} of the actual {measure} had no plan at lag {shown}: it counts as missed."
            )
        totals |= _beside(frame, asked, source, shown, notes if keep.any() else [])
        totals["steps"] = _steps(frame, asked, shown, notes)
    return Report(
        report="accuracy",
        snapshot=snapshot.id,
        as_of=snapshot.as_of,
        scope=scope.as_dict(),
        rows=rows,
        totals={
            **totals,
            "measure": measure,
            "function": function or "consensus",
            "from": months[0] if months else None,
            "to": months[-1] if months else None,
        },
        coverage=coverage,
        notes=list(dict.fromkeys(notes)),
    )


def accuracy_sentence(totals: dict[str, Any]) -> str:
    """The headline, from the totals: the miss, its direction, and what the naive forecast would have missed.

    >>> accuracy_sentence({"lag": 1, "function": "consensus", "period": "month", "wmape": 0.123, "bias": 0.03,
    ...     "naive": {"wmape": 0.18, "plan_wmape": 0.123}})
    'The consensus plan missed by 12.3\\xa0% one month ahead and ran 3.0\\xa0% over; the naive forecast would have missed by 18.0\\xa0%.'
    """
    who = "consensus plan" if totals["function"] == "consensus" else f"{totals['function']} input"
    ahead = f"{words.count(totals['lag'], totals['period'])} ahead"
    if totals["wmape"] is None:
        return f"The {who} cannot be judged {ahead}: no closed {totals['period']} in this scope has one."
    side = totals["bias"]
    run = "" if side is None else f" and ran {words.percent(abs(side))} {'over' if side > 0 else 'under'}"
    naive = totals.get("naive")
    beside = (
        ""
        if naive is None or naive["wmape"] is None
        else f"; the naive forecast would have missed by {words.percent(naive['wmape'])}"
    )
    return f"The {who} missed by {words.percent(totals['wmape'])} {ahead}{run}{beside}."


def _months(snapshot: Snapshot, scope: Scope) -> tuple[Scope, list[str]]:
    """(the scope without its filters on time, its months within them): the naive forecast looks a year back."""
    timed = [(n, v) for n, v in (*scope.where, *scope.only) if snapshot.dimension(n).side == "time"]
    months = months_of(snapshot, scope)
    for name, values in timed:
        labels = labels_of(snapshot, name)
        months = [m for m in months if labels.get(m) in values]
    return without_time(snapshot, scope), months


def _source(snapshot: Snapshot, function: str | None) -> Source:
    if function is None or function == "consensus":
        return "consensus"
    if function == "statistical":
        return "statistical"
    inputs = snapshot.versions[snapshot.versions["kind"] == "input"]
    known = {f.casefold(): f for f in sorted({str(f) for f in inputs["function"].dropna()})}
    if function.casefold() not in known:
        raise NotFound(
            f"no input of the function {function!r}; known are {', '.join(['statistical', *known.values()])}"
        )
    return ("input", known[function.casefold()])


def _asked(snapshot: Snapshot, grain: str | Sequence[str] | None) -> Sequence[str]:
    """The dimensions of a row: by SKU unless asked otherwise; a company without products is judged by period alone."""
    if grain is None:
        return [d for d in ("sku", "family") if d in snapshot.dimensions][:1]
    return grain.split(",") if isinstance(grain, str) else grain


def _grains(snapshot: Snapshot, source: Source, measure: str) -> list[Grain]:
    """The grains of every version a source may use, whatever the lag."""
    versions = snapshot.versions
    kind, function = (source, None) if isinstance(source, str) else (source[0], source[1])
    chosen = versions[versions["kind"] == kind]
    if function is not None:
        chosen = chosen[chosen["function"] == function]
    return grains(snapshot, list(chosen["version"]), measure)


def _judged(
    snapshot: Snapshot,
    scope: Scope,
    source: Source,
    asked: Sequence[Dimension],
    measure: str,
    notes: list[str],
) -> tuple[tuple[str, ...], str] | None:
    """(dimensions of a row, period): the grain asked for, or the finest that plan and actual have; None where none."""
    plan, actual = _grains(snapshot, source, measure), grains(snapshot, ["actual"], measure)
    for who, found in ((source, plan), ("actual", actual)):
        if not found:
            has = "actual" if who == "actual" else None
            notes.append(
                f"{said(who)} carry no {measure}."
                if has
                else f"{said(who)}: none is loaded with {measure} by cycle."
            )
            return None
        blocked = [d for d in filters(snapshot, scope) if any(not g.has(d) for g in found)]
        if blocked:
            notes.append(lacking_note(snapshot, who, found, blocked))
            return None
    everything = [*plan, *actual]
    kept: list[str] = []
    lacking: list[Dimension] = []
    for dimension in asked:
        have = [
            n
            for n in _candidates(snapshot, dimension)
            if all(g.has(snapshot.dimension(n)) for g in everything)
        ]
        kept += [n for n in have[:1] if n not in kept]
        if not have or have[0] != dimension.name:
            lacking.append(dimension)
    if lacking:
        who, found = (
            (source, plan) if any(not g.has(d) for g in plan for d in lacking) else ("actual", actual)
        )
        row = words.listed([snapshot.labels.get(n, n) for n in kept]) if kept else "the total"
        notes.append(f"{lacking_note(snapshot, who, found, lacking)} Judged by {row} instead.")
    return tuple(kept), coarsest(everything).period


def _scored(cells: Cells | None, side: str = "", keep: np.ndarray | None = None) -> dict[str, Any]:
    """n and the scores of one side over the rows kept; None where a score does not exist."""
    n = 0 if keep is None else int(keep.sum())
    if cells is None or keep is None or n == 0:
        return {
            "n": 0, "wmape": None, "bias": None, "mae": None, "mean_error": None, "tracking_signal": None,
            "tracking_limit": None,
        }  # fmt: skip
    actual, plan = cells.value["actual"][keep], cells.value[side][keep]
    return {
        "n": n,
        "wmape": _or_none(scores.wmape, actual, plan),
        "bias": _or_none(scores.bias, actual, plan),
        "mae": scores.mae(actual, plan),
        "mean_error": scores.mean_error(actual, plan),
        "tracking_signal": scores.tracking_signal(actual, plan),
        "tracking_limit": scores.tracking_limit(n),
    }


def _or_none(score: Callable[[Numbers, Numbers], float], actual: Numbers, plan: Numbers) -> float | None:
    try:
        return score(actual, plan)
    except Undefined:
        return None


def _row(cells: Cells, due: set[str], lag: int, period: str) -> dict[str, Any]:
    side = f"lag {lag}"
    keep = cells.rows([side], due)
    naive, beside = naive_side(lag, period), None
    if keep.any() and set(cells.periods[keep]) <= cells.covered[naive]:
        known = keep & np.isfinite(cells.value[naive])
        if known.sum() == keep.sum():
            beside = _or_none(scores.wmape, cells.value["actual"][keep], cells.value[naive][keep])
    return {"lag": lag, **_scored(cells, side, keep), "naive_wmape": beside}


def _coverage(cells: Cells, side: str, keep: np.ndarray) -> float | None:
    """Share of the actual that had a plan row."""
    whole = float(np.abs(cells.value["actual"][keep]).sum())
    if not whole:
        return None
    return float(np.abs(cells.value["actual"][keep & cells.here[side]]).sum()) / whole


def _beside(
    frame: Frame, asked: Sequence[Dimension], source: Source, lag: int, notes: list[str]
) -> dict[str, Any]:
    """The naive and the statistical forecast, each on the rows that it and the plan speak of.

    Where the statistical forecast is coarser than the rows judged, both are judged at its grain, which is named.
    """
    found: dict[str, Any] = {"naive": None, "statistical": None}
    found["naive"] = _pair(frame, source, None, lag)
    if found["naive"] is None:
        notes.append("The naive forecast needs the actuals of the year before: not enough closed months.")
    known = _grains(frame.snapshot, "statistical", frame.measure)
    if known and source != "statistical" and _visible(frame, known):
        ours = _grains(frame.snapshot, source, frame.measure)
        actual = grains(frame.snapshot, ["actual"], frame.measure)
        dims = _finest(frame.snapshot, asked, [*known, *ours, *actual])
        if dims is not None:
            found["statistical"] = _pair(replace(frame, dims=dims), source, "statistical", lag)
    return found


def _pair(frame: Frame, source: Source, other: Source | None, lag: int) -> dict[str, Any] | None:
    """Scores of another source (None: the naive forecast) on rows both have, and the plan's WMAPE on the same rows."""
    sides: dict[str, tuple[Source, int]] = {"plan": (source, lag)}
    if other is not None:
        sides["other"] = (other, lag)
    cells = read_cells(frame, sides)
    side = naive_side(lag, frame.period) if other is None else "other"
    keep = cells.rows(["plan", side], _due(frame))
    if not keep.any():
        return None
    return {
        **_scored(cells, side, keep),
        "plan_wmape": _or_none(scores.wmape, cells.value["actual"][keep], cells.value["plan"][keep]),
        "grain": list(frame.dims),
    }


def _due(frame: Frame) -> set[str]:
    return set(closed_periods(frame.snapshot, frame.months, frame.period)[0])


def _visible(frame: Frame, found: Sequence[Grain]) -> bool:
    """Whether a source has the scope's filters and the period."""
    needed = [*filters(frame.snapshot, frame.scope), frame.snapshot.dimension(frame.period)]
    return all(g.has(d) for g in found for d in needed)


def _finest(snapshot: Snapshot, asked: Sequence[Dimension], found: Sequence[Grain]) -> tuple[str, ...] | None:
    """The dimensions asked for, or their parents, that every grain has; None where one has neither."""
    kept: list[str] = []
    for dimension in asked:
        have = [
            n for n in _candidates(snapshot, dimension) if all(g.has(snapshot.dimension(n)) for g in found)
        ]
        if not have:
            return None
        if have[0] not in kept:
            kept.append(have[0])
    return tuple(kept)


def _candidates(snapshot: Snapshot, dimension: Dimension) -> list[str]:
    """A dimension and its parent, as far as the company has them."""
    names = [dimension.name, *([_PARENTS[dimension.name]] if dimension.name in _PARENTS else [])]
    return [n for n in names if n in snapshot.dimensions]


def _steps(frame: Frame, asked: Sequence[Dimension], lag: int, notes: list[str]) -> list[dict[str, Any]]:
    """naive, statistical, every function's input, consensus: each against the one before, on the rows all speak of."""
    inputs = frame.snapshot.versions[frame.snapshot.versions["kind"] == "input"]
    functions = sorted(
        {str(f) for f in inputs["function"].dropna()},
        key=lambda f: (_ORDER.index(f.casefold()) if f.casefold() in _ORDER else len(_ORDER), f),
    )
    sources: dict[str, Source] = {
        "statistical": "statistical", **{f: ("input", f) for f in functions}, "consensus": "consensus",
    }  # fmt: skip
    everything = grains(frame.snapshot, ["actual"], frame.measure)
    usable: dict[str, tuple[Source, int]] = {}
    for name, source in sources.items():
        found = _grains(frame.snapshot, source, frame.measure)
        if not found:
            continue
        if not _visible(frame, found) or _finest(frame.snapshot, asked, [*everything, *found]) is None:
            notes.append(f"{name}: its plan is coarser than what is judged, so it is not among the steps.")
            continue
        usable[name] = (source, lag)
        everything = [*everything, *found]
    dims = _finest(frame.snapshot, asked, everything)
    if not usable or dims is None:
        return []
    if dims != frame.dims:
        names = words.listed([frame.snapshot.labels.get(n, n) for n in dims])
        notes.append(f"The steps are judged by {names}: the finest grain that all of them have.")
    return _chain(replace(frame, dims=dims), usable, lag, notes)


def _chain(
    frame: Frame, usable: dict[str, tuple[Source, int]], lag: int, notes: list[str]
) -> list[dict[str, Any]]:
    """Value added along the steps that speak of enough rows."""
    due = _due(frame)
    cells = read_cells(frame, usable)
    naive = naive_side(lag, frame.period)
    chain = [name for name in usable if cells.covered[name] & due]
    spoken = np.any([cells.here[n] for n in chain], axis=0) if chain else np.zeros(len(cells.periods), bool)
    for name in list(chain):
        share = float(cells.here[name][spoken].mean()) if spoken.any() else 0.0
        if share < _ENOUGH and len(chain) > 1:
            chain.remove(name)
            notes.append(f"{name} speaks of {words.percent(share)} of the rows: not among the steps.")
    order = [naive, *chain] if cells.covered[naive] & due else chain
    keep = cells.rows(order, due) if order else np.zeros(len(cells.periods), bool)
    if chain:
        all_or_none = np.sum([cells.here[n] for n in chain], axis=0)
        keep &= (all_or_none == 0) | (all_or_none == len(chain))
    if keep.sum() == 0 or len(order) < 2:
        return []
    codes = np.unique(cells.periods[keep], return_inverse=True)[1]
    try:
        found_steps = value_added(
            cells.value["actual"][keep], {n: cells.value[n][keep] for n in order}, cells.items[keep], codes
        )
    except Undefined:
        return []
    return [_step(step, naive, int(keep.sum())) | {"grain": list(frame.dims)} for step in found_steps]


def _step(step: Step, naive: str, n: int) -> dict[str, Any]:
    told = asdict(step) | {"n": n, "verdict": step.verdict}
    for key in ("step", "against"):
        told[key] = "naive" if told[key] == naive else told[key]
    return told
