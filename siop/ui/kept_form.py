"""A form whose text is kept: in the session, and as a draft beside the ledger, until it was said for good."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import streamlit as st

from siop.core import NotAllowed, Refused, SiopError
from siop.core.finding import Finding
from siop.decisions import Identity
from siop.ledger import Receipt
from siop.ui.here import Here
from siop.ui.html import e
from siop.ui.identity import confirm, prove_again

RECEIPT = "siop_receipt"


@dataclass
class _Opened:
    """What a form holds from its opening on. `idem` makes a double click one entry."""

    idem: str
    expected: dict[str, int]
    text: dict[str, Any]
    refused: tuple[str, ...] = ()


class KeptForm:
    """One form of one person. Widgets take their values from `text` and are named by `widget`."""

    def __init__(self, at: Here, name: str, subjects: Sequence[str] = ()) -> None:
        self.at, self.name, self.subjects = at, name, tuple(subjects)
        self.key = f"form {name} {at.identity.person}"
        opened = st.session_state.get(self.key)
        if opened is None:
            text = _thawed(at.ledger.drafts.load(at.identity.person, name) or {})
            opened = _Opened(uuid.uuid4().hex, at.ledger.last_about(*subjects), text)
            st.session_state[self.key] = opened
        self.opened: _Opened = opened

    def widget(self, field: str, default: Any = None, among: Collection[str] | None = None) -> str:
        """The key of a field's widget, filled from what was typed before (or `default`).

        Args: among: the choices there are now; what was chosen from others before is forgotten.
        """
        key = f"{self.key} {self.opened.idem[:8]} {field}"
        if key not in st.session_state:
            typed = self.opened.text.get(field)
            known = typed is not None and (among is None or typed in among)
            st.session_state[key] = typed if known else default
        return key

    def keep(self, **fields: Any) -> None:
        """Remember what is typed; the draft is saved only where something changed."""
        if {k: v for k, v in fields.items() if v not in (None, "")} == {
            k: v for k, v in self.opened.text.items() if v not in (None, "")
        }:
            return
        self.opened.text = dict(fields)
        self.at.ledger.drafts.save(self.at.identity.person, self.name, _frozen(fields))

    @staticmethod
    def begun(at: Here, name: str) -> bool:
        """Whether somebody is in the middle of this form in this session."""
        opened = st.session_state.get(f"form {name} {at.identity.person}")
        return opened is not None and any(v not in (None, "") for v in opened.text.values())

    @property
    def is_draft(self) -> bool:
        """Whether something is typed that was not said yet."""
        return any(v not in (None, "") for v in self.opened.text.values())

    def discard(self) -> None:
        """Forget what was typed."""
        self.at.ledger.drafts.discard(self.at.identity.person, self.name)
        st.session_state.pop(self.key, None)

    def pressed(
        self, label: str, key: str, *, proof: str = "Your password, to sign", disabled: bool = False
    ) -> tuple[bool, str | None]:
        """(whether the form's button was pressed, the password where one had to be asked). It is never kept.

        Whoever came by the company's provider proves it there: the form keeps its text meanwhile. Password and
        button are one Streamlit form: alone, a password field keeps to itself what was typed before a Tab.
        """
        asks = not disabled and not is_fresh(self.at)
        if asks and self.at.identity.method == "oidc":
            st.button(
                "Prove who you are, to sign", on_click=prove_again, key=f"{self.key} again", type="secondary",
                help="Opens your company's sign-in; what you wrote is kept.",
            )  # fmt: skip
            asks = False
        if not asks:
            return st.button(label, type="primary", key=key, disabled=disabled), None
        with st.form(f"{self.key} proof", border=False):
            password = st.text_input(
                proof, type="password", autocomplete="current-password", key=f"{self.key} password"
            )
            return st.form_submit_button(label, type="primary", key=key), password

    def say(
        self, kind: str, fields: Mapping[str, Any], *, snapshot: str, password: str | None = None
    ) -> None:
        """Write it; "saved" and the receipt are shown by the next run, which only begins once it is on the disk.

        A refusal keeps the text and is shown at the form, in words.
        """
        try:
            receipt = self.at.service.create(
                _proved(self.at, password), kind, fields, cycle=self.at.cycle or None, snapshot=snapshot,
                idem=self.opened.idem, expected=self.opened.expected or None,
            )  # fmt: skip
        except Refused as error:
            self.opened.refused = tuple(_said(f) for f in error.findings) or (str(error),)
        except SiopError as error:
            self.opened.refused = (str(error),)
            self.opened.expected = self.at.ledger.last_about(*self.subjects)
        else:
            keep_receipt(receipt)
            self.discard()
        st.rerun()

    def refusals(self) -> None:
        """Why the last attempt was not saved; shown until the next one."""
        if self.opened.refused:
            lines = "".join(f"<span>{e(line)}</span>" for line in self.opened.refused)
            st.html(f'<div class="siop-refused" role="alert"><b>Not saved</b>{lines}</div>')


def chain_said(at: Here) -> str:
    """What reading the whole chain found, and when; read again after ten minutes."""
    return _chain(at.ledger.url, at)


@st.cache_data(ttl=600, show_spinner=False)
def _chain(url: str, _at: Here) -> str:
    found = _at.ledger.verify()
    when = f"checked {datetime.now(UTC):%H:%M} UTC"
    if found["ok"]:
        return f"✓ Chain intact up to entry {found['entries']:,}, {when}"
    bad = found["first_bad"]
    said = f"at entry {bad['seq']}: {bad['reason']}" if bad else "its checkpoints do not fit"
    return f"✕ Chain broken {said}, {when}"


def is_fresh(at: Here) -> bool:
    """Whether the reader's proof of identity is new enough to sign."""
    who = at.identity
    if who.method in ("sample", "command"):
        return True
    limit = timedelta(minutes=at.settings.fresh_minutes)
    return who.fresh_at is not None and datetime.now(UTC) - who.fresh_at <= limit


def keep_receipt(receipt: Receipt) -> None:
    """The receipt of what was just written, for the next run to show."""
    st.session_state[RECEIPT] = receipt


def _proved(at: Here, password: str | None) -> Identity:
    """The reader, with a new proof of identity where a password was asked. Raises NotAllowed where it is wrong."""
    if password is None:
        return at.identity
    if not confirm(at.ledger, at.identity, password):
        raise NotAllowed("This password is not yours, or you have none here: sign out and in again to sign.")
    return replace(at.identity, fresh_at=datetime.now(UTC))


def _said(finding: Finding) -> str:
    """A finding at the form: field, what is wrong, what to do."""
    field = (finding.column or "").replace("_", " ").replace(".", ", ")
    start = f"{field[:1].upper()}{field[1:]}: " if field else ""
    return f"{start}{finding.message}; {finding.fix}."


def _frozen(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Dates as a mapping that JSON can hold."""
    return {k: {"date": v.isoformat()} if isinstance(v, date) else v for k, v in fields.items()}


def _thawed(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        k: date.fromisoformat(v["date"]) if isinstance(v, dict) and "date" in v else v
        for k, v in fields.items()
    }
