"""The parts every entry type is made of: texts, months, dates, numbers, scopes, and the frozen payload."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from siop.core import parse_month

NAME_CHARS = 200
TEXT_CHARS = 20_000
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?\Z")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z")
_KEPT = re.compile(r"-?(0|[1-9]\d*)\.\d+\Z")
_SAFE_INT = 2**53 - 1


def plain_text(value: str, *, lines: bool) -> str:
    """NFC, trimmed, without control characters, so that the same words are always the same bytes.

    Raises ValueError for what no store can carry: NUL, other control characters, lone surrogates.
    """
    text = unicodedata.normalize("NFC", value).strip()
    for char in text:
        kind = unicodedata.category(char)
        if kind == "Cs" or (kind == "Cc" and not (lines and char in "\n\r\t")):
            raise ValueError(f"the character U+{ord(char):04X} is not allowed: remove it")
    return text.replace("\r\n", "\n") if lines else text


def _name(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # ids are written as numbers by some; 12 and "12" are the same decision
    if not isinstance(value, str):
        return value
    text = plain_text(value, lines=False)
    if not text:
        raise ValueError("is empty: write a name")
    if len(text) > NAME_CHARS:
        raise ValueError(f"is longer than {NAME_CHARS} characters: shorten it")
    return text


def _text(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = plain_text(value, lines=True)
    if len(text) > TEXT_CHARS:
        raise ValueError(f"is longer than {TEXT_CHARS} characters: shorten it")
    return text


def _some(value: str) -> str:
    if not value:
        raise ValueError("is empty: write it out")
    return value


def _blank(value: Any) -> Any:
    """An optional text left blank is absent."""
    return None if isinstance(value, str) and not value.strip() else value


def _day(value: Any) -> Any:
    if isinstance(value, datetime) or not isinstance(value, str | date):
        raise ValueError("is not a date: write YYYY-MM-DD, for instance 2026-11-24")
    if isinstance(value, date):
        return value
    if not _DATE.match(value):
        raise ValueError(f"{value!r} is not a date: write YYYY-MM-DD, for instance 2026-11-24")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a day of the calendar") from None


def parse_moment(value: Any) -> datetime:
    """A point in time as UTC, whole milliseconds; a time without a zone is UTC, a bare date its first instant.

    Raises ValueError with the form wanted.
    """
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime(value.year, value.month, value.day, tzinfo=UTC)
    elif isinstance(value, str) and (_DATE.match(value) or _MOMENT.match(value)):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value!r} is not a time of the calendar") from None
    else:
        raise ValueError(f"{value!r} is not a time: write 2026-11-24T09:30:00Z or 2026-11-24")
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


def moment_text(value: datetime) -> str:
    """UTC, always with milliseconds, so that the order of the texts is the order of the times.

    >>> moment_text(datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
    '2026-11-24T09:30:00.000Z'
    """
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError("is not a number: write digits with a decimal point")
    text = str(value)
    if not _NUMBER.match(text):
        raise ValueError(f"{text!r} is not a number: write digits with a decimal point, for instance 1234.5")
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number") from None
    if abs(found.adjusted()) > 30:
        raise ValueError(f"{text!r} is beyond what a company can mean")
    return found


def number_text(value: Decimal) -> str:
    """A decimal as the ledger writes it: no exponent, no trailing zeros, no minus zero.

    >>> number_text(Decimal("7.50")), number_text(Decimal("1E+3")), number_text(Decimal("-0.0"))
    ('7.5', '1000', '0')
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _not_negative(value: Decimal) -> Decimal:
    if value < 0:
        raise ValueError("is negative: write an amount of zero or more")
    return value


def _between_0_and_1(value: Decimal) -> Decimal:
    if not 0 <= value <= 1:
        raise ValueError("is not between 0 and 1: write 0.3 for thirty per cent")
    return value


def _scope(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError(
            'is not a scope: write {"family": "Pumps"} or {"region": ["North", "West"]}; {} is all'
        )
    clean: dict[str, str | tuple[str, ...]] = {}
    for dimension, wanted in value.items():
        many = isinstance(wanted, list | tuple)
        values = tuple(_scope_value(item) for item in (wanted if many else [wanted]))
        if not values:
            raise ValueError(f"has no value for {dimension!r}: leave the dimension out to mean all")
        clean[str(_name(dimension))] = tuple(dict.fromkeys(values)) if many else values[0]
    return clean


def _scope_value(value: Any) -> str:
    found = _name(value)
    if not isinstance(found, str):
        raise ValueError(f"{value!r} is not a value of a dimension: write a text")
    return found


def _free(value: Any, depth: int = 0) -> Any:
    """Free JSON without floats: 0.5 is kept as the text "0.5"; `kept_numbers` gives it back."""
    if depth > 20:
        raise ValueError("is nested more than 20 deep")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return plain_text(value, lines=True)
    if isinstance(value, int) and abs(value) <= _SAFE_INT:
        return value
    if isinstance(value, int | float | Decimal):
        text = number_text(_number(value))
        return text if "." in text else text + ".0"
    if isinstance(value, list | tuple):
        return [_free(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {plain_text(str(key), lines=False): _free(item, depth + 1) for key, item in value.items()}
    raise ValueError(f"cannot carry a {type(value).__name__}: use text, numbers, lists and objects")


def _free_object(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError("is not an object: write {...}")
    return _free(value)


def kept_numbers(value: Any) -> Any:
    """Free JSON as it was meant: the texts that `_free` made of decimals are floats again.

    >>> kept_numbers({"net": "-12.5", "n": 3, "sku": "00123"})
    {'net': -12.5, 'n': 3, 'sku': '00123'}
    """
    if isinstance(value, str):
        return float(value) if _KEPT.match(value) else value
    if isinstance(value, list):
        return [kept_numbers(item) for item in value]
    if isinstance(value, dict):
        return {key: kept_numbers(item) for key, item in value.items()}
    return value


def _flag(value: Any) -> Any:
    if not isinstance(value, bool):
        raise ValueError("is neither true nor false")
    return value


_as_number = PlainSerializer(number_text, return_type=str)

Name = Annotated[str, BeforeValidator(_name)]
"""An id or a name: one line of 1 to 200 characters; a whole number is taken as its text."""
Text = Annotated[str, BeforeValidator(_text), AfterValidator(_some)]
"""Words people wrote: up to 20,000 characters, line breaks allowed, not empty."""
LooseText = Annotated[str, BeforeValidator(_text)]
"""A text that may be empty."""
OptionalText = Annotated[Text | None, BeforeValidator(_blank)]
"""A text that is absent where blank."""
OptionalName = Annotated[Name | None, BeforeValidator(_blank)]
"""A name that is absent where blank."""
Month = Annotated[str, AfterValidator(parse_month)]
"""A month, YYYY-MM."""
Day = Annotated[date, BeforeValidator(_day)]
"""A date, YYYY-MM-DD."""
Moment = Annotated[datetime, BeforeValidator(parse_moment), PlainSerializer(moment_text, return_type=str)]
"""A time in UTC; a bare date is its first instant."""
Number = Annotated[Decimal, BeforeValidator(_number), _as_number]
"""An exact decimal, kept as text."""
Amount = Annotated[Decimal, BeforeValidator(_number), AfterValidator(_not_negative), _as_number]
"""A number of zero or more."""
Probability = Annotated[Decimal, BeforeValidator(_number), AfterValidator(_between_0_and_1), _as_number]
"""A number from 0 to 1."""
Flag = Annotated[bool, BeforeValidator(_flag)]
"""true or false."""
ScopeDict = Annotated[dict[str, str | tuple[str, ...]], BeforeValidator(_scope)]
"""{dimension: value or [values]}; {} is the whole business."""
FreeJson = Annotated[Any, BeforeValidator(_free)]
"""Any JSON; decimals are kept as text."""
FreeObject = Annotated[dict[str, Any], BeforeValidator(_free_object)]
"""Any JSON object; decimals are kept as text."""

Stance = Literal["consent", "reservation", "stand_aside", "object"]


class Part(BaseModel):
    """Something inside a payload. Frozen; unknown fields are refused; JSON names `from` and `to`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def as_json(self) -> dict[str, Any]:
        """The fields as contract.md names them: absent ones left out, decimals and dates as text."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Payload(Part):
    """What an entry says. Each subclass is one entry type; a change of mind is a new entry."""

    TYPE: ClassVar[str]

    @property
    def subject(self) -> str:
        """What the entry is about. Two forms open on the same subject cannot both be saved unseen."""
        return f"{self.TYPE}:{getattr(self, 'id', '')}"

    def people(self) -> dict[str, str]:
        """{field: person id} of those who act or are bound by this entry; they must be declared."""
        return {}

    def owners(self) -> dict[str, str]:
        """{field: person, name or function} of those who are named as owner, sponsor or author."""
        found = {}
        for name in ("owner", "exec_owner", "raised_by", "asked_by", "sponsor", "stamped_by"):
            value = getattr(self, name, None)
            if isinstance(value, str):
                found[name] = value
        return found

    def refers(self) -> dict[str, str]:
        """{field: subject} of earlier entries that must exist for this one to make sense."""
        return {}


def in_order(first: str, last: str) -> None:
    """Raises ValueError where a period ends before it begins."""
    if first > last:
        raise ValueError(f"from {first} is after to {last}: exchange them")


def reason_given(stance: str, reason: str | None) -> None:
    """Raises ValueError where anything but consent comes without a reason."""
    if stance != "consent" and not reason:
        raise ValueError(f"the stance {stance.replace('_', ' ')} needs a reason: add reason")
