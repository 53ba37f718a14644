"""A document as a PowerPoint deck: a slide a section, native tables, the footer on each."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from pptx import Presentation
from pptx.util import Emu, Inches, Pt

from siop.exports.document import Document, Facts, Heading, Table, Text, said
from siop.exports.inert import inert

ROWS = 9  # of a table on a slide
LINES = 11  # sentences on a slide
LONGEST = 180  # characters of a cell; the whole text stands in the minutes as PDF or Excel
_FIXED = (1980, 1, 1, 0, 0, 0)
_WIDTH, _HEIGHT = Inches(13.333), Inches(7.5)


def deck(document: Document) -> bytes:
    """The same document is the same bytes. Receipts stand on the last slide as the checkpoint alone."""
    show = Presentation()
    show.slide_width, show.slide_height = _WIDTH, _HEIGHT
    moment = document.moment.replace(tzinfo=None)
    about = show.core_properties
    about.title, about.subject, about.author = document.title, document.subject, document.company
    about.created = about.modified = moment
    about.last_modified_by, about.revision = document.company, 1
    slide = _slide(show, document.title, document)
    _lines(slide, [(document.subject, False), (document.company, True)])
    heading, lines = document.title, list[tuple[str, bool]]()

    def flush() -> None:
        for n in range(0, len(lines), LINES):
            _lines(_slide(show, heading, document), lines[n : n + LINES])
        lines.clear()

    for block in document.blocks:
        if isinstance(block, Heading):
            flush()
            heading = block.text
        elif isinstance(block, Text):
            lines.append((block.text, block.strong))
        elif isinstance(block, Facts):
            lines.extend((f"{label}: {value}", False) for label, value in block.pairs)
        elif block.rows and not block.appendix:
            flush()
            for n in range(0, len(block.rows), ROWS):
                _table(_slide(show, block.name or heading, document), block, n)
    flush()
    out = io.BytesIO()
    show.save(out)
    return _same_bytes(out.getvalue())


def _slide(show: Any, title: str, document: Document) -> Any:
    slide = show.slides.add_slide(show.slide_layouts[5])
    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = Inches(0.6), Inches(0.4), Inches(12.1), Inches(0.9)
    shape.text_frame.text = _text(title)
    shape.text_frame.paragraphs[0].runs[0].font.size = Pt(28)
    shape.text_frame.paragraphs[0].runs[0].font.bold = True
    shape.text_frame.paragraphs[0].alignment = 1
    box = slide.shapes.add_textbox(Inches(0.6), Inches(7.0), Inches(12.1), Inches(0.35))
    box.text_frame.text = _text(document.footer)
    box.text_frame.paragraphs[0].runs[0].font.size = Pt(10)
    return slide


def _lines(slide: Any, lines: list[tuple[str, bool]]) -> None:
    box = slide.shapes.add_textbox(Inches(0.6), Inches(1.5), Inches(12.1), Inches(5.2)).text_frame
    box.word_wrap = True
    for n, (text, strong) in enumerate(lines):
        paragraph = box.paragraphs[0] if n == 0 else box.add_paragraph()
        run = paragraph.add_run()
        run.text = _text(text)
        run.font.size, run.font.bold = Pt(15), strong


def _table(slide: Any, block: Table, first: int) -> None:
    rows = block.rows[first : first + ROWS]
    shape = slide.shapes.add_table(
        len(rows) + 1, len(block.heads), Inches(0.6), Inches(1.5), Inches(12.1), Inches(0.4)
    )
    table = shape.table
    wide = list(block.wide) or [1.0] * len(block.heads)
    for x, part in enumerate(wide):
        table.columns[x].width = Emu(int(Inches(12.1) * part / sum(wide)))
    for y, row in enumerate([block.heads, *rows]):
        for x, value in enumerate(row):
            text = _text(said(value))
            cell = table.cell(y, x)
            cell.text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
            for paragraph in cell.text_frame.paragraphs:
                for run in paragraph.runs:
                    run.font.size = Pt(12)


def _text(text: str) -> str:
    """Without control characters; a slide runs no formula, so nothing is put before it."""
    cleaned = str(inert(text))
    return cleaned[1:] if cleaned.startswith("'") and not text.startswith("'") else cleaned


def _same_bytes(body: bytes) -> bytes:
    """The archive with the time of each part fixed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            info = zipfile.ZipInfo(part.filename, _FIXED)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(info, old.read(part.filename))
    return out.getvalue()
