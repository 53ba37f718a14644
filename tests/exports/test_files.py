"""Each format says the same, is the same bytes twice, and runs nothing that people wrote."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import openpyxl
import pikepdf
import pytest
from pptx import Presentation

from siop.core import Refused
from siop.exports import FORMATS, Document, Page, figures_html, shown, table_csv, tables_xlsx, written
from siop.exports.document import Facts, Heading, Table, Text
from siop.exports.inert import inert

EVIL = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")', "=cmd|' /C calc'!A0", " =1")
MARKUP = ("#panic(1)", "$x$", "<script>", "*a* `b` [c](d) | e", "\\u{1F}", "a\x00b\x0bc", "`" * 5)
WHEN = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def document(extra: str = "") -> Document:
    texts = (*EVIL, *MARKUP, extra)
    rows = tuple((t, 1.5, 2, date(2026, 11, 1), None, True) for t in texts)
    return Document(
        "Minutes: executive SIOP meeting, November 2026", "Halden, plan 2026-11 C",
        (Facts((("Rationale", texts[0]), ("Hash", "ab" * 32))), Heading("Decisions"), *(Text(t, strong=True) for t in texts),
         Table("Options", ("Option", "Cost", "Units", "Due", "Effect", "Recommended"), rows),
         Table("Receipts", ("Entry", "Hash"), ((1, "ab" * 32),), (1, 4), (1,), appendix=True)),
        "Halden · snapshot S-1", WHEN, "Halden", {"receipts": [{"seq": 1}], "fence": "`````"},
    )  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_document_is_the_same_bytes(kind: str) -> None:
    first = written(document(), kind)
    assert first == written(document(), kind)
    assert first != written(document("another word"), kind)  # the comparison can fail


def test_another_ending_is_refused_in_words() -> None:
    with pytest.raises(Refused, match=r"docx is not a format of minutes: name the file with \.pdf"):
        written(document(), "docx")


def test_no_cell_of_the_workbook_is_a_formula_that_people_wrote() -> None:
    book = openpyxl.load_workbook(io.BytesIO(written(document(), "xlsx")))
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", (sheet.title, cell.coordinate, cell.value)
                if isinstance(cell.value, str):
                    assert not cell.value.lstrip().startswith(("=", "+", "-", "@")), cell.value
    options = book["Options"]
    assert options["A2"].value == "'=1+1"
    assert (options["B2"].value, options["C2"].value, options["D2"].value.date()) == (
        1.5,
        2,
        date(2026, 11, 1),
    )
    assert options["E2"].value is None


def test_no_cell_of_the_csv_is_a_formula() -> None:
    body = table_csv(shown("t", [{"name": t, "value": -3.5, "unknown": None} for t in EVIL]))
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["name", "value", "unknown"]
    for row, evil in zip(rows[1:], EVIL, strict=True):
        assert row[0].startswith("'"), row
        assert row[0].lstrip("'").strip() == evil.strip()
        assert row[1:] == ["-3.5", ""]  # a number below zero stays a number
    broken = [t for t in EVIL if not str(t).startswith("'")]
    assert len(broken) == len(EVIL)  # without the guard each of them would be there as it is


def test_a_deviation_in_the_workbook_is_a_formula_of_ours_with_its_value() -> None:
    rows = [{"family": "A", "plan": 100.0, "actual": 90.0, "deviation": -10.0, "deviation_ratio": -0.1},
            {"family": "B", "plan": 50.0, "actual": 60.0, "deviation": 4.0, "deviation_ratio": 0.08},
            {"family": "C", "plan": None, "actual": 60.0, "deviation": None, "deviation_ratio": None}]  # fmt: skip
    body = tables_xlsx(page(), [shown("By family", rows)])
    assert body == tables_xlsx(page(), [shown("By family", rows)])
    formulas = openpyxl.load_workbook(io.BytesIO(body))["By family"]
    values = openpyxl.load_workbook(io.BytesIO(body), data_only=True)["By family"]
    assert (formulas["D2"].value, values["D2"].value) == ("=C2-B2", -10)
    assert (formulas["E2"].value, values["E2"].value) == ("=D2/ABS(B2)", -0.1)
    assert (
        formulas["D3"].value == 4
    )  # of due periods only: not the difference of its neighbours, so no formula
    assert formulas["D4"].value is None
    about = openpyxl.load_workbook(io.BytesIO(body)).worksheets[0]
    said = [c.value for row in about.iter_rows() for c in row if c.value]
    assert {"20261128T000000Z-abc", "region: North", "2026-11 C"} <= set(said)


def page() -> Page:
    return Page("Plan vs actual", "Revenue is under budget", "Halden", "20261128T000000Z-abc", "2026-10",
                "2026-11-28T03:16:43+00:00", "2026-11 C", {"region": "North"}, "Ruth Calder", "region North")  # fmt: skip


def test_the_pdf_is_tagged_titled_and_carries_its_time() -> None:
    with pikepdf.open(io.BytesIO(written(document(), "pdf"))) as found:
        assert found.Root.MarkInfo.Marked
        assert str(found.Root.Lang) == "en"
        assert str(found.docinfo.Title).startswith("Minutes: executive SIOP meeting")
        assert str(found.docinfo.CreationDate).startswith("D:20261128")


def test_letters_that_no_font_has_do_not_stop_the_minutes() -> None:
    assert written(document("東京 東京"), "pdf").startswith(b"%PDF")


def test_the_deck_says_what_the_document_says_and_leaves_hashes_out() -> None:
    show = Presentation(io.BytesIO(written(document(), "pptx")))
    said = []
    for slide in show.slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                said.append(shape.text_frame.text)
            if shape.has_table:
                said += [c.text for row in shape.table.rows for c in row.cells]
    assert "Decisions" in said
    assert "=1+1" in "".join(said)  # a slide runs no formula
    assert "Receipts" not in said
    assert sum("snapshot S-1" in text for text in said) == len(show.slides)


def test_markdown_keeps_markup_as_text_and_its_block_closed() -> None:
    said = written(document(), "md").decode()
    assert "\\<script\\>" in said
    assert "\\#panic(1)" in said
    assert "[c](d)" not in said
    assert said.count("``````") == 2  # longer than any run inside


def test_a_figure_opens_without_a_network() -> None:
    class Drawn:
        def to_html(self, **asked: object) -> str:
            return f"<div>{asked['include_plotlyjs']}</div>"

    body = figures_html(page(), [("We sold <less>", Drawn()), ("And that", Drawn())]).decode()
    assert "We sold &lt;less&gt;" in body
    assert body.count("<div>True</div>") == 1  # the library once, inside the file
    assert "src=" not in body


@pytest.mark.parametrize("text", ["plain", "a=b", "", "3", "'quoted"])
def test_plain_text_stays(text: str) -> None:
    assert inert(text) == text
