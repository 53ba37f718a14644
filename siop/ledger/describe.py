"""The table of entry types, printed from their models into docs/ledger.md."""

from __future__ import annotations

import re
import types
import typing
from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from siop.ledger.entries import ENTRY_TYPES


def entry_table() -> str:
    """A Markdown table: type, fields (? optional) with their kinds, and what the type is for."""
    lines = ["| type | fields (? optional) | what it says |", "|---|---|---|"]
    for kind, model in ENTRY_TYPES.items():
        said = " ".join((model.__doc__ or "").split())
        lines.append(f"| {kind} | {_fields(model)} | {said} |")
    return "\n".join(lines) + "\n"


def with_table(page: str, name: str, table: str) -> str:
    """The page with what stands between `<!-- NAME -->` and `<!-- end of NAME -->` replaced by a table.

    Raises ValueError where the page has no such marks.
    """
    marks = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end of {re.escape(name)} -->)", re.DOTALL)
    if not marks.search(page):
        raise ValueError(f"the page has no marks for {name}")
    return marks.sub(lambda found: found[1] + table + found[2], page)


def _fields(model: type[BaseModel]) -> str:
    parts = []
    for name, info in model.model_fields.items():
        optional = "" if info.is_required() else "?"
        kind = _kind(info.annotation)
        parts.append(f"`{info.alias or name}`{optional}" + (f" {kind}" if kind else ""))
    return ", ".join(parts)


def _kind(annotation: Any) -> str:
    """What a field holds, in a word; nothing for a plain text."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return _kind(next(one for one in arguments if one is not type(None)))
    if origin is typing.Annotated:
        return _kind(arguments[0])
    if origin is typing.Literal:
        return "(" + " or ".join(map(str, arguments)) + ")" if len(arguments) > 1 else f"({arguments[0]})"
    if origin is tuple:
        inner = arguments[0]
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            return "[{" + _fields(inner).replace("`", "") + "}]"
        return "[texts]"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "{" + _fields(annotation).replace("`", "") + "}"
    if origin is dict:
        return (
            "{dimension: value or [values]}"
            if arguments[1] is not int and "str" in str(arguments[1])
            else "{...}"
        )
    known = {bool: "true or false", Decimal: "number", date: "date", datetime: "time", Any: "any"}
    return known.get(annotation, "")
