"""What do the leaders say of the process? Statements, and results that give nobody away."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siop.core import Finding, Refused, Undefined
from siop.health.agreement import Difference, alpha, chance_agreement, change, difference, r_wg
from siop.health.numbers import Interval

SMALLEST = 5  # a group of fewer answers is never shown, nor can it be derived
LEAST_FOR_ALPHA = 20
LOW_RESPONSE = 0.7  # not answering is an answer
SYMPTOMS = ("S1", "S2", "S3", "S4", "S5")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement people agree with from 1 to 5; `pulse`: also asked in the quarterly short form."""

    id: str
    symptom: str
    text: str
    pulse: bool = False


STATEMENTS: tuple[Statement, ...] = (
    Statement("buyin_defend", "S1", "I would defend this month's plan in front of my own team.", True),
    Statement("buyin_reasons", "S1", "Where I disagreed, I know why the decision went the other way.", True),
    Statement("buyin_targets", "S1", "My targets and the agreed plan are the same numbers."),
    Statement("buyin_chair", "S1", "The executive in the chair comes, listens and decides."),
    Statement("adhere_preread", "S2", "The pre-read reaches me early enough to read it."),
    Statement("adhere_cutoff", "S2", "Cut-off dates hold, for everybody.", True),
    Statement("adhere_changes", "S2", "After sign-off, the plan changes only through a decision.", True),
    Statement("adhere_owners", "S2", "We leave the meeting with decisions that have owners and dates."),
    Statement("improve_closed", "S3", "What we agreed to improve last time is done.", True),
    Statement("improve_causes", "S3", "We remove causes; the same problem does not come back."),
    Statement("improve_data", "S3", "When data or tools hinder the process, somebody mends them."),
    Statement("improve_name", "S3", "I can name one thing about the process that got better this quarter."),
    Statement("risk_sized", "S4", "Our largest risks stand in the plan's papers with money and odds.", True),
    Statement("risk_upside", "S4", "We size opportunities as carefully as risks."),
    Statement("risk_funded", "S4", "What we decide to do about a risk gets people and money."),
    Statement("risk_review", "S4", "Afterwards we look at how good our odds were."),
    Statement("norm_answer", "S5", "A miss against the plan gets an owner and an action, every time.", True),
    Statement("norm_tolerance", "S5", "When a tolerance is widened, we are told who did it and why."),
    Statement("norm_voice", "S5", "Every function can change the plan, and none decides it alone.", True),
    Statement("norm_customer", "S5", "An important customer's wish is judged on what it costs the others."),
)  # fmt: skip
PULSE: tuple[Statement, ...] = tuple(s for s in STATEMENTS if s.pulse)


def ordered(items: Sequence[str], token: str) -> list[str]:
    """The order in which the holder of a token sees the statements: random over people, fixed for one."""
    return sorted(items, key=lambda item: hashlib.sha256(f"{token}:{item}".encode()).digest())


def check_answers(answers: Mapping[str, object], items: Collection[str]) -> None:
    """Raises Refused naming every answer that is not 1 to 5 or answers no statement of the round."""
    findings = []
    for item, value in answers.items():
        if item not in items:
            findings.append(
                Finding("error", "survey", "statement", "no such statement in this round",
                        f"answer {', '.join(items)}", column=item, value=str(value))
            )  # fmt: skip
        elif isinstance(value, bool) or value not in (1, 2, 3, 4, 5):
            findings.append(
                Finding("error", "survey", "answer", "not an answer", "write 1 to 5, or leave it out",
                        column=item, value=str(value))
            )  # fmt: skip
    if findings:
        raise Refused("; ".join(str(f) for f in findings), findings)


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One statement: answers counted 1..5, median, and whether people agree beyond chance."""

    id: str
    text: str
    symptom: str
    n: int
    median: float
    counts: tuple[int, int, int, int, int]
    agreement: float  # r_wg, 0 where polarised
    polarised: bool
    agrees: bool  # agreement above the 95th percentile of random answers of n people


@dataclass(frozen=True, slots=True)
class SymptomResult:
    """Felt value of a symptom, 0 to 100 (higher is better), mean over people."""

    symptom: str
    felt: float
    n: int
    spread: float | None  # standard deviation between the shown functions' means
    alpha: float | None
    alpha_interval: Interval | None
    between: Difference | None
    groups: dict[str, float]  # shown functions only


@dataclass(frozen=True, slots=True)
class SurveyResult:
    """A closed round. shown: answers per shown function; hidden: answers in functions too small to show."""

    round: str
    answered: int
    invited: int | None
    closed: bool
    items: tuple[ItemResult, ...]
    symptoms: dict[str, SymptomResult]
    shown: dict[str, int]
    hidden: int
    note: str | None = None

    @property
    def response_rate(self) -> float | None:
        return None if not self.invited else min(1.0, self.answered / self.invited)

    @property
    def low_response(self) -> bool:
        """Fewer than 70 % answered: the silence itself is a finding."""
        return self.response_rate is not None and self.response_rate < LOW_RESPONSE


def shown_groups(sizes: Mapping[str, int], smallest: int = SMALLEST) -> list[str]:
    """The groups whose results may be published beside the total, so that no small group can be derived.

    A group under `smallest` is hidden; where the hidden ones together are fewer than `smallest` people, the next
    smallest are hidden too: total less the shown groups is then nobody, or at least `smallest` people.

    >>> shown_groups({"sales": 9, "finance": 6, "quality": 2})
    ['sales']
    """
    if sum(sizes.values()) < smallest:
        return []
    order = sorted(sizes, key=lambda g: (sizes[g], g))
    hidden = [g for g in order if sizes[g] < smallest]
    rest = [g for g in order if sizes[g] >= smallest]
    while hidden and rest and sum(sizes[g] for g in hidden) < smallest:
        hidden.append(rest.pop(0))
    return sorted(rest)


def results(
    round_id: str,
    items: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    invited: int | None = None,
    closed: bool = True,
    draws: int = 10_000,
) -> SurveyResult:
    """What a round says. Published once, when the round is closed, so that two readings cannot be subtracted.

    Args:
        items: id, text, symptom. responses: function, then one column per item id with 1..5 or NaN (missing
            answers stay missing). closed: everybody answered, or the round's time is over.
        draws: permutations behind p.
    Before the round is closed, and below five answers, only the count is given.
    """
    n = len(responses)
    if not closed or n < SMALLEST:
        missing = max(SMALLEST - n, 0)
        note = (
            f"The round is open: results are shown when it closes; {n} answered so far."
            if not closed
            else f"Not enough data: {n} answers, {SMALLEST} would be enough ({missing} more)."
        )
        return SurveyResult(round_id, n, invited, closed, (), {}, {}, n, note)
    sizes = {str(g): int(c) for g, c in responses["function"].value_counts().items()}
    shown = shown_groups(sizes)
    asked = [i for i in items["id"] if i in responses]
    table = responses[asked].astype(float)
    told = items.set_index("id")
    found = [
        _item(str(i), str(told.loc[i, "text"]), str(told.loc[i, "symptom"]), table[i].dropna().to_numpy())
        for i in asked
        if table[i].notna().sum() >= SMALLEST
    ]
    symptoms = {}
    for symptom in SYMPTOMS:
        columns = [i for i in asked if told.loc[i, "symptom"] == symptom]
        if columns and (result := _symptom(symptom, table[columns], responses["function"], shown, draws)):
            symptoms[symptom] = result
    counts = {g: sizes[g] for g in shown}
    return SurveyResult(
        round_id, n, invited, closed, tuple(found), symptoms, counts, n - sum(counts.values())
    )


@dataclass(frozen=True, slots=True)
class Gap:
    """Felt less measured on one symptom: positive is felt better than it is."""

    symptom: str
    felt: float
    measured: float
    group: str | None = None

    @property
    def points(self) -> float:
        return self.felt - self.measured


def felt_against_measured(result: SurveyResult, measured: Mapping[str, float | None]) -> list[Gap]:
    """Per symptom, for everybody and for each shown function, the largest gap first.

    Args: measured: {S1..S5: index 0..100, or None where it is unknown}.
    """
    gaps = []
    for symptom, found in result.symptoms.items():
        value = measured.get(symptom)
        if value is None:
            continue
        gaps.append(Gap(symptom, found.felt, value))
        gaps += [Gap(symptom, felt, value, group) for group, felt in found.groups.items()]
    return sorted(gaps, key=lambda g: (-abs(g.points), g.symptom, g.group or ""))


def changed(before: pd.DataFrame, after: pd.DataFrame, items: Sequence[str]) -> tuple[float, Interval] | None:
    """Change of the mean over `items` between two closed rounds, 0 to 100, with its interval; None where it is
    unknown. Args: answers with one column per item."""
    common = [i for i in items if i in before and i in after]
    if not common or min(len(before), len(after)) < SMALLEST:
        return None
    old, new = (_scaled(t[common]).dropna().to_numpy() for t in (before, after))
    try:
        return change(np.asarray(old, dtype=np.float64), np.asarray(new, dtype=np.float64))
    except Undefined:
        return None


def _scaled(answers: pd.DataFrame) -> pd.Series[float]:
    """Each person's mean answer, 0 to 100."""
    return (answers.astype(float).mean(axis=1) - 1) / 4 * 100


def _item(item: str, text: str, symptom: str, answers: np.ndarray) -> ItemResult:
    agreement = r_wg(answers)
    counts = np.bincount(answers.astype(int), minlength=6)[1:6]
    return ItemResult(
        item, text, symptom, len(answers), float(np.median(answers)),
        (int(counts[0]), int(counts[1]), int(counts[2]), int(counts[3]), int(counts[4])),
        max(agreement, 0.0), agreement < 0, agreement > chance_agreement(len(answers)),
    )  # fmt: skip


def _symptom(
    symptom: str, answers: pd.DataFrame, functions: pd.Series[str], shown: Sequence[str], draws: int
) -> SymptomResult | None:
    person = _scaled(answers)
    have = person.notna()
    if have.sum() < SMALLEST:
        return None
    means = {
        g: float(person[have & (functions == g)].mean())
        for g in shown
        if (have & (functions == g)).sum() >= SMALLEST
    }
    hidden = have.sum() - sum((have & (functions == g)).sum() for g in means)
    if 0 < hidden < SMALLEST and means:  # missing answers made the rest small: hide the smallest shown one
        means.pop(min(means, key=lambda g: int((have & (functions == g)).sum())))
    return SymptomResult(
        symptom,
        float(person[have].mean()),
        int(have.sum()),
        float(np.std(list(means.values()), ddof=1)) if len(means) > 1 else None,
        *_reliability(answers),
        # the small groups are one group here too: their means could be solved for from eta squared
        _between(
            person[have].to_numpy(),
            functions[have].where(functions.isin(list(means)), "rest").to_numpy(),
            draws,
        ),
        means,
    )


def _reliability(answers: pd.DataFrame) -> tuple[float | None, Interval | None]:
    whole = answers.dropna().to_numpy(dtype=float)
    if len(whole) < LEAST_FOR_ALPHA or whole.shape[1] < 2:
        return None, None
    try:
        return alpha(whole)
    except Undefined:
        return None, None


def _between(scores: np.ndarray, functions: np.ndarray, draws: int) -> Difference | None:
    try:
        return difference(scores, functions, draws=draws)
    except Undefined:
        return None
