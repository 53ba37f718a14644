"""The one place where SQL is put together. A statement is a constant text with named gaps; a gap takes a
name from the schema, which is quoted, or a piece that was made here. Values are bound, never put in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import resources

_NAME = re.compile(r"\w{1,80}\Z")


class Sql(str):
    """SQL made by this module; nothing else is given to the database."""

    __slots__ = ()


def name(text: str) -> Sql:
    """A quoted identifier. Raises ValueError for anything that is not one word.

    >>> name("month"), name("größe")
    ('"month"', '"größe"')
    """
    if not _NAME.match(text):
        raise ValueError(f"not a name of the schema: {text!r}")
    return Sql(f'"{text}"')


def sql(template: str, /, **gaps: str | Iterable[str]) -> Sql:
    """The template with its gaps `{gap}` filled; a list is joined by commas.

    >>> sql("SELECT {columns} FROM {table} WHERE {a} > $limit", columns=["a", "b"], table="t", a="a")
    'SELECT "a", "b" FROM "t" WHERE "a" > $limit'
    """
    return Sql(template.format(**{gap: _piece(value) for gap, value in gaps.items()}))


def _piece(value: str | Iterable[str]) -> Sql:
    if isinstance(value, Sql):
        return value
    if isinstance(value, str):
        return name(value)
    return Sql(", ".join(_piece(one) for one in value))


def joined(separator: str, pieces: Iterable[str]) -> Sql:
    """Pieces (or names) with a constant separator between them."""
    return Sql(separator.join(_piece(one) for one in pieces))


def decimal(whole: int, scale: int) -> Sql:
    """DECIMAL(w, s) for so many digits; 18 digits are stored in half the space of 38."""
    width = max(whole + scale, 1)
    return Sql(f"DECIMAL({18 if width <= 18 else 38}, {scale})")


def wide(scale: int) -> Sql:
    """The widest DECIMAL, for sums."""
    return Sql(f"DECIMAL(38, {int(scale)})")


def number(value: int) -> Sql:
    """A whole number."""
    return Sql(str(int(value)))


def param(text: str) -> Sql:
    """A named parameter, to which the value is bound.

    >>> param("version")
    '$version'
    """
    return Sql("$" + name(text)[1:-1])


def exact_decimal(whole: int, scale: int) -> Sql:
    """DECIMAL of exactly so many digits, so that a product of two has room."""
    return Sql(f"DECIMAL({max(whole + scale, 1)}, {scale})")


def literal(text: str) -> Sql:
    """A text constant of the loader (a pattern, a mark of the mapping), quoted. Cells are bound instead."""
    return Sql("'" + text.replace("'", "''") + "'")


def statement(file: str) -> Sql:
    """A statement of the room's `sql/` folder."""
    return Sql(resources.files("siop.warehouse").joinpath("sql", file).read_text(encoding="utf-8"))
