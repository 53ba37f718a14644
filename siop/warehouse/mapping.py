"""The mapping: which file, which columns and which rules feed each table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

FILE = "mapping.toml"
SUFFIXES = (".csv", ".csv.gz", ".xlsx", ".parquet")
# What a form offers about one source, beside its columns; the rest of a mapping is written as text.
FORMS = (
    "delimiter",
    "encoding",
    "decimal",
    "thousands",
    "month_format",
    "date_format",
    "sheet",
    "period",
    "aggregate",
    "unknown",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How the bytes of a file become cells. None is "not said": the default, or what an earlier source of
    the same file said, since a file has one form only."""

    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    header: tuple[str, ...] | None = None
    sheet: str | None = None
    month_format: str | None = None
    date_format: str | None = None

    def filled(self, earlier: Reading) -> Reading:
        """This reading, with what it leaves open taken from an earlier one."""
        names = self.__dataclass_fields__
        open_ = {n: getattr(earlier, n) for n in names if getattr(self, n) is None}
        return replace(self, **open_)


@dataclass(frozen=True, slots=True)
class Lookup:
    """Columns found in another file: `key` pairs (here, there), `columns` pairs (contract column, there)."""

    file: str
    key: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, str], ...]
    reading: Reading


@dataclass(frozen=True, slots=True)
class Range:
    """Limits of one number column."""

    min: float | None = None
    max: float | None = None
    negative: str = "allow"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a source's rows are judged by, beyond the types of the contract."""

    known_skus: tuple[str, ...] | bool | None = None
    first_month: str | None = None
    last_month: str | None = None
    no_month_gaps: bool = False
    one_currency: str | None = None
    one_unit_per_sku: bool | None = None
    max_rows: int = 50_000_000
    max_cell_chars: int = 32_767
    max_bytes: int = 8_000_000_000
    max_seconds: float = 1800.0
    ranges: tuple[tuple[str, Range], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One `[[source]]`: a table fed by a file (or by the files of a glob)."""

    number: int
    table: str
    file: str
    reading: Reading = Reading()
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    columns: tuple[tuple[str, str], ...] | None = None  # (contract column, file column); None: as they are
    constants: tuple[tuple[str, str], ...] = ()
    aggregate: bool = False
    unmapped: bool = False
    period: str = "month"
    spread: str | None = None
    lookups: tuple[Lookup, ...] = ()
    rules: Rules = Rules()


@dataclass(frozen=True, slots=True)
class Company:
    """The head of the mapping."""

    name: str = ""
    currency: str = ""
    fiscal_year_start: int = 1
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A mapping: the company and its sources, in order."""

    folder: Path
    company: Company = Company()
    sources: tuple[Source, ...] = ()
    declared: bool = True  # False: files named after their tables
