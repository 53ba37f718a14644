"""The whole question on one page, before it is written down as a report: register, draws, landing, record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from siop.core import NotFound, Scope, add_months, month_number, span, words
from siop.ledger import State
from siop.metrics import query
from siop.metrics.grain import grains
from siop.metrics.outlook import outlook
from siop.metrics.source import latest_consensus
from siop.risks.impact import Exposure
from siop.risks.landing import Landing, OutlookBand, land, variance_of_past_events
from siop.risks.reach import Reach
from siop.risks.register import Line, closed_items, register
from siop.risks.simulate import Simulation, simulate, what_if
from siop.warehouse import Snapshot

RESULT = ("margin", "cost")
"""Measures that move the result alike: a risk of 100 in cost is one of 100 in margin."""


@dataclass(frozen=True)
class Base:
    """What the register is laid on, and the targets of the year."""

    band: OutlookBand
    budget: float | None
    signed: float | None
    quarters: Mapping[str, str]
    quarter_actuals: Mapping[str, float]


@dataclass(frozen=True)
class Picture:
    """Everything the page draws. lines: of the scope, open and closed; measure: of the register's range;
    landed_in: of the landing, revenue where plan and actual do not give the register's."""

    now: str
    lines: tuple[Line, ...]
    measure: str
    simulation: Simulation
    base: Base | None
    landing: Landing | None
    past_events: float
    notes: tuple[str, ...]
    landed_in: str

    def with_changes(self, changes: Mapping[str, Mapping[str, float]]) -> Picture:
        """The same draws with other scores: {item: {probability, low, likely, high, any of them}}. Nothing is saved.

        Raises: NotFound for an item that is not simulated, Refused for a score out of range.
        """
        known = {e.id: e for e in self.simulation.exposures}
        moved = []
        for item, values in changes.items():
            if item not in known:
                raise NotFound(f"{item} is not in the range: it is closed, in plan, unscored or unknown")
            was = known[item]
            moved.append(
                replace(
                    was,
                    probability=float(values.get("probability", was.probability)),
                    low=float(values.get("low", was.low)),
                    likely=float(values.get("likely", was.likely)),
                    high=float(values.get("high", was.high)),
                )
            )
        changed = what_if(self.simulation, *moved)
        return replace(self, simulation=changed, landing=_land(self.base, changed, self.past_events))


def picture(
    snapshot: Snapshot,
    state: State,
    scope: Scope,
    *,
    rho: float = 0.3,
    draws: int = 100_000,
    seed: int = 11,
    version: str | None = None,
    base: Base | None = None,
) -> Picture:
    """Read the register at a scope, simulate it, and lay it on the outlook.

    Args: version: the signed plan; default the plan in force; base: what to lay it on instead of
        the outlook of the snapshot.
    """
    notes: list[str] = []
    now = scope.cycle or snapshot.as_of or max((r.in_cycle for r in state.risks.values()), default="0001-01")
    lines = register(state, now, until=scope.cycle)
    lines = _in_scope(snapshot, lines, scope, notes)
    notes += _about_nobody(snapshot, lines)
    live = [line for line in lines if line.open and not line.risk.in_plan]
    measure = _measure(snapshot, live, notes)
    exposures = [e for e in (_exposure(line, measure) for line in live) if e is not None]
    _say(lines, live, measure, now, notes)
    simulation = simulate(exposures, rho=rho, draws=draws, seed=seed)
    landed_in: str | None = measure
    if base is None:
        landed_in = _landing_measure(snapshot, measure, notes)
        base = year_base(snapshot, scope, landed_in, version or state.plan_in_force(scope.cycle), notes)
    past = 0.0
    if base is not None:
        of = {line.risk.id: line.risk for line in lines}
        closed = [(c, of[c.id].first, of[c.id].last) for c in closed_items(lines) if not of[c.id].in_plan]
        past = variance_of_past_events(closed, now, len(base.band.months))
    landing = _land(base, simulation, past)
    if landing is not None and landing.taken_out > 0:
        notes.append(
            f"{words.percent(landing.taken_out, 0)} of the outlook's variance were registered events of the past;"
            " the register names such events again, so it is counted once."
        )
    return Picture(
        now, tuple(lines), measure, simulation, base, landing, past, tuple(notes), landed_in or measure
    )


def year_base(
    snapshot: Snapshot, scope: Scope, measure: str | None, signed: str | None, notes: list[str]
) -> Base | None:
    """The outlook of the fiscal year of the first open month, and the year's budget and signed plan.

    Where the history is too short for an outlook, the plan stands in for it, without an interval of its own.
    """
    if measure is None or snapshot.as_of is None:
        notes.append("No month is closed or no money is loaded: the landing of the year is not known.")
        return None
    if signed is not None and signed not in set(snapshot.versions["version"]):
        notes.append(f"The signed plan {signed} is not in this snapshot.")
        signed = None
    told = outlook(snapshot, scope, measure=measure, signed=signed)
    landing = told.totals["landing"]
    if landing["p50"] is None:
        notes += told.notes
        return _plan_base(snapshot, scope, measure, signed, notes)
    rows = [row for row in told.rows if row["month"] > snapshot.as_of]
    known = landing["p10"] is not None and landing["p90"] is not None
    if not known:
        notes.append("The outlook has no interval yet: only the register gives the range.")
    points = [0.0 if row["p50"] is None else float(row["p50"]) for row in rows]

    def side(name: str) -> tuple[float, ...]:
        return tuple(
            p if row[name] is None or not known else float(row[name])
            for row, p in zip(rows, points, strict=True)
        )

    band = OutlookBand(
        str(landing["year"]),
        tuple(str(row["month"]) for row in rows),
        side("p10"),
        tuple(points),
        side("p90"),
        float(landing["actual"]),
        (
            float(landing["p10"] if known else landing["p50"]),
            float(landing["p50"]),
            float(landing["p90"] if known else landing["p50"]),
        ),
        ratio=bool(landing["ratio"]),
    )
    actual = {str(row["month"]): float(row["actual"]) for row in told.rows if row["actual"] is not None}
    months = [str(row["month"]) for row in told.rows]
    return Base(band, landing["budget"], landing["signed"], *_quarters(snapshot, months, actual))


def _plan_base(
    snapshot: Snapshot, scope: Scope, measure: str, signed: str | None, notes: list[str]
) -> Base | None:
    as_of = snapshot.as_of or ""
    years = fiscal_years(snapshot)
    label = years(add_months(as_of, 1))
    months = [m for m in span(add_months(as_of, -11), add_months(as_of, 12)) if years(m) == label]
    here = replace(scope, first=months[0], last=months[-1])
    open_months = [m for m in months if m > as_of]
    ahead = replace(here, first=open_months[0])
    actual = _by_month(snapshot, "actual", measure, replace(here, last=as_of)) if months[0] <= as_of else {}
    newest = signed or latest_consensus(snapshot)
    plan = _by_month(snapshot, newest, measure, ahead) if newest else {}
    source = "signed plan" if signed else "newest consensus plan"
    if not plan and (snapshot.versions["kind"] == "budget").any():
        plan, source = _by_month(snapshot, "budget", measure, ahead), "budget"
    if not plan:
        notes.append(f"No plan of {measure} reaches the open months of {label}: the landing is not known.")
        return None
    notes.append(f"The register lies on the {source}, which has no interval of its own.")
    to_date = sum(actual.values())
    line = [plan.get(m, 0.0) for m in open_months]
    band = OutlookBand.line(label, open_months, line, to_date, source)
    target = None if source == "budget" else to_date + sum(line)
    budget = _total(snapshot, "budget", measure, here)
    return Base(band, budget, target, *_quarters(snapshot, months, actual))


def fiscal_years(snapshot: Snapshot) -> FiscalYears:
    """The fiscal year of a month, also beyond the calendar table."""
    known = {str(r.month): str(r.year) for r in snapshot.calendar.itertuples(index=False)}
    return FiscalYears(known, int(snapshot.meta.get("fiscal_year_start") or 1))


@dataclass(frozen=True, slots=True)
class FiscalYears:
    """month -> label of its fiscal year, named after the calendar year in which it ends."""

    known: Mapping[str, str]
    start: int

    def __call__(self, month: str) -> str:
        if month in self.known:
            return self.known[month]
        number = month_number(month) - (self.start - 1)
        return f"{number // 12 + (1 if self.start > 1 else 0):04d}"


def _quarters(
    snapshot: Snapshot, months: Sequence[str], actual: Mapping[str, float]
) -> tuple[dict[str, str], dict[str, float]]:
    quarters = {
        str(r.month): str(r.quarter)
        for r in snapshot.calendar.itertuples(index=False)
        if str(r.month) in months
    }
    sums: dict[str, float] = {}
    for month, value in actual.items():
        if month in quarters:
            sums[quarters[month]] = sums.get(quarters[month], 0.0) + value
    return quarters, sums


def _by_month(snapshot: Snapshot, source: str, measure: str, scope: Scope) -> dict[str, float]:
    frame = query.table(snapshot, source, ("month",), (measure,), scope).dropna()
    return {str(m): float(v) for m, v in zip(frame["month"], frame[measure], strict=True)}


def _total(snapshot: Snapshot, source: str, measure: str, scope: Scope) -> float | None:
    frame = query.table(snapshot, source, (), (measure,), scope)
    value = float(frame[measure].iloc[0]) if len(frame) else float("nan")
    return value if words.known(value) else None


def _land(base: Base | None, simulation: Simulation, past_events: float) -> Landing | None:
    if base is None:
        return None
    return land(
        base.band, simulation, budget=base.budget, signed=base.signed, quarters=base.quarters,
        quarter_actuals=base.quarter_actuals, past_events=past_events,
    )  # fmt: skip


def _in_scope(snapshot: Snapshot, lines: Sequence[Line], scope: Scope, notes: list[str]) -> list[Line]:
    """The items that lie wholly inside the scope; wider ones cannot be cut and are left out, which is said."""
    limits: dict[str, tuple[str, ...]] = {}
    for name, values in (*scope.where, *scope.only):
        limits[name] = tuple(v for v in values if v in limits[name]) if name in limits else values
    if not limits:
        return list(lines)
    reach = Reach.of(snapshot)
    inside = [line for line in lines if reach.within(line.risk.scope, limits)]
    left = sum(line.open for line in lines) - sum(line.open for line in inside)
    if left:
        notes.append(
            f"{words.count(left, 'open item').capitalize()} outside this scope, or wider than it, left out."
        )
    return inside


def _about_nobody(snapshot: Snapshot, lines: Sequence[Line]) -> list[str]:
    """Open items of an imported history whose scope nobody has; the form and the paste refuse them."""
    notes = []
    for line in lines:
        for name, said in line.risk.scope.items() if line.open else ():
            values = [said] if isinstance(said, str) else list(said)
            known = query.members(snapshot, snapshot.dimension(name).name) if _has(snapshot, name) else []
            strange = [value for value in values if value not in known]
            if strange:
                notes.append(
                    f"{line.risk.id} is about {name} {words.listed(strange)}, which neither plan nor actual has."
                )
    return notes


def _has(snapshot: Snapshot, name: str) -> bool:
    try:
        return bool(snapshot.dimension(name))
    except NotFound:
        return False


def _measure(snapshot: Snapshot, live: Sequence[Line], notes: list[str]) -> str:
    """The measure of the range: margin where any item has it (cost moves it alike), else the most common one."""
    found = Counter("margin" if line.risk.measure in RESULT else line.risk.measure for line in live)
    if not found or "margin" in found:
        return "margin"
    return max(sorted(found), key=lambda name: found[name])


def _exposure(line: Line, measure: str) -> Exposure | None:
    own = "margin" if line.risk.measure in RESULT else line.risk.measure
    return line.exposure() if own == measure else None


def _landing_measure(snapshot: Snapshot, measure: str, notes: list[str]) -> str | None:
    """The measure of the landing: the register's, or revenue where the facts do not carry it."""
    kinds = zip(snapshot.versions["version"], snapshot.versions["kind"], strict=True)
    planned = [str(version) for version, kind in kinds if kind in ("budget", "consensus")]
    have = [m for m in dict.fromkeys((measure, "revenue")) if grains(snapshot, ["actual"], m)]
    both = [m for m in have if grains(snapshot, planned, m)]
    chosen = next(iter(both or have), None)
    if chosen is not None and chosen != measure:
        notes.append(
            f"{measure.capitalize()} is not known in plan and actual: the landing is in revenue, and the amounts of"
            " the register count as revenue."
        )
    return chosen


def _say(lines: Sequence[Line], live: Sequence[Line], measure: str, now: str, notes: list[str]) -> None:
    unscored = sum(line.score is None for line in live)
    if unscored:
        notes.append(f"{words.count(unscored, 'item').capitalize()} without a score, not in the range.")
    other = sum(line.score is not None and _exposure(line, measure) is None for line in live)
    if other:
        notes.append(
            f"{words.count(other, 'item').capitalize()} in another measure than {measure}, not in the range."
        )
    overdue = sum("overdue" in line.flags for line in live)
    if overdue:
        notes.append(
            f"{words.count(overdue, 'item').capitalize()} past the end and not closed: counted in the register,"
            " without effect on the landing."
        )
