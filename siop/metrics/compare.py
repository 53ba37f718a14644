"""Did we do what we said? Plan and actual side by side, at the finest grain that both have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from siop.core import MEASURES, NotFound, Report, Scope, Undefined, words
from siop.metrics.footing import missing_note, said
from siop.metrics.grain import PERIODS, Grain, closed_periods, coarsest, grains, labels_of
from siop.metrics.query import members, side_by_side
from siop.metrics.source import SIGNED, Pairs, Source, function_input, months_of, resolve
from siop.metrics.standard_hours import HOURS, hours_report
from siop.metrics.units import Mixed, mixed_notes, mixed_units
from siop.warehouse import Dimension, Snapshot, spread_versions


def deviation(actual: float | None, plan: float | None) -> float | None:
    """actual - plan; None where either is unknown (contract.md, Conventions)."""
    return None if actual is None or plan is None else actual - plan


def deviation_ratio(actual: float | None, plan: float | None) -> float | None:
    """(actual - plan) / |plan|; None where either is unknown or the plan is zero ("unplanned")."""
    return None if actual is None or not plan else (actual - plan) / abs(plan)


def attainment(actual: float | None, plan: float | None) -> float | None:
    """actual / |plan|; over 1 is not better by itself. None where either is unknown or the plan is zero."""
    return None if actual is None or not plan else actual / abs(plan)


def default_measure(snapshot: Snapshot) -> str:
    """revenue where loaded, else quantity, else cost. Raises Undefined where actuals carry none."""
    for name in ("revenue", "quantity", "cost"):
        if grains(snapshot, ["actual"], name):
            return name
    raise Undefined("the actuals carry neither revenue, quantity nor cost")


def plan_vs_actual(
    snapshot: Snapshot,
    scope: Scope,
    *,
    by: Sequence[str] = (),
    measure: str | None = None,
    version: Source | None = None,
) -> Report:
    """Plan, actual and deviation by any dimensions.

    Args: by: dimension names or labels; measure: default revenue where loaded; version: a version's name,
        budget (the default: the budget of the period), consensus (at scope.lag), prior-year, estimate, input:FUNCTION.
        The measure hours is quantity x the standard hours a unit of the bills, by product and month only.
    Returns: rows and totals {plan, actual, deviation, deviation_ratio, attainment}; totals are all actual less all
        plan of the due periods of the scope. Plan is null where its grain is coarser than asked, with a note.
    Raises: NotFound for an unknown dimension, measure or version.
    """
    measure = measure or default_measure(snapshot)
    if isinstance(version, str) and version not in set(snapshot.versions["version"]):
        version = function_input(snapshot, version) or version
    if measure == HOURS:
        return hours_report(snapshot, scope, by, version or "budget", _numbers)
    if measure not in MEASURES:
        raise NotFound(f"no measure {measure!r}; known are {', '.join(MEASURES)} and {HOURS}")
    dims = [snapshot.dimension(name) for name in by]
    scope = replace(scope, where=_named(snapshot, scope.where), only=_named(snapshot, scope.only))
    names = [d.name for d in dims]
    months = months_of(snapshot, scope)
    source: Source = version or "budget"
    pairs = resolve(snapshot, source, months, scope.lag)
    notes = unknown_values(snapshot, scope)

    plan_grains = grains(snapshot, pairs.names, measure)
    actual_grains = grains(snapshot, ["actual"], measure)
    filtered = [snapshot.dimension(name) for name, _ in (*scope.where, *scope.only)]
    if any(not _all_have(plan_grains, d) for d in filtered):
        notes.append(
            _grain_note(snapshot, source, plan_grains, [d for d in filtered if not _all_have(plan_grains, d)])
        )
        pairs, plan_grains = Pairs((), ()), []
    period = coarsest([*plan_grains, *actual_grains]).period
    due, not_due = closed_periods(snapshot, months, period)
    notes += _notes(snapshot, source, measure, pairs, plan_grains, months, period, due, not_due)

    notes += _spread_notes(snapshot, ["actual", *pairs.names])

    lacking = [d for d in dims if not (_all_have(plan_grains, d) and _all_have(actual_grains, d))]
    shared = [n for n in names if n not in {d.name for d in lacking}]
    alone = bool(months) and not due  # nothing is due: what was sold, or is planned, is known all the same
    found = _asked(snapshot, pairs, names, measure, scope, period, due, alone)
    rows = [row for row in found if not row["total"]]
    if lacking and pairs.versions:
        found = _asked(snapshot, pairs, shared, measure, scope, period, due, alone)
        notes.append(_grain_note(snapshot, source, plan_grains, lacking, actual_grains))
        rows = [{**row, "plan": None, "plan_due": None} for row in rows if row["actual"] is not None]
    total = next((row for row in found if row["total"]), None)
    several, several_in_all = _mixed(
        snapshot, source if pairs.versions else None, dims, shared, measure, scope, months, period, due
    )
    notes += mixed_notes(several, several_in_all)
    if several_in_all:
        total = None
    total_row = _numbers(total["actual_due"], total["plan_due"]) if total else _numbers(None, None)
    coverage = None
    if total is not None and total["actual_due"] and not alone:
        coverage = (total["covered"] or 0.0) / total["actual_due"]
    if not several_in_all and total_row["actual"] is None and total_row["plan"] is None and not len(rows):
        notes.append("There are no rows in this scope.")
    if total_row["plan"] is None and total_row["actual"] is not None and plan_grains and not alone:
        notes.append(f"{said(source)} has nothing in this scope.")
    if coverage is not None and coverage < 0.9995 and total_row["plan"] is not None:
        notes.append(f"The plan covers {words.percent(coverage)} of the actual {measure} in this scope.")
    if total is not None and total["unmet"] and not lacking:
        notes.append(
            f"{words.count(total['unmet'], 'planned cell').capitalize()} of closed periods"
            " without any actual: shown with an empty actual."
        )
    return Report(
        report="plan-vs-actual",
        snapshot=snapshot.id,
        as_of=snapshot.as_of,
        scope=scope.as_dict(),
        rows=_rows(snapshot, rows, dims, months, period, set(due), several),
        totals={
            **total_row,
            "measure": measure,
            "versions": pairs.names,
            "from": months[0] if months else None,
            "to": months[-1] if months else None,
        },
        coverage=coverage,
        notes=list(dict.fromkeys(notes)),
    )


def _asked(
    snapshot: Snapshot, pairs: Pairs, by: Sequence[str], measure: str, scope: Scope, period: str, due: Sequence[str],
    alone: bool,
) -> list[dict[str, Any]]:  # fmt: skip
    """`side_by_side`; alone: no period is due, so closed months stand without their plan and open ones without actuals."""
    if not alone:
        return side_by_side(snapshot, pairs, by, measure, scope, period, due)
    closed = closed_periods(snapshot, months_of(snapshot, scope), "month")[0]
    found = side_by_side(snapshot, pairs, by, measure, scope, "month", closed)
    came = "actual_due" if closed else "actual"
    sold = any(row[came] is not None for row in found)
    return [
        {**row, "actual_due": row[came], "plan_due": None if sold else row["plan"], "unmet": 0}
        for row in found
    ]


def _mixed(
    snapshot: Snapshot, source: Source | None, dims: Sequence[Dimension], shared: Sequence[str], measure: str, scope: Scope,
    months: Sequence[str], period: str, due: Sequence[str],
) -> tuple[Mixed, Mixed]:  # fmt: skip
    """(rows, total) whose quantities are counted in several units; a row is found by what plan and actual both have."""
    if measure != "quantity":
        return {}, {}
    label = labels_of(snapshot, period)
    counted = [m for m in months if label.get(m) in set(due)] or months
    asked: list[Source] = ["actual"] if source is None else ["actual", source]
    timed = any(d.side == "time" for d in dims)
    names = [d.name for d in dims]
    lacking = len(shared) < len(names)  # then the actuals stand alone
    rows = mixed_units(snapshot, ["actual"] if lacking else asked, names, scope, months if timed else counted)
    return rows if names else {}, mixed_units(snapshot, asked, (), scope, counted)


def _numbers(actual: float | None, plan: float | None) -> dict[str, Any]:
    a = None if not words.known(actual) else float(actual)  # type: ignore[arg-type]
    p = None if not words.known(plan) else float(plan)  # type: ignore[arg-type]
    return {
        "plan": p,
        "actual": a,
        "deviation": deviation(a, p),
        "deviation_ratio": deviation_ratio(a, p),
        "attainment": attainment(a, p),
    }


def _rows(
    snapshot: Snapshot,
    rows: Sequence[Mapping[str, Any]],
    dims: Sequence[Dimension],
    months: Sequence[str],
    period: str,
    due: set[str],
    mixed: Mixed,
) -> list[dict[str, Any]]:
    """One dict a row. A row of a period that is not due keeps plan and actual and has no deviation; one of several units
    has no numbers."""
    period_of = labels_of(snapshot, period)
    whole: dict[str, dict[str, bool]] = {}
    for d in dims:
        if d.side == "time" and PERIODS.index(d.name) >= PERIODS.index(period):
            named = labels_of(snapshot, d.name)
            found = whole.setdefault(d.name, {})
            for month in months:
                if month in named:
                    found[named[month]] = found.get(named[month], True) and period_of[month] in due
    timed = any(d.side == "time" for d in dims)
    out = []
    for record in rows:
        keys = {d.name: None if record[d.name] is None else str(record[d.name]) for d in dims}
        if timed:
            numbers = _numbers(record["actual"], record["plan"])
            if not all(labels.get(keys[name] or "", False) for name, labels in whole.items()):
                numbers |= {"deviation": None, "deviation_ratio": None, "attainment": None}
        else:
            numbers = _numbers(record["actual_due"], record["plan_due"])
        if numbers["actual"] is not None or numbers["plan"] is not None:
            out.append({**keys, **(_numbers(None, None) if tuple(keys.values()) in mixed else numbers)})
    return out


def _all_have(found: Sequence[Grain], dimension: Dimension) -> bool:
    return all(g.has(dimension) for g in found)


def _named(snapshot: Snapshot, where: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[Any, ...]:
    return tuple(sorted((snapshot.dimension(name).name, values) for name, values in where))


def unknown_values(snapshot: Snapshot, scope: Scope) -> list[str]:
    """What has to be said of filter values that nobody has."""
    notes = []
    for name, values in scope.where:
        label = snapshot.labels.get(name, name)
        unknown = [v for v in values if v not in set(members(snapshot, name))]
        if unknown:
            notes.append(f"No {label} is called {words.listed(unknown)}.")
    return notes


_HOW = {"even": "evenly", "working_days": "by working days", "last_year": "as last year's actuals"}


def _spread_notes(snapshot: Snapshot, versions: Sequence[str]) -> list[str]:
    """Which of the versions come by quarter or year and are spread over months, as their source declares."""
    known: dict[str, tuple[str, str]] = snapshot.answers.ask("spread", lambda: spread_versions(snapshot))
    told = {v: known[v] for v in versions if v in known}
    return [
        f"{said(v)} {'are' if v == 'actual' else 'is'} given by {period} and spread over its months {_HOW.get(how, how)}."
        for v, (period, how) in told.items()
    ]


def _grain_note(
    snapshot: Snapshot,
    source: Source,
    plan_grains: Sequence[Grain],
    lacking: Sequence[Dimension],
    actual_grains: Sequence[Grain] = (),
) -> str:
    labels = snapshot.labels
    asked = words.listed([labels.get(d.name, d.name) for d in lacking])
    actual_lacks = bool(actual_grains) and any(not _all_have(actual_grains, d) for d in lacking)
    if actual_lacks:
        return f"The actuals are by {coarsest(actual_grains).said(labels)}: they have no {asked}."
    return (
        f"{said(source)} is by {coarsest(plan_grains).said(labels)}: it has no {asked},"
        " so the actuals stand without a plan."
    )


def _notes(
    snapshot: Snapshot,
    source: Source,
    measure: str,
    pairs: Pairs,
    plan_grains: Sequence[Grain],
    months: Sequence[str],
    period: str,
    due: Sequence[str],
    not_due: Sequence[str],
) -> list[str]:
    notes = []
    if not months:
        closed = "of this scope is closed" if snapshot.closed_months else "is closed yet"
        notes.append(f"No month {closed}: there is nothing to compare.")
    elif source == SIGNED:
        notes.append("No plan is signed or published yet; name one with --version.")
    elif not pairs.versions and not plan_grains:
        if source == "budget" and not (snapshot.versions["kind"] == "budget").any():
            notes.append("No budget is loaded; name a plan with --version.")
        elif pairs.missing:
            notes.append(f"{said(source)} has no months in this scope.")
    elif not plan_grains and pairs.versions:
        notes.append(f"{said(source)} carries no {measure}.")
    elif pairs.missing:
        notes.append(f"{missing_note(source, pairs.missing)}.")
    if not_due:
        kind = "open" if period == "month" else "not wholly closed, or not wholly in this scope"
        end = "and left out of the totals" if due else "and nothing to compare with"
        notes.append(
            f"{words.listed(list(not_due)[:6])}{' and later' if len(not_due) > 6 else ''}:"
            f" {kind}, so not due; no deviation, {end}."
        )
    return notes
