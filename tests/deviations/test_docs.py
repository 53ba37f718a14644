"""docs/deviations.md says the numbers of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from siop.deviations import case, detect, limits
from siop.deviations.norm import ANSWERED, CREEP, LEAST, OFTEN, PERSISTS, RECENT, UNANSWERED
from siop.metrics import tolerance
from siop.risks.calibrate import ENOUGH
from siop.risks.calibrate import LEAST as LEAST_CLOSED
from siop.settings import Settings

PAGE = " ".join((Path(__file__).parents[2] / "docs" / "deviations.md").read_text(encoding="utf-8").split())


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("at least {:.0%}; ", tolerance.FLOOR), ("{:.0%} where fewer than six", tolerance.UNKNOWN),
        ("the {:.0f}th percentile", tolerance.QUANTILE * 100), ("up to {} months before the last twelve", tolerance.DERIVED_MONTHS),
        ("lambda {}", detect.LAMBDA), ("from {} baseline months on", detect.SEASONAL), ("{:.0%} false alarms in twelve months", limits.FALSE_ALARMS),
        ("under {:.0%} of the months out", OFTEN), ("{:.0%} of these misses answered", ANSWERED),
        ("correlation {} unless set", Settings().correlation), ("{:,} draws", Settings().draws),
    ],
)  # fmt: skip
def test_the_page_says_the_constant(said: str, value: float) -> None:
    assert re.sub(r"(\d)%", r"\1 %", said.format(value)).strip() in PAGE


def test_counts_in_words_are_those_of_the_code() -> None:
    assert (case.RESPONSE_DAYS, case.ESCALATE_DAYS, case.CALM_MONTHS) == (10, 20, 2)
    assert (LEAST, RECENT, LEAST_CLOSED, ENOUGH) == (9, 6, 10, 50)
    assert (PERSISTS, UNANSWERED, CREEP) == (0.5, 0.5, 1.1)
