"""Rows for a quarter or a year, spread over its months where the source declares how. Parts add up exactly."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pyarrow as pa

from siop.core import add_months
from siop.warehouse.amounts import MAX_DIGITS
from siop.warehouse.company_calendar import Month
from siop.warehouse.facts import Combined
from siop.warehouse.raw import Bench
from siop.warehouse.sqltext import joined, param, sql, wide
from siop.warehouse.stage import Stage, header_of

EXTRA_DIGITS = 6  # a third of an amount is kept to six digits more than the amount has
_SLICE = ("sku", "family", "customer", "region", "site")


def shares(total: Decimal, weights: list[Decimal], scale: int) -> list[Decimal]:
    """The total in parts proportional to the weights, rounded to `scale` digits; the parts add up to it.

    >>> shares(Decimal(100), [Decimal(1)] * 3, 2)
    [Decimal('33.33'), Decimal('33.34'), Decimal('33.33')]
    """
    with localcontext() as context:
        context.prec = 80
        whole, done, run, out = sum(weights), Decimal(0), Decimal(0), []
        unit = Decimal(1).scaleb(-scale)
        for weight in weights:
            run += weight
            upto = (total * run / whole).quantize(unit, ROUND_HALF_EVEN)
            out.append(upto - done)
            done = upto
        return out


def spread_rows(bench: Bench, all_: Combined, months: list[Month], actuals: Combined | None) -> None:
    """Replace the rows of spreading sources by rows per month; the finer digits go to `all_.digits`."""
    for stage in all_.stages:
        if stage.source.spread is not None and not stage.taken:
            _spread_source(bench, all_, stage, months, actuals)


def _spread_source(
    bench: Bench, all_: Combined, stage: Stage, months: list[Month], actuals: Combined | None
) -> None:
    measures = [m for m in all_.table.sums if m in all_.digits]
    scales = {}
    for m in measures:
        whole, scale = all_.digits[m]
        scales[m] = min(scale + EXTRA_DIGITS, MAX_DIGITS - whole)
        all_.digits[m] = (whole, scales[m])
    kinds = [sql("{t} ALTER {m} TYPE {k}", t=all_.name, m=m, k=wide(scales[m])) for m in measures]
    for kind in kinds:
        bench.run(sql("ALTER TABLE {change}", change=kind))
    number = {"source": stage.source.number}
    columns = ["_file", "_row", "month", *[c for c in _SLICE if c in all_.columns], *measures]
    keep = [c for c in all_.columns if c == "version"]
    rows = bench.rows(
        sql(
            "SELECT {c} FROM {t} WHERE _source = $source ORDER BY _file, _row",
            c=[*keep, *columns],
            t=all_.name,
        ),
        number,
    )
    names = [*keep, *columns]
    period = {m.month: (m.quarter if stage.source.period == "quarter" else m.year) for m in months}
    parts = [
        (one, [m for m in months if period[m.month] == p])
        for one in rows
        for p in [period[str(one[names.index("month")])[:7]]]
    ]
    out: list[tuple[object, ...]] = []
    for row, inside in parts:
        weights = _weights(bench, stage, dict(zip(names, row, strict=True)), inside, measures, actuals)
        split = {
            m: shares(Decimal(str(v)), weights[m], scales[m])
            for m in measures
            for v in [row[names.index(m)]]
            if v is not None
        }
        for place, month in enumerate(inside):
            out.append(
                tuple(
                    month.month + "-01" if n == "month" else split[n][place] if n in split else v
                    for n, v in zip(names, row, strict=True)
                )
            )
    bench.run(sql("DELETE FROM {t} WHERE _source = $source", t=all_.name), number)
    _insert(bench, all_, names, out, stage.source.number, scales)


def _insert(
    bench: Bench,
    all_: Combined,
    names: list[str],
    out: list[tuple[object, ...]],
    source: int,
    scales: dict[str, int],
) -> None:
    arrays = []
    for place, name in enumerate(names):
        kind = (
            pa.decimal128(38, scales[name])
            if name in scales
            else pa.int64()
            if name in ("_file", "_row")
            else pa.string()
        )
        arrays.append(pa.array([row[place] for row in out], kind))
    bench.con.register("incoming", pa.table(arrays, names=names))
    values = [sql("CAST(month AS DATE) AS month") if n == "month" else n for n in names]
    bench.run(
        sql(
            "INSERT INTO {t} (_source, {n}) SELECT $source, {v} FROM incoming", t=all_.name, n=names, v=values
        ),
        {"source": source},
    )
    bench.con.unregister("incoming")


def _weights(
    bench: Bench, stage: Stage, row: dict[str, object], inside: list[Month], measures: list[str],
    actuals: Combined | None,
) -> dict[str, list[Decimal]]:  # fmt: skip
    how = stage.source.spread
    even = [Decimal(1)] * len(inside)
    if how == "working_days":
        days = [Decimal(m.weekdays) for m in inside]
        return dict.fromkeys(measures, days if sum(days) > 0 else even)
    if how == "even":
        return dict.fromkeys(measures, even)
    out = {}
    for measure in measures:
        if row[measure] is None:
            continue
        found = _last_year(bench, row, inside, measure, actuals)
        if min(found) < 0 or sum(found) <= 0:
            bench.findings.add(
                "warning", "spread", f"no actual {measure} of the year before for this row: it is spread evenly",
                file=bench.file_name(row["_file"]), row=int(str(row["_row"])), column=header_of(stage.one, measure),
            )  # fmt: skip
            found = even
        out[measure] = found
    return out


def _last_year(
    bench: Bench, row: dict[str, object], inside: list[Month], measure: str, actuals: Combined | None
) -> list[Decimal]:
    if actuals is None or measure not in actuals.digits:
        return [Decimal(0)] * len(inside)
    keys = [c for c in _SLICE if row.get(c) is not None]
    same = joined("", [sql(" AND {c} = {v}", c=c, v=param(c)) for c in keys])
    told = bench.rows(
            sql(
                "SELECT strftime(month, '%Y-%m'), sum({m}) FROM {t} WHERE list_contains($months, strftime(month, '%Y-%m')){same}"
                " GROUP BY 1",
                m=measure, t=actuals.name, same=same,
            ),
            {"months": [add_months(m.month, -12) for m in inside], **{c: row[c] for c in keys}},
        )  # fmt: skip
    found = {str(month): total for month, total in told}
    return [Decimal(str(found.get(add_months(m.month, -12)) or 0)) for m in inside]
