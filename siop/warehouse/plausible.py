"""What can be loaded but is hardly meant: tables of a load that do not know each other's names, months to come.

Each is a warning: the contract does not forbid it, and the numbers mean what they say."""

from __future__ import annotations

import difflib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from siop.core import add_months, month_of
from siop.warehouse.contract import PERIODS, UNMAPPED
from siop.warehouse.facts import Combined
from siop.warehouse.raw import Bench
from siop.warehouse.sqltext import joined, sql
from siop.warehouse.stage import header_of
from siop.warehouse.version_table import Version, warn


def _today() -> date:
    return datetime.now(UTC).date()


@dataclass
class Plausible:
    """Looks across the combined tables of a load; the calendar is filled.

    parents: {key: temporary table (key, parent)}."""

    bench: Bench
    every: dict[str, Combined]
    versions: list[Version]
    parents: dict[str, str]
    today: date = field(default_factory=_today)

    def run(self) -> None:
        """Every look for which the tables are there."""
        self.months_to_come()
        if "policies" in self.every:
            self.policies()
        if "bills" in self.every and "sku" in self.parents:
            self.bills()
        self.parent_versions()
        self.consensus_twice()

    def months_to_come(self) -> None:
        """Actuals after the month that follows the current one: every month before them would count as closed."""
        actuals = self.every["actuals"]
        limit = add_months(month_of(self.today), 2)
        for file, count, row, first, last in self.bench.rows(
            sql(
                "SELECT _file, count(*), min(_row), arg_min(month, _row), max(month) FROM {t} WHERE month IN"
                " (SELECT month FROM calendar WHERE start_date >= $limit::DATE) GROUP BY 1 ORDER BY 1",
                t=actuals.name,
            ),
            {"limit": limit + "-01"},
        ):  # fmt: skip
            month = _month(first or last)
            said = f"actuals of {month} lie in the future ({count} rows): without a calendar that says otherwise,"
            self.bench.findings.add(
                "warning", "period", f"{said} every month up to {_month(last)} counts as closed",
                file=self.bench.file_name(file), sheet=self.bench.sheet_name(file), row=row,
                column=_header(actuals, "month"), value=month, fix="correct the month, or give the rows as a plan",
            )  # fmt: skip

    def policies(self) -> None:
        """A policy is for a family that the company has."""
        named = [c for t, c in self.every.items() if t in ("products", "actuals", "plans")]
        parts = [sql("SELECT family FROM {t} WHERE family IS NOT NULL", t=c.name) for c in named]
        found = self.bench.rows(
            sql("SELECT DISTINCT family FROM ({p}) ORDER BY 1", p=joined(" UNION ", parts))
        )
        families = [str(f) for (f,) in found]
        if not families:
            return
        policies = self.every["policies"]
        for file, row, family in self.bench.rows(
            sql(
                "SELECT _file, _row, family FROM {t} WHERE NOT list_contains($known, family) ORDER BY 1, 2",
                t=policies.name,
            ),
            {"known": [*families, UNMAPPED]},
        ):  # fmt: skip
            self.bench.findings.add(
                "warning", "unknown_key", f"a policy for {str(family)!r}: no product and no number is of this family",
                file=self.bench.file_name(file), sheet=self.bench.sheet_name(file), row=row,
                column=_header(policies, "family"), value=family, fix=_near(str(family), families) or "correct the family, or delete the policy",
            )  # fmt: skip

    def bills(self) -> None:
        """A bill that names a SKU and a family names the family of the SKU."""
        bills = self.every["bills"]
        for file, row, sku, told, real in self.bench.rows(
            sql(
                "SELECT _file, _row, sku, family, d.parent FROM {t} JOIN {d} d ON sku = d.key"
                " WHERE family <> d.parent ORDER BY 1, 2",
                t=bills.name, d=self.parents["sku"],
            )
        ):  # fmt: skip
            self.bench.findings.add(
                "warning", "parent", f"the family is {told!r}, but {sku!r} belongs to {real!r}; its hours are taken for the SKU",
                file=self.bench.file_name(file), sheet=self.bench.sheet_name(file), row=row,
                column=_header(bills, "family"), value=told,
            )  # fmt: skip

    def parent_versions(self) -> None:
        """The parent of a version is a version."""
        names = [v.version for v in self.versions]
        for version in self.versions:
            if version.parent is not None and version.parent not in names:
                said = f"the parent of {version.version!r} is {version.parent!r}, which is no version"
                fix = _near(version.parent, names) or "correct the name, or add the version"
                warn(self.bench, version, "parent", version.parent, said, fix)

    def consensus_twice(self) -> None:
        """One cycle has one consensus. Of several in the same periods the one frozen last counts (metrics.source)."""
        periods = self.plan_periods()
        rivals: dict[tuple[date, str], list[Version]] = defaultdict(list)
        for version in self.versions:  # in the order of their names, which decides between equals
            if version.kind == "consensus" and version.cycle is not None:
                rivals[version.cycle, periods.get(version.version, "month")].append(version)
        for (cycle, _), several in rivals.items():
            *rest, counts = sorted(several, key=lambda v: v.frozen_at or datetime.min)  # noqa: DTZ901 - as in the file
            for version in rest:
                last = "frozen last" if version.frozen_at != counts.frozen_at else "the last by name"
                said = (
                    f"{version.version!r} and {counts.version!r} are both the consensus of {month_of(cycle)};"
                    f" {counts.version!r} counts: it is {last}"
                )
                fix = "keep one consensus a cycle, or give the other one another kind"
                warn(self.bench, version, "version", version.version, said, fix)

    def plan_periods(self) -> dict[str, str]:
        """{version: the coarsest period in which it gives plan rows}."""
        if "plans" not in self.every:
            return {}
        found = self.bench.rows(sql("SELECT DISTINCT version, _period FROM {t}", t=self.every["plans"].name))
        in_order = sorted(found, key=lambda pair: PERIODS.index(str(pair[1])))
        return {str(version): str(period) for version, period in in_order}


def _header(one: Combined, column: str) -> str:
    """How the (first) file that has a contract column calls it."""
    return next((header_of(s.one, column) for s in one.stages if column in s.columns), column)


def _near(name: str, names: list[str]) -> str | None:
    near = difflib.get_close_matches(name, names, 1)
    return f"did you mean {near[0]!r}?" if near else None


def _month(value: object) -> str:
    return month_of(value) if isinstance(value, date) else str(value)
