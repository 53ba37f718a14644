"""Further ways in which a planner's export goes wrong, made from a seed: values and places differ each time.

A kind takes the clean rows and a random source and returns a Case: the bytes of a file, and what must happen:
"refuse" (at a row where one is named), "load" (with the clean values), or "either". Loading other values than
the clean ones is a silent wrong load."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

HEADER = ["month", "sku", "site", "quantity", "revenue", "currency", "note"]
SKUS = ["00417", "7E3", "PX-10", "Ventil Ö", "B.22"]
MONTHS = [f"2026-{m:02d}" for m in range(1, 7)]
Rows = list[list[str]]


@dataclass
class Case:
    """A file and what must come of it. `row` 1 is the header."""

    data: bytes
    expect: str
    name: str = "facts.csv"
    row: int | None = None
    reading: str = ""
    warn: bool = False
    rules: dict[str, object] = field(default_factory=dict)


def clean_rows(draw: random.Random) -> Rows:
    """A table without a fault: every SKU in every month."""
    rows = []
    for sku in SKUS:
        for month in MONTHS:
            quantity = draw.randrange(1, 5000)
            amount = f"{quantity * draw.randrange(100, 900)}"
            rows.append(
                [month, sku, "S1", str(quantity), f"{amount[:-2] or '0'}.{amount[-2:]:0>2}", "EUR", "ok"]
            )
    return rows


def text(rows: Rows, header: list[str] | None = None, delimiter: str = ",", end: str = "\n") -> str:
    """The rows as CSV."""
    return end.join(delimiter.join(row) for row in [header or HEADER, *rows]) + end


KINDS: dict[str, Callable[[Rows, random.Random], Case]] = {}


def kind(make: Callable[[Rows, random.Random], Case]) -> Callable[[Rows, random.Random], Case]:
    """Register a kind under its function's name."""
    KINDS[make.__name__] = make
    return make


def _cell(column: str, value: Callable[[str, random.Random], str]) -> Callable[[Rows, random.Random], Case]:
    def make(rows: Rows, draw: random.Random) -> Case:
        place = draw.randrange(len(rows))
        rows[place][HEADER.index(column)] = value(rows[place][HEADER.index(column)], draw)
        return Case(text(rows).encode(), "refuse", row=place + 2)

    return make


# one cell that is not what it should be
for _name, _column, _value in [
    ("trailing_minus", "quantity", lambda v, d: v + "-"),
    ("currency_sign", "revenue", lambda v, d: d.choice("$€£") + v),
    ("unit_beside_number", "quantity", lambda v, d: v + d.choice([" EA", "pcs", " kg"])),
    ("underscore_digits", "quantity", lambda v, d: v[0] + "_" + "000"),
    ("hexadecimal", "quantity", lambda v, d: hex(int(v))),
    ("two_points", "revenue", lambda v, d: v + ".0"),
    ("letter_o_for_zero", "quantity", lambda v, d: v + "O"),
    ("full_width_digits", "quantity", lambda v, d: "".join(chr(0xFF10 + int(c)) for c in v)),
    ("arabic_digits", "quantity", lambda v, d: "".join(chr(0x660 + int(c)) for c in v)),
    ("typographic_minus", "quantity", lambda v, d: "\u2212" + v),
    ("space_in_number", "quantity", lambda v, d: v[0] + " " + "000"),
    ("thin_space_in_number", "quantity", lambda v, d: v[0] + "\u202f" + "000"),
    ("apostrophe_thousands", "quantity", lambda v, d: "1'" + "234"),
    ("fraction", "quantity", lambda v, d: d.choice(["½", "1/2", "3 1/2"])),
    ("words_for_numbers", "quantity", lambda v, d: d.choice(["n/a", "TBD", "none", "NULL", "zero", "?", "true"])),
    ("number_shown_too_narrow", "quantity", lambda v, d: "####"),
    ("rounded_display", "revenue", lambda v, d: f"{float(v):.2E}"),
    ("division_error_text", "revenue", lambda v, d: d.choice(["#DIV/0!", "#N/A", "#VALUE!", "#NAME?"])),
    ("month_13", "month", lambda v, d: "2026-13"),
    ("day_32", "month", lambda v, d: v + "-32"),
    ("month_in_words", "month", lambda v, d: d.choice(["January 2026", "Jan", "2026 Q1", "H1 2026"])),
    ("american_date", "month", lambda v, d: f"{v[5:]}/15/{v[:4]}"),
    ("date_with_zone", "month", lambda v, d: v + "-01T00:00:00+02:00"),
    ("two_digit_year", "month", lambda v, d: v[2:]),
    ("year_0206", "month", lambda v, d: "0" + v[:3] + v[4:]),
    ("invisible_space_in_code", "sku", lambda v, d: v[:2] + "\u200b" + v[2:]),
    ("direction_mark_in_code", "sku", lambda v, d: v + "\u202e"),
    ("look_alike_letter", "sku", lambda v, d: "\u0420X-10"),
    ("lost_leading_zeros", "sku", lambda v, d: "417"),
    ("code_turned_number", "sku", lambda v, d: "7.00E+03"),
    ("code_in_other_case", "sku", lambda v, d: "px-10"),
    ("unknown_code", "sku", lambda v, d: f"ZZ-{d.randrange(1000)}"),
    ("blank_site", "site", lambda v, d: ""),
    ("blank_month", "month", lambda v, d: " "),
    ("other_currency", "currency", lambda v, d: "USD"),
    ("null_byte_in_code", "sku", lambda v, d: v + "\x00"),
    ("huge_exponent", "quantity", lambda v, d: "1e400"),
    ("date_before_the_first", "month", lambda v, d: "2019-12"),
    ("far_future", "month", lambda v, d: "2032-01"),
    ("above_the_limit", "quantity", lambda v, d: "5000000000"),
]:  # fmt: skip
    KINDS[_name] = _cell(_column, _value)


@kind
def blank_both_measures(rows: Rows, draw: random.Random) -> Case:
    place = draw.randrange(1, len(MONTHS) - 1)
    rows[place][3] = rows[place][4] = ""
    return Case(text(rows).encode(), "refuse", row=place + 2)


@kind
def one_cell_too_many(rows: Rows, draw: random.Random) -> Case:
    place = draw.randrange(len(rows))
    rows[place][3] += ",5"
    return Case(text(rows).encode(), "refuse", row=place + 2)


@kind
def one_cell_too_few(rows: Rows, draw: random.Random) -> Case:
    place = draw.randrange(len(rows))
    rows[place] = rows[place][:-2]
    return Case(text(rows).encode(), "refuse", row=place + 2)


@kind
def quote_never_closed(rows: Rows, draw: random.Random) -> Case:
    rows[draw.randrange(len(rows))][-1] = '"open'
    return Case(text(rows).encode(), "refuse")


@kind
def text_after_a_quote(rows: Rows, draw: random.Random) -> Case:
    place = draw.randrange(len(rows))
    rows[place][-1] = '"closed" early'
    return Case(text(rows).encode(), "refuse", row=place + 2)


@kind
def header_twice(rows: Rows, draw: random.Random) -> Case:
    place = draw.randrange(1, len(rows))
    rows.insert(place, list(HEADER))
    return Case(text(rows).encode(), "refuse", row=place + 2)


@kind
def duplicate_column(rows: Rows, draw: random.Random) -> Case:
    header = [*HEADER[:-1], draw.choice(["quantity", "Quantity ", "QUANTITY"])]
    return Case(text(rows, header).encode(), "refuse", row=1)


@kind
def misspelt_column(rows: Rows, draw: random.Random) -> Case:
    header = ["month", "sku", "site", "quantty", *HEADER[4:]]
    return Case(text(rows, header).encode(), "refuse", row=1)


@kind
def title_above_the_header(rows: Rows, draw: random.Random) -> Case:
    return Case(("Sales report 2026\n\n" + text(rows)).encode(), "refuse", row=1)


@kind
def subtotals_in_between(rows: Rows, draw: random.Random) -> Case:
    place = draw.randrange(1, len(rows))
    word = draw.choice(["Subtotal", "Total PX-10", "Summe", "Grand total"])
    rows.insert(place, [word, "", "", "99", "99.00", "", ""])
    return Case(text(rows).encode(), "refuse", row=place + 2)


@kind
def repeated_block(rows: Rows, draw: random.Random) -> Case:
    start = draw.randrange(len(rows) - 3)
    return Case(text(rows + [list(r) for r in rows[start : start + 3]]).encode(), "refuse", row=len(rows) + 2)


@kind
def a_month_left_out(rows: Rows, draw: random.Random) -> Case:
    sku = draw.randrange(len(SKUS))
    place = sku * len(MONTHS) + draw.randrange(1, len(MONTHS) - 1)
    del rows[place]
    return Case(text(rows).encode(), "refuse", row=place + 2)


@kind
def not_utf_8(rows: Rows, draw: random.Random) -> Case:
    return Case(text(rows).encode(draw.choice(["cp1252", "latin-1", "utf-16-le", "cp850"])), "refuse")


@kind
def cut_in_the_middle(rows: Rows, draw: random.Random) -> Case:
    data = text(rows).encode()
    return Case(data[: len(data) - draw.randrange(12, 20)], "refuse", row=len(rows) + 1)


@kind
def gzip_cut_short(rows: Rows, draw: random.Random) -> Case:
    data = gzip.compress(text(rows).encode())
    return Case(data[: len(data) // 2], "refuse", name="facts.csv.gz")


@kind
def gzip_in_name_only(rows: Rows, draw: random.Random) -> Case:
    return Case(text(rows).encode(), "refuse", name="facts.csv.gz")


@kind
def gzip_under_a_csv_name(rows: Rows, draw: random.Random) -> Case:
    return Case(gzip.compress(text(rows).encode()), "refuse")


@kind
def zip_under_an_xlsx_name(rows: Rows, draw: random.Random) -> Case:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("facts.csv", text(rows))
    return Case(out.getvalue(), "refuse", name="facts.xlsx")


@kind
def zip_bomb(rows: Rows, draw: random.Random) -> Case:
    out = io.BytesIO(workbook(rows))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", b"\0" * 60_000_000)
    return Case(out.getvalue(), "refuse", name="facts.xlsx")


@kind
def web_page_under_a_csv_name(rows: Rows, draw: random.Random) -> Case:
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in r) + "</tr>" for r in rows)
    return Case(f"<html><body><table>{body}</table></body></html>".encode(), "refuse")


def workbook(rows: Rows, change: Callable[[object, object], None] | None = None) -> bytes:
    """The rows as a workbook, numbers as numbers; `change` may spoil it."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Facts")
        for place, name in enumerate(HEADER):
            sheet.write_string(0, place, name)
        for row, values in enumerate(rows, 1):
            for place, value in enumerate(values):
                if place in (3, 4):
                    sheet.write_number(row, place, float(value))
                else:
                    sheet.write_string(row, place, value)
        if change is not None:
            change(book, sheet)
    return out.getvalue()


@kind
def formula_without_value(rows: Rows, draw: random.Random) -> Case:
    place = draw.randrange(len(rows))
    data = workbook(rows, lambda _b, s: s.write_formula(place + 1, 3, "=1+1", None, ""))  # type: ignore[attr-defined]
    return Case(data, "refuse", name="facts.xlsx", row=place + 2)


@kind
def merged_cells(rows: Rows, draw: random.Random) -> Case:
    place = draw.randrange(1, len(rows) - 1)
    data = workbook(rows, lambda _b, s: s.merge_range(place, 1, place + 1, 1, rows[place][1]))  # type: ignore[attr-defined]
    return Case(data, "refuse", name="facts.xlsx", row=place + 1)


@kind
def true_in_a_number_column(rows: Rows, draw: random.Random) -> Case:
    place = draw.randrange(len(rows))
    data = workbook(rows, lambda _b, s: s.write_boolean(place + 1, 3, True))  # type: ignore[attr-defined]
    return Case(data, "refuse", name="facts.xlsx", row=place + 2)


@kind
def two_sheets(rows: Rows, draw: random.Random) -> Case:
    data = workbook(rows, lambda b, _s: b.add_worksheet("Draft"))  # type: ignore[attr-defined]
    return Case(data, "refuse", name="facts.xlsx")


@kind
def empty_sheet(rows: Rows, draw: random.Random) -> Case:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet()
    return Case(out.getvalue(), "refuse", name="facts.xlsx")


def _parquet(table: pa.Table, expect: str, row: int | None = None) -> Case:
    out = io.BytesIO()
    pq.write_table(table, out)
    return Case(out.getvalue(), expect, name="facts.parquet", row=row)


def _columns(rows: Rows) -> dict[str, list[str]]:
    return {name: [row[i] for row in rows] for i, name in enumerate(HEADER)}


@kind
def parquet_list_column(rows: Rows, draw: random.Random) -> Case:
    return _parquet(pa.table(_columns(rows) | {"quantity": [[1.0]] * len(rows)}), "refuse")


@kind
def parquet_bytes_column(rows: Rows, draw: random.Random) -> Case:
    return _parquet(pa.table(_columns(rows) | {"sku": [r[1].encode() for r in rows]}), "refuse")


@kind
def parquet_infinity(rows: Rows, draw: random.Random) -> Case:
    place = draw.randrange(len(rows))
    values = [float(r[3]) for r in rows]
    values[place] = draw.choice([float("inf"), float("nan"), float("-inf")])
    return _parquet(pa.table(_columns(rows) | {"quantity": values}), "refuse", row=place + 2)


@kind
def parquet_cut_short(rows: Rows, draw: random.Random) -> Case:
    case = _parquet(pa.table(_columns(rows)), "refuse")
    return Case(case.data[: len(case.data) // 2], "refuse", name="facts.parquet")


# odd, but clear: these must load, with the clean values


@kind
def quoted_everything(rows: Rows, draw: random.Random) -> Case:
    return Case(text([[f'"{c}"' for c in r] for r in rows], [f'"{h}"' for h in HEADER]).encode(), "load")


@kind
def windows_line_ends_and_mark(rows: Rows, draw: random.Random) -> Case:
    return Case(("\ufeff" + text(rows, end="\r\n")).encode(), "load")


@kind
def old_mac_line_ends(rows: Rows, draw: random.Random) -> Case:
    return Case(text(rows, end="\r").encode(), "load")


@kind
def blank_lines(rows: Rows, draw: random.Random) -> Case:
    lines = text(rows).split("\n")
    lines.insert(draw.randrange(1, len(lines)), draw.choice(["", ",,,,,,"]))
    return Case("\n".join([*lines, "", ""]).encode(), "load")


@kind
def columns_in_another_order(rows: Rows, draw: random.Random) -> Case:
    order = draw.sample(range(len(HEADER)), len(HEADER))
    return Case(text([[r[i] for i in order] for r in rows], [HEADER[i] for i in order]).encode(), "load")


@kind
def further_columns(rows: Rows, draw: random.Random) -> Case:
    return Case(text([[*r, "x", "=1+1"] for r in rows], [*HEADER, "planner", ""]).encode(), "load")


@kind
def spaces_around_cells(rows: Rows, draw: random.Random) -> Case:
    return Case(text([[f" {c}\t" for c in r] for r in rows]).encode(), "load")


@kind
def trailing_zeros_and_signs(rows: Rows, draw: random.Random) -> Case:
    for row in rows:
        row[3] = draw.choice(["+", ""]) + row[3] + draw.choice(["", ".", ".0", ".000"])
    return Case(text(rows).encode(), "load")


@kind
def decomposed_letters(rows: Rows, draw: random.Random) -> Case:
    for row in rows[:: draw.randrange(1, 3)]:
        row[1] = row[1].replace("Ö", "O\u0308")
    return Case(text(rows).encode(), "load")


@kind
def line_breaks_in_notes(rows: Rows, draw: random.Random) -> Case:
    for row in rows:
        row[-1] = '"first\nsecond, ""quoted"""'
    return Case(text(rows).encode(), "load")


@kind
def dates_for_months(rows: Rows, draw: random.Random) -> Case:
    for row in rows:
        row[0] += f"-{draw.randrange(1, 29):02d}"
    return Case(text(rows).encode(), "load")


@kind
def numbers_as_text_in_a_workbook(rows: Rows, draw: random.Random) -> Case:
    place = draw.randrange(len(rows))
    data = workbook(rows, lambda _b, s: s.write_string(place + 1, 3, rows[place][3]))  # type: ignore[attr-defined]
    return Case(data, "load", name="facts.xlsx")


@kind
def hidden_column_and_rows(rows: Rows, draw: random.Random) -> Case:
    place = draw.randrange(len(rows))

    def hide(_book: object, sheet: object) -> None:
        sheet.set_row(place + 1, None, None, {"hidden": True})  # type: ignore[attr-defined]
        sheet.set_column(3, 3, None, None, {"hidden": True})  # type: ignore[attr-defined]

    return Case(workbook(rows, hide), "load", name="facts.xlsx", warn=True)


@kind
def parquet_of_every_number_type(rows: Rows, draw: random.Random) -> Case:
    kinds = [
        pa.int32(),
        pa.int64(),
        pa.float64(),
        pa.decimal128(20, 6),
        pa.uint16(),
        pa.string(),
        pa.large_string(),
    ]
    chosen = draw.choice(kinds)
    values = [r[3] for r in rows] if "string" in str(chosen) else [int(r[3]) for r in rows]
    quantity = pa.array(values).cast(chosen)
    return _parquet(pa.table(_columns(rows) | {"quantity": quantity}), "load")
