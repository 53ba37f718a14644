"""Which function answers `report NAME`, and which options it takes. Rooms are imported when asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from siop.core import NotFound, Report, Scope

if TYPE_CHECKING:
    from siop.ledger import State
    from siop.settings import Settings
    from siop.warehouse import Snapshot


@dataclass(frozen=True)
class Asked:
    """The options of one `report` call; None is "the report's own default"."""

    scope: Scope
    by: tuple[str, ...] = ()
    version: str | None = None
    measure: str | None = None
    lag: int | None = None
    top: int | None = None
    more: dict[str, Any] = field(
        default_factory=dict
    )  # base, current, grain, function, basis, rho, draws, seed, input
    taken: set[str] = field(default_factory=set)  # what the report has asked for

    def given(self, *names: str) -> dict[str, Any]:
        """The options among `names` that were given, as keyword arguments."""
        self.taken.update(names)
        return {name: value for name, value in self._all().items() if name in names}

    def left(self) -> list[str]:
        """The options that were given and that the report did not ask for. Call after the report; every report knows
        the scope, of which the lag is a part."""
        return [f"--{name}" for name in self._all() if name not in (*self.taken, "lag")]

    def _all(self) -> dict[str, Any]:
        known = {
            "version": self.version,
            "measure": self.measure,
            "by": self.by or None,
            "lag": self.lag,
            **self.more,
        }
        return {name: value for name, value in known.items() if value is not None}


Answer = Callable[["Snapshot", "State", "Settings", Asked], Report]


def _plan_vs_actual(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import metrics

    return metrics.plan_vs_actual(
        snapshot, asked.scope, **_in_force(snapshot, state, asked, asked.given("by", "measure", "version"))
    )


def _in_force(snapshot: Snapshot, state: State, asked: Asked, given: dict[str, Any]) -> dict[str, Any]:
    """The options with the plan in force, where there is one, in the place of signed and of what the estimate rests on.

    Raises NotFound for a plan that is not there: a report of many parts would only say it in each of them.
    """
    from siop import decisions
    from siop.metrics.source import resolve

    signed = decisions.signed_version(state, asked.scope.cycle)
    known = {} if signed is None else {"signed": signed, "estimate": ("estimate", signed)}
    named = {
        name: known.get(value, value)
        for name, value in given.items()
        if name in ("version", "base", "current")
    }
    for source in named.values():
        resolve(snapshot, source, [])
    return given | named


def _bridge(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import metrics

    return metrics.bridge(
        snapshot,
        asked.scope,
        **_in_force(
            snapshot, state, asked, {"base": "budget"} | asked.given("by", "measure", "base", "current")
        ),
    )


def _accuracy(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import metrics

    return metrics.accuracy(snapshot, asked.scope, **asked.given("grain", "measure", "function", "lag"))


def _balance(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import metrics

    return metrics.balance(snapshot, asked.scope, **asked.given("by"))


def _versions(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import decisions, metrics

    signed = decisions.signed_version(state, asked.scope.cycle)
    return metrics.versions_side_by_side(snapshot, asked.scope, signed=signed, **asked.given("measure"))


def _family_grid(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import metrics

    return metrics.family_grid(
        snapshot, asked.scope, **_in_force(snapshot, state, asked, asked.given("version"))
    )


def _plan_change(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import metrics

    return metrics.plan_change(snapshot, asked.scope, **asked.given("measure", "by"))


def _triangle(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import metrics

    return metrics.triangle(snapshot, asked.scope, **asked.given("measure"))


def _adherence(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import metrics

    return metrics.adherence(snapshot, asked.scope)


def _service(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import metrics

    return metrics.service(snapshot, asked.scope, **asked.given("by", "basis"))


def _outlook(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import decisions, metrics

    given = _in_force(snapshot, state, asked, asked.given("measure", "version"))
    if given.get("version") == "signed" or isinstance(given.get("version"), tuple):
        del given[
            "version"
        ]  # nobody has signed, which the report says; of open months the estimate is the signed plan
    return metrics.outlook(
        snapshot, asked.scope, signed=decisions.signed_version(state, asked.scope.cycle), **given
    )


def _scorecard(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import meeting

    return meeting.scorecard(
        snapshot, state, asked.scope, **_in_force(snapshot, state, asked, asked.given("version"))
    )


def _deviations(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import deviations

    return deviations.deviations(snapshot, state, asked.scope, **asked.given("measure"))


def _localise(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import deviations

    return deviations.localise(
        snapshot,
        state,
        asked.scope,
        **_in_force(snapshot, state, asked, asked.given("measure", "by", "version")),
    )


def _risk(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import risks

    defaults = {"rho": settings.correlation, "draws": settings.draws, "seed": settings.risk_seed}
    return risks.risk(snapshot, state, asked.scope, **defaults | asked.given("rho", "draws", "seed"))


def _decisions(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import decisions

    return decisions.decisions(snapshot, state, asked.scope)


def _health(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import health

    return health.health(snapshot, state, asked.scope)


def _request(snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    from siop import requests

    file = asked.given("input").get("input")
    if file is None:
        raise NotFound(
            'report request needs --input FILE: a JSON object with customer and lines, or {"request": ID}'
        )
    return requests.request(snapshot, state, asked.scope, asked=file)


REPORTS: dict[str, Answer] = {
    "plan-vs-actual": _plan_vs_actual,
    "versions": _versions,
    "family-grid": _family_grid,
    "plan-change": _plan_change,
    "triangle": _triangle,
    "bridge": _bridge,
    "accuracy": _accuracy,
    "balance": _balance,
    "adherence": _adherence,
    "service": _service,
    "outlook": _outlook,
    "scorecard": _scorecard,
    "deviations": _deviations,
    "localise": _localise,
    "risk": _risk,
    "request": _request,
    "decisions": _decisions,
    "health": _health,
}
_RANKED_BY = ("impact", "deviation", "contribution", "mean", "money", "value")


def answer(name: str, snapshot: Snapshot, state: State, settings: Settings, asked: Asked) -> Report:
    """The report asked for. Raises NotFound for an unknown name."""
    if name not in REPORTS:
        raise NotFound(f"no report {name!r}; known are {', '.join(REPORTS)}")
    report = _as_asked(snapshot, REPORTS[name](snapshot, state, settings, asked), asked)
    if asked.top is None or len(report.rows) <= asked.top:
        return report
    key = next((k for k in _RANKED_BY if any(isinstance(r.get(k), int | float) for r in report.rows)), None)
    ranked = report.rows if key is None else sorted(report.rows, key=lambda r: -abs(r.get(key) or 0.0))
    note = f"The first {asked.top} of {len(report.rows)} rows" + (f", by size of {key}." if key else ".")
    return Report(
        report.report, report.snapshot, report.as_of, report.scope, ranked[: asked.top], report.totals,
        report.coverage, [*report.notes, note],
    )  # fmt: skip


def _as_asked(snapshot: Snapshot, report: Report, asked: Asked) -> Report:
    """Rows carry the dimension names that were asked for: a company's label where the label was used."""
    labelled = [n for n in asked.by if n not in snapshot.dimensions and n != "resource"]  # capacity's own
    figures = set(report.rows[0]) if report.rows else set()  # a dimension named like one keeps its own name
    used = {snapshot.dimension(name).name: name for name in labelled if name not in figures}
    left = asked.left()
    notes = (
        [*report.notes, f"This report does not take {', '.join(left)}: left aside."] if left else report.notes
    )
    rows = report.rows
    if used:
        rows = [{used.get(key, key): _relabelled(value, used) for key, value in row.items()} for row in rows]
    return replace(report, rows=rows, notes=notes, scope=asked.scope.as_dict())


def _relabelled(value: Any, used: dict[str, str]) -> Any:
    return {used.get(k, k): v for k, v in value.items()} if isinstance(value, dict) else value
