"""The rule no_month_gaps: each key has every month between its first and last, each with a number."""

from __future__ import annotations

from siop.warehouse.contract import TABLES
from siop.warehouse.raw import Bench
from siop.warehouse.sqltext import Sql, joined, sql
from siop.warehouse.stage import Stage, header_of

_MEASURES = ("quantity", "revenue", "cost", "value", "available_hours")


def month_gaps(bench: Bench, stage: Stage) -> None:
    """Findings for missing months of a source's keys, and for rows whose number is blank in between.

    Blank numbers after the last month that has any number are the future, not a gap. Rows for a quarter or a
    year are not judged."""
    if not stage.source.rules.no_month_gaps or stage.source.period != "month" or "month" not in stage.columns:
        return
    _blank_numbers(bench, stage)
    if any(column in ("month", "") for _, _, column in stage.reported):
        return  # a month that could not be read would show once more, as a gap
    keys = [k for k in TABLES[stage.source.table].key if k in stage.columns and k != "month"]
    found = bench.rows(
        sql(
            "SELECT _file, _row, month, before, {said} FROM (SELECT *, lag(month) OVER ({part} ORDER BY month) AS before"
            " FROM {t} WHERE month IS NOT NULL) WHERE date_diff('month', before, month) > 1 ORDER BY 1, 2",
            said=joined(" || ', ' || ", [sql("coalesce({k}, '-')", k=k) for k in keys]) if keys else Sql("''"),
            part=sql("PARTITION BY {k}", k=keys) if keys else Sql(""), t=stage.table,
        )
    )  # fmt: skip
    for file, row, month, before, said in found:
        bench.findings.add(
            "error", "month_gap", f"months are missing between {before:%Y-%m} and {month:%Y-%m}: a gap in the periods",
            file=bench.file_name(file), sheet=bench.sheet_name(file), row=row,
            column=header_of(stage.one, "month"), value=said,
        )  # fmt: skip


def _blank_numbers(bench: Bench, stage: Stage) -> None:
    measures = [m for m in _MEASURES if m in stage.columns]
    if not measures:
        return
    blank = joined(" AND ", [sql("{m} IS NULL", m=m) for m in measures])
    found = bench.rows(
        sql(
            "SELECT _file, _row FROM {t} WHERE {blank} AND month <= (SELECT max(month) FROM {t} WHERE NOT ({blank}))"
            " ORDER BY 1, 2",
            t=stage.table, blank=blank,
        )
    )  # fmt: skip
    for file, row in found:
        if any(stage.is_reported(file, row, m) for m in measures):
            continue
        bench.findings.add(
            "error", "month_gap", f"{' and '.join(measures)} missing: the cell is empty, which leaves a gap in the periods",
            file=bench.file_name(file), sheet=bench.sheet_name(file), row=row,
            column=header_of(stage.one, measures[0]),
        )  # fmt: skip
