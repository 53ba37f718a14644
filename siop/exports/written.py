"""Which format a file's name asks for. The writers are imported when asked for: Typst and PowerPoint cost a second."""

from __future__ import annotations

from siop.core import Refused
from siop.exports.document import Document

FORMATS = ("pdf", "pptx", "xlsx", "md")
MIME = {
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "md": "text/markdown",
    "csv": "text/csv",
    "html": "text/html",
}


def written(document: Document, kind: str) -> bytes:
    """The document as a file of a kind: pdf, pptx, xlsx or md. Raises Refused for another."""
    if kind == "pdf":
        from siop.exports.write_pdf import pdf

        return pdf(document)
    if kind == "pptx":
        from siop.exports.write_pptx import deck

        return deck(document)
    if kind == "xlsx":
        from siop.exports.write_xlsx import workbook

        return workbook(document)
    if kind == "md":
        from siop.exports.write_text import markdown

        return markdown(document)
    raise Refused(f"{kind or 'no ending'} is not a format of minutes: name the file with .{', .'.join(FORMATS[:-1])} or .{FORMATS[-1]}")  # fmt: skip
