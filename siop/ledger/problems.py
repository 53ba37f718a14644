"""What a model refused, as field, message and fix: for findings, and for the fields of a form."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

_PLAIN = {
    "missing": ("is required", "add it"),
    "string_type": ("is not a text", "write it in quotes"),
    "dict_type": ("is not an object", "write {...}"),
    "tuple_type": ("is not a list", "write [...]"),
    "model_type": ("is not an object", "write {...}"),
    "model_attributes_type": ("is not an object", "write {...}"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a payload; `field` is its path, empty for the payload as a whole."""

    field: str
    message: str
    fix: str
    value: str | None


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Every problem that pydantic found, in words."""
    return [_problem(one, model) for one in error.errors(include_url=False)]


def _problem(one: Any, model: type[BaseModel]) -> Problem:
    field = _path(one["loc"])
    kind, message = one["type"], one["msg"]
    value = one.get("input")
    said = None if value is None or isinstance(value, dict | list) else str(value)[:80]
    if kind == "missing":
        return Problem(field, *_PLAIN["missing"], None)
    if kind in _PLAIN:
        return Problem(field, *_PLAIN[kind], said)
    if kind == "extra_forbidden":
        if len(one["loc"]) > 1:
            return Problem(field, "is not a field here", "remove it", said)
        known = [info.alias or name for name, info in model.model_fields.items()]
        near = difflib.get_close_matches(str(one["loc"][0]), known, 1)
        fix = f"did you mean {near[0]}?" if near else f"the fields are {', '.join(known)}"
        return Problem(field, "is not a field of this type", fix, said)
    if kind == "literal_error":
        return Problem(field, "is none of the allowed words", f"write {one['ctx']['expected']}", said)
    if kind == "value_error":
        what, _, fix = message.removeprefix("Value error, ").partition(": ")
        return Problem(field, what, fix or "correct it", said)
    return Problem(field, message, "correct it", said)


def _path(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
