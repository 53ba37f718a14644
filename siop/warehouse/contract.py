"""What a company hands over: the tables, their columns, and the rules they are judged by, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["key", "text", "month", "date", "moment", "number", "integer", "flag"]

UNMAPPED = "(unmapped)"
ACTUAL = "actual"
PERIODS = ("month", "quarter", "year")
SPREADS = ("even", "working_days", "last_year")
VERSION_KINDS = ("budget", "consensus", "statistical", "input", "supply", "estimate")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a contract table. `sum` marks amounts that add up over rows: they get a control total."""

    name: str
    kind: Kind
    required: bool = False
    sum: bool = False
    refers: str | None = None  # the table whose key it must be, where that table is given


@dataclass(frozen=True, slots=True)
class Table:
    """A contract table. `key` names the columns that together occur once."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    extras: bool = False  # every further column becomes a dimension
    one_of: tuple[tuple[str, ...], ...] = field(default=())  # at least one of these must be mapped
    fact: bool = False

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((c for c in self.columns if c.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    @property
    def sums(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.sum)


def _key(name: str, *, required: bool = False, refers: str | None = None) -> Column:
    return Column(name, "key", required, refers=refers)


def _amount(name: str, *, required: bool = False) -> Column:
    return Column(name, "number", required, sum=True)


_SLICE = (
    _key("sku", refers="products"),
    _key("family"),
    _key("customer", refers="customers"),
    _key("region"),
    _key("site", refers="sites"),
)
_MEASURES = (_amount("quantity"), _amount("revenue"), _amount("cost"), Column("price", "number"))
# What a version is; a fact may say it in a column or a constant instead of the table `versions`.
VERSION_COLUMNS = (
    Column("kind", "text"),
    Column("cycle", "month"),
    Column("function", "text"),
    Column("frozen_at", "moment"),
    _key("parent"),
)
_JUDGED = (Column("unit", "text"), Column("currency", "text"))  # mapped for the rules, not stored
_VERSION = _key("version", required=True)
_MONTH = Column("month", "month", required=True)
MEASURED = (("quantity", "revenue", "cost", "price"),)

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        Table(
            "calendar",
            ("month",),
            (
                _MONTH,
                Column("start_date", "date"),
                Column("closed", "flag"),
                Column("working_days", "integer"),
                Column("fiscal_year", "integer"),
                Column("fiscal_period", "integer"),
            ),
        ),
        Table(
            "products",
            ("sku",),
            (
                _key("sku", required=True),
                Column("name", "text"),
                _key("family", required=True),
                _key("category"),
                Column("unit", "text"),
                Column("unit_cost", "number"),
                Column("unit_price", "number"),
                Column("launch_month", "month"),
                Column("end_month", "month"),
            ),
            extras=True,
        ),
        Table(
            "customers",
            ("customer",),
            (
                _key("customer", required=True),
                Column("name", "text"),
                _key("region"),
                _key("channel"),
                Column("key_account", "text"),
            ),
            extras=True,
        ),
        Table(
            "sites",
            ("site",),
            (_key("site", required=True), Column("name", "text"), _key("region"), Column("kind", "text")),
            extras=True,
        ),
        Table("versions", ("version",), (_VERSION, Column("kind", "text", True), *VERSION_COLUMNS[1:])),
        Table(
            "resources",
            ("resource",),
            (
                _key("resource", required=True),
                _key("site", refers="sites"),
                Column("name", "text"),
                Column("demonstrated_rate", "number"),
            ),
        ),
        Table(
            "policies",
            ("family",),
            (
                _key("family", required=True),
                Column("min_days", "number"),
                Column("target_days", "number"),
                Column("max_days", "number"),
                Column("fence_months", "integer"),
                Column("tolerance_pct", "number"),
                Column("tolerance_abs", "number"),
            ),
        ),
        Table(
            "actuals",
            ("month", "sku", "family", "customer", "region", "site"),
            (_MONTH, *_SLICE, *_MEASURES, *_JUDGED),
            one_of=MEASURED,
            fact=True,
        ),
        Table(
            "plans",
            ("version", "month", "sku", "family", "customer", "region", "site"),
            (_VERSION, _MONTH, *_SLICE, *_MEASURES, *_JUDGED, *VERSION_COLUMNS),
            one_of=MEASURED,
            fact=True,
        ),
        Table(
            "production",
            ("version", "month", "sku", "site"),
            (
                _VERSION,
                _MONTH,
                _key("sku", required=True, refers="products"),
                _key("site", required=True, refers="sites"),
                _amount("quantity", required=True),
                *_JUDGED,
                *VERSION_COLUMNS,
            ),
            fact=True,
        ),
        Table(
            "inventory",
            ("version", "month", "sku", "site"),
            (
                _VERSION,
                _MONTH,
                _key("sku", required=True, refers="products"),
                _key("site", refers="sites"),
                _amount("quantity", required=True),
                _amount("value"),
                *_JUDGED,
                *VERSION_COLUMNS,
            ),
            fact=True,
        ),
        Table(
            "orders",
            ("order", "line"),
            (
                _key("order", required=True),
                _key("line", required=True),
                _key("sku", required=True, refers="products"),
                _key("customer", required=True, refers="customers"),
                _amount("ordered_quantity", required=True),
                Column("requested_date", "date", True),
                Column("promised_date", "date"),
                _amount("delivered_quantity"),
                Column("delivered_date", "date"),
                *_JUDGED,
            ),
            fact=True,
        ),
        Table(
            "capacity",
            ("resource", "month"),
            (
                _key("resource", required=True, refers="resources"),
                _MONTH,
                _amount("available_hours", required=True),
                _amount("overtime_hours"),
                Column("overtime_cost", "number"),
            ),
            fact=True,
        ),
        Table(
            "bills",
            ("resource", "sku", "family"),
            (
                _key("resource", required=True, refers="resources"),
                _key("sku", refers="products"),
                _key("family"),
                Column("hours_per_unit", "number", True),
            ),
            one_of=(("sku", "family"),),
            fact=True,
        ),
    )
}
# A parent may stand in for the key: (key, its parent, the table that says which parent a key has).
PARENTS = (("sku", "family", "products"), ("customer", "region", "customers"))
