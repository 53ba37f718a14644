"""Decisions of every cycle: raised, argued, decided, followed by actions and, where predicted, by their effect."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np

from siop.sample.book import NOW, Book, euros
from siop.sample.decision_texts import (
    AGAINST,
    CONDITIONS,
    DEFERRED,
    PARTS,
    PROGRAMME,
    REJECTED,
    RESERVED,
    THEMES,
    Theme,
)
from siop.sample.draw import (
    CURRENT,
    CYCLE_MONTHS,
    MONTHS,
    after,
    generator,
    meeting_day,
    moment,
    stage_end,
)
from siop.sample.names import FAMILIES, REGIONS, RESOURCES, SITES
from siop.sample.people import CHAIR, HEADS, LEAD, head, members
from siop.sample.plans import cycle_name
from siop.sample.stories import INPUTS, Effect
from siop.sample.tables import Facts

VOICES = ("Sales", "Marketing", "Finance", "Operations", "Purchasing", "Planning")


@dataclass
class _Log:
    """Counters and what was asked before, so that no question is asked twice."""

    book: Book
    facts: Facts
    rng: np.random.Generator
    decisions: int = 40
    actions: int = 110
    asked: set[tuple[int, str]] = field(default_factory=set)
    kinds: dict[int, int] = field(default_factory=dict)
    pending: list[tuple[str, Theme, dict[str, str]]] = field(default_factory=list)
    decided: list[tuple[str, int]] = field(default_factory=list)

    def next_decision(self) -> str:
        self.decisions += 1
        return f"D-{self.decisions:03d}"

    def next_action(self) -> str:
        self.actions += 1
        return f"A-{self.actions:03d}"


@dataclass(frozen=True, slots=True)
class Written:
    """programmes: ids of the decisions behind the stories' effects, in their order; the last numbers given."""

    programmes: tuple[str, ...]
    decisions: int
    actions: int


def write_decisions(book: Book, facts: Facts) -> Written:
    """All decisions of the closed cycles."""
    log = _Log(book, facts, generator(facts.company.seed, "decisions"))
    programmes = [""] * len(facts.stories.effects)
    for n, month in enumerate(CYCLE_MONTHS):
        cycle = MONTHS.index(month)
        waiting, log.pending = log.pending, []
        for name, theme, words in waiting:
            _decide(log, name, theme, words, month, again=True)
        for e, effect in enumerate(facts.stories.effects):
            if effect.cycle == cycle:
                programmes[e] = _programme(log, effect, month)
        if month == CURRENT:
            break
        for _ in range(int(log.rng.integers(2, 5)) - (n % 3 == 0)):
            _usual(log, n, month)
    return Written(tuple(programmes), log.decisions, log.actions)


def _usual(log: _Log, n: int, month: str) -> None:
    """A question of everyday business: never the same twice, nor its kind within three cycles."""
    for _ in range(60):
        t = int(log.rng.integers(len(THEMES)))
        words = _words(log, month)
        subject = words[THEMES[t].key]
        if (t, subject) not in log.asked and n - log.kinds.get(t, -99) >= 3:
            break
    log.asked.add((t, subject))
    log.kinds[t] = n
    theme = THEMES[t]
    name = log.next_decision()
    stake = euros(float(log.rng.uniform(25, 160)) * 1000)
    _raise(log, name, theme, words, month, stake)
    _decide(log, name, theme, words, month)


def _words(log: _Log, month: str) -> dict[str, str]:
    rng, company = log.rng, log.facts.company
    family = int(rng.integers(len(FAMILIES)))
    site = {s[0]: s[1] for s in SITES}[FAMILIES[family].site]
    fitting = [r.name for r in RESOURCES if FAMILIES[family].name in r.hours]
    products = company.products[company.products["family"] == FAMILIES[family].name]
    at = MONTHS.index(month)
    return {
        "family": FAMILIES[family].name.lower(),
        "resource": str(rng.choice(fitting)).lower(),
        "site": site,
        "customer": str(rng.choice(company.customers["name"].to_numpy())),
        "region": str(rng.choice(REGIONS)),
        **PARTS[FAMILIES[family].category],
        "product": str(rng.choice(products["name"].to_numpy())),
        "month": month_said(MONTHS[at + int(rng.integers(1, 4))]),
        "later": month_said(MONTHS[at + int(rng.integers(4, 8))]),
    }


def month_said(month: str) -> str:
    """A month as people write it: November 2026."""
    names = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
             "November", "December")  # fmt: skip
    return f"{names[int(month[5:]) - 1]} {month[:4]}"


def _raise(log: _Log, name: str, theme: Theme, words: dict[str, str], month: str, stake: float) -> None:
    """The paper, some days before the meeting."""
    rng = log.rng
    raised = moment(
        after(meeting_day(month), -int(rng.integers(4, 12))), int(rng.integers(7, 16)), int(rng.integers(60))
    )
    best = int(rng.integers(2)) if rng.random() < 0.3 else 0
    by = (
        head(theme.function)
        if rng.random() < 0.6 or not members(theme.function)
        else str(rng.choice(members(theme.function)))
    )
    log.book.add(
        "decision", raised, by, month,
        id=name, question=theme.question.format(**words), context=theme.context.format(**words),
        value_at_stake_month=stake, needed_by=after(meeting_day(month), int(rng.integers(1, 15))),
        options=_options(rng, theme, words, best), raised_by=by,
    )  # fmt: skip


def _options(
    rng: np.random.Generator, theme: Theme, words: dict[str, str], best: int
) -> list[dict[str, Any]]:
    found = []
    for i, choice in enumerate(theme.choices):
        cost = euros(rng.uniform(*choice.cost) * 1000) if choice.cost[1] else 0.0
        gain = euros(rng.uniform(*choice.benefit) * 1000) if choice.benefit[1] else 0.0
        found.append(
            {
                "label": choice.label, "description": choice.description.format(**words), "cost": cost,
                "effect": {"margin_month": gain}, "recommended": True if i == best else None,
            }
        )  # fmt: skip
    return found


def _decide(
    log: _Log, name: str, theme: Theme, words: dict[str, str], month: str, *,
    again: bool = False, prediction: dict[str, Any] | None = None, authorises: list[dict[str, Any]] | None = None,
) -> None:  # fmt: skip
    """Positions before the meeting, the outcome in it, actions after it."""
    rng = log.rng
    labels = [c.label for c in theme.choices]
    draw = rng.random()
    outcome = (
        "approved"
        if draw < 0.76
        else "with_conditions"
        if draw < 0.87
        else "deferred"
        if draw < 0.94
        else "rejected"
    )
    if prediction is not None or (again and outcome == "deferred"):
        outcome = "approved"
    chosen = labels[0] if prediction is not None or rng.random() < 0.68 else str(rng.choice(labels[1:]))
    _positions(log, name, theme, month, labels, chosen, quiet=outcome in ("deferred", "rejected"))
    at = moment(meeting_day(month), 14) + timedelta(
        minutes=int(rng.integers(40, 84)), seconds=int(rng.integers(60))
    )
    final = outcome in ("approved", "with_conditions")
    said = (
        (theme.rationale[labels.index(chosen)],) if final else DEFERRED if outcome == "deferred" else REJECTED
    )
    earlier = None
    if final and log.decided and prediction is None and rng.random() < 0.05:
        old, when = log.decided[int(rng.integers(len(log.decided)))]
        earlier = old if CYCLE_MONTHS.index(month) - when in (3, 4, 5, 6) else None
    log.book.add(
        "decided", at, CHAIR, month,
        decision=name, outcome=outcome, option=chosen if final else None, rationale=str(rng.choice(said)),
        owner=head(theme.function) if final else None, due=after(at.date(), int(rng.integers(10, 45))) if final else None,
        review_on=after(at.date(), int(rng.integers(60, 120))) if final else None, supersedes=earlier,
        new_information=True if earlier else None, authorises=authorises, prediction=prediction,
        conditions=str(rng.choice(CONDITIONS)) if outcome == "with_conditions" else None,
    )  # fmt: skip
    if outcome == "deferred":
        log.pending.append((name, theme, words))
    if final:
        log.decided.append((name, CYCLE_MONTHS.index(month)))
        _actions(log, name, theme, words, month)
        if prediction is None and rng.random() < 0.6:
            done = moment(after(at.date(), int(rng.integers(30, 75))), 10, int(rng.integers(60)))
            executed = bool(rng.random() < 0.94)
            log.book.add("decision_effect", done, head(theme.function), None, decision=name, executed=executed,
                         note=None if executed else "Overtaken by a change at the supplier.")  # fmt: skip


def _positions(
    log: _Log, name: str, theme: Theme, month: str, labels: list[str], chosen: str, *, quiet: bool
) -> None:
    """What the functions said beforehand; the one whose word counts most is rarely on the losing side."""
    rng = log.rng
    strong = INPUTS[log.facts.stories.dominant]
    contested = bool(rng.random() < 0.3) and not quiet
    speakers = [
        f
        for f in VOICES
        if f == theme.function or f == strong or rng.random() < (0.75 if contested else 0.45)
    ]
    objector = -1
    if contested:
        others = [i for i, f in enumerate(speakers) if f != strong]
        objector = int(rng.choice(others)) if others else -1
    for i, function in enumerate(speakers):
        at = moment(
            after(meeting_day(month), -int(rng.integers(1, 4))),
            int(rng.integers(8, 17)),
            int(rng.integers(60)),
        )
        likes = rng.random() < (0.85 if function == strong else 0.5 if contested else 0.75)
        prefers = chosen if likes else str(rng.choice([x for x in labels if x != chosen]))
        stance, reason = "consent", None
        if i == objector:
            stance, reason, prefers = (
                "object",
                str(rng.choice(AGAINST)),
                str(rng.choice([x for x in labels if x != chosen])),
            )
        elif prefers != chosen and rng.random() < 0.7:
            stance, reason = "reservation", str(rng.choice(RESERVED))
        log.book.add(
            "position", at, head(function), month,
            subject=name, person=head(function), function=function, stance=stance, reason=reason, preferred_option=prefers,
        )  # fmt: skip


def _actions(log: _Log, name: str, theme: Theme, words: dict[str, str], month: str) -> None:
    rng = log.rng
    for text in theme.actions[: int(rng.integers(1, len(theme.actions) + 1))]:
        action = log.next_action()
        opened = moment(meeting_day(month), 15, 40) + timedelta(seconds=int(rng.integers(600)))
        due = after(opened.date(), int(rng.integers(8, 30)))
        staff = members(theme.function)
        owner = str(rng.choice(staff)) if staff and rng.random() < 0.5 else head(theme.function)
        log.book.add(
            "action",
            opened,
            LEAD,
            month,
            id=action,
            text=text.format(**words),
            owner=owner,
            due=due,
            decision=name,
        )
        late = rng.random() < 0.11
        done = after(due, int(rng.integers(2, 9))) if late else after(due, -int(rng.integers(0, 6)))
        at = moment(done, int(rng.integers(8, 16)), int(rng.integers(60)))
        if not (late and after(due, 12) > NOW.date()):
            log.book.add(
                "action_done", at, owner, None, id=action, evidence="Reported in the weekly planning call"
            )


def _programme(log: _Log, effect: Effect, month: str) -> str:
    """A decision with a prediction registered beforehand, and its effect reported when the window is over."""
    facts, rng = log.facts, log.rng
    family, region = FAMILIES[effect.family].name, REGIONS[effect.region]
    words = _words(log, month) | {
        "family": family.lower(), "region": region, "month": month_said(MONTHS[effect.first]),
        "later": month_said(MONTHS[effect.last]),
    }  # fmt: skip
    inside = (facts.company.family == effect.family) & (facts.company.region == effect.region)
    months = slice(effect.first, effect.last + 1)
    plan = facts.plans.against(effect.cycle, effect.last + 1)[inside, months].sum()
    realised = float(facts.sold[inside, months].sum() - plan)
    expected = round(effect.lift * plan)
    name = log.next_decision()
    _raise(log, name, PROGRAMME, words, month, euros(float(rng.uniform(60, 140)) * 1000))
    scope = {"family": family, "region": region}
    window = {"from": MONTHS[effect.first], "to": MONTHS[effect.last]}
    _decide(
        log, name, PROGRAMME, words, month,
        prediction={
            "metric": "quantity", "scope": scope, "baseline_version": cycle_name(month),
            "p10": round(0.75 * expected), "p50": expected, "p90": round(1.25 * expected), **window,
        },
        authorises=[{"version": cycle_name(month), "scope": scope, **window}],
    )  # fmt: skip
    told = stage_end(MONTHS[effect.last + 1], "demand") + timedelta(minutes=20)
    log.book.add(
        "decision_effect", told, HEADS["Finance"].id, MONTHS[effect.last + 1], decision=name, executed=True,
        realised=round(realised, 1), note="Units sold less the plan it was decided against, over the window.",
    )  # fmt: skip
    return name
