"""Where do we stand? Eight tiles, the six questions, and what needs a decision today, on one screen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from siop import decisions, deviations, health, metrics, risks
from siop.core import NotFound, Report, Scope, SiopError, words
from siop.ledger import State
from siop.meeting.agenda import open_decisions
from siop.meeting.tiles import OUT, TILES, tile_row
from siop.metrics.changes import change_sentence, plan_change
from siop.metrics.compare import unknown_values
from siop.metrics.footing import by_name
from siop.warehouse import Snapshot


def year_to_date(snapshot: Snapshot, scope: Scope) -> Scope:
    """The scope from the first month of the last closed month's fiscal year, where it names no first month."""
    if scope.first is not None or snapshot.as_of is None:
        return scope
    calendar = snapshot.calendar
    last = scope.last or snapshot.as_of
    years = dict(zip(calendar["month"], calendar["year"], strict=True))
    months = [m for m, year in years.items() if year == years.get(last)]
    return replace(scope, first=min(months, default=last), last=last)


def tiles(snapshot: Snapshot, scope: Scope, *, version: str | None = None) -> Report:
    """One row per KPI of the year to date (or of the scope's months): what the scorecard says of the data alone.

    Returns: rows {metric, value, plan, deviation, deviation_ratio, status, sentence, against, ...}. A KPI whose tables
        are missing says what it needs and has no value.
    """
    asked, against = year_to_date(snapshot, scope), version or "budget"
    rows: list[dict[str, Any]] = snapshot.answers.ask(
        ("tiles", asked, against), lambda: [tile_row(tile, snapshot, asked, against) for tile in TILES]
    )
    notes = unknown_values(snapshot, by_name(snapshot, scope))
    notes += [f"{row['label']} {row['note']}." for row in rows if row["note"] and row["value"] is None]
    sides = {snapshot.dimension(name).side for name, _ in (*scope.where, *scope.only)}
    if sides & {"product", "customer"} and any(
        r["metric"] == "utilisation" and r["value"] is not None for r in rows
    ):
        notes.append("Load is of all products, whatever the scope: a resource has no other hours.")
    totals = {"from": asked.first, "to": asked.last, "against": against}
    return Report("scorecard", snapshot.id, snapshot.as_of, scope.as_dict(), rows, totals, None, notes)


def scorecard(snapshot: Snapshot, state: State, scope: Scope, *, version: str | None = None) -> Report:
    """The tiles and, in totals.questions, the six questions beside them: {question, answer, page}."""
    card = tiles(snapshot, scope, version=version)
    questions = six_questions(snapshot, state, year_to_date(snapshot, scope), card.rows)
    return replace(card, totals={"questions": questions, **card.totals})


_OF_ALL = "This is about the whole company, of which you see a part."


def six_questions(
    snapshot: Snapshot, state: State, scope: Scope, rows: list[dict[str, Any]]
) -> list[dict[str, str]]:
    """What happened; what changed; what are the risks; do we reach our objectives; is the plan viable; is the
    process in control (DBM's six questions). Each answer is the sentence of the room that owns it."""
    asked = (
        ("What happened, and did we do what we said?", "plan-vs-actual", lambda: next((r["sentence"] for r in rows if r["value"] is not None), rows[0]["sentence"])),
        ("What changed in the plan?", "plan-vs-actual",
         lambda: change_sentence(plan_change(snapshot, replace(scope, first=None, last=None)), snapshot.currency)),
        ("What are the risks?", "risk-and-reward", lambda: risks.headline(snapshot, state, scope)),
        ("Do we reach our objectives?", "risk-and-reward",
         lambda: metrics.outlook_sentence(
             metrics.outlook(snapshot, scope, signed=decisions.signed_version(state, scope.cycle)), snapshot.currency)),
        ("Is the plan viable?", "supply-balance", lambda: metrics.viability_sentence(snapshot, scope)),
        ("Is the process in control?", "process-health",
         lambda: _OF_ALL if scope.only else health.headline(snapshot, state, scope)),
    )  # fmt: skip
    found = []
    for question, page, answer in asked:
        try:
            said = answer()
        except SiopError as error:
            said = f"Not enough data: {error}"
        found.append({"question": question, "answer": said, "page": page})
    return found


def streams(snapshot: Snapshot, state: State, scope: Scope) -> Report:
    """The deviations report; without rows, and with the reason as its note, where the files name no family."""
    try:
        return deviations.deviations(snapshot, state, scope)
    except NotFound as error:
        said = f"{str(error)[:1].upper()}{str(error)[1:]}."
        return Report("deviations", snapshot.id, snapshot.as_of, scope.as_dict(), [], {}, None, [said])


def owner_sentence(streams: Report) -> str:
    """What needs an owner; without families why that is not known."""
    return deviations.headline(streams) if streams.totals else "".join(streams.notes).rstrip(".")


def nothing_waits(streams: Report) -> str:
    """What to say where nothing needs a decision: no more than the streams do."""
    judged = [row for row in streams.rows if row["in_tolerance"] is not None]
    if not judged:
        why = "No family has a plan to deviate from." if streams.totals else "".join(streams.notes)
        return f"No decision is open. {why}"
    every = "Every family" if len(judged) == len(streams.rows) else "Every family with a plan"
    return f"{every} is within its tolerance and no decision is open."


def needs_decision(
    snapshot: Snapshot, state: State, scope: Scope, streams: Report, top: int = 5
) -> list[dict[str, Any]]:
    """What to decide or drill into today: deviations out of tolerance and open decisions, ranked by money, then those
    whose money is not known.

    Args: streams: the deviations report of the same scope.
    Returns: rows {money, title, detail, owner, decision (id or None), family (or None), view (the path a decision was
        raised from, where it is one of ours)}.
    """
    found = []
    for row in streams.rows:
        if row["in_tolerance"] is not False:
            continue
        case = deviations.open_case(state, row["family"], row["measure"])
        owner = case.answer.owner if case is not None and case.answer is not None else None
        found.append(
            {
                "money": row["impact"], "title": row["family"], "detail": row["sentence"],
                "owner": state.name(owner) if owner else "No owner", "decision": None, "family": row["family"], "view": None,
            }
        )  # fmt: skip
    for decision in open_decisions(state):
        found.append(
            {
                "money": None if decision.value_at_stake_month is None else -decision.value_at_stake_month,
                "title": decision.question, "detail": words.count(len(decision.options), "option").capitalize(),
                "owner": state.name(decision.raised_by), "decision": decision.id, "family": None,
                "view": decision.view,
            }
        )  # fmt: skip
    return sorted(found, key=lambda row: -abs(row["money"] or 0.0))[:top]


def scorecard_sentence(report: Report, families: Report | None, outlook: Report | None, currency: str) -> str:
    """The headline: revenue against plan, the family that loses or wins most, and where the year closes.

    Args: families: plan-vs-actual by family of the same scope, None without families; outlook: of the year, or None.
    Without revenue the first figure that is known says where we stand.
    """
    revenue = next(row for row in report.rows if row["metric"] == "revenue")
    off = revenue["deviation"]
    if off is None:
        first = next((row for row in report.rows if row["value"] is not None), None)
        if first is None:
            return "No figure of this scope is known"
        alone = f"; {report.totals['against'].replace('-', ' ')} says nothing about this scope"
        return str(first["sentence"]).rstrip(".") + (alone if first["deviation"] is None else "")
    side = "under" if off < 0 else "over"
    size = f"{words.amount(abs(off), 'money', currency)} {side}" if off else "on"
    said = f"Revenue is {size} {revenue['against']}"
    known = [row for row in (families.rows if families else []) if row["deviation"] is not None]
    same = [row for row in known if row["deviation"] * off > 0]
    if same:
        worst = max(same, key=lambda row: abs(row["deviation"]))
        divisor, _ = words.scale_of([off], "money", currency)
        said += f": {words.number(abs(worst['deviation']) / divisor)} of it in {worst['family']}"
    landing = (outlook.totals.get("landing") if outlook else None) or {}
    if landing.get("p50") is not None and landing.get("budget") is not None:
        gap = landing["p50"] - landing["budget"]
        (divisor, unit), (_, before) = (words.scale_of([v], "money", currency) for v in (gap, off))
        side = "short of" if gap < 0 else "above"
        named = "" if unit == before else f"{words.NBSP}{unit}"  # another scale than the gap's is named
        size = f"{words.number(abs(gap) / divisor)}{named} {side}" if gap else "on"
        said += f"; the year closes {size} budget"
    return said


__all__ = [
    "OUT",
    "needs_decision",
    "nothing_waits",
    "owner_sentence",
    "scorecard",
    "scorecard_sentence",
    "six_questions",
    "streams",
    "tiles",
    "year_to_date",
]
