"""The improvement backlog: where each came from, who drives it, whether it moved its KPI, and whether its cause came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from siop.core import Refused, Report, Scope, add_months, words
from siop.core.finding import Finding
from siop.decisions import Identity, Service
from siop.health.cycle_told import remarks
from siop.health.effect import KPIS, Effect, improvement_effect
from siop.health.support.drive import drive
from siop.health.survey import SurveyResult
from siop.health.window import window
from siop.ledger import Receipt
from siop.ledger.state import ImprovementView, State
from siop.warehouse import Snapshot

SOURCES = {"Survey": "survey", "Deviation": "deviation", "Critique": "critique", "Something else": "other"}
"""{as it is said in the form: as it is entered}"""
KPI_SAID = {
    "Forecast error": "wmape", "Bias": "bias", "Attainment": "attainment", "Revenue": "revenue",
    "Quantity": "quantity", "Cost": "cost",
}  # fmt: skip
"""{as it is said in the form: a KPI whose effect the cockpit can measure}"""
EXECUTIVE = ("executive", "chair")
SHOWN = 12  # cycles after its closing in which an improvement stays on the page
DUE = timedelta(days=60)


def backlog(snapshot: Snapshot, state: State, scope: Scope, cycle: str, today: date) -> list[dict[str, Any]]:
    """The improvements of the last twelve cycles: open ones first, then those whose effect is measured, the latest on top.

    Returns rows of {id, cause, source, where, kpi, owner, exec, due, state, late, effect, measured, verdict, back}.
    """
    months = _last(cycle)
    within = window(months, cycle, SHOWN)
    back = {r.improvement: r for r in drive(state, within).recurrences} if months else {}
    rows = []
    for one in state.improvements.values():
        if one.in_cycle > cycle or (one.closed_at is not None and f"{one.closed_at:%Y-%m}" < months[0]):
            continue
        effect = improvement_effect(snapshot, one, scope) if one.closed_at else None
        again = back.get(one.id)
        rows.append(
            {
                "id": one.id, "cause": one.root_cause, "source": one.source, "where": _where(one),
                "kpi": one.kpi, "owner": state.name(one.owner),
                "exec": state.name(one.exec_owner) if one.exec_owner else None,
                "due": one.due, "closed": one.closed_at is not None, "state": _state(one, today),
                "late": _late(one, today), "verdict": effect.verdict if effect else None,
                "effect": effect_said(effect), "measured": bool(effect and effect.effect is not None),
                "back": f"came back as {again.came_back} in {words.month(again.cycle)}" if again else None,
            }
        )  # fmt: skip
    return sorted(
        rows,
        key=lambda r: (
            r["closed"],
            not r["measured"],
            date.max - r["due"] if r["closed"] else r["due"] - date.min,
        ),
    )


def backlog_sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    """How many are open, late, and came back.

    >>> backlog_sentence([{"closed": False, "late": True, "back": None}, {"closed": True, "late": False, "back": "x"}])
    'One improvement is open, one of them late; one cause came back'
    """
    if not rows:
        return "No improvement was ever opened"
    live = [r for r in rows if not r["closed"]]
    late, back = sum(bool(r["late"]) for r in live), sum(bool(r["back"]) for r in rows)
    said = f"{words.count(len(live), 'improvement').capitalize()} {'is' if len(live) == 1 else 'are'} open"
    said += f", {words.how_many(late)} of them late" if late else ""
    return said + (f"; {words.count(back, 'cause')} came back" if back else "")


def effect_said(found: Effect | None) -> str:
    """An effect with its interval, or why there is none.

    >>> effect_said(Effect("I-1", "wmape", "better", -0.0412, (-0.07, -0.012), 12, 8))
    'better: \u22120.041 (\u22120.070 to \u22120.012), 12 months before against 8 after'
    """
    if found is None:
        return "measured six months after it is closed"
    if found.effect is None or found.interval is None:
        return f"{found.verdict}: {found.why}"
    low, high = (words.number(v, 3, signed=True) for v in found.interval)
    return (
        f"{found.verdict}: {words.number(found.effect, 3, signed=True)} ({low} to {high}), "
        f"{found.before} months before against {found.after} after"
    )


def proposals(state: State, report: Report, survey: SurveyResult | None, cycle: str) -> list[dict[str, Any]]:
    """What is worth an improvement and has none yet: {source, cause, kpi, family, why}.

    From the survey the statement least agreed with, from the deviations what became normal, from the critique the
    remarks of this cycle.
    """
    known = {i.root_cause.strip().casefold() for i in state.improvements.values() if i.closed_at is None}
    found: list[dict[str, Any]] = []
    items = sorted(survey.items, key=lambda i: i.median) if survey else []
    for item in items[:1]:
        found.append(
            {"source": "Survey", "cause": item.text, "kpi": None, "family": None,
             "why": f"median {words.number(item.median, 0)} of 5"}
        )  # fmt: skip
    row = next((r for r in report.rows if r["index"] == "S5"), None)
    if row is not None and row["status"] in ("watch", "red") and row["subject"].get("family"):
        family = row["subject"]["family"]
        found.append(
            {"source": "Deviation", "cause": f"Misses of {family} go unanswered", "kpi": "Forecast error",
             "family": family, "why": row["sentence"].partition(". ")[0]}
        )  # fmt: skip
    for remark in remarks(state, cycle)[-3:]:
        found.append(
            {"source": "Critique", "cause": remark.text, "kpi": None, "family": None,
             "why": f"said after the cycle of {words.month(cycle)}"}
        )  # fmt: skip
    return [f for f in found if str(f["cause"]).strip().casefold() not in known]


def open_improvement(
    service: Service,
    who: Identity,
    fields: Mapping[str, Any],
    cycle: str,
    today: date,
    idem: str | None = None,
) -> Receipt:
    """Open an improvement. Args: fields: source, cause, kpi, family (None: no slice), owner, exec_owner, due.

    Raises: NotAllowed; Refused with a finding per field: a cause, an owner, a KPI, an executive owner who is one,
    and a day ahead are needed, and the same cause is not open twice.
    """
    service.require(who, "improvement")
    state = service.ledger.state()
    found = list(_problems(state, fields, today))
    if found:
        raise Refused(f"Nothing was opened. {found[0].message}; {found[0].fix}.", found)
    given = {
        "source": SOURCES.get(str(fields.get("source")), fields.get("source")),
        "root_cause": str(fields["cause"]).strip(), "kpi": KPI_SAID.get(str(fields["kpi"]), fields["kpi"]),
        "scope": {"family": fields["family"]} if fields.get("family") else {},
        "owner": fields["owner"], "exec_owner": fields["exec_owner"], "due": fields["due"],
    }  # fmt: skip
    return service.create(who, "improvement", given, cycle=cycle, idem=idem)


def executives(state: State) -> dict[str, str]:
    """{person: name and function} of those who may own an improvement for the leadership."""
    return {
        p.id: f"{p.name}, {p.function}"
        for p in state.people.values()
        if p.active and p.permission in EXECUTIVE
    }


def _problems(state: State, fields: Mapping[str, Any], today: date) -> list[Finding]:
    told: list[tuple[str, Any, str, str]] = []
    cause = str(fields.get("cause") or "").strip()
    if not cause:
        told.append(
            ("root cause", None, "the cause is missing", "write what makes it happen, not what happened")
        )
    twice = next(
        (i for i in state.improvements.values()
         if i.closed_at is None and i.root_cause.strip().casefold() == cause.casefold()), None,
    )  # fmt: skip
    if cause and twice is not None:
        told.append(
            (
                "root cause",
                cause,
                f"{twice.id} is open for the same cause",
                f"drive {twice.id}, or name another cause",
            )
        )
    if not fields.get("kpi"):
        told.append(
            ("target KPI", None, "no KPI is named", f"choose one that can be measured: {', '.join(KPI_SAID)}")
        )
    elif KPI_SAID.get(str(fields["kpi"]), str(fields["kpi"])) not in KPIS:
        told.append(
            (
                "target KPI",
                fields["kpi"],
                "it is not computed from plan and actual",
                f"choose one of {', '.join(KPI_SAID)}",
            )
        )
    if fields.get("owner") not in state.people:
        told.append(("owner", fields.get("owner"), "nobody owns it", "choose who does the work"))
    if fields.get("exec_owner") not in executives(state):
        told.append(
            (
                "executive owner",
                fields.get("exec_owner"),
                "no executive owns it",
                "choose an executive or the chair",
            )
        )
    due = fields.get("due")
    if not isinstance(due, date) or due <= today:
        told.append(("due", due, "it is not a day ahead", "choose a day after today"))
    return [
        Finding("error", "improvement", "form", message, fix, column=field, value=None if value is None else str(value))
        for field, value, message, fix in told
    ]  # fmt: skip


def _last(cycle: str) -> list[str]:
    return [add_months(cycle, n - SHOWN + 1) for n in range(SHOWN)]


def _where(one: ImprovementView) -> str:
    values = [v if isinstance(v, str) else words.listed(list(v)) for v in one.scope.values()]
    return ", ".join(values) or "the whole company"


def _late(one: ImprovementView, today: date) -> bool:
    return one.due < (one.closed_at.date() if one.closed_at else today)


def _state(one: ImprovementView, today: date) -> str:
    if one.closed_at is not None:
        return f"closed {one.closed_at:%-d %b}" + (", late" if _late(one, today) else "")
    days = (one.due - today).days
    return f"{words.count(-days, 'day')} late" if days < 0 else f"due {one.due:%-d %b}"


def close_improvement(service: Service, who: Identity, ident: str, cycle: str) -> Receipt:
    """An improvement is done: its owner or the SIOP lead says so. Raises Refused where it is closed or unknown."""
    one = service.ledger.state().improvements.get(ident)
    if one is None or one.closed_at is not None:
        message = f"{ident} is closed" if one is not None else f"there is no improvement {ident}"
        finding = Finding(
            "error", "improvement", "form", message, "choose an open one", column="id", value=ident
        )
        raise Refused(f"{message[:1].upper()}{message[1:]}: choose an open one.", [finding])
    return service.create(who, "improvement_closed", {"id": ident, "at": datetime.now(UTC)}, cycle=cycle)
