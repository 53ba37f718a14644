"""Quantities that must agree before a snapshot is published; a break is a finding with its size and sources.

SKUs against their family and customers against their region, where a table holds both; opening stock plus
production less sales against closing stock; delivered orders against actuals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from siop.core import month_of
from siop.warehouse.amounts import exact
from siop.warehouse.contract import ACTUAL, PARENTS
from siop.warehouse.facts import Combined
from siop.warehouse.findings import Findings
from siop.warehouse.raw import Bench
from siop.warehouse.sqltext import Sql, joined, number, sql

LISTED = 20  # breaks that are named, the largest first; the rest is counted
REPEATED = 0.9  # from this share of exact matches on, coarser rows are totals of the finer ones
_SLICE = ("sku", "family", "customer", "region", "site")


@dataclass
class Identities:
    """Compares the combined tables of a load; the calendar is filled."""

    bench: Bench
    every: dict[str, Combined]

    @property
    def findings(self) -> Findings:
        return self.bench.findings

    def run(self) -> None:
        """All identities for which the tables are there."""
        for table in ("actuals", "plans"):
            if table in self.every:
                for key, parent, _ in PARENTS:
                    self.parts_and_total(self.every[table], key, parent)
        if {"production", "inventory"} <= set(self.every):
            self.stock()
        if "orders" in self.every and "quantity" in self.every["actuals"].digits:
            self.orders()

    def parts_and_total(self, one: Combined, key: str, parent: str) -> None:
        """Rows by key beside rows by parent, for the same version, month and other dimensions."""
        mixed = sql("SELECT count({k}) > 0 AND count({k}) < count(*) FROM {t}", k=key, t=one.name)
        for measure in one.totals if self.bench.one(mixed) else ():
            found = self.bench.rows(self._parts_sql(one, key, parent, measure))
            if not found:
                continue
            breaks = [row for row in found if row[-1] != row[-2]]
            if len(found) - len(breaks) >= REPEATED * len(found):
                same = next(row for row in found if row[-1] == row[-2])
                self.findings.add(
                    "error", "totals_row",
                    f"{measure} by {parent} repeats the sum of its {key} rows ({len(found) - len(breaks)} rows): it would count twice",
                    file=self.bench.file_name(same[0]), row=same[1], column=parent, value=same[4],
                    fix=f"keep the rows by {key}, or those by {parent}",
                )  # fmt: skip
            self._tell_breaks(one, key, parent, measure, breaks)

    def _parts_sql(self, one: Combined, key: str, parent: str, measure: str) -> Sql:
        """Rows (file, row of the coarse, file of the fine, month, parent, version, coarse sum, fine sum)."""
        version = Sql("version" if "version" in one.columns else "'actual'")
        others = [c for c in _SLICE if c not in (key, parent)]
        same = joined("", [sql(" AND a.{c} IS NOT DISTINCT FROM b.{c}", c=c) for c in (*others, parent)])
        # Transactions that are summed stand beside each other; they are no totals of each other.
        summed = [number(s.source.number) for s in one.stages if s.source.aggregate]
        plain = sql(" AND NOT (a._source IN ({n}) AND b._source IN ({n}))", n=summed)
        return sql(
            "WITH f AS (SELECT {v} AS v, month, _period, _source, {d}, min(_file) AS _file, min(_row) AS _row,"
            " sum({m}) AS m FROM {t} WHERE {k} IS NOT NULL AND {p} IS NOT NULL AND {m} IS NOT NULL GROUP BY ALL),"
            " c AS (SELECT {v} AS v, month, _period, _source, {d}, min(_file) AS _file, min(_row) AS _row,"
            " sum({m}) AS m FROM {t} WHERE {k} IS NULL AND {p} IS NOT NULL AND {m} IS NOT NULL GROUP BY ALL)"
            " SELECT a._file, a._row, min(b._file), a.month, a.{p}, a.v, a.m, sum(b.m) FROM c a JOIN f b"
            " ON a.v = b.v AND a.month = b.month AND a._period = b._period{same}{plain}"
            " GROUP BY a._file, a._row, a.month, a.{p}, a.v, a.m ORDER BY abs(a.m - sum(b.m)) DESC, 1, 2",
            v=version, d=[*others, parent], m=measure, t=one.name, k=key, p=parent, same=same,
            plain=plain if summed else Sql(""),
        )  # fmt: skip

    def _tell_breaks(
        self, one: Combined, key: str, parent: str, measure: str, breaks: list[tuple[object, ...]]
    ) -> None:
        for file, row, other, month, name, version, coarse, fine in breaks[:LISTED]:
            size = exact(_number(coarse) - _number(fine))
            self.findings.add(
                "warning", "identity",
                f"{measure} of {parent} {name} in {_month(month)} ({version}): its own row says {exact(_number(coarse))}, "
                f"its {key} rows sum to {exact(_number(fine))}, a difference of {size}; both are added up",
                file=self.bench.file_name(file), row=row, column=measure, value=size,
                fix=f"compare {self.bench.file_name(file)} with {self.bench.file_name(other)}",
            )  # fmt: skip
        self._rest(one, breaks, f"{measure} by {parent}")

    def _rest(self, one: Combined, breaks: list[tuple[object, ...]], said: str) -> None:
        if len(breaks) > LISTED:
            more = len(breaks) - LISTED
            file = one.stages[0].source.file
            self.findings.add("warning", "identity", f"{more} more breaks of {said}, each smaller", file=file)

    def stock(self) -> None:
        """Opening stock + production - sales = closing stock, by month and SKU (and site, where all have it)."""
        sold = self.every["actuals"]
        if "quantity" not in sold.digits or not any("sku" in s.columns for s in sold.stages):
            return
        made, kept = self.every["production"], self.every["inventory"]
        three = (sold, made, kept)
        by_site = all(any("site" in s.columns for s in one.stages) for one in three)
        keys = ["sku", "site"] if by_site else ["sku"]
        found = self.bench.rows(
            sql(
                "WITH i AS (SELECT month, {k}, sum(quantity) AS q, min(_file) AS _file, min(_row) AS _row FROM {kept}"
                " WHERE version = $actual GROUP BY ALL), p AS (SELECT month, {k}, sum(quantity) AS q FROM {made}"
                " WHERE version = $actual GROUP BY ALL), a AS (SELECT month, {k}, sum(quantity) AS q FROM {sold}"
                " WHERE _period = 'month' AND sku IS NOT NULL GROUP BY ALL),"
                " o AS (SELECT *, lag(q) OVER w AS opening, lag(month) OVER w AS before FROM i"
                " WINDOW w AS (PARTITION BY {k} ORDER BY month))"
                " SELECT o._file, o._row, o.month, o.sku, o.opening, coalesce(p.q, 0), coalesce(a.q, 0), o.q,"
                " o.opening + coalesce(p.q, 0) - coalesce(a.q, 0) - o.q AS gap FROM o"
                " LEFT JOIN p USING (month, {k}) LEFT JOIN a USING (month, {k})"
                " WHERE date_diff('month', before, o.month) = 1 AND o.sku IN (SELECT sku FROM p)"
                " AND o.month BETWEEN (SELECT min(month) FROM p) AND (SELECT max(month) FROM p)"
                " AND o.month BETWEEN (SELECT min(month) FROM a) AND (SELECT max(month) FROM a)"
                " AND gap <> 0 ORDER BY abs(gap) DESC, 1, 2",
                k=keys, kept=kept.name, made=made.name, sold=sold.name,
            ),
            {"actual": ACTUAL},
        )  # fmt: skip
        for file, row, month, sku, opening, made_, sold_, closing, gap in found[:LISTED]:
            size = exact(_number(gap))
            self.findings.add(
                "warning", "identity",
                f"stock of {sku} in {_month(month)}: opening {exact(_number(opening))} + production {exact(_number(made_))}"
                f" - sales {exact(_number(sold_))} is not the closing {exact(_number(closing))}; the difference is {size}",
                file=self.bench.file_name(file), row=row, column="quantity", value=size,
                fix=f"compare {self._file(kept)} with {self._file(made)} and {self._file(sold)}",
            )  # fmt: skip
        self._rest(kept, found, "stock")

    def orders(self) -> None:
        """What the orders say was delivered in a month is what the actuals say was sold."""
        told, sold = self.every["orders"], self.every["actuals"]
        if "delivered_quantity" not in told.digits or not any(
            "delivered_date" in s.columns for s in told.stages
        ):
            return
        found = self.bench.rows(
            sql(
                "WITH o AS (SELECT k.month, sum(delivered_quantity) AS q FROM {told} JOIN calendar k"
                " ON delivered_date BETWEEN k.start_date AND k.end_date GROUP BY 1),"
                " a AS (SELECT month, sum(quantity) AS q FROM {sold} WHERE _period = 'month' GROUP BY 1)"
                " SELECT month, o.q, a.q, o.q - a.q FROM o JOIN a USING (month) WHERE o.q <> a.q"
                " ORDER BY abs(o.q - a.q) DESC, month",
                told=told.name, sold=sold.name,
            )
        )  # fmt: skip
        for month, delivered, actual, gap in found[:LISTED]:
            size = exact(_number(gap))
            self.findings.add(
                "warning", "identity",
                f"orders delivered in {_month(month)} sum to {exact(_number(delivered))}, the actuals to "
                f"{exact(_number(actual))}, a difference of {size}",
                file=self._file(told), column="delivered_quantity", value=size,
                fix=f"compare {self._file(told)} with {self._file(sold)}",
            )  # fmt: skip
        self._rest(told, found, "orders against actuals")

    def _file(self, one: Combined) -> str:
        return one.stages[0].source.file


def _number(value: object) -> Decimal:
    return Decimal(str(value))


def _month(value: object) -> str:
    return month_of(value) if isinstance(value, date) else str(value)
