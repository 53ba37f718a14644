"""Is this item fit for the register? The same rules for the form of one item and for a register pasted from a sheet."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siop.core import MEASURES, Finding, NotFound, Refused, add_months, is_month, months_between
from siop.ledger import State
from siop.metrics import query
from siop.risks.register import person_of
from siop.warehouse import Snapshot

FIELDS = (
    "id", "kind", "title", "from", "to", "in_plan", "owner", "measure", "driver_group", "shape", "trigger",
    "contingency", "mitigation", "mitigation_cost", "mitigation_probability", "probability", "low", "likely", "high",
)  # fmt: skip
_NEEDED = ("kind", "title", "from", "to", "owner", "probability", "low", "likely", "high")
_SAME = {
    "statement": "title", "name": "title", "item": "title", "type": "kind", "start": "from", "end": "to",
    "p": "probability", "chance": "probability", "min": "low", "minimum": "low", "mode": "likely",
    "most likely": "likely", "max": "high", "maximum": "high", "driver": "driver_group", "group": "driver_group",
    "in plan": "in_plan", "in-plan": "in_plan",
}  # fmt: skip
_KINDS = {
    "risk": "risk", "threat": "risk", "r": "risk", "opportunity": "opportunity", "reward": "opportunity",
    "o": "opportunity", "opp": "opportunity",
}  # fmt: skip
_YES = {
    "yes": True,
    "y": True,
    "true": True,
    "1": True,
    "x": True,
    "no": False,
    "n": False,
    "false": False,
    "0": False,
}
_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)\Z")
MAX_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Pasted:
    """A pasted register: entries to append together, or findings that hold all of it back.

    entries: (type, payload) in the form of contract.md section 3, ready for the ledger, in order; empty where
    any row has an error.
    """

    entries: tuple[tuple[str, dict[str, Any]], ...]
    findings: tuple[Finding, ...]
    rows: int

    @property
    def ok(self) -> bool:
        return not any(f.severity == "error" for f in self.findings)


def read_paste(text: str, snapshot: Snapshot, state: State) -> Pasted:
    """Read rows copied from a sheet (tabs) or a CSV with a header, and check every one of them.

    Columns: those of `FIELDS`; every further column is a dimension of the company and gives the scope (several
    values with a semicolon). An id that is registered is scored again; without an id the item gets a new one.
    """
    rows = list(csv.reader(io.StringIO(text.strip("\n")), delimiter=_delimiter(text)))
    if len(rows) < 2:
        return Pasted(
            (), (_finding(None, None, None, "empty", "there are no rows", "copy the header and rows"),), 0
        )
    if len(rows) > MAX_ROWS + 1:
        fix = f"paste at most {MAX_ROWS} rows at a time"
        return Pasted(
            (), (_finding(None, None, str(len(rows) - 1), "rows", "too many rows", fix),), len(rows) - 1
        )
    header, findings = _header(rows[0], snapshot)
    entries: list[tuple[str, dict[str, Any]]] = []
    taken = set(state.risks)
    seen: set[str] = set()
    count = 0
    for number, cells in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if len(cells) > len(header):
            fix = "copy the rows with their header, each row in its own line"
            findings.append(
                _finding(number, None, None, "cells", "the row has more cells than the header", fix)
            )
            continue
        fields = {
            name: cell.strip() for name, cell in zip(header, cells, strict=False) if name and cell.strip()
        }
        said = fields.get("id")
        if said in seen:
            findings.append(
                _finding(number, "id", said, "id", "the id stands twice", "give each row its own id")
            )
            continue
        if said:
            seen.add(said)
        found, risk, score = check_item(fields, snapshot, state, row=number)
        findings += found
        if risk is None or score is None:
            continue
        if not said:
            risk["id"] = score["id"] = new_id(taken)
        taken.add(risk["id"])
        entries += [("risk", risk), ("risk_score", score)]
    bad = any(f.severity == "error" for f in findings)
    return Pasted(() if bad else tuple(entries), tuple(findings), count)


def check_item(
    fields: Mapping[str, Any], snapshot: Snapshot, state: State, *, row: int | None = None
) -> tuple[list[Finding], dict[str, Any] | None, dict[str, Any] | None]:
    """Check one item and make its two payloads.

    Args: fields: texts (or values) by the names of `FIELDS`, any other name is a dimension of the scope; may hold
        "scope" as {dimension: value or [values]}.
    Returns: (findings, payload of `risk`, payload of `risk_score`); the payloads are None where there is an error.
    """
    told = {key: value for key, value in fields.items() if value not in (None, "")}
    findings: list[Finding] = []

    def wrong(field: str, value: Any, rule: str, message: str, fix: str) -> None:
        findings.append(_finding(row, field, None if value is None else str(value), rule, message, fix))

    for name in _NEEDED:
        if name not in told:
            wrong(name, None, "missing", f"{name} is missing", f"fill in {name}")
    kind = _KINDS.get(str(told.get("kind", "")).casefold())
    if "kind" in told and kind is None:
        wrong("kind", told["kind"], "kind", "neither a risk nor an opportunity", "write risk or opportunity")
    known = told.get("id") in state.risks
    numbers = _numbers(told, wrong)
    _months(told, snapshot, known, wrong)
    scope = _scope(told, snapshot, wrong)
    _owner(told, state, wrong)
    mitigation = _mitigation(told, wrong)
    for field, allowed in (("measure", tuple(MEASURES)), ("shape", ("triangular", "pert"))):
        if field in told and str(told[field]).casefold() not in allowed:
            wrong(field, told[field], field, f"unknown {field}", f"write {' or '.join(allowed)}")
    in_plan = told.get("in_plan", False)
    in_plan = _YES.get(str(in_plan).casefold()) if not isinstance(in_plan, bool) else in_plan
    if in_plan is None:
        wrong("in_plan", told["in_plan"], "in_plan", "neither yes nor no", "write yes or no")
    if any(f.severity == "error" for f in findings):
        return findings, None, None
    ident = str(told.get("id", ""))
    risk: dict[str, Any] = {
        "id": ident, "kind": kind, "title": str(told["title"]), "scope": scope, "from": told["from"],
        "to": told["to"], "in_plan": in_plan, "owner": str(told["owner"]),
    }  # fmt: skip
    for field in ("measure", "shape"):
        if field in told:
            risk[field] = str(told[field]).casefold()
    for field in ("driver_group", "trigger", "contingency"):
        if field in told:
            risk[field] = str(told[field])
    if mitigation is not None:
        risk["mitigation"] = mitigation
    return findings, risk, {"id": ident, **numbers}


def check_score(
    ident: str, fields: Mapping[str, Any], state: State
) -> tuple[list[Finding], dict[str, Any] | None]:
    """Check a new score of a registered item: (findings, payload of `risk_score`)."""
    findings: list[Finding] = []

    def wrong(field: str, value: Any, rule: str, message: str, fix: str) -> None:
        findings.append(_finding(None, field, None if value is None else str(value), rule, message, fix))

    risk = state.risks.get(ident)
    if risk is None:
        wrong("id", ident, "id", "no item has this id", "register the item first")
    elif risk.outcome is not None:
        wrong("id", ident, "closed", "the item is closed", "register a new item")
    for name in ("probability", "low", "likely", "high"):
        if fields.get(name) in (None, ""):
            wrong(name, None, "missing", f"{name} is missing", f"fill in {name}")
    numbers = _numbers(fields, wrong)
    return findings, None if findings else {"id": ident, **numbers}


def checked_outcome(occurred: bool | None, realised: float | None) -> dict[str, Any]:
    """occurred and realised of an outcome. Raises Refused where one is missing, or an amount came of what did not happen."""
    if occurred is None:
        raise Refused(
            "Nothing was closed.",
            [_finding(None, "occurred", None, "missing", "it is not said whether it happened", "choose one")],
        )
    if occurred and realised is None:
        raise Refused(
            "Nothing was closed.",
            [
                _finding(
                    None,
                    "realised",
                    None,
                    "missing",
                    "the amount that came is missing",
                    "write it, 0 where it cost nothing",
                )
            ],
        )
    if not occurred and realised:
        raise Refused(
            "Nothing was closed.",
            [
                _finding(
                    None,
                    "realised",
                    str(realised),
                    "amount",
                    "an amount of what did not happen",
                    "leave the amount out",
                )
            ],
        )
    return {"occurred": occurred, "realised": float(realised or 0.0)}


def _numbers(told: Mapping[str, Any], wrong: Any) -> dict[str, float]:
    found: dict[str, float] = {}
    for field in ("probability", "low", "likely", "high"):
        value = told.get(field)
        if value in (None, ""):
            continue
        text = str(value).replace("\u2212", "-").replace("\u00a0", " ").strip()
        share = field == "probability" and text.endswith("%")
        text = text.removesuffix("%").strip() if share else text
        if not isinstance(value, int | float) and not _NUMBER.match(text):
            fix = "write digits with a decimal point and no separators, for instance 1250000"
            wrong(field, value, "number", "not a number with a decimal point", fix)
            continue
        number = float(text) / (100 if share else 1)
        if field == "probability" and not 0 <= number <= 1:
            fix = (
                f"write {number / 100:g}, or {number:g} %"
                if 1 < number <= 100
                else "write 0.3 for thirty per cent"
            )
            wrong(field, value, "probability", "a probability lies between 0 and 1", fix)
        elif not 0 <= number < float("inf"):
            wrong(field, value, "amount", "an amount is positive", "leave the sign out: the kind gives it")
        else:
            found[field] = number
    if {"low", "likely", "high"} <= set(found) and not found["low"] <= found["likely"] <= found["high"]:
        said = f"{told['low']}, {told['likely']}, {told['high']}"
        wrong("likely", said, "order", "low, likely and high are out of order", "write low <= likely <= high")
    return found


def _mitigation(told: Mapping[str, Any], wrong: Any) -> dict[str, Any] | None:
    """What can be done, its cost, and the probability once it is done; None where nobody said."""
    names = {"mitigation_probability": "probability", "mitigation_cost": "likely"}
    given = {field: told[field] for field in names if told.get(field) not in (None, "")}
    if "mitigation" not in told:
        for field, value in given.items():
            wrong(
                field,
                value,
                "mitigation",
                "a mitigation without words",
                "say what would be done in mitigation",
            )
        return None
    if "mitigation_cost" not in given:
        wrong(
            "mitigation_cost",
            None,
            "missing",
            "the mitigation has no cost",
            "write what it costs, 0 where nothing",
        )
    found: dict[str, Any] = {"text": str(told["mitigation"])}
    for field, name in names.items():
        if field in given:
            read = _numbers({name: given[field]}, lambda _, *rest, field=field: wrong(field, *rest))
            if name in read:
                found["probability" if name == "probability" else "cost"] = read[name]
    return found


def _months(told: Mapping[str, Any], snapshot: Snapshot, known: bool, wrong: Any) -> None:
    first, last = told.get("from"), told.get("to")
    for field, value in (("from", first), ("to", last)):
        if value is not None and not is_month(value):
            wrong(field, value, "month", "not a month", "write YYYY-MM, for instance 2026-11")
    if not (isinstance(first, str) and isinstance(last, str) and is_month(first) and is_month(last)):
        return
    if months_between(first, last) < 0:
        wrong("to", last, "window", f"the end lies before the start {first}", f"write {first} or later")
    if snapshot.as_of is not None and first <= snapshot.as_of and not known:
        start = add_months(snapshot.as_of, 1)
        wrong("from", first, "closed", f"{first} is closed: its actuals are in", f"write {start} or later")


def _scope(told: Mapping[str, Any], snapshot: Snapshot, wrong: Any) -> dict[str, str | list[str]]:
    given = dict(told.get("scope") or {})
    for name, value in told.items():
        if name not in (*FIELDS, "scope"):
            parts = [part.strip() for part in str(value).split(";") if part.strip()]
            given[name] = parts[0] if len(parts) == 1 else parts
    scope: dict[str, str | list[str]] = {}
    for name, value in given.items():
        try:
            dimension = snapshot.dimension(name)
        except NotFound as error:
            wrong(
                name, value, "scope", f"no dimension {name}", str(error).partition("; ")[2] or "leave it out"
            )
            continue
        values = [value] if isinstance(value, str) else list(value)
        have = query.members(snapshot, dimension.name)
        for one in values:
            if one not in have:
                near = difflib.get_close_matches(one, have, 1)
                fix = f"did you mean {near[0]}?" if near else f"write one of {_some(have)}"
                label = snapshot.labels.get(dimension.name, dimension.name)
                wrong(dimension.name, one, "scope", f"no {label} is called {one}", fix)
        scope[dimension.name] = values[0] if len(values) == 1 else values
    return scope


def _owner(told: Mapping[str, Any], state: State, wrong: Any) -> None:
    owner = told.get("owner")
    if owner is None or person_of(state, str(owner)) is not None:
        return
    names = [p.name for p in state.people.values()] + list(state.people)
    near = difflib.get_close_matches(str(owner), names, 1, cutoff=0.5)
    fix = f"did you mean {near[0]}?" if near else "name a person of the ledger, by id or name"
    wrong("owner", owner, "owner", "nobody of the ledger has this name", fix)


def _header(cells: Sequence[str], snapshot: Snapshot) -> tuple[list[str], list[Finding]]:
    names, findings = [], []
    for cell in cells:
        plain = cell.strip().lstrip("\ufeff")
        name = plain.casefold()
        name = _SAME.get(name, name)
        if name not in FIELDS and plain:
            try:
                name = snapshot.dimension(plain).name
            except NotFound:
                try:
                    name = snapshot.dimension(plain.casefold()).name
                except NotFound:
                    near = difflib.get_close_matches(name, [*FIELDS, *snapshot.dimensions], 1)
                    fix = f"did you mean {near[0]}?" if near else f"known columns: {', '.join(FIELDS)}"
                    findings.append(_finding(1, plain, None, "column", "unknown column", fix))
        if name and name in names:
            findings.append(
                _finding(1, plain, None, "column", "the column stands twice", "remove one of them")
            )
        names.append(name)
    missing = [name for name in _NEEDED if name not in names]
    for name in missing:
        findings.append(
            _finding(1, name, None, "column", f"the column {name} is missing", f"add the column {name}")
        )
    return names, findings


def _delimiter(text: str) -> str:
    first = text.strip("\n").split("\n", 1)[0]
    return max("\t;,", key=first.count)


def new_id(taken: Iterable[str]) -> str:
    """The id after the highest: R-012 after R-011, as every form gives them.

    >>> new_id(["R-011", "A1"])
    'R-012'
    """
    numbers = [int(found[1]) for ident in taken if (found := re.match(r"R-(\d{1,9})\Z", ident))]
    return f"R-{max(numbers, default=0) + 1:03d}"


def _some(values: Sequence[str]) -> str:
    return ", ".join(values[:5]) + (" ..." if len(values) > 5 else "")


def _finding(
    row: int | None, column: str | None, value: str | None, rule: str, message: str, fix: str
) -> Finding:
    return Finding("error", "register", rule, message, fix, row=row, column=column, value=value)
