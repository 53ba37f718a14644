"""The survey on the page of the process: who answered, felt against measured, each statement; a round and its links."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from siop.core import Report, words
from siop.health import asking, survey_told
from siop.ui import html, parts, process
from siop.ui.here import Here
from siop.ui.lines import valued

_LINKS = "siop_survey_links"


def draw(at: Here, report: Report) -> None:
    """The last closed round; of an open one only how many have answered."""
    cycle = max(at.cycle, report.totals["cycle"] or "")
    found = at.ask(_told, at.state, report, cycle)
    left, right = st.columns([1.6, 1], gap="large")
    with left:
        _felt(found)
        st.space(24)
        _items(found)
    with right:
        _round(at, found)
        st.space(24)
        _groups(found)
        _comments(found)


def _told(snapshot: object, state: object, report: Report, cycle: str) -> survey_told.Survey:
    return survey_told.survey_board(state, report, cycle)  # type: ignore[arg-type]


def _felt(found: survey_told.Survey) -> None:
    if found.result is None or not found.symptoms:
        parts.panel("Felt against measured")
        note = found.result.note if found.result else None
        parts.empty(
            "No round is closed yet",
            note or "Each symptom would stand here as people feel it, beside what the rows say.",
        )
        return
    parts.panel(
        survey_told.rate_sentence(found.result),
        f"Round {found.result.round}; {survey_told.gap_sentence(found.symptoms).lower()}",
    )
    columns = [
        html.text("Symptom", "label", strong=True),
        html.Column("Felt", lambda r: valued(f"felt_{r['symptom']}", words.number(r["felt"], 0), "strong"), numeric=True),
        html.Column("Measured", lambda r: words.number(r["measured"], 0), numeric=True),
        html.Column("Gap", lambda r: words.number(r["points"], 0, signed=True), numeric=True),
        html.Column("Since the round before", _change, numeric=True, wide=True),
        html.text("Between functions", "between", wide=True),
        html.Column("Alpha", lambda r: words.number(r["alpha"], 2), numeric=True, wide=True),
    ]  # fmt: skip
    parts.still(html.table(columns, found.symptoms, caption="Felt against measured", dense=True))


def _change(row: html.Row) -> str:
    """A change is said only with its interval; one that may be chance is grey."""
    if row["change"] is None:
        return f'<span class="muted">{html.e(row["change_said"])}</span>'
    kind = "strong" if row["sure"] else "muted"
    return f'<span class="{kind}">{words.number(row["change"], 0, signed=True)}</span><span class="small">{row["change_said"]}</span>'


def _items(found: survey_told.Survey) -> None:
    if not found.items:
        return
    parts.panel(
        "Statement by statement, the least agreed with first", "Answers from 1 (no) to 5 (yes), counted"
    )
    columns = [
        html.text("Statement", "text", second="agree"),
        html.Column("", lambda r: f'<span class="muted">{html.e(r["symptom"])}</span>', wide=True),
        html.Column("1 to 5", _bars),
        html.Column("Median", lambda r: f'<span class="strong">{words.number(r["median"], 0)}</span>', numeric=True),
        html.amount("Answers", "n", 1, 0, wide=True),
    ]  # fmt: skip
    parts.still(html.table(columns, found.items, caption="Statements", dense=True))


def _bars(row: html.Row) -> str:
    """Five columns, as high as their counts."""
    most = max(row["counts"]) or 1
    cells = "".join(
        f'<i style="--share:{c / most:.3f}" title="{n}: {c}"></i>' for n, c in enumerate(row["counts"], 1)
    )
    counted = ", ".join(f"{n}: {c}" for n, c in enumerate(row["counts"], 1))
    return f'<div class="siop-five" role="img" aria-label="{counted}">{cells}</div>'


def _groups(found: survey_told.Survey) -> None:
    if not found.groups or found.result is None:
        return
    names = [s for s in ("S1", "S2", "S3", "S4", "S5") if s in found.groups[0]]
    hidden = found.result.hidden
    parts.panel(
        "By function",
        f"Felt, 0 to 100; {hidden} answers are in groups too small to show" if hidden else "Felt, 0 to 100",
    )

    def cell(name: str) -> html.Column:
        return html.Column(name, lambda r: words.number(r.get(name), 0), numeric=True)

    columns = [html.text("Function", "group"), html.amount("Answers", "n", 1, 0), *(cell(n) for n in names)]
    parts.still(html.table(columns, found.groups, caption="By function", dense=True))


def _comments(found: survey_told.Survey) -> None:
    if found.comments:
        st.space(24)
        parts.panel("What people wrote", "In no order")
        parts.notes(found.comments)


def _round(at: Here, found: survey_told.Survey) -> None:
    """Open a round and print its links: for the SIOP lead and the chair."""
    parts.panel("A round by link, on a phone, without a name", found.open or "No round is open")
    if not at.service.may(at.identity, "survey_round"):
        return
    newest = max(at.state.surveys.values(), key=lambda s: s.at, default=None)
    if found.open is None and at.cycle and at.cycle not in at.state.surveys:
        form = st.segmented_control("Form", list(asking.FORMS), default=next(iter(asking.FORMS)), required=True,
                                    key="survey_form_kind", label_visibility="collapsed")  # fmt: skip
        people = sum(asking.groups(at.state).values())
        if st.button(f"Ask {words.count(people, 'leader')}", type="primary", key="survey_open"):
            process.act(
                lambda: asking.open_round(at.service, at.identity, form or "", at.cycle), "The round is open"
            )
        return
    if found.open is None or newest is None:
        return
    if st.button("Print the links", key="survey_print"):
        st.session_state[_LINKS] = newest.round
    if st.session_state.get(_LINKS) == newest.round:
        place = urlsplit(st.context.url or "")
        made = asking.links(at.service, at.identity, newest.round)
        text = asking.printed(made, f"{place.scheme}://{place.netloc}")
        st.download_button(
            "Download them as text", text, f"survey-{newest.round}.txt", "text/plain", key="survey_file"
        )
        st.text_area("One line for each person", text, height=220, key="survey_links")
        parts.notes(
            ["Hand them out at random within a group. The ledger keeps neither a link nor who got it."]
        )
