"""The Export slot in the page's head: the tables and figures on the screen, and the minutes of the cycle."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from siop import exports, meeting, metrics
from siop.core import Scope, words
from siop.ui import frame, html, parts
from siop.ui.here import Here

SHOWN = "siop_shown"
FEW = 5  # tables that are offered as CSV; the workbook has all
MINUTES = {"pdf": "PDF", "pptx": "PowerPoint", "xlsx": "Excel", "md": "Markdown"}


def begin() -> None:
    """Forget what the page before had shown."""
    st.session_state[SHOWN] = parts.Drawn()


def fill(slot: Any, at: Here, title: str, name: str) -> None:
    """Offer what stands on the page, once it is drawn and somebody opens the slot."""
    drawn: parts.Drawn = st.session_state.get(SHOWN) or parts.Drawn()
    with slot:
        offer = st.popover("Export", key="export_slot", on_change="rerun")
    if not offer.open:
        return
    with offer:
        if not at.service.may(at.identity, "export"):
            parts.notes(["Your role looks at the cockpit and takes no files out of it."])
            return
        with st.container(key="export_body", gap=None):
            _page(at, drawn, title, name)
            if at.cycle:
                _offer(at, "export", f"Pre-read of {words.month(at.cycle)}, PDF", partial(preread_file, at), f"pre-read_{at.cycle}.pdf", "pdf", "preread_pdf")  # fmt: skip
            _minutes(at)


def _page(at: Here, drawn: parts.Drawn, title: str, name: str) -> None:
    tables = _tables(drawn)
    page = exports.Page(
        title=title, headline=drawn.headline, company=at.company, snapshot=at.snapshot.id, as_of=at.snapshot.as_of or "",
        built_at=at.snapshot.meta["built_at"], plan=str(_plan(at) or "none"), scope=at.scope.as_dict(), reader=at.identity.name,
        limits=frame.limits_said(at.identity) if at.identity.only else "", notes=tuple(drawn.notes),
    )  # fmt: skip
    if tables:
        parts.still(
            f'<p class="siop-panelsub">{html.e(words.count(len(tables), "table").capitalize())} on this page</p>'
        )
        _offer(at, "export", "All tables, Excel", partial(exports.tables_xlsx, page, tables), f"{page.file}.xlsx", "xlsx", "export_xlsx")  # fmt: skip
        for n, table in enumerate(tables[:FEW]):
            _offer(at, "export", f"{table.name}, CSV", partial(exports.table_csv, table), f"{page.file}_{n + 1}.csv", "csv", f"export_csv{n}")  # fmt: skip
    if drawn.figures:
        _offer(at, "export", "Figures, HTML", partial(exports.figures_html, page, list(drawn.figures)), f"{page.file}.html", "html", "export_html")  # fmt: skip
    if not tables and not drawn.figures:
        parts.notes([f"There is no table on {name.replace('_', ' ')}."])


def _tables(drawn: parts.Drawn) -> list[exports.Shown]:
    """What is on the page first, then the rows behind its figures; a name that comes twice is counted."""
    found = [table for body in drawn.bodies for table in exports.tables_of(body)]
    found += [exports.shown(name, rows) for name, rows in drawn.rows]
    seen: dict[str, int] = {}
    made = []
    for table in found:
        if not table.rows:
            continue
        seen[table.name] = seen.get(table.name, 0) + 1
        made.append(table if seen[table.name] == 1 else exports.Shown(f"{table.name} {seen[table.name]}", table.rows))  # fmt: skip
    return made


def _minutes(at: Here) -> None:
    """Minutes of the cycle on screen, in each format."""
    if not _may_have_minutes(at):
        return
    parts.still(f'<p class="siop-panelsub">Minutes of {html.e(words.month(at.cycle, long=True))}</p>')
    with st.container(horizontal=True, gap="xsmall"):
        for kind, said in MINUTES.items():
            _offer(at, "minutes", said, partial(minutes_file, at, kind), f"minutes_{at.cycle}.{kind}", kind, f"minutes_{kind}", "content")  # fmt: skip


def minutes_button(at: Here) -> None:
    """The minutes of the cycle as PDF, where they are needed: beside the receipt."""
    if not _may_have_minutes(at):
        return
    _offer(at, "minutes", f"Minutes of {words.month(at.cycle)}", partial(minutes_file, at, "pdf"), f"minutes_{at.cycle}.pdf", "pdf", "minutes_here", "content")  # fmt: skip


def _may_have_minutes(at: Here) -> bool:
    """Minutes are of the whole company, so a limited reader is not offered them."""
    return not at.identity.only and at.cycle in meeting.cycles(at.state) and at.service.may(at.identity, "minutes")  # fmt: skip


def preread_file(at: Here) -> bytes:
    """The pre-read of the cycle on screen as PDF, within the reader's limits."""
    limited = Scope(cycle=at.cycle, lag=at.scope.lag, only=at.scope.only)
    found = exports.preread(at.snapshot, at.state, limited, cycle=at.cycle, company=at.company)
    return exports.written(found, "pdf")


def minutes_file(at: Here, kind: str) -> bytes:
    """The minutes of the cycle on screen as a file."""
    return exports.written(exports.minutes(at.snapshot, at.ledger, at.cycle, company=at.company), kind)


def _offer(
    at: Here, right: str, label: str, make: Callable[[], bytes], file: str, kind: str, key: str, width: Any = "content",
) -> None:  # fmt: skip
    """A download that is made when it is clicked; the right is asked again then, for the page may be old."""

    def data() -> bytes:
        at.service.require(at.identity, right)
        return make()

    st.download_button(label, data, file, exports.MIME[kind], key=key, on_click="ignore", type="tertiary", width=width)  # fmt: skip


def _plan(at: Here) -> str | None:
    return metrics.latest_consensus(at.snapshot, at.cycle or None)
