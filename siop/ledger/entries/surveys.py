"""What leaders say of the process, and the improvements that follow."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, model_validator

from siop.ledger.entries.base import (
    Day,
    Moment,
    Name,
    OptionalName,
    OptionalText,
    Part,
    Payload,
    ScopeDict,
    Text,
)


def _answer(value: Any) -> Any:
    if isinstance(value, bool) or value not in (1, 2, 3, 4, 5):
        raise ValueError(f"{value} is not an answer: write 1 to 5, or leave the statement out")
    return int(value)


Answer = Annotated[int, BeforeValidator(_answer)]


class SurveyItem(Part):
    """A statement to agree or disagree with, and the symptom it looks at."""

    id: Name
    text: Text
    symptom: Literal["S1", "S2", "S3", "S4", "S5"]


class SurveyRound(Payload):
    """A round of the survey and its statements."""

    TYPE: ClassVar[str] = "survey_round"
    round: Name
    items: tuple[SurveyItem, ...]

    @model_validator(mode="after")
    def _ids(self) -> SurveyRound:
        ids = [item.id for item in self.items]
        twice = next((i for i in ids if ids.count(i) > 1), None)
        if twice is not None:
            raise ValueError(f"two statements have the id {twice!r}: give each its own id")
        return self

    @property
    def subject(self) -> str:
        return f"survey_round:{self.round}"


class SurveyResponse(Payload):
    """One person's answers, 1 (disagree) to 5 (agree). The token is known to nobody else."""

    TYPE: ClassVar[str] = "survey_response"
    round: Name
    token: Name
    function: Name
    level: OptionalName = None
    answers: dict[Name, Answer]
    comment: OptionalText = None

    @property
    def subject(self) -> str:
        return f"survey_response:{self.round}:{self.token}"

    def refers(self) -> dict[str, str]:
        return {"round": f"survey_round:{self.round}"}


class Improvement(Payload):
    """An improvement of the process: where it came from, the cause, the KPI it should move, its owners."""

    TYPE: ClassVar[str] = "improvement"
    id: Name
    source: Name
    root_cause: Text
    kpi: Name
    scope: ScopeDict
    owner: Name
    exec_owner: OptionalName = None
    due: Day


class ImprovementClosed(Payload):
    """An improvement is finished."""

    TYPE: ClassVar[str] = "improvement_closed"
    id: Name
    at: Moment

    @property
    def subject(self) -> str:
        return f"improvement:{self.id}"

    def refers(self) -> dict[str, str]:
        return {"id": f"improvement:{self.id}"}
