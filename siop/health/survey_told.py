"""A survey round said in rows: who answered first of all, then what, and only for groups of five or more."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from siop.core import Report, words
from siop.health.board import thresholds
from siop.health.rounds import answers_of, closes, invited, is_closed, round_result
from siop.health.survey import LOW_RESPONSE, SYMPTOMS, SurveyResult, changed
from siop.ledger.state import State, SurveyView


@dataclass(frozen=True)
class Survey:
    """What the page shows. open: the round that still takes answers, None where there is none."""

    open: str | None
    result: SurveyResult | None
    symptoms: list[dict[str, Any]]
    items: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    comments: list[str]


def survey_board(state: State, report: Report, cycle: str, now: datetime | None = None) -> Survey:
    """The last closed round up to a cycle, and how many have answered the open one."""
    rounds = sorted((s for s in state.surveys.values() if s.in_cycle <= cycle), key=lambda s: s.at)
    day = now or datetime.now(UTC)
    closed = [s for s in rounds if is_closed(state, s) or closes(s) <= day]
    running = next((s for s in reversed(rounds) if s not in closed), None)
    said = _open(state, running) if running else None
    if not closed:
        return Survey(said, None, [], [], [], [])
    last = closed[-1]
    result = round_result(state, last)
    before = closed[-2] if len(closed) > 1 else None
    return Survey(
        said, result, _symptoms(state, result, last, before, report), _items(result), _groups(result),
        _comments(last, result),
    )  # fmt: skip


def rate_sentence(result: SurveyResult) -> str:
    """Who answered, before anything else: not answering is an answer."""
    if result.response_rate is None:
        return f"{result.answered} answered the round of {words.month(result.round) if _is_month(result.round) else result.round}"
    said = f"{words.percent(result.response_rate, 0)} answered: {result.answered} of {result.invited}"
    low = f"; fewer than {words.percent(LOW_RESPONSE, 0)} is itself a sign of weak buy-in"
    return said + (low if result.low_response else "")


def _open(state: State, survey: SurveyView) -> str:
    asked = invited(state)
    of = f" of {asked}" if asked else ""
    return f"The round {survey.round} is open until {closes(survey):%-d %b}: {len(survey.responses)}{of} answered so far. Results follow when it closes."  # fmt: skip


def _symptoms(
    state: State, result: SurveyResult, last: SurveyView, before: SurveyView | None, report: Report
) -> list[dict[str, Any]]:
    measured = {r["index"]: r["value"] for r in report.rows}
    _, after = answers_of(last)
    earlier = answers_of(before)[1] if before else None
    rows = []
    for symptom in SYMPTOMS:
        found = result.symptoms.get(symptom)
        if found is None:
            continue
        items = [i.id for i in last.items if i.symptom == symptom]
        moved = changed(earlier, after, items) if earlier is not None else None
        value = measured.get(symptom)
        rows.append(
            {
                "symptom": symptom, "label": thresholds()[symptom].label, "felt": found.felt, "n": found.n,
                "measured": value, "points": None if value is None else found.felt - value,
                "change": moved[0] if moved else None,
                "change_said": _interval(moved[1]) if moved else "no earlier round",
                "sure": bool(moved and not moved[1][0] <= 0 <= moved[1][1]),
                "between": _between(found.between), "spread": found.spread,
                "alpha": found.alpha,
            }
        )  # fmt: skip
    return sorted(rows, key=lambda r: -abs(r["points"] or 0.0))


def gap_sentence(rows: list[dict[str, Any]]) -> str:
    """The largest gap between what people feel and what the rows say.

    >>> gap_sentence([{"label": "Weak buy-in", "felt": 72.0, "measured": 96.0, "points": -24.0}])
    'Weak buy-in is felt 24 points worse than it is measured'
    """
    known = [r for r in rows if r["points"] is not None]
    if not known:
        return "Nothing is measured yet to compare with"
    top = known[0]
    if abs(top["points"]) < 10:
        return "People feel the process as it is measured"
    side = "better" if top["points"] > 0 else "worse"
    return f"{top['label']} is felt {abs(top['points']):.0f} points {side} than it is measured"


def _items(result: SurveyResult) -> list[dict[str, Any]]:
    """Every statement with its five counts, the least agreed with first."""
    rows = [
        {
            "text": i.text, "symptom": i.symptom, "n": i.n, "median": i.median, "counts": i.counts,
            "mean": sum((k + 1) * c for k, c in enumerate(i.counts)) / max(1, i.n),
            "agree": "people disagree" if i.polarised else "people agree" if i.agrees else "no agreement beyond chance",
        }
        for i in result.items
    ]  # fmt: skip
    return sorted(rows, key=lambda r: r["mean"])


def _groups(result: SurveyResult) -> list[dict[str, Any]]:
    """{group, n, S1..S5} of the functions that may be shown."""
    return [
        {"group": group, "n": n, **{s: r.groups.get(group) for s, r in result.symptoms.items()}}
        for group, n in result.shown.items()
    ]


def _comments(survey: SurveyView, result: SurveyResult) -> list[str]:
    """What people wrote, without function and in no order that tells when: from five answers on."""
    if not result.items:
        return []
    texts = [r.comment for r in survey.responses if r.comment and r.at < closes(survey)]
    return sorted(texts, key=lambda text: hashlib.sha256(text.encode()).digest())


def _between(found: Any) -> str:
    if found is None:
        return "not enough groups"
    p = f"p\xa0=\xa0{words.number(found.p, 2)}" if found.p >= 0.005 else "p\xa0<\xa00.01"
    return f"functions differ, {p}" if found.p < 0.05 else f"no difference, {p}"


def _interval(band: tuple[float, float]) -> str:
    return f"{words.number(band[0], 0, signed=True)} to {words.number(band[1], 0, signed=True)}"


def _is_month(text: str) -> bool:
    return len(text) == 7 and text[4] == "-"
