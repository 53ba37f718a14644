"""What leaves the cockpit: minutes, workbooks, decks, tables and figures, each bound to its snapshot."""

from siop.exports.document import Document
from siop.exports.minutes import minutes
from siop.exports.on_screen import tables_of
from siop.exports.preread import preread
from siop.exports.tables import Page, Shown, figures_html, shown, table_csv, tables_xlsx
from siop.exports.written import FORMATS, MIME, written

__all__ = [
    "FORMATS",
    "MIME",
    "Document",
    "Page",
    "Shown",
    "figures_html",
    "minutes",
    "preread",
    "shown",
    "table_csv",
    "tables_of",
    "tables_xlsx",
    "written",
]
