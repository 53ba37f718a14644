"""Asking the leaders: open a round, hand out links, take an answer. Who answered what is known to nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from siop.core import Refused
from siop.core.finding import Finding
from siop.decisions import Identity, Service, SurveyLink, make_links, read_link
from siop.decisions.survey_link import answer_token, used
from siop.health.rounds import closes, invited
from siop.health.survey import PULSE, STATEMENTS, Statement, ordered, shown_groups
from siop.ledger import Ledger, Receipt
from siop.ledger.state import State, SurveyView

FORMS: dict[str, tuple[Statement, ...]] = {"Pulse of 8": PULSE, "All 20": STATEMENTS}
"""{what a round is called in the form: its statements}"""
OTHERS = "Other functions"
READING = 200  # words a minute
TAP = 4.0  # seconds to judge and tap
ADDRESS = "leadership-survey"
"""Of the page that takes answers, under the cockpit's own."""


def groups(state: State) -> dict[str, int]:
    """{group: people invited}: a function of five or more, and everybody else together.

    A function with fewer never stands beside an answer: with one marketing head, "marketing" would be a name.

    >>> groups(State())
    {}
    """
    sizes = Counter(p.function for p in state.people.values() if p.active)
    shown = shown_groups(sizes)
    rest = sum(n for function, n in sizes.items() if function not in shown)
    return {f: sizes[f] for f in sizes if f in shown} | ({OTHERS: rest} if rest else {})


def open_round(service: Service, who: Identity, form: str, cycle: str) -> Receipt:
    """Ask everybody: a pulse of 8 or all 20 statements. The round is named after its cycle; one a cycle.

    Raises: NotAllowed below SIOP lead; Refused where the cycle has a round, or nobody is declared.
    """
    service.require(who, "survey_round")
    state = service.ledger.state()
    if form not in FORMS:
        raise _refused("form", form, "there is no such form", f"choose {' or '.join(FORMS)}")
    if cycle in state.surveys:
        raise _refused(
            "round", cycle, f"the round {cycle} was opened already", "print its links, or wait a cycle"
        )
    if not invited(state):
        raise _refused("people", None, "nobody is declared, so nobody can be asked", "add people first")
    items = [{"id": s.id, "text": s.text, "symptom": s.symptom} for s in FORMS[form]]
    return service.create(who, "survey_round", {"round": cycle, "items": items}, cycle=cycle)


def links(service: Service, who: Identity, survey_round: str) -> list[SurveyLink]:
    """One link for each person invited. Raises NotAllowed below SIOP lead; Refused without such a round."""
    service.require(who, "survey_round")
    state = service.ledger.state()
    if survey_round not in state.surveys:
        raise _refused(
            "round", survey_round, f"there is no round {survey_round}", "open it, then print its links"
        )
    return make_links(service.ledger, survey_round, groups(state))


def printed(made: list[SurveyLink], start: str) -> str:
    """The links as a page to print and cut, by group. Args: start: the cockpit's address, without a path."""
    lines = ["One line for each person. Hand them out at random within a group; note nobody's.", ""]
    for group in dict.fromkeys(link.group for link in made):
        lines.append(group)
        lines += [f"{start}/{ADDRESS}?link={link.text}" for link in made if link.group == group]
        lines.append("")
    return "\n".join(lines)


def asked(ledger: Ledger, text: str, now: datetime | None = None) -> tuple[SurveyLink, SurveyView]:
    """The round a link opens. Raises Refused for a foreign, used or late link, saying nothing else."""
    found = read_link(ledger, text)
    survey = ledger.state().surveys.get(found.round)
    if survey is None:
        raise _refused("link", None, "this round was not opened here", "ask for the links of the last round")
    token = answer_token(ledger, found)
    if any(one.token == token for one in survey.responses):
        raise used(found)
    later = any(s.at > survey.at for s in ledger.state().surveys.values())
    if later or closes(survey) <= (now or datetime.now(UTC)):
        raise _refused(
            "link", None, f"the round {found.round} is closed", "its results stand on the page Process health"
        )
    return found, survey


def statements(found: SurveyLink, survey: SurveyView) -> list[tuple[str, str]]:
    """(id, text) in this link's own order: an order shared by all would colour the last statements."""
    texts = {item.id: item.text for item in survey.items}
    return [(ident, texts[ident]) for ident in ordered(list(texts), found.text)]


def answer(
    service: Service,
    text: str,
    answers: Mapping[str, int | None],
    comment: str | None = None,
    now: datetime | None = None,
) -> Receipt:
    """Keep what a link's holder answered; statements left out stay out, nothing is filled in.

    Raises: Refused for a foreign, used or late link, for no answer at all, and for answers outside 1 to 5.
    """
    asked(service.ledger, text, now)
    given = {item: value for item, value in answers.items() if value is not None}
    if not given:
        raise _refused("answers", None, "no statement is answered", "answer at least one, then send")
    return service.survey_by_link(text, given, comment=comment or None)


def minutes(count: int) -> float:
    """How long a form of the first `count` statements takes to read and answer, in minutes.

    >>> minutes(20) < 3, minutes(8) < 1.5
    (True, True)
    """
    read = sum(len(s.text.split()) for s in STATEMENTS[:count])
    return read / READING + count * TAP / 60


def answered(state: State, survey: SurveyView) -> tuple[int, int | None]:
    """(answers, invited) of a round so far: all that may be said of an open one."""
    return len(survey.responses), invited(state)


def _refused(field: str, value: str | None, message: str, fix: str) -> Refused:
    finding = Finding("error", "survey", "form", message, fix, column=field, value=value)
    return Refused(f"{message[:1].upper()}{message[1:]}: {fix}.", [finding])
