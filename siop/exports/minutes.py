"""The minutes of a cycle: who was there, what was signed and over whose objection, what was decided, and the proof."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from siop import decisions, meeting, metrics
from siop.core import MEASURES, NotFound, Refused, Scope, month_of, words
from siop.decisions import PlanStatus
from siop.decisions.room import OUTCOME_WORDS, STANCE_WORDS, VERDICT_WORDS, chosen
from siop.exports.document import Block, Document, Facts, Heading, Table, Text, Value
from siop.ledger import Entry, Ledger, Receipt, State
from siop.warehouse import Snapshot

PROVEN = ("meeting", "attendance", "decision", "decided", "position", "sign_off", "publish", "commitment", "action",
          "action_done", "request_answer")  # fmt: skip
"""Entry types whose receipts stand in the minutes."""
STATUS_WORDS = {"principal": "Present", "delegate": "Delegate", "absent": "Absent", "unknown": "Not recorded"}
HISTORY = "from history"


def minutes(snapshot: Snapshot, ledger: Ledger, cycle: str, *, company: str = "") -> Document:
    """What was said and signed in a cycle, as the ledger has it now; nothing of it is written here.

    Args: cycle: month of the executive meeting, YYYY-MM.
    Raises: NotFound for a cycle in which nothing was said; Refused where the ledger is empty.
    """
    state = ledger.state()
    if not state.entries:
        raise Refused("the ledger is empty: there is nothing to write minutes of")
    said = [(e.cycle or month_of(e.at.date()), e) for e in ledger.entries(PROVEN)]
    known = sorted({*meeting.cycles(state), *(c for c, _ in said)}, reverse=True)
    if cycle not in known:
        raise NotFound(f"nothing was said in the cycle {cycle}; known are {_some(known)}")
    entries = [e for c, e in said if c == cycle]
    company = company or snapshot.meta.get("company") or "The company"
    met = meeting.meeting_of(state, cycle)
    version = metrics.latest_consensus(snapshot, cycle)
    hashes = dict(snapshot.rows("SELECT version, plan_hash FROM versions"))
    status = decisions.plan_status(state, version, hashes.get(version)) if version else None
    log = decisions.decisions(snapshot, state, Scope(cycle=cycle), today=_day(entries, met))
    rows = [r for r in log.rows if _touched(state, r, cycle)]
    last = ledger.receipt_of(state.entries)
    receipts = [(e, ledger.receipt_of(e.seq)) for e in entries]
    blocks: list[Block] = [
        *_head(state, snapshot, cycle, met, status),
        *_attendance(state, met),
        *_plan(state, status),
        *_dissent(state, status, rows, cycle),
        *_decided(state, rows, cycle, snapshot.currency),
        *_actions(state, rows, cycle),
        *_commitments(state, version),
        *_requests(state, cycle),
        *_proof(ledger, state, receipts, last),
    ]
    footer = f"{company} · minutes of the cycle {words.month(cycle)} · snapshot {snapshot.id} · ledger to entry {last.seq:,}, {decisions.room.short(last.hash)}"
    data: dict[str, object] = {
        "cycle": cycle, "snapshot": snapshot.id, "plan": version, "plan_hash": status.plan_hash if status else None,
        "checkpoint": last.checkpoint.as_dict(), "public_key": ledger.public,
        "receipts": [{k: v for k, v in receipt.as_dict().items() if k != "checkpoint"} for _, receipt in receipts],
    }  # fmt: skip
    return Document(
        f"Minutes: executive SIOP meeting, {words.month(cycle, long=True)}", f"{company}, plan {version or 'not loaded'}", tuple(blocks), footer,
        datetime.fromisoformat(last.at.replace("Z", "+00:00")).astimezone(UTC), company, data,
    )  # fmt: skip


def _some(known: Sequence[str]) -> str:
    return f"{known[-1]} to {known[0]}" if known else "none"


def _day(entries: Sequence[Entry], met: Any) -> Any:
    """The day the minutes look from: the meeting's, so that the same ledger gives the same words on any day."""
    if met is not None:
        return (met.ended or met.started or met.planned).date()
    return max((e.at for e in entries), default=datetime(1970, 1, 1, tzinfo=UTC)).date()


def _touched(state: State, row: dict[str, Any], cycle: str) -> bool:
    """Whether a decision was raised, answered or argued about in the cycle."""
    decision = state.decisions[row["id"]]
    return cycle in {decision.in_cycle, *(o.in_cycle for o in decision.outcomes), *(p.in_cycle for p in decision.positions)}  # fmt: skip


def _head(state: State, snapshot: Snapshot, cycle: str, met: Any, status: PlanStatus | None) -> list[Block]:
    pairs = []
    if met is not None:
        pairs.append(("Meeting planned", f"{met.planned:%A %d %B %Y, %H:%M} UTC"))
        if met.started:
            ended = f" to {met.ended:%H:%M} UTC" if met.ended else ""
            pairs.append(("Held", f"{met.started:%d %B %Y, %H:%M}{ended}"))
        if met.minutes_past is not None and met.minutes_future is not None:
            pairs.append(("Minutes spent on the past and on the future", f"{met.minutes_past:.0f} and {met.minutes_future:.0f}"))  # fmt: skip
    else:
        pairs.append(("Meeting", "none is in the ledger for this cycle"))
    pairs.append(("Numbers", f"snapshot {snapshot.id}, closed to {words.month(snapshot.as_of, long=True) if snapshot.as_of else 'nothing'}"))  # fmt: skip
    if status is not None:
        pairs.append(("Plan", status.version))
        pairs.append(("Content hash of the plan", status.plan_hash or "its rows are not loaded"))
    return [Facts(tuple(pairs))]


def _attendance(state: State, met: Any) -> list[Block]:
    found = meeting.presence(state, met)
    rows = [(seat.function, seat.name, STATUS_WORDS.get(seat.status, seat.status)) for seat in found.seats]
    if not rows:
        return []
    return [Heading("Attendance"), Text(found.sentence() + "."), Table("Who was there", ("Function", "Person", "Status"), tuple(rows), (2, 2, 1))]  # fmt: skip


def _plan(state: State, status: PlanStatus | None) -> list[Block]:
    if status is None:
        return [Heading("The plan"), Text("No plan of this cycle is loaded.")]
    blocks: list[Block] = [Heading("The plan")]
    have, total = sum(f.signed for f in status.functions), len(status.functions)
    blocks.append(Text(f"{words.how_many(have).capitalize() if have else 'None'} of {words.count(total, 'required function')} {'has' if have < 2 else 'have'} signed the plan {status.version}."))  # fmt: skip
    if status.published is not None:
        over = words.listed([state.name(p) for p in status.published.over_objections])
        blocks.append(Text(f"Published on {status.published.at:%d %b %Y} by {state.name(status.published.by)}" + (f", over the objection of {over}." if over else ".") + _mark(status.published)))  # fmt: skip
    else:
        blocks.append(Text("It is not published."))
    if status.changed:
        blocks.append(Text("Its rows changed since it was signed: the hash above is not the one that was signed.", strong=True))  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for one in status.functions:
        s = one.signature
        if s is None:
            rows.append((one.function, "–", "Not signed", None, None, None, None))
            continue
        by = state.name(s.person) + (f", signed by {state.name(s.by)}" if s.capacity != "self" else "")
        stance = STANCE_WORDS[s.stance] + ("" if one.current else ", under other rows") + _mark(s)
        rows.append((one.function, by, stance, s.reason, s.at, s.seq, decisions.room.short(s.plan_hash)))
    heads = ("Function", "Person", "Stance", "Reason", "When", "Entry", "Plan hash signed")
    return [*blocks, Table("Signatures", heads, tuple(rows), (1.5, 1.6, 1.4, 3, 1.4, 0.7, 1.1))]


def _dissent(state: State, status: PlanStatus | None, rows: Sequence[dict[str, Any]], cycle: str) -> list[Block]:  # fmt: skip
    """Every objection, reservation and standing aside, in full and in the person's own words."""
    found = []
    for s in (*status.objections, *status.reservations) if status is not None else ():
        found.append((s.stance, f"plan {s.version}", s.person, s.function, s.reason, s.imported))
    for row in rows:
        for p in state.decisions[row["id"]].standing:
            if p.stance != "consent":
                found.append((p.stance, row["id"], p.person, p.function, p.reason, p.imported))
    found.sort(key=lambda f: ("object", "reservation", "stand_aside").index(f[0]))
    blocks: list[Block] = [Heading("Objections and dissent")]
    if not found:
        return [*blocks, Text("Nobody objected, stood aside or made a reservation.")]
    for stance, subject, person, function, reason, imported in found:
        said = f"{state.name(person)}, {function}: {STANCE_WORDS[stance].lower()}, {subject}. “{reason or 'no reason given'}”"
        blocks.append(Text(said + (f" ({HISTORY})" if imported else ""), strong=stance == "object"))
    return blocks


def _decided(state: State, rows: Sequence[dict[str, Any]], cycle: str, currency: str) -> list[Block]:
    blocks: list[Block] = [Heading("Decisions")]
    if not rows:
        return [*blocks, Text("No decision was raised or answered.")]
    for row in rows:
        mark = f" ({HISTORY})" if row["imported"] else ""
        blocks.append(Text(f"{row['id']}: {row['question']}{mark}", strong=True))
        blocks.append(Facts(tuple(_facts(state, row, currency))))
        options = tuple(
            (("✓ " if o["label"] == row["option"] else "") + o["label"], o["description"], o["cost"], _effect(o["effect"]),
             bool(o["recommended"])) for o in row["options"]
        )  # fmt: skip
        if options:
            blocks.append(Table(f"Options of {row['id']}", ("Option", "What it means", f"Cost, {currency}", "Effect", "Recommended"), options, (1.6, 3, 1, 1.6, 0.9)))  # fmt: skip
        stands = tuple(
            (p["function"], state.name(p["person"]), STANCE_WORDS[p["stance"]], p["reason"]) for p in row["positions"]
        )  # fmt: skip
        if stands:
            blocks.append(Table(f"Positions on {row['id']}", ("Function", "Person", "Stance", "Reason"), stands, (1.4, 1.4, 1, 3)))  # fmt: skip
    return blocks


def _facts(state: State, row: dict[str, Any], currency: str) -> list[tuple[str, str]]:
    pairs = [("Answer", OUTCOME_WORDS[row["outcome"]] if row["outcome"] else chosen(row, currency))]
    if row["option"]:
        pairs.append(("Option chosen", row["option"]))
    if row["rationale"]:
        pairs.append(("Rationale", row["rationale"]))
    if row["conditions"]:
        pairs.append(("Condition", row["conditions"]))
    if row["owner"]:
        pairs.append(("Owner", state.name(row["owner"])))
    for label, key in (("Due", "due"), ("Review on", "review_on"), ("Needed by", "needed_by")):
        if row[key]:
            pairs.append((label, f"{row[key]:%d %b %Y}"))
    if row["decided_by"]:
        pairs.append(("Decided by", f"{state.name(row['decided_by'])}, {row['decided_at']:%d %b %Y %H:%M} UTC"))  # fmt: skip
    told = row["prediction"]
    if told:
        unit = "money" if told["metric"] in MEASURES and told["metric"] != "quantity" else "units"
        span = f"{words.month(told['from'])} to {words.month(told['to'])}" if told["from"] and told["to"] else ""  # fmt: skip
        low, mid, high = (words.amount(told[k], unit, currency, signed=True) for k in ("p10", "p50", "p90"))
        pairs.append(("Predicted effect", f"{words.measure_label(told['metric'])} {mid} (one in ten below {low}, one in ten above {high}), {span}, against plan {told['baseline_version']}"))  # fmt: skip
        if told["stop"]:
            pairs.append(("Stop if", told["stop"]))
    if row["verdict"] in VERDICT_WORDS:
        pairs.append(("What came of it", VERDICT_WORDS[row["verdict"]]))
    if row["superseded_by"]:
        pairs.append(("Replaced by", row["superseded_by"]))
    return pairs


def _effect(effect: Any) -> str | None:
    if not isinstance(effect, dict):
        return None if effect is None else str(effect)
    return ", ".join(f"{words.measure_label(str(k))} {words.number(v, 0, signed=True) if isinstance(v, int | float) else v}" for k, v in effect.items())  # fmt: skip


def _actions(state: State, rows: Sequence[dict[str, Any]], cycle: str) -> list[Block]:
    """Actions of the cycle's decisions, raised in the cycle, or still open from before."""
    mine = {r["id"] for r in rows}
    found = [
        a for a in state.actions.values()
        if a.decision in mine or a.in_cycle == cycle or (a.in_cycle < cycle and (a.done_at is None or month_of(a.done_at.date()) >= cycle))
    ]  # fmt: skip
    if not found:
        return [Heading("Actions"), Text("No action is open.")]
    body = tuple(
        (a.id + (f" ({HISTORY})" if a.imported else ""), a.text, state.name(a.owner), a.due, "done" if a.done_at else "open", a.decision)
        for a in sorted(found, key=lambda a: (a.due, a.id))
    )  # fmt: skip
    return [Heading("Actions"), Table("Actions", ("Action", "What", "Owner", "Due", "State", "Decision"), body, (1, 4, 1.5, 1.1, 0.7, 0.9))]  # fmt: skip


def _commitments(state: State, version: str | None) -> list[Block]:
    found = [c for c in state.commitments.values() if c.version == version]
    if not found:
        return []
    body = tuple(
        (c.id + (f" ({HISTORY})" if c.imported else ""), c.function, words.measure_label(c.measure), _scope(c.scope), c.target, c.tolerance_pct,
         words.month(c.first) if c.first == c.last else f"{words.month(c.first)} to {words.month(c.last)}")
        for c in found
    )  # fmt: skip
    heads = ("Commitment", "Function", "Measure", "Where", "Target", "Tolerance, %", "Months")
    return [Heading("Commitments"), Table("Commitments", heads, body, (1.2, 1.4, 1, 1.8, 1, 0.9, 1.6))]


def _requests(state: State, cycle: str) -> list[Block]:
    """Customers' requests answered in the cycle; a yes that nobody had seen the impact of is said."""
    body = []
    for r in state.requests.values():
        if r.answer is None or r.answer.in_cycle != cycle:
            continue
        seen = r.answer.impact_run or "without an impact run"
        body.append((r.id + _mark(r), r.customer, "Yes" if r.answer.accepted else "No", state.name(r.answer.by), seen, r.answer.override_reason))  # fmt: skip
    if not body:
        return []
    return [Heading("Customer requests answered"), Table("Customer requests", ("Request", "Customer", "Answer", "By", "Impact run", "Reason"), tuple(body), (1.2, 1, 0.8, 1.5, 1.5, 3))]  # fmt: skip


def _proof(
    ledger: Ledger, state: State, receipts: Sequence[tuple[Entry, Receipt]], last: Receipt
) -> list[Block]:
    body = []
    for e, receipt in receipts:
        who = state.name(e.by)
        body.append((e.seq, e.type.replace("_", " ") + (f" ({HISTORY})" if e.imported else ""), who, e.at, receipt.hash, receipt.signature))  # fmt: skip
    point = last.checkpoint
    facts = (
        ("Ledger", point.ledger), ("Entries", f"{point.size:,}"), ("Hash of the last entry", point.head), ("As of", point.at),
        ("Signature", point.signature or "the ledger has no key here"), ("Public key", ledger.public or "none"),
    )  # fmt: skip
    return [
        Heading("Proof"),
        Text(
            "Each entry below is chained to the one before by its hash; the signed checkpoint commits to all of them. Compare with: python -m siop ledger verify."
        ),
        Facts(facts),
        Table(
            "Receipts",
            ("Entry", "What", "By", "When", "Hash", "Signature"),
            tuple(body),
            (0.6, 1.4, 1.3, 1.2, 2.4, 3.4),
            (4, 5),
            appendix=True,
        ),
    ]


def _mark(item: Any) -> str:
    return f" ({HISTORY})" if item.imported else ""


def _scope(scope: Any) -> str:
    if not scope:
        return "whole company"
    return ", ".join(v if isinstance(v, str) else words.listed(list(v)) for v in scope.values())
