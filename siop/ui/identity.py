"""Who is using it: a persona on the sample company, else a local account or the company's sign-in (OIDC)."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from siop import decisions
from siop.core import NotAllowed
from siop.decisions import Identity
from siop.ledger import Ledger, State
from siop.settings import Settings
from siop.ui import parts

_TOKEN = "siop_session"  # noqa: S105 - the name of the key, not a secret


def identify(ledger: Ledger, state: State, settings: Settings) -> Identity | None:
    """The identity of this run, or None where nobody is signed in (a sign-in page was drawn instead)."""
    if settings.sample:
        return _persona(state)
    token = st.session_state.get(_TOKEN)
    if token is not None:
        session = ledger.sessions.read(
            token, idle_minutes=settings.idle_minutes, hours=settings.session_hours
        )
        if session is not None:
            try:
                return decisions.identify(state, session.person, session.method, session.fresh_at)
            except NotAllowed as error:
                ledger.sessions.revoke(token)
                st.session_state.pop(_TOKEN, None)
                _sign_in(ledger, state, str(error))
                return None
        st.session_state.pop(_TOKEN, None)
        _sign_in(ledger, state, "Your session has ended. Sign in again.")
        return None
    if _provider() and st.user.is_logged_in:
        person = ledger.accounts.linked(str(st.user.get("iss")), str(st.user.get("sub")))
        if person is None:
            _sign_in(
                ledger, state, f"{st.user.get('name') or st.user.get('sub')} is not linked to a person here."
            )
            return None
        st.session_state[_TOKEN] = ledger.sessions.start(person, "oidc")
        st.rerun()
    _sign_in(ledger, state, None)
    return None


def sign_out(ledger: Ledger) -> None:
    """End this session, here and at the provider."""
    token = st.session_state.pop(_TOKEN, None)
    if token is not None:
        ledger.sessions.revoke(token)
    if _provider() and st.user.is_logged_in:
        st.logout()


def confirm(ledger: Ledger, who: Identity, password: str) -> bool:
    """Prove once more who is there, to sign. True where the password is right."""
    token = st.session_state.get(_TOKEN)
    if token is None or not ledger.accounts.check(who.person, password):
        return False
    ledger.sessions.renew(token)
    return True


def _persona(state: State) -> Identity | None:
    """The sample's switch; the default is the SIOP lead who presents."""
    people = [p for p in state.people.values() if p.active]
    if not people:
        return Identity("guest", "Guest", "Guest", "viewer", False, False, "sample")
    lead = next((p for p in people if p.permission == "siop_lead"), people[0])
    chosen = st.session_state.get("as") or lead.id
    if chosen not in {p.id for p in people}:
        chosen = lead.id
    return decisions.identify(state, chosen, "sample", datetime.now(UTC))


def _sign_in(ledger: Ledger, state: State, said: str | None) -> None:
    parts.headline("Sign in", "", "Decisions and signatures are kept in your name.")
    if said:
        parts.banner(said)
    if _provider():
        st.button("Sign in with your company account", on_click=st.login, type="primary")
    known = ledger.accounts.people()
    if not known:
        if not _provider():
            parts.empty(
                "Nobody can sign in yet",
                "Add the first person on the server: python -m siop people add --workspace W ID --name NAME"
                " --function FUNCTION --role administrator --password.",
            )
        return
    with st.form("sign_in", width=420):
        person = st.text_input("Your id", autocomplete="username")
        password = st.text_input("Password", type="password", autocomplete="current-password")
        if st.form_submit_button("Sign in", type="primary"):
            if ledger.accounts.check(person, password):
                st.session_state[_TOKEN] = ledger.sessions.start(person, "password")
                st.rerun()
            st.error("This id and password do not belong together.")


def _provider() -> bool:
    """Whether an OIDC provider is configured in .streamlit/secrets.toml."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False
