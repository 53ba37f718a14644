"""Who is using it: a persona on the sample company, else a local account or the company's sign-in (OIDC)."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from siop import decisions
from siop.core import NotAllowed
from siop.decisions import Identity
from siop.ledger import Ledger, State
from siop.settings import Settings
from siop.ui import parts

LOG = logging.getLogger("siop.access")
_SOON = timedelta(minutes=10)
"""How old the provider's answer may be when it first opens a session here."""
_TOKEN = "siop_session"  # noqa: S105 - the name of the key, not a secret


def identify(ledger: Ledger, state: State, settings: Settings) -> Identity | None:
    """The identity of this run, or None where nobody is signed in (a sign-in page was drawn instead)."""
    if settings.sample:
        return _persona(state)
    token = st.session_state.get(_TOKEN) or _company_session(ledger)
    if token is None:
        _sign_in(ledger, state, _unlinked(ledger))
        return None
    session = ledger.sessions.read(token, idle_minutes=settings.idle_minutes, hours=settings.session_hours)
    if session is None:
        st.session_state.pop(_TOKEN, None)
        _sign_in(ledger, state, "Your session has ended. Sign in again.")
        return None
    try:
        found = decisions.identify(state, session.person, session.method, session.fresh_at)
    except NotAllowed as error:
        ledger.sessions.revoke(token)
        st.session_state.pop(_TOKEN, None)
        LOG.warning("access ended: person %r", session.person)
        _sign_in(ledger, state, str(error))
        return None
    st.session_state[_TOKEN] = token
    return found


def _company_session(ledger: Ledger) -> str | None:
    """The token of the session that this sign-in at the company's provider stands for.

    Streamlit keeps the provider's answer in a cookie for 30 days. It opens one session here, soon after it was
    given, and no second one once that has ended: otherwise idle and absolute limits would mean nothing.
    """
    if not _provider() or not st.user.is_logged_in:
        return None
    claims = st.user.to_dict()
    issuer, subject = str(claims.get("iss")), str(claims.get("sub"))
    person = ledger.accounts.linked(issuer, subject)
    if person is None:
        return None
    issued = _moment(claims.get("iat"))
    token = ledger.token("oidc", issuer, subject, str(claims.get("iat")))
    if ledger.sessions.known(token):
        return token
    now = datetime.now(UTC)
    if issued is None or now - issued > _SOON:
        return token  # unknown here: it reads as ended
    proved = _moment(claims.get("auth_time")) or issued
    ledger.sessions.start(person, "oidc", token=token, fresh_at=proved)
    LOG.info("signed in: person %r by oidc", person)
    return token


def _unlinked(ledger: Ledger) -> str | None:
    """What to say to somebody whom the provider knows and we do not."""
    if not _provider() or not st.user.is_logged_in:
        return None
    issuer, subject = str(st.user.get("iss")), str(st.user.get("sub"))
    if ledger.accounts.linked(issuer, subject) is not None:
        return None
    LOG.warning("unknown person: subject %r of %r", subject, issuer)
    return (
        f"{st.user.get('name') or subject} is not linked to a person here. Give the administrator your account:"
        f" issuer {issuer}, subject {subject}."
    )


def _moment(seconds: Any) -> datetime | None:
    """A time claim of a token."""
    known = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return datetime.fromtimestamp(seconds, UTC) if known else None


def sign_out(ledger: Ledger) -> None:
    """End this session, here and at the provider."""
    token = st.session_state.pop(_TOKEN, None)
    if token is not None:
        ledger.sessions.revoke(token)
        LOG.info("signed out")
    if _provider() and st.user.is_logged_in:
        st.logout()


def confirm(ledger: Ledger, who: Identity, password: str) -> bool:
    """Prove once more who is there, to sign. True where the password is right; raises NotAllowed while locked."""
    token = st.session_state.get(_TOKEN)
    if token is None or not ledger.accounts.check(who.person, password):
        LOG.warning("wrong password: person %r, to sign", who.person)
        return False
    ledger.sessions.renew(token)
    return True


def prove_again() -> None:
    """Send somebody who came by the company's provider there once more; what they typed is kept as a draft."""
    st.login()


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
        if st.user.is_logged_in:
            st.button("Sign out there first", on_click=st.logout)
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
            try:
                right = ledger.accounts.check(person, password)
            except NotAllowed as error:  # locked after too many wrong ones
                LOG.warning("sign-in while locked: person %r", person)
                st.error(str(error))
                return
            if right:
                st.session_state[_TOKEN] = ledger.sessions.start(person, "password")
                LOG.info("signed in: person %r by password", person)
                st.rerun()
            LOG.warning("wrong password: person %r", person)
            st.error("This id and password do not belong together.")


def _provider() -> bool:
    """Whether an OIDC provider is configured in .streamlit/secrets.toml."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False
