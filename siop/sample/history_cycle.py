"""The monthly cycle as it was run: stages, gates, meetings, attendance, signatures, publication."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from siop.sample.book import Book
from siop.sample.draw import CURRENT, CYCLE_MONTHS, STAGES, after, generator, meeting_day, moment, stage_end
from siop.sample.names import LEADERS
from siop.sample.people import CHAIR, DEPUTY, HEADS, LEAD, SIGNERS, everyone, head
from siop.sample.plans import cycle_name
from siop.sample.tables import Facts

GATES = (
    ("data_closed", "close"), ("launches_dated", "product"), ("inputs_stored", "demand"), ("plan_balances", "supply"),
    ("load_within_capacity", "supply"), ("coherence", "reconciliation"), ("decisions_ready", "reconciliation"),
    ("preread_frozen", "preread"), ("quorum", "executive"), ("positions_recorded", "executive"),
    ("hash_verified", "publish"),
)  # fmt: skip
_OWNER = {
    "close": "Finance", "product": "Marketing", "demand": "Sales", "supply": "Operations", "reconciliation": "Planning",
    "preread": "Planning", "executive": "General management", "publish": "Planning", "critique": "General management",
}  # fmt: skip
_CHECKED = {
    "quorum": (15, 0),
    "positions_recorded": (19, 0),
    "preread_frozen": (18, 0),
    "hash_verified": (17, 30),
}
"""Hour and minute by which a gate is checked, where its content comes after its stage's own hour."""
_NOTES = {
    "data_closed": "Stock count of one warehouse came in after the cut-off",
    "launches_dated": "One launch without a date",
    "inputs_stored": "One function handed in a day after the review",
    "plan_balances": "Projected stock of one family did not tie out",
    "load_within_capacity": "One resource above its hours in a month of the plan, no decision yet",
    "coherence": "Finance revenue and volume times price 2.6 % apart",
    "decisions_ready": "One paper with a single option",
    "preread_frozen": "Pre-read sent on the evening before",
    "quorum": "A required function absent without a delegate",
    "positions_recorded": "A position missing or handed in after publication",
    "hash_verified": "Published file replaced once",
}
_RESERVATIONS = (
    "I sign, but the second half rests on orders we do not have yet.",
    "Volume is right, the price level is not secured for all accounts.",
    "I carry the plan if the overtime in it is really released.",
    "The stock target leaves us no room if a supplier slips.",
    "Signed with the wish to see the launch curve again next month.",
    "We take it, though the service level for spare parts worries me.",
)
_OBJECTIONS = (
    "The number is above what the order book carries; I would not have signed it as an owner.",
    "We plan a recovery nobody has shown me a reason for.",
    "Inventory grows for the third cycle and we still plan it away in the outer months.",
    "My team cannot staff this plan in the holiday months.",
)
_ASIDE = (
    "I was not part of the reconciliation and leave it to the others.",
    "No view on volume this month; I follow.",
)


def write_people(book: Book) -> None:
    """Everybody who takes part, entered before the first cycle."""
    start = moment(after(meeting_day(CYCLE_MONTHS[0]), -14), 8)
    for n, p in enumerate(everyone()):
        book.add(
            "person", start + timedelta(seconds=n), LEAD, None,
            id=p.id, name=p.name, function=p.function, role=p.role, principal=p.principal,
            required_signer=p.required_signer,
        )  # fmt: skip


def write_cycles(book: Book, facts: Facts) -> None:
    """Every cycle from its first working day; the current one as far as it has come."""
    rng = generator(facts.company.seed, "cycle")
    for month in CYCLE_MONTHS:
        _stages(book, rng, month)
        attended = _meeting(book, rng, month)
        failing = {"quorum"} if any(attended[f] == "absent" for f in SIGNERS) else set()
        if month != CURRENT:
            objecting, complete = _sign_offs(book, rng, month, attended)
            failing |= set() if complete else {"positions_recorded"}
            published = stage_end(month, "publish") - timedelta(minutes=int(rng.integers(5, 180)))
            book.add("publish", published, CHAIR, month, version=cycle_name(month), over_objections=objecting)
        _gates(book, rng, month, failing)


def _stages(book: Book, rng: np.random.Generator, month: str) -> None:
    for n, (stage, _, _) in enumerate(STAGES):
        planned = stage_end(month, stage)
        owner = head(_OWNER[stage])
        open_at = moment(after(stage_end(month, "close").date(), -2), 7) + timedelta(seconds=n)
        book.add("stage", open_at, LEAD, month, stage=stage, planned_end=planned, owner=owner)
        late = (
            0
            if stage in ("preread", "executive", "publish") or rng.random() > 0.06
            else int(rng.integers(1, 3))
        )
        ended = moment(after(planned.date(), late), planned.hour) - timedelta(
            minutes=int(rng.integers(0, 150))
        )
        if stage == "executive":
            ended = planned + timedelta(minutes=int(rng.integers(-8, 12)))
        book.add(
            "stage", ended, owner, month, stage=stage, planned_end=planned, actual_end=ended, owner=owner
        )


def _gates(book: Book, rng: np.random.Generator, month: str, failing: set[str]) -> None:
    """What each gate's check found: `failing` as it was in the room, the others mostly passed."""
    for gate, stage in GATES:
        planned = stage_end(month, stage)
        passed, late = rng.random() > 0.035, 1 if rng.random() < 0.03 else 0
        if gate == "load_within_capacity":  # the overhaul stands in the last two plans
            passed = month not in CYCLE_MONTHS[-2:]
        if gate == "decisions_ready" and month == CURRENT:
            passed = False
        if gate in ("quorum", "positions_recorded"):
            passed = gate not in failing
        if gate in ("quorum", "positions_recorded", "preread_frozen", "hash_verified"):
            late = 0
        checked = moment(after(planned.date(), late), *_CHECKED.get(gate, (planned.hour, 0)))
        checked -= timedelta(minutes=int(rng.integers(3, 60)))
        owner = head(_OWNER[stage])
        stamped = passed or rng.random() < 0.3
        book.add(
            "gate", checked, LEAD, month, gate=gate, passed=bool(passed), checked_at=checked,
            stamped_by=owner if stamped else None, stamped_at=checked if stamped else None,
            note=None if passed else _NOTES[gate],
        )  # fmt: skip


def _meeting(book: Book, rng: np.random.Generator, month: str) -> dict[str, str]:
    """The executive meeting; returns {function: principal, delegate or absent}."""
    day = meeting_day(month)
    planned = moment(day, 14)
    preread = stage_end(month, "preread") + timedelta(minutes=int(rng.integers(4, 40)))
    name = f"exec-{month}"
    told = {"id": name, "kind": "executive", "planned": planned}
    book.add("meeting", moment(after(stage_end(month, "close").date(), -2), 7, 30), LEAD, month, **told)
    started = planned + timedelta(minutes=int(rng.integers(0, 9)))
    ended = started + timedelta(minutes=int(rng.integers(82, 101)))
    past = int(rng.integers(24, 38))
    future = int((ended - started).total_seconds() // 60) - past
    book.add("meeting", preread, LEAD, month, **told, preread_at=preread)
    book.add(
        "meeting", ended, LEAD, month, **told, started=started, ended=ended, preread_at=preread,
        minutes_past=past, minutes_future=future,
    )  # fmt: skip
    attended = {}
    for n, person in enumerate(LEADERS):
        draw = rng.random()
        status = "principal" if draw < 0.90 else "delegate" if draw < 0.98 else "absent"
        if person.id == LEAD or (person.id == CHAIR and status == "absent"):
            status = "principal"
        attended[person.function] = status
        if month == CURRENT:
            continue
        if status == "delegate":
            book.add(
                "delegation", moment(after(day, -3), 9, n), person.id, month, from_=person.id,
                to=DEPUTY[person.function].id, valid_from=after(day, -2), valid_to=after(day, 2),
            )  # fmt: skip
        book.add(
            "attendance", started + timedelta(minutes=6, seconds=n), LEAD, month, meeting=name, person=person.id,
            status=status,
        )  # fmt: skip
    return attended


def _sign_offs(
    book: Book, rng: np.random.Generator, month: str, attended: dict[str, str]
) -> tuple[list[str], bool]:
    """Signatures of the required functions; returns those who object, and whether all signed in time."""
    objecting, complete = [], True
    ended = moment(meeting_day(month), 15, 45)
    published = stage_end(month, "publish")
    for function in SIGNERS:
        signer = DEPUTY[function] if attended[function] == "delegate" else HEADS[function]
        draw, words = rng.random(), rng.random()
        stance = "consent"
        said: tuple[str, ...] = ()
        if draw < 0.025 and function != "General management":
            stance, said = "object", _OBJECTIONS
        elif draw < 0.11:
            stance, said = "reservation", _RESERVATIONS
        elif draw < 0.12:
            stance, said = "stand_aside", _ASIDE
        reason = said[int(words * len(said))] if said else None
        at = ended + timedelta(minutes=int(rng.integers(2, 110)))
        if rng.random() < 0.02:
            at = moment(after(published.date(), 1), 9) + timedelta(minutes=int(rng.integers(0, 200)))  # late
            complete = False
        if attended[function] == "absent" and rng.random() < 0.3:
            complete = False
            continue
        if stance == "object":
            objecting.append(signer.id)
        book.add(
            "sign_off", at, signer.id, month, version=cycle_name(month), person=signer.id, function=function,
            stance=stance, reason=reason,
        )  # fmt: skip
    return objecting, complete
