"""What was asked: a request of the ledger, or a JSON file; checked against the snapshot, wrong ones answered in words."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siop.core import Finding, Refused, is_month
from siop.ledger import State
from siop.ledger.state import RequestView
from siop.warehouse import Snapshot

_FIELDS = ("id", "customer", "lines", "wanted", "asked_by", "sponsor", "minima")
_LINE = ("sku", "family", "month", "quantity", "price", "instead_of")
_MINIMUM = ("customer", "sku", "family", "month", "quantity")
MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Line:
    """So many units of a sku, or of a family, in a month. price: money a unit, None is the customer's plan; instead_of:
    the month whose planned units are wanted earlier (or later) in `month`, None is units on top of the plan."""

    month: str
    quantity: float
    sku: str | None = None
    family: str | None = None
    price: float | None = None
    instead_of: str | None = None

    @property
    def item(self) -> str:
        return self.sku or self.family or ""


@dataclass(frozen=True, slots=True)
class Minimum:
    """Units of a customer that a contract promises in a month, beside the open orders."""

    customer: str
    month: str
    quantity: float
    sku: str | None = None
    family: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it is judged. id: where it stands in the ledger."""

    customer: str
    lines: tuple[Line, ...]
    id: str | None = None
    minima: tuple[Minimum, ...] = ()
    wanted: str | None = None
    asked_by: str | None = None
    sponsor: str | None = None

    @property
    def quantity(self) -> float:
        return sum(line.quantity for line in self.lines)


def of_ledger(view: RequestView) -> Asked:
    """A request that was entered in the ledger."""
    lines = tuple(Line(r.month, r.quantity, r.sku, r.family, r.price) for r in view.lines)
    return Asked(view.customer, lines, view.id, (), view.wanted, view.asked_by, view.sponsor)


def read_asked(path: Path, state: State) -> Asked:
    """A request from a JSON file: {"customer", "lines": [{"sku" or "family", "month", "quantity", "price"?,
    "instead_of"?}], "minima"?: [{"customer", "sku" or "family", "month", "quantity"}]}, or {"request": id of the ledger}.

    Raises Refused with a finding for each field that does not fit.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Refused(f"{path.name} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise _refused([_finding(path.name, None, f"not JSON: {error}", "write one JSON object")]) from None
    return parse_asked(told, state, path.name)


def parse_asked(told: Any, state: State, source: str = "request") -> Asked:
    """A request from parsed JSON or a form. Raises Refused with findings; customer and products are not checked here."""
    if isinstance(told, Mapping) and set(told) == {"request"}:
        inner = told["request"]
        if isinstance(inner, str):
            if inner not in state.requests:
                raise _refused([_finding(source, "request", f"no request {inner!r} in the ledger", _nearest(inner, state.requests), inner)])  # fmt: skip
            return of_ledger(state.requests[inner])
        told = inner
    found: list[Finding] = []
    if not isinstance(told, Mapping):
        raise _refused([_finding(source, None, "not a JSON object", 'write {"customer": ..., "lines": [...]}')])  # fmt: skip
    _unknown(found, source, "", told, _FIELDS)
    customer = _text(found, source, "customer", told.get("customer"))
    rows = _rows(found, source, "lines", told.get("lines"))
    if not rows and not found:
        found.append(_finding(source, "lines", "nothing is asked for", "name at least one line"))
    lines = [_line(found, source, f"lines[{i + 1}]", row) for i, row in enumerate(rows)]
    given = told.get("minima")
    minima = [
        _minimum(found, source, f"minima[{i + 1}]", row)
        for i, row in enumerate(_rows(found, source, "minima", given) if given is not None else [])
    ]
    if found:
        raise _refused(found)
    optional = {k: str(told[k]) if told.get(k) is not None else None for k in ("id", "wanted", "asked_by", "sponsor")}  # fmt: skip
    return Asked(customer, tuple(line for line in lines if line), minima=tuple(m for m in minima if m), **optional)  # fmt: skip


def check_names(asked: Asked, snapshot: Snapshot, months: Sequence[str], customers: Sequence[str]) -> None:
    """Raises Refused where a customer, product or month is not one of the plan: what was meant is guessed and said."""
    found: list[Finding] = []
    source = asked.id or "request"
    products = snapshot.rows("SELECT DISTINCT sku, family FROM products ORDER BY ALL")
    known = {
        "sku": sorted({str(sku) for sku, _ in products if sku}),
        "family": sorted({str(family) for _, family in products if family}),
    }
    if asked.customer not in customers:
        found.append(_finding(source, "customer", "not a customer of this company", _nearest(asked.customer, customers), asked.customer))  # fmt: skip
    named: list[tuple[str, Line | Minimum]] = [(f"lines[{i + 1}]", one) for i, one in enumerate(asked.lines)]
    named += [(f"minima[{i + 1}]", m) for i, m in enumerate(asked.minima)]
    for where, one in named:
        kind = "sku" if one.sku else "family"
        value = one.sku or one.family or ""
        if value not in known[kind]:
            found.append(_finding(source, f"{where}.{kind}", f"not a {kind} of this company", _nearest(value, known[kind]), value))  # fmt: skip
        for field in ("month", "instead_of"):
            month = getattr(one, field, None)
            if month is not None and month not in months:
                reach = f"name a month from {months[0]} to {months[-1]}" if months else "load a consensus plan"  # fmt: skip
                closed = bool(months) and month < months[0]
                said = "is closed: nothing can be shipped in it any more" if closed else "is not planned: the consensus plan does not reach it"  # fmt: skip
                found.append(_finding(source, f"{where}.{field}", said, reach, month))
    for i, minimum in enumerate(asked.minima):
        if minimum.customer not in customers:
            found.append(_finding(source, f"minima[{i + 1}].customer", "not a customer of this company", _nearest(minimum.customer, customers), minimum.customer))  # fmt: skip
    if found:
        raise _refused(found)


def _line(found: list[Finding], source: str, where: str, row: Any) -> Line | None:
    before = len(found)
    if not isinstance(row, Mapping):
        found.append(_finding(source, where, "not an object", "write {sku or family, month, quantity}"))
        return None
    _unknown(found, source, f"{where}.", row, _LINE)
    sku, family = _item(found, source, where, row)
    month = _month(found, source, f"{where}.month", row.get("month"))
    quantity = _number(found, source, f"{where}.quantity", row.get("quantity"))
    price = row.get("price")
    instead = row.get("instead_of")
    if price is not None:
        price = _number(found, source, f"{where}.price", price)
    if instead is not None:
        instead = _month(found, source, f"{where}.instead_of", instead)
        if instead == month and instead:
            found.append(_finding(source, f"{where}.instead_of", "is the month asked for itself", "name the month the units are planned in", instead))  # fmt: skip
    return Line(month, quantity, sku, family, price, instead) if len(found) == before else None


def _minimum(found: list[Finding], source: str, where: str, row: Any) -> Minimum | None:
    before = len(found)
    if not isinstance(row, Mapping):
        found.append(_finding(source, where, "not an object", "write {customer, sku or family, month, quantity}"))  # fmt: skip
        return None
    _unknown(found, source, f"{where}.", row, _MINIMUM)
    customer = _text(found, source, f"{where}.customer", row.get("customer"))
    sku, family = _item(found, source, where, row)
    month = _month(found, source, f"{where}.month", row.get("month"))
    quantity = _number(found, source, f"{where}.quantity", row.get("quantity"))
    return Minimum(customer, month, quantity, sku, family) if len(found) == before else None


def _item(found: list[Finding], source: str, where: str, row: Mapping[str, Any]) -> tuple[str | None, str | None]:  # fmt: skip
    sku, family = row.get("sku"), row.get("family")
    if (sku is None) == (family is None):
        found.append(_finding(source, where, "names both a sku and a family" if sku is not None else "names no product", "name either the sku or the family"))  # fmt: skip
        return None, None
    kind = "sku" if sku is not None else "family"
    value = _text(found, source, f"{where}.{kind}", sku if sku is not None else family)
    return (value, None) if kind == "sku" else (None, value)


def _rows(found: list[Finding], source: str, name: str, value: Any) -> list[Any]:
    if value is None:
        found.append(_finding(source, name, "is missing", "name at least one line"))
        return []
    if not isinstance(value, list):
        found.append(_finding(source, name, "not a list", "write a list of objects"))
        return []
    if len(value) > MOST_LINES:
        found.append(_finding(source, name, f"has {len(value):,} lines", f"ask for at most {MOST_LINES} at once"))  # fmt: skip
        return []
    return value


def _text(found: list[Finding], source: str, where: str, value: Any) -> str:
    if isinstance(value, str) and value.strip():
        return value.strip()
    found.append(_finding(source, where, "is missing" if value in (None, "") else "not a name", "write a name", _said(value)))  # fmt: skip
    return ""


def _month(found: list[Finding], source: str, where: str, value: Any) -> str:
    if is_month(value):
        return str(value)
    found.append(_finding(source, where, "is missing" if value is None else "not a month", "write YYYY-MM, for instance 2027-02", _said(value)))  # fmt: skip
    return ""


def _number(found: list[Finding], source: str, where: str, value: Any) -> float:
    number: float | None = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value) if abs(value) < 1e15 else None
    elif isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            number = None
    if number is None or not math.isfinite(number):
        found.append(_finding(source, where, "is missing" if value is None else "not a number", "write a number with a decimal point", _said(value)))  # fmt: skip
        return 0.0
    if number < 0:
        found.append(_finding(source, where, "is below zero", "write zero or more", _said(value)))
    return number


def _unknown(found: list[Finding], source: str, where: str, row: Mapping[str, Any], known: Sequence[str]) -> None:  # fmt: skip
    for name in row:
        if name not in known:
            found.append(_finding(source, f"{where}{name}", "an unknown field", _nearest(str(name), known)))


def _nearest(value: str, known: Any) -> str:
    names = [str(n) for n in known]
    near = difflib.get_close_matches(value, names, 1, 0.5)
    if near:
        return f"did you mean {near[0]}?"
    return f"known are {', '.join(names[:8])}{' and others' if len(names) > 8 else ''}" if names else "none is known"  # fmt: skip


def _said(value: Any) -> str | None:
    return None if value is None else str(value)[:80]


def _finding(source: str, column: str | None, message: str, fix: str, value: str | None = None) -> Finding:
    return Finding("error", source, "request", message, fix, column=column, value=value)


def _refused(found: list[Finding]) -> Refused:
    first = found[0]
    value = f" {first.value!r}" if first.value is not None else ""
    return Refused(f"The request cannot be judged: {first.column or first.file}{value}: {first.message}; {first.fix}", found)  # fmt: skip
