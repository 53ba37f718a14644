"""What changed, and why? Base to current by volume, mix, price, FX, cost, new and discontinued items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from siop.core import MEASURES, NotFound, Report, Scope, words
from siop.metrics.compare import default_measure, unknown_values
from siop.metrics.footing import Footing, by_name, facts, footing, said
from siop.metrics.page import usual
from siop.metrics.pvm import EFFECTS, decompose
from siop.metrics.query import half_told, without_quantity
from siop.metrics.source import ESTIMATE, Source, months_of
from siop.metrics.units import all_units, mixed_notes, mixed_units, units_in
from siop.warehouse import Dimension, Snapshot

COLUMNS = ("base", *EFFECTS, "current")
COUNTED = "counted_in"  # the units of an item, beside the dimensions of its row, of which `unit` may be one
_READ = {
    "revenue": ("quantity", "revenue"),
    "margin": ("quantity", "revenue", "cost", "margin"),
    "cost": ("quantity", "cost"),
    "quantity": ("quantity",),
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question: from which source to which, of what, by what."""

    snapshot: Snapshot
    scope: Scope
    base: Source
    current: Source
    dims: tuple[Dimension, ...]
    measure: str

    @property
    def names(self) -> list[str]:
        return [d.name for d in self.dims]


def bridge(
    snapshot: Snapshot,
    scope: Scope,
    *,
    base: Source,
    current: Source = "actual",
    by: Sequence[str] | None = None,
    measure: str | None = None,
) -> Report:
    """The bridge from one source to another.

    Args: base, current: a version's name, budget, consensus (at scope.lag), prior-year, estimate or actual;
        by: the rows, default family, or the next there is (`page.usual`); inside a row the items are products. measure: default revenue where loaded.
    Returns: rows {by, base, volume, mix, price, fx, cost, new, discontinued, unexplained, current}. Items are
        products inside a row, also for the totals, so that totals.volume + totals.mix is the sum of the rows'.
        current = base + all effects. Only months that both sources have count; notes name the others, and say
        what stands in `unexplained` and why. Base and effects are null where the grain does not allow them.
    Raises: NotFound for an unknown dimension, measure or version.
    Source: formulas of siop.metrics.pvm.
    """
    measure = measure or default_measure(snapshot)
    if measure not in MEASURES:
        raise NotFound(f"no measure {measure!r}; known are {', '.join(MEASURES)}")
    if by is None:
        by = (usual(snapshot),)
    asked = _Asked(
        snapshot,
        by_name(snapshot, scope),
        base,
        current,
        tuple({d.name: d for d in map(snapshot.dimension, by)}.values()),
        measure,
    )
    foot = footing(snapshot, asked.scope, (base, current), asked.dims, measure)
    notes = [*unknown_values(snapshot, asked.scope), *foot.notes]
    if not months_of(snapshot, asked.scope):
        notes.append("No month of this scope is closed: there is nothing to compare.")
    comparable = bool(foot.months) and not foot.blocked
    shared = [d.name for d in asked.dims if d not in foot.lacking]
    items = _items(asked, foot, shared) if comparable else _no_items(shared)
    effects = pd.concat([items, decompose(items, [*shared, COUNTED])], axis=1)
    over_all = pd.concat([items, decompose(items, [COUNTED])], axis=1)
    if comparable:
        effects, over_all = (
            _as_measured(frame, measure, foot.grain.product) for frame in (effects, over_all)
        )
        notes += _reasons(asked, over_all, foot)
    totals = _sums(over_all) if comparable else dict.fromkeys(COLUMNS)
    if comparable and not foot.lacking:
        rows = _rows(effects, shared)
    else:
        rows = _current_only(asked, foot)
        if not comparable:
            totals["current"] = _plain_sum(r["current"] for r in rows)
    if measure == "quantity":
        rows, totals = _in_one_unit(asked, foot, comparable, rows, totals, notes)
    if not rows:
        notes.append("There are no rows in this scope.")
    return Report(
        report="bridge",
        snapshot=snapshot.id,
        as_of=snapshot.as_of,
        scope=asked.scope.as_dict(),
        rows=rows,
        totals={
            **totals,
            "measure": measure,
            "base_is": _name(base),
            "current_is": _name(current),
            "from": foot.months[0] if foot.months else None,
            "to": foot.months[-1] if foot.months else None,
        },
        coverage=_coverage(items) if comparable and totals["current"] is not None else None,
        notes=list(dict.fromkeys(notes)),
    )


def bridge_sentence(totals: dict[str, Any], currency: str = "EUR") -> str:
    """The headline of a bridge, from its totals: the gap, then the effects that make 95 % of all movement.

    >>> bridge_sentence({"base": 100e6, "current": 96.3e6, "volume": -4e6, "price": 0.5e6, "mix": -0.2e6,
    ...     "base_is": "budget", "current_is": "actual", "measure": "revenue"})
    'Revenue: −3.7\xa0mEUR from budget to actual: volume −4.0, price +0.5.'
    """
    measure = MEASURES[totals["measure"]]
    if totals.get("base") is None or totals.get("current") is None:
        return f"{measure.label}: {totals['base_is']} and {totals['current_is']} cannot be compared in this scope."
    gap = totals["current"] - totals["base"]
    known = {e: totals.get(e) or 0.0 for e in EFFECTS}
    ranked = sorted((e for e in EFFECTS if known[e]), key=lambda e: -abs(known[e]))
    whole = sum(abs(v) for v in known.values())
    told: list[str] = []
    for effect in ranked:
        if sum(abs(known[e]) for e in told) >= 0.95 * whole:
            break
        told.append(effect)
    divisor, unit = words.scale_of([gap, *known.values()], measure.unit, currency)

    def scaled(value: float) -> str:
        return words.number(value / divisor, 1 if divisor > 1 else 0, signed=True)

    head = (
        f"{measure.label}: {scaled(gap)}{words.NBSP}{unit} from {totals['base_is']} to {totals['current_is']}"
    )
    return (
        f"{head}: {', '.join(f'{e} {scaled(known[e])}' for e in told)}."
        if told
        else f"{head}: nothing changed."
    )


def _items(asked: _Asked, foot: Footing, shared: Sequence[str]) -> pd.DataFrame:
    """One row per item inside a row: q0, q1, revenue0, ... and the unit of measure it is counted in."""
    level = foot.grain.product
    keys = [*shared, *([level] if level != "none" and level not in shared else [])]
    measures = _READ[asked.measure]
    sides = [
        facts(asked.snapshot, source, keys, measures, asked.scope, foot.months).assign(here=1.0)
        for source in (asked.base, asked.current)
    ]
    if keys:
        joined = sides[0].merge(sides[1], on=keys, how="outer", suffixes=("0", "1"))
    else:
        joined = pd.concat([side.add_suffix(end) for side, end in zip(sides, "01", strict=True)], axis=1)
    columns: dict[str, pd.Series[Any]] = {name: joined[name] for name in shared}
    zero = pd.Series(0.0, index=joined.index)
    value = asked.measure
    for end in "01":
        absent = joined[f"here{end}"].isna()
        get = {m: joined[f"{m}{end}"].where(~absent, 0.0) for m in measures}
        columns[f"q{end}"] = get["quantity"]
        columns[f"revenue{end}"] = get["revenue"] if value == "margin" else get[value]
        columns[f"cost{end}"] = get["cost"] if value == "margin" else zero
        columns[f"value{end}"] = get[value]
    items = pd.DataFrame(columns)
    company = all_units(asked.snapshot)
    units = units_in(asked.snapshot, level) if level != "none" else {}
    own = (
        [units.get(str(key), frozenset()) for key in joined[level]]
        if level != "none"
        else [company] * len(joined)
    )
    items[COUNTED] = [words.listed(sorted(u)) for u in own]
    items["why"] = _half_told(asked, foot, keys, joined)
    items.loc[[len(u) > 1 for u in own], "why"] = "units"
    return items


def _half_told(asked: _Asked, foot: Footing, keys: Sequence[str], joined: pd.DataFrame) -> list[str]:
    """ "part" for the items of which a side gives quantities without the amount: no price can be told from their sums."""
    amounts = [m for m in _READ[asked.measure] if m in ("revenue", "cost")]
    lacking: set[tuple[str, ...]] = set()
    for source in (asked.base, asked.current) if amounts else ():
        found = half_told(asked.snapshot, source, keys, amounts, asked.scope, foot.months)
        lacking |= {_key(row) for row in found.to_dict("split")["data"]}
    if not keys:
        return ["part" if lacking else ""] * len(joined)
    return ["part" if _key(row) in lacking else "" for row in joined[list(keys)].to_dict("split")["data"]]


def _key(row: Sequence[Any]) -> tuple[str, ...]:
    return tuple("" if pd.isna(v) else str(v) for v in row)


def _no_items(shared: Sequence[str]) -> pd.DataFrame:
    numbers = ("q0", "q1", "revenue0", "revenue1", "cost0", "cost1", "value0", "value1")
    frame = pd.DataFrame({name: pd.Series(dtype="float64") for name in numbers})
    return frame.assign(**{name: pd.Series(dtype="str") for name in (*shared, COUNTED, "why")})


def _as_measured(effects: pd.DataFrame, measure: str, level: str) -> pd.DataFrame:
    """What the convention calls price is, for the measure cost, the cost rate; and above the product it is a blend.

    The price of a family mixes price with the mix inside the family: nobody can split it, so it is unexplained.
    """
    made = effects.copy()
    if measure == "cost":
        made["cost"], made["price"] = made["price"], 0.0
    if level != "sku" and measure != "quantity":
        blend = made[["price", "fx", "cost"]].sum(axis=1)
        made["reason"] = made["reason"].mask(blend != 0, "grain")
        made["unexplained"] = made["unexplained"] + blend
        made[["price", "fx", "cost"]] = 0.0
    return made


def _sums(effects: pd.DataFrame) -> dict[str, float | None]:
    return {
        "base": float(effects["value0"].sum()),
        **{e: float(effects[e].sum()) + 0.0 for e in EFFECTS},  # minus zero is zero
        "current": float(effects["value1"].sum()),
    }


def _rows(effects: pd.DataFrame, names: Sequence[str]) -> list[dict[str, Any]]:
    """Sums by `names`. A side whose every amount is unknown is None, and so are the effects beside it."""
    frame = effects.rename(columns={"value0": "base", "value1": "current"})
    if not names:
        summed = frame[list(COLUMNS)].sum(min_count=1).to_frame().T if len(frame) else frame
    else:
        summed = frame.groupby(list(names), dropna=False, sort=True)[list(COLUMNS)].sum(min_count=1)
        summed = summed.reset_index()
    rows = []
    for record in summed.to_dict("records"):
        row: dict[str, Any] = {n: None if pd.isna(record[n]) else str(record[n]) for n in names}
        row |= {c: None if pd.isna(record[c]) else float(record[c]) + 0.0 for c in COLUMNS}
        if row["base"] is None or row["current"] is None:
            row |= dict.fromkeys(EFFECTS)
        rows.append(row)
    return rows


def _in_one_unit(
    asked: _Asked, foot: Footing, comparable: bool, rows: list[dict[str, Any]], totals: dict[str, float | None], notes: list[str]
) -> tuple[list[dict[str, Any]], dict[str, float | None]]:  # fmt: skip
    """Rows and totals of quantities, without numbers where they are counted in several units."""
    months = foot.months or _closed(asked)
    alone, both = (asked.current,), (asked.base, asked.current)
    sides = both if comparable and not foot.lacking else alone
    mixed = mixed_units(asked.snapshot, sides, asked.names, asked.scope, months)
    in_all = mixed_units(asked.snapshot, both if comparable else alone, (), asked.scope, months)
    notes += mixed_notes(mixed if asked.names else {}, in_all)
    none: dict[str, float | None] = dict.fromkeys(COLUMNS)
    told = [row | none if tuple(row[n] for n in asked.names) in mixed else row for row in rows]
    return told, none if in_all else totals


def _current_only(asked: _Asked, foot: Footing) -> list[dict[str, Any]]:
    """The rows asked for with the current side alone, where the base cannot be set beside it."""
    months = foot.months or _closed(asked)
    frame = facts(asked.snapshot, asked.current, asked.names, (asked.measure,), asked.scope, months)
    return [
        {
            **{n: None if pd.isna(r[n]) else str(r[n]) for n in asked.names},
            **dict.fromkeys(COLUMNS),
            "current": float(r[asked.measure]),
        }
        for r in frame.to_dict("records")
        if pd.notna(r[asked.measure])
    ]


def _closed(asked: _Asked) -> tuple[str, ...]:
    """The closed months of the scope."""
    first, last = asked.scope.first, asked.scope.last
    return tuple(m for m in asked.snapshot.closed_months if (first or m) <= m <= (last or m))


def _plain_sum(values: Any) -> float | None:
    known = [v for v in values if v is not None]
    return float(sum(known)) if known else None


def _coverage(items: pd.DataFrame) -> float | None:
    """Share of the current value that belongs to items the base has."""
    whole = items["value1"].sum()
    in_base = items["value0"].notna() & ((items["value0"] != 0) | (items["q0"] != 0))
    return float(items.loc[in_base, "value1"].sum() / whole) if whole else None


def _reasons(asked: _Asked, effects: pd.DataFrame, foot: Footing) -> list[str]:
    """What stands in `unexplained`, in words, with its amount."""
    currency, unit = asked.snapshot.currency, MEASURES[asked.measure].unit
    told = {
        "quantity": "one side gives no quantity, so price, volume and mix cannot be told apart",
        "sign": "quantity is zero or negative on one side while the amount is not (returns, credit notes)",
        "unknown": "one side does not give the amount",
        "part": "one side does not give the amount of all its quantity, so price, volume and mix cannot be told apart",
        "units": "the products are in several units, so quantities cannot be added and volume and mix cannot be told",
        "value": "revenue and cost are not both given for all of it",
        "grain": f"the finest grain that both sides have is {foot.grain.said(asked.snapshot.labels)}:"
        " price and the mix inside it cannot be told apart",
    }
    notes = []
    if asked.measure == "quantity":
        del told["units"]  # there is no sum that could be unexplained
    for reason, text in told.items():
        rows = effects[effects["reason"] == reason]
        if len(rows):
            amount = words.amount(float(rows["unexplained"].sum()), unit, currency, signed=True)
            notes.append(f"Unexplained, {amount} in {words.count(len(rows), 'item')}: {text}.")
    kinds = sorted(u for u in effects.loc[effects["why"] != "units", COUNTED].unique() if u)
    if len(kinds) > 1 and asked.measure != "quantity":
        notes.append(
            f"Quantities are in {words.listed(kinds)}: volume and mix are taken inside each unit, then added in money."
        )
    if asked.measure != "quantity":
        notes += _without_quantity(asked, foot)
    if asked.measure != "quantity":
        notes.append("Amounts come in one currency, so no FX effect can be told from price: fx is 0.")
    return notes


def _without_quantity(asked: _Asked, foot: Footing) -> list[str]:
    """Rows of a source in the scope that give the amount and no quantity, where others of it give both."""
    notes = []
    for source in (asked.base, asked.current):
        lacking, cells = without_quantity(asked.snapshot, source, asked.scope, foot.months)
        if 0 < lacking < cells:
            gives, its = ("give", "their") if source == "actual" else ("gives", "its")
            notes.append(
                f"{said(source)} {gives} no quantity in {words.percent(lacking / cells)} of {its} rows:"
                " the prices of those products are too high by it."
            )
    return notes


def _name(source: Source) -> str:
    return source if isinstance(source, str) else source[0] if source[0] == ESTIMATE else " of ".join(source)


__all__ = ["COLUMNS", "bridge", "bridge_sentence"]
