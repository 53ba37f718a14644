"""The survey on a phone: an address of its own, where a link is the only right and the only thing known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import streamlit as st

from siop.charts import Theme
from siop.core import SiopError, words
from siop.decisions import Service, SurveyLink
from siop.health import asking
from siop.ledger.state import SurveyView
from siop.settings import read_settings
from siop.ui import parts
from siop.ui.here import open_ledger, service_of
from siop.ui.html import e, md
from siop.workspace import Workspace

_DONE, _PLACE = "siop_survey_done", "siop_survey_place"
SCALE = {1: "1 no", 2: "2", 3: "3", 4: "4", 5: "5 yes"}


@dataclass(frozen=True)
class Asked:
    """A link that may answer, its round, and the door to answer by."""

    link: SurveyLink
    survey: SurveyView
    service: Service


def is_asked() -> bool:
    """Whether this run is of the survey's address."""
    return urlsplit(st.context.url or "").path.rstrip("/").endswith(f"/{asking.ADDRESS}")


def serve(page: Callable[[], None], place: Workspace) -> None:
    """Draw the survey alone: no navigation, no plan, no snapshot, nobody's name."""
    survey = st.Page(page, title="Survey", url_path=asking.ADDRESS)
    st.navigation([st.Page(_nothing, title="SIOP Cockpit", default=True), survey], position="hidden")
    st.set_page_config(page_title="Survey", page_icon="static/favicon.png", layout="centered")
    parts.style(Theme(dark=st.context.theme.type == "dark"))
    st.session_state[_PLACE] = place
    with st.container(key="survey", gap="small"):
        survey.run()


def opened() -> Asked | None:
    """What the link in the address opens; None where it opens nothing, which is then said."""
    if _DONE in st.session_state:
        parts.headline("Thank you", "", "Your answers are kept, without your name.")
        parts.notes(
            [
                "The results stand on the page Process health once the round is closed, for groups of five or more."
            ]
        )
        return None
    place: Workspace = st.session_state[_PLACE]
    try:
        if not place.exists:
            raise SiopError("Nothing is asked here.")
        ledger = open_ledger(place.ledger_url, str(place.keys))
        link, survey = asking.asked(ledger, st.query_params.get("link", ""))
    except SiopError as error:
        parts.headline("This link opens no survey")
        parts.banner(str(error))
        return None
    return Asked(link, survey, service_of(ledger, place, read_settings(place.root / "siop.toml")))


def form(asked: Asked) -> None:
    """The statements with five answers each, and one button. Nothing is sent before it is pressed."""
    told = asking.statements(asked.link, asked.survey)
    most = max(1, round(asking.minutes(len(told)) + 0.5))
    parts.headline(
        "How does our planning process work?",
        f"{len(told)} statements, {words.count(most, 'minute')}.",
        "1 is: I disagree. 5 is: I agree. Leave out what you cannot judge.",
    )
    with st.form("survey_form", border=False):
        given = {
            ident: st.segmented_control(md(f"{n}. {text}"), list(SCALE), format_func=SCALE.__getitem__, key=f"survey_{ident}",
                                        width="stretch", wrap=False)
            for n, (ident, text) in enumerate(told, 1)
        }  # fmt: skip
        comment = st.text_area(
            "What should change first? (optional)", key="survey_comment", max_chars=1000,
            help="Shown with the results as you wrote it, without your function.",
        )  # fmt: skip
        sent = st.form_submit_button("Send my answers", type="primary", width="stretch")
        parts.notes(
            [
                f"Kept without your name, under {asked.link.group!r}. Groups of fewer than five are never shown.",
                "This link answers once.",
            ]
        )
    if not sent:
        return
    try:
        asking.answer(asked.service, asked.link.text, given, comment)
    except SiopError as error:
        st.html(f'<div class="siop-refused" role="alert"><b>Not sent</b><span>{e(str(error))}</span></div>')
        return
    st.session_state[_DONE] = True
    st.rerun()


def _nothing() -> None:
    """The default page that Streamlit wants beside the survey; without it the survey would have no address."""
