"""What waits on the morning of the current meeting: three papers, one of them not ready, and what was said so far."""

from __future__ import annotations

from urllib.parse import urlencode

from siop.sample.book import Book, euros
from siop.sample.draw import CLOSED, CURRENT, LAST_CLOSED, MONTHS, after, generator, meeting_day, moment
from siop.sample.history_decisions import Written, month_said
from siop.sample.names import FAMILIES, RESOURCES
from siop.sample.noise import tolerances
from siop.sample.people import HEADS, LEAD, head, members
from siop.sample.tables import Facts


def write_today(book: Book, facts: Facts, written: Written) -> None:
    """Open decisions of the current cycle, first positions on them, and two late actions."""
    for n, write in enumerate((_capacity, _tolerance, _priority), 1):
        write(book, facts, f"D-{written.decisions + n:03d}")
    _late_actions(book, written.actions)


def _capacity(book: Book, facts: Facts, name: str) -> None:
    stories = facts.stories
    resource, at = RESOURCES[stories.bottleneck], stories.bottleneck_month
    month, before = month_said(MONTHS[at]), month_said(MONTHS[at - 1])
    needed = float(facts.supply.hours[stories.bottleneck] @ facts.supply.plan[-1, :, at - CLOSED - 1]) / 10
    have = float(facts.supply.available[stories.bottleneck, at])
    over = needed - have
    raised = moment(after(meeting_day(CURRENT), -5), 9, 12)
    book.add(
        "decision", raised, head("Operations"), CURRENT,
        id=name, question=f"{resource.name} ({resource.code}) is short of hours in {month}: build ahead or subcontract?",
        context=f"The overhaul takes the line out for a week. The plan needs {needed:,.0f} hours, there are {have:,.0f}.",
        value_at_stake_month=euros(over * 140), needed_by=after(meeting_day(CURRENT), 10),
        options=[
            {"label": "Build ahead", "description": f"Start in {before} and carry the stock for a month",
             "cost": euros(over * 22), "effect": {"hours": round(over)}, "recommended": True},
            {"label": "Subcontract", "description": "Give the standard sizes to a contract shop for the month",
             "cost": euros(over * 61), "effect": {"hours": round(over)}},
        ],
        raised_by=head("Operations"), evidence={"url": "/supply-balance"},
    )  # fmt: skip
    told = moment(after(meeting_day(CURRENT), -2), 10, 5)
    book.add("position", told, head("Operations"), CURRENT, subject=name, person=head("Operations"),
             function="Operations", stance="consent", preferred_option="Build ahead")  # fmt: skip
    book.add("position", told, head("Finance"), CURRENT, subject=name, person=head("Finance"),
             function="Finance", stance="reservation", preferred_option="Build ahead",
             reason="Only if stock is back in its band a month later.")  # fmt: skip


def _tolerance(book: Book, facts: Facts, name: str) -> None:
    family = facts.stories.normalised
    pct = tolerances(facts.stories)[family]
    raised = moment(after(meeting_day(CURRENT), -4), 13, 40)
    book.add(
        "decision", raised, LEAD, CURRENT,
        id=name, question=f"Restore the ±{pct:g} % tolerance of {FAMILIES[family].name.lower()}?",
        context="The limit was widened twice; since then no case was opened, while the family stayed under its plan.",
        value_at_stake_month=euros(FAMILIES[family].share * 1.4e6), needed_by=after(meeting_day(CURRENT), 3),
        options=[
            {"label": "Restore", "description": f"Back to ±{pct:g} % from December, open cases get an owner today",
             "cost": 0.0, "effect": {"cases": 1}, "recommended": True},
            {"label": "Review in January", "description": "Keep the limit until the yearly review", "cost": 0.0,
             "effect": {"cases": 0}},
        ],
        raised_by=LEAD, evidence={"url": "/deviation-tracking?" + urlencode({"family": FAMILIES[family].name})},
    )  # fmt: skip
    book.add(
        "position", moment(after(meeting_day(CURRENT), -1), 9, 20), head("Sales"), CURRENT, subject=name,
        person=head("Sales"), function="Sales", stance="object", preferred_option="Review in January",
        reason="The market is what it is; a tighter limit sells nothing.",
    )  # fmt: skip


def _priority(book: Book, facts: Facts, name: str) -> None:
    customer = str(facts.company.customers["name"].iloc[facts.stories.favoured])
    rng = generator(facts.company.seed, "today")
    bought = facts.company.family[facts.company.pairs.customer == facts.stories.favoured]
    family = FAMILIES[int(rng.choice(bought))].name.lower()
    by = members("Sales")[0]
    book.add(
        "decision", moment(after(meeting_day(CURRENT), -3), 16, 2), by, CURRENT,
        id=name, question=f"Give {customer} priority on {family} in {month_said(MONTHS[MONTHS.index(CURRENT) + 2])}?",
        context="They want the volume of a quarter in one month.",
        value_at_stake_month=euros(float(rng.uniform(90, 180)) * 1000), needed_by=after(meeting_day(CURRENT), 6),
        options=[{"label": "Give priority", "description": "Serve this order first"}], raised_by=by,
        evidence={"url": "/customer-requests"},
    )  # fmt: skip


def _late_actions(book: Book, number: int) -> None:
    """Two actions of the October meeting that are overdue, beside whatever else is open."""
    opened = moment(meeting_day(LAST_CLOSED), 15, 50)
    for n, (function, text, days) in enumerate(
        (("Purchasing", "Re-quote gear motors with two suppliers", 12),
         ("Marketing", "Price floor for distributors: proposal by channel", 17))
    ):  # fmt: skip
        book.add("action", opened, LEAD, LAST_CLOSED, id=f"A-{number + 1 + n:03d}", text=text, owner=HEADS[function].id,
                 due=after(opened.date(), days))  # fmt: skip
