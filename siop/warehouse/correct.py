"""A mapping corrected: what a form says about one source, put into the mapping's table."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from siop.warehouse import codes
from siop.warehouse.contract import TABLES, VERSION_COLUMNS
from siop.warehouse.mapping import FORMS

NOT_USED = "not used"
DIMENSION = "a dimension of its own"
NO_TABLE = "(leave this file out)"


def choices(table: str) -> list[str]:
    """What a column of a file may be taken for, in the contract's order."""
    found = TABLES.get(table)
    if found is None:
        return [NOT_USED]
    names = list(found.names)
    if found.fact and "version" in found.key:
        names += [c.name for c in VERSION_COLUMNS if c.name not in names]
    return [NOT_USED, *names, *([DIMENSION] if found.extras else [])]


def said(table: str, columns: Sequence[str]) -> str:
    """A column's contract columns as a choice: month, or version and cycle.

    >>> said("plans", ["version", "cycle"]), said("products", ["colour"]), said("plans", [])
    ('version and cycle', 'a dimension of its own', 'not used')
    """
    if not columns:
        return NOT_USED
    known = TABLES[table].names if table in TABLES else ()
    if len(columns) == 1 and columns[0] not in choices(table):
        return DIMENSION if columns[0] not in known else columns[0]
    return " and ".join(columns)


def doubled(picks: Sequence[str]) -> list[str]:
    """Contract columns that two columns of the file are taken for: one of them has to go."""
    names = [n for pick in picks if pick not in (NOT_USED, DIMENSION) for n in pick.split(" and ")]
    return sorted({n for n in names if names.count(n) > 1})


def lacking(table: str, picks: Sequence[str], others: Sequence[str]) -> list[str]:
    """What a table still needs, in words. others: contract columns that constants and lookups give.

    >>> lacking("actuals", ["month"], [])
    ['one of quantity, revenue, cost, price']
    >>> lacking("plans", ["month", "quantity"], ["version"])
    []
    """
    if table not in TABLES:
        return []
    have = {n for pick in picks for n in pick.split(" and ")} | set(others)
    needed = [c.name for c in TABLES[table].columns if c.required and c.name not in have]
    groups = [g for g in TABLES[table].one_of if not have & set(g)]
    return needed + [f"one of {', '.join(g)}" for g in groups]


def corrected(
    told: Mapping[str, Any],
    number: int,
    table: str,
    header: Sequence[str],
    picks: Sequence[str],
    before: Sequence[Sequence[str]],
    forms: Mapping[str, str | None],
    constants: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The mapping with source `number` (from 1) as a form says.

    Args: picks: for each column of `header`, one of `choices` or several joined by " and "; before: the contract
        columns it fed until now, so that a dimension keeps its name; forms: FORMS keys, None where plain;
        constants: what is the same for every row, put over the constants there were; an empty one is taken out.
    A table of NO_TABLE takes the source out. Columns that come from lookups stay.
    """
    out: dict[str, Any] = copy.deepcopy(dict(told))
    sources = out["source"]
    if table == NO_TABLE:
        del sources[number - 1]
        return out
    source = sources[number - 1]
    columns: dict[str, str] = {}
    for name, pick, had in zip(header, picks, before, strict=True):
        if pick == DIMENSION:
            kept = [c for c in had if c not in TABLES[table].names]
            columns[kept[0] if kept else codes.identifier(name)] = name
        elif pick != NOT_USED:
            columns |= dict.fromkeys(pick.split(" and "), name)
    if source.get("table") != table:
        source["table"] = table
        allowed = {*TABLES[table].names, *(c.name for c in VERSION_COLUMNS)}
        kept_ones = {k: v for k, v in source.get("constants", {}).items() if k in allowed}
        source["constants"] = kept_ones if "version" in TABLES[table].key else {}
    fixed = {**source.get("constants", {}), **(constants or {})}
    source["constants"] = {k: v for k, v in fixed.items() if v and k not in columns}
    if not source["constants"]:
        del source["constants"]
    source["columns"] = columns
    for key in FORMS:
        if key in forms:
            if forms[key]:
                source[key] = forms[key]
            else:
                source.pop(key, None)
    return out


def company_of(told: Mapping[str, Any], name: str, currency: str, year_start: int) -> dict[str, Any]:
    """The mapping with another head: the company's name, currency and first month of its fiscal year."""
    out: dict[str, Any] = copy.deepcopy(dict(told))
    head = {**out.get("company", {}), "name": name.strip(), "currency": currency.strip().upper()}
    head["fiscal_year_start"] = int(year_start)
    return {"company": head, **{k: v for k, v in out.items() if k != "company"}}


def added(told: Mapping[str, Any], sources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The mapping with further sources at its end."""
    out: dict[str, Any] = copy.deepcopy(dict(told))
    out["source"] = [*out.get("source", []), *(dict(s) for s in sources)]
    return out
