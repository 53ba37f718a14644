"""The rules that look at one source's typed rows: limits, keys in their tables, currency, unit, period."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations

from siop.warehouse import codes
from siop.warehouse.amounts import exact
from siop.warehouse.contract import ACTUAL, PARENTS, UNMAPPED, Table
from siop.warehouse.findings import Severity
from siop.warehouse.mapping import Company, Source
from siop.warehouse.raw import Bench
from siop.warehouse.resolve import column_of
from siop.warehouse.sqltext import Sql, joined, sql
from siop.warehouse.stage import Stage, header_of, keep_unmapped

KEYS = ("sku", "family", "customer", "region", "site", "resource")
_NEVER_NEGATIVE = (
    "working_days",
    "available_hours",
    "hours_per_unit",
    "fence_months",
    "tolerance_pct",
    "tolerance_abs",
)
_BAND = ("min_days", "target_days", "max_days")  # rising
_HARDLY_NEGATIVE = ("ordered_quantity", "unit_cost", "unit_price", *_BAND)


@dataclass
class Judge:
    """Judges stages. known: {column: temporary table with the column `key`} for the keys that are listed."""

    bench: Bench
    company: Company
    known: dict[str, str] = field(default_factory=dict)

    def know(self, column: str, keys: Sql) -> None:
        """List the keys of a column: the statement gives one column of text."""
        table = self.bench.new_table("known")
        self.bench.run(
            sql("CREATE TEMP TABLE {t} AS SELECT DISTINCT key FROM ({keys}) k(key)", t=table, keys=keys)
        )
        self.known[column] = table

    def run(self, stage: Stage) -> None:
        """Every rule of one stage; findings go to the bench."""
        self.blank_keys(stage)
        self.references(stage)
        self.total_keys(stage)
        self.ranges(stage)
        self.periods(stage)
        self.currency(stage)
        self.units(stage)

    def report(
        self, stage: Stage, column: str, where: Sql, rule: str, message: str, *, severity: Severity = "error",
        value: Sql | None = None, fix: str | None = None, params: dict[str, object] | None = None,
    ) -> None:  # fmt: skip
        """A finding for every row of the stage where the condition holds."""
        found = self.bench.rows(
            sql(
                "SELECT _file, _row, {value} FROM {t} WHERE {where} ORDER BY 1, 2",
                value=value or column, t=stage.table, where=where,
            ),
            params,
        )  # fmt: skip
        for file, row, text in found:
            if stage.is_reported(file, row, column):
                continue
            said = exact(text) if isinstance(text, Decimal) else text
            self.bench.findings.add(
                severity, rule, message, file=self.bench.file_name(file), sheet=self.bench.sheet_name(file),
                row=row, column=header_of(stage.one, column), value=said, fix=fix,
            )  # fmt: skip

    def blank_keys(self, stage: Stage) -> None:
        """A blank key is missing, unless the row gives the parent instead; unmapped where declared so."""
        if not stage.one.table.fact:
            return
        for name in KEYS:
            found = column_of(stage.one.table, name)
            key = next((k for k, p, _ in PARENTS if p == name), None)
            if name not in stage.columns or found is None or found.required or key in stage.columns:
                continue
            parent = next((p for k, p, _ in PARENTS if k == name), None)
            blank, said = sql("{n} IS NULL", n=name), f"{name} is missing: the cell is empty"
            if parent is not None and parent in stage.columns:
                blank = sql("{n} IS NULL AND {p} IS NULL", n=name, p=parent)
                said = f"{name} and {parent} are missing: the cells are empty"
            if stage.source.unmapped:
                keep_unmapped(self.bench, stage, name, blank)
            else:
                self.report(stage, name, blank, "missing", said)

    def references(self, stage: Stage) -> None:
        """Keys are in their tables, where these are given."""
        for name in (*KEYS, "version"):
            if name not in stage.columns or name in stage.proved or stage.one.table.key == (name,):
                continue
            known = self.known_keys(stage.source, stage.one.table, name)
            if known is None or (name == "version" and "kind" in stage.columns):
                continue
            allowed = [UNMAPPED, ACTUAL] if name == "version" else [UNMAPPED]
            unknown = sql(
                "{n} IS NOT NULL AND NOT list_contains($allowed, {n}) AND {n} NOT IN"
                " (SELECT key FROM {known} WHERE key IS NOT NULL)", n=name, known=known,
            )  # fmt: skip
            if stage.source.unmapped and name != "version":
                self.set_unmapped(stage, name, unknown, allowed)
            else:
                self.unknown(stage, name, unknown, allowed, known)

    def known_keys(self, source: Source, table: Table, name: str) -> str | None:
        """The temporary table of the keys that a source may use in a column; None where any key will do."""
        listed = source.rules.known_skus
        if name == "region" and not table.fact:
            return None  # where a site lies is no market region
        if name == "sku" and isinstance(listed, tuple):
            return self.listed(listed)
        return None if name == "sku" and listed is False else self.known.get(name)

    def listed(self, skus: tuple[str, ...]) -> str:
        """The keys of known_skus as a temporary table."""
        table = self.bench.new_table("known")
        cleaned = [codes.clean(s)[0] for s in skus]
        self.bench.run(
            sql("CREATE TEMP TABLE {t} AS SELECT unnest($skus) AS key", t=table), {"skus": cleaned}
        )
        return table

    def set_unmapped(self, stage: Stage, name: str, unknown: Sql, allowed: list[str]) -> None:
        """Keep the rows of unknown keys under one name, and count them."""
        found = self.bench.rows(
            sql(
                "SELECT _file, min(_row), count(*), arg_min({n}, _row) FROM {t} WHERE {unknown} GROUP BY 1 ORDER BY 1",
                n=name, t=stage.table, unknown=unknown,
            ),
            {"allowed": allowed},
        )  # fmt: skip
        for file, row, count, value in found:
            self.bench.findings.add(
                "warning", "unmapped", f"{count} rows have a {name} that is not in its table and are kept as {UNMAPPED}",
                file=self.bench.file_name(file), sheet=self.bench.sheet_name(file), row=row,
                column=header_of(stage.one, name), value=value,
            )  # fmt: skip
        if found:
            fill = sql(
                "UPDATE {t} SET {n} = $unmapped WHERE {unknown}", t=stage.table, n=name, unknown=unknown
            )
            self.bench.run(fill, {"unmapped": UNMAPPED, "allowed": allowed})

    def unknown(self, stage: Stage, name: str, unknown: Sql, allowed: list[str], known: str) -> None:
        """A finding per row with an unknown key, with the key that was probably meant."""
        found = self.bench.rows(
            sql(
                "SELECT DISTINCT {n} FROM {t} WHERE {unknown} ORDER BY 1",
                n=name,
                t=stage.table,
                unknown=unknown,
            ),
            {"allowed": allowed},
        )
        if not found:
            return
        keys = [
            str(k)
            for (k,) in self.bench.rows(sql("SELECT key FROM {t} WHERE key IS NOT NULL ORDER BY 1", t=known))
        ]
        by_look = {codes.similar(k): k for k in keys}
        for place, (value,) in enumerate(found):
            text = str(value)
            near = by_look.get(codes.similar(text))
            if (
                near is None and place < 100 and len(keys) <= 10_000
            ):  # a close match costs a look at every key
                near = next(iter(difflib.get_close_matches(text, keys, 1, 0.75)), None)
            fix = f"did you mean {near!r}?" if near else None
            if near and near != text and near.lstrip("0") == text:
                fix = f"did a spreadsheet drop the leading zeros of {near!r}? format the column as text"
            rule, message = "unknown_key", f"unknown {name} {text!r}: it is not in its table"
            if codes.is_total(text):
                rule, message = "totals_row", f"a totals row: {name} is {text!r}"
            same = sql("{n} = $value", n=name)
            self.report(stage, name, same, rule, message, fix=fix, params={"value": value})

    def total_keys(self, stage: Stage) -> None:
        """Where no table lists the keys, a key that says total is one."""
        for name in KEYS:
            if name not in stage.columns or name in self.known:
                continue
            found = self.bench.rows(
                sql(
                    "SELECT DISTINCT {n} FROM {t} WHERE regexp_matches(lower({n}), 'tot|sum|som|ges|итог')",
                    n=name, t=stage.table,
                )
            )  # fmt: skip
            for (value,) in found:
                if codes.is_total(str(value)):
                    said = f"a totals row: {name} is {str(value)!r}"
                    same = sql("{n} = $value", n=name)
                    self.report(stage, name, same, "totals_row", said, params={"value": value})

    def ranges(self, stage: Stage) -> None:
        """Limits and signs of number columns, as declared."""
        kind = "a negative actual (return?)" if stage.source.table == "actuals" else "a negative number"
        for name, limits in stage.source.rules.ranges:
            if name not in stage.columns:
                continue
            for limit, test, said in ((limits.min, Sql("<"), "below"), (limits.max, Sql(">"), "above")):
                if limit is not None:
                    where = sql("{n} {test} CAST($limit AS DOUBLE)", n=name, test=test)
                    words = f"{said} the limit of {limit:g}: out of range"
                    self.report(stage, name, where, "range", words, params={"limit": float(limit)})
            if limits.negative != "allow":
                severity: Severity = "warning" if limits.negative == "warn" else "error"
                self.report(stage, name, sql("{n} < 0", n=name), "negative", kind, severity=severity)
        for name in _NEVER_NEGATIVE:
            if name in stage.columns:
                self.report(stage, name, sql("{n} < 0", n=name), "range", "below zero: out of range")
        declared = {name for name, _ in stage.source.rules.ranges}
        for name in (n for n in _HARDLY_NEGATIVE if n in stage.columns and n not in declared):
            self.hardly_negative(stage, name)
        band = [n for n in _BAND if n in stage.columns]
        if len(band) > 1:
            falls = joined(" OR ", [sql("{a} > {b}", a=a, b=b) for a, b in combinations(band, 2)])
            said, listed = f"the days do not rise: {', '.join(band)}", sql("concat_ws(', ', {b})", b=band)
            fix = "correct the days: the least first, the most last"
            self.report(stage, band[0], falls, "range", said, severity="warning", value=listed, fix=fix)

    def hardly_negative(self, stage: Stage, name: str) -> None:
        """One warning per file where a number is negative that hardly ever is, and nothing is declared for it."""
        for file, count, row, value in self.bench.rows(
            sql(
                "SELECT _file, count(*), min(_row), arg_min({n}, _row) FROM {t} WHERE {n} < 0 GROUP BY 1 ORDER BY 1",
                n=name, t=stage.table,
            )
        ):  # fmt: skip
            said = exact(value) if isinstance(value, Decimal) else value
            self.bench.findings.add(
                "warning", "negative", f"a negative {name} ({count} rows)", file=self.bench.file_name(file),
                sheet=self.bench.sheet_name(file), row=row, column=header_of(stage.one, name), value=said,
                fix="correct the sign, or declare in [source.rules] what is allowed",
            )  # fmt: skip

    def periods(self, stage: Stage) -> None:
        """Months lie between first_month and last_month, as declared."""
        rules = stage.source.rules
        if "month" not in stage.columns:
            return
        value = Sql("strftime(month, '%Y-%m')")
        for limit, test, said in (
            (rules.first_month, Sql("<"), "before {}, the first period that is open"),
            (rules.last_month, Sql(">"), "after {}, the last period allowed"),
        ):
            if limit is not None:
                where = sql("month {test} CAST($limit || '-01' AS DATE)", test=test)
                self.report(
                    stage,
                    "month",
                    where,
                    "period",
                    "a month " + said.format(limit),
                    value=value,
                    params={"limit": limit},
                )

    def currency(self, stage: Stage) -> None:
        """Amounts in one currency: the declared one, else the company's, else the first one seen."""
        if "currency" not in stage.columns:
            return
        want = stage.source.rules.one_currency or self.company.currency
        if not want:
            first = sql("SELECT arg_min(currency, (_file, _row)) FROM {t}", t=stage.table)
            want = str(self.bench.one(first))
        where = Sql("currency IS NULL OR currency <> $want")
        self.report(
            stage, "currency", where, "one_currency", f"another currency than {want}", params={"want": want}
        )

    def units(self, stage: Stage) -> None:
        """A SKU is counted in one unit, where units are mapped."""
        off = stage.source.rules.one_unit_per_sku is False or not stage.one.table.fact
        if off or not {"unit", "sku"} <= set(stage.columns):
            return
        firsts = sql("SELECT sku AS s, arg_min(unit, (_file, _row)) AS u FROM {t} GROUP BY 1", t=stage.table)
        where = sql(
            "EXISTS (SELECT 1 FROM ({firsts}) WHERE s IS NOT DISTINCT FROM sku AND u IS DISTINCT FROM unit)",
            firsts=firsts,
        )
        self.report(stage, "unit", where, "one_unit", "another unit than in the first row of this SKU")
