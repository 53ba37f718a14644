"""Which quantities can be added: those counted in one unit. Kilograms and pieces never make a sum."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from siop.core import Report, Scope, words
from siop.metrics.footing import facts, names_said
from siop.metrics.grain import coarsest, grains
from siop.metrics.source import Source, resolve
from siop.warehouse import Snapshot

NO_TOTAL = "and cannot be added: there is no total."
Mixed = dict[tuple[str | None, ...], frozenset[str]]


def units_in(snapshot: Snapshot, level: str) -> dict[str, frozenset[str]]:
    """{sku or family: the units its products are counted in}; a product without a unit says nothing."""
    told = snapshot.table("SELECT sku, family, unit FROM products").dropna(subset=[level, "unit"])
    return {
        str(key): frozenset(map(str, units)) for key, units in told.groupby(level)["unit"].unique().items()
    }


def all_units(snapshot: Snapshot) -> frozenset[str]:
    """The units of all products; kept per snapshot."""
    found: frozenset[str] = snapshot.answers.ask(
        "units", lambda: frozenset().union(*units_in(snapshot, "sku").values())
    )
    return found


def families_mixed(snapshot: Snapshot) -> bool:
    """Whether any family has products of several units; kept per snapshot."""
    found: bool = snapshot.answers.ask(
        "families mixed", lambda: any(len(units) > 1 for units in units_in(snapshot, "family").values())
    )
    return found


def mixed_units(
    snapshot: Snapshot, sources: Sequence[Source], by: Sequence[str], scope: Scope, months: Sequence[str]
) -> Mixed:
    """{values of `by`: their units} of the rows whose quantities are counted in several units, in any of the sources.

    by: dimensions that all sources have, none for the total. A source by family has the units of the family's products,
    one without products those of the company. A quantity of zero adds nothing and counts in no unit.
    """
    if len(all_units(snapshot)) < 2:
        return {}
    found: dict[tuple[str | None, ...], set[str]] = {}
    for source in sources:
        given = grains(snapshot, resolve(snapshot, source, months, scope.lag).names, "quantity")
        if not given:
            continue
        level = coarsest(given).product
        keys = list(dict.fromkeys([*by, *([level] if level != "none" else [])]))
        table = facts(snapshot, source, keys, ("quantity",), scope, months)
        units = units_in(snapshot, level) if level != "none" else {}
        for row in table[table["quantity"].fillna(0.0) != 0].to_dict("records"):
            own = units.get(str(row[level]), frozenset()) if level != "none" else all_units(snapshot)
            found.setdefault(tuple(None if pd.isna(row[n]) else str(row[n]) for n in by), set()).update(own)
    return {key: frozenset(units) for key, units in found.items() if len(units) > 1}


def mixed_total(
    snapshot: Snapshot, measure: str, sources: Sequence[Source], scope: Scope, months: Sequence[str]
) -> str | None:
    """Why the sources' sum of these months does not exist: its quantities are counted in several units. None where it does."""
    if measure != "quantity":
        return None
    return next(iter(mixed_notes({}, mixed_units(snapshot, sources, (), scope, months))), None)


def mixed_notes(rows: Mixed, total: Mixed) -> list[str]:
    """Which sums there are not, and why."""
    notes = []
    named = list(dict.fromkeys(", ".join(k or "(unknown)" for k in key) for key in rows))
    if named:
        units = words.listed(sorted(frozenset().union(*rows.values())))
        notes.append(f"{names_said(named)}: counted in {units}, so quantities cannot be added.")
    for units_of_all in total.values():
        notes.append(f"Quantities are in {words.listed(sorted(units_of_all))} {NO_TOTAL}")
    return notes


def no_total(report: Report) -> str | None:
    """The note of a report whose quantities cannot be added, else None."""
    return next((note for note in report.notes if note.endswith(NO_TOTAL)), None)
