"""The frame around every page: the scope bar whose state is in the address, the stamp, keys, and drill links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st
from streamlit.runtime.state import get_session_state

from siop import decisions, meeting, metrics
from siop.core import Scope, words
from siop.decisions import Identity
from siop.ledger import Ledger, State
from siop.settings import Settings
from siop.ui import parts
from siop.ui.html import e
from siop.ui.identity import sign_out
from siop.warehouse import Snapshot

# what the address and the screen say: what it means
PERIODS = {"Month": "month", "Quarter": "quarter", "Year to date": "ytd", "Full year": "year"}
AGAINST = {"Budget": "budget", "Consensus plan": "consensus", "Prior year": "prior-year"}
MANY = 60  # a dimension with more members is drilled into, not picked from a list
_GO = "siop_go"
Only = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Filters:
    """What the scope bar holds in this run, and what was said about an address it could not follow."""

    scope: Scope
    cycle: str
    period: str
    against: str
    messages: tuple[str, ...]
    slot: Any = None  # where the Export slot is drawn, once the page is


def dimensions(snapshot: Snapshot) -> list[str]:
    """The dimensions people pick from a list: parents first, then what the cube has, with 2 to 60 members."""
    found = [d for d in snapshot.dimensions.values() if d.side != "time" and 2 <= d.members <= MANY]
    rank = {"parent": 0, "attribute": 1, "key": 2}
    order = {"product": 0, "customer": 1, "site": 2}
    found.sort(key=lambda d: (rank.get(d.level, 3), order.get(d.side, 3)))
    return [d.name for d in found][:4]


def drilled(snapshot: Snapshot, only: Only = ()) -> dict[str, list[str]]:
    """{dimension: its value} where a row was opened of a dimension that has no list of its own: too many members, or the
    fifth and later. The value comes from the click, or from the address of somebody who shared the view."""
    picked = dimensions(snapshot)
    found = {}
    for name, dimension in snapshot.dimensions.items():
        value = st.session_state.get(name) or st.query_params.get(name)
        if value and dimension.side != "time" and name not in picked:
            found[name] = [member for member in choices(snapshot, name, only) if member == value]
            if found[name] and name not in st.query_params:
                # a list drawn for the first time does not write its value there
                st.query_params[name] = value
    return found


def heading(snapshot: Snapshot, name: str) -> str:
    """A dimension as a heading: the company's own word with a large first letter, nothing else of it changed."""
    label = str(snapshot.labels.get(name, name))
    return label.upper() if label == "sku" else label[:1].upper() + label[1:].replace("_", " ")


def choices(snapshot: Snapshot, name: str, only: Only = ()) -> list[str]:
    """The members of a dimension to choose from; of a limited reader those with rows that they may see."""
    every = metrics.members(snapshot, name)
    if not only:
        return every
    allowed = dict(only).get(name)
    if allowed is not None:
        return [member for member in every if member in allowed]
    seen = metrics.plan_vs_actual(snapshot, Scope(only=only), by=(name,))
    have = {str(row[name]) for row in seen.rows}
    return [member for member in every if member in have]


def read_address(snapshot: Snapshot, cycles: Sequence[str], only: Only = ()) -> list[str]:
    """Every value of the address that is not known here, said once; Streamlit ignores and removes it."""
    told = []
    for name, value in st.query_params.items():
        known: Sequence[str] | None = None
        if name in snapshot.dimensions and snapshot.dimensions[name].side != "time":
            known = choices(snapshot, name, only)
        elif name == "cycle":
            known = [words.month(c) for c in cycles]
        elif name == "period":
            known = list(PERIODS)
        elif name == "against":
            known = list(AGAINST)
        if known is not None and value not in known:
            label = snapshot.labels.get(name, name)
            told.append(f"The address asks for {label} {value!r}, which is not known here: ignored.")
    return told


def scope_bar(
    snapshot: Snapshot,
    state: State,
    identity: Identity,
    acts: Sequence[str],
    settings: Settings,
    ledger: Ledger,
) -> Filters:
    """Draw the filters that act on this page; the others keep their values. Everything is in the address."""
    known = meeting.cycles(state) or ([snapshot.as_of] if snapshot.as_of else [])
    said = read_address(snapshot, known, identity.only)
    where: dict[str, str | list[str]] = {}
    cycle, period, against = (known[0] if known else ""), "ytd", "budget"
    with st.container(horizontal=True, key="scope", gap="xsmall", vertical_alignment="center"):
        if "cycle" in acts and len(known) > 1:
            named = {words.month(c): c for c in known}
            cycle = named[_pick("Cycle", list(named), "cycle", 150)]
        if "where" in acts:
            lists = {name: choices(snapshot, name, identity.only) for name in dimensions(snapshot)}
            for name, members in {**lists, **drilled(snapshot, identity.only)}.items():
                label = snapshot.labels.get(name, name)
                picked = st.selectbox(label, members, index=None, key=name, bind="query-params",
                                      label_visibility="collapsed", width=168, placeholder=f"All {_plural(label)}")  # fmt: skip
                if picked:
                    where[name] = picked
        if "period" in acts:
            chosen = st.segmented_control("Period", list(PERIODS), default="Year to date", required=True, key="period",
                                          bind="query-params", label_visibility="collapsed", wrap=False)  # fmt: skip
            period = PERIODS[chosen or "Year to date"]
        if "against" in acts:
            against = AGAINST[_pick("Against", list(AGAINST), "against", 190)]
        st.space("stretch")
        # the tools wrap as one, to the right
        with st.container(horizontal=True, key="tools", width="content", gap="xsmall", vertical_alignment="center"):  # fmt: skip
            slot = st.container(key="export", width="content")
            if decisions.may(identity.role, "decision") and st.button(
                "Decide", key="decide", help="Raise a decision from this view"
            ):
                go("decisions", raising=True, raised_from=address())
            st.toggle("Colour-safe", key="safe", bind="query-params")
            with st.popover("You", key="you"):
                you(state, settings, identity, ledger)
    first, last = months_of_period(snapshot, period)
    scope = Scope(
        first, last, Scope.filters(where), st.session_state.get("siop_lag", 1), cycle or None, identity.only
    )
    return Filters(scope, cycle, period, against, tuple(said), slot)


def _pick(label: str, options: list[str], key: str, width: int) -> str:
    """A list whose choice is in the address; the first option is the default and stays out of it."""
    found = st.selectbox(
        label, options, key=key, bind="query-params", label_visibility="collapsed", width=width
    )
    return found or options[0]


def you(state: State, settings: Settings, identity: Identity, ledger: Ledger) -> None:
    """Who is reading, keys on or off, and the way out. On the sample company: be somebody else."""
    parts.still(f"<p><b>{e(identity.name)}</b>, {e(identity.function)}</p>")
    if identity.only:
        parts.notes([f"Sees {limits_said(identity)} alone."])
    people = {p.id: f"{p.name}, {p.function}" for p in state.people.values() if p.active}
    if settings.sample and people:
        ids = list(people)
        at = ids.index(identity.person) if identity.person in ids else 0
        st.selectbox(
            "SAMPLE: be somebody else", ids, key="as", index=at, format_func=people.__getitem__, width=320
        )
    st.toggle(
        "Keys", value=True, key="keys_on", help="1 to 8 open a page, Page Down and Page Up step, d decides."
    )
    if not settings.sample:
        st.button("Sign out", on_click=sign_out, args=(ledger,))


def limits_said(identity: Identity) -> str:
    """What a limited reader may see, in words: region West."""
    return words.listed([f"{name} {words.listed(list(values))}" for name, values in identity.only])


def months_of_period(snapshot: Snapshot, period: str) -> tuple[str | None, str | None]:
    """First and last month of the last closed month's month, quarter, year to date, or whole fiscal year."""
    as_of = snapshot.as_of
    if as_of is None:
        return None, None
    if period == "month":
        return as_of, as_of
    named = metrics.labels_of(snapshot, "quarter" if period == "quarter" else "year")
    months = [month for month, label in named.items() if label == named[as_of]]
    return min(months), as_of if period == "ytd" else max(months)


def stamp(snapshot: Snapshot, plan: str | None, identity: Identity, sample: bool) -> None:
    """Plan version, snapshot, freshness and the reader, on every page."""
    built = datetime.fromisoformat(snapshot.meta["built_at"].replace("Z", "+00:00"))
    days = (datetime.now(UTC) - built.astimezone(UTC)).days
    age = "loaded today" if days <= 0 else f"{words.count(days, 'day')} old"
    initials = "".join(part[0] for part in identity.name.split()[:2]).upper() or "?"
    plan_said = f'<span class="opt wide">Plan <b>{e(plan)}</b></span>' if plan else ""
    marked = '<span class="siop-sample">SAMPLE</span>' if sample else ""
    with st.container(key="stamp"):
        st.html(
            f'<div class="siop-stamp">{marked}{plan_said}<span class="opt wide">Snapshot <b>{built:%d %b %H:%M}</b></span>'
            f'<span class="wide" title="{e(snapshot.id)}">{age}</span>'
            f'<span class="siop-me" title="{e(identity.name)}, {e(identity.function)}">{e(initials)}</span></div>'
        )


def go(page: str, **values: Any) -> None:
    """Open another page with filters set; takes effect before the widgets of the next run are drawn."""
    st.session_state[_GO] = (page, values)
    st.rerun()


def arrive(pages: dict[str, Any], current: str) -> None:
    """Carry out `go`: set the widgets' values, then switch the page where it is another. Above every widget."""
    asked = st.session_state.pop(_GO, None)
    if asked is None:
        return
    page, values = asked
    for key, value in values.items():
        st.session_state[key] = value
    if page in pages and page != current:
        # switch_page refuses to clear an address that is bound to widgets; their values are kept in the session,
        # and the widgets of the next page write the address anew
        with get_session_state().query_params() as address:
            address.clear_with_no_forward_msg(preserve_embed=True)
        st.switch_page(pages[page])


def keyboard(order: Sequence[str], current: str) -> None:
    """1 to 9 open a page, Page Up and Page Down step through them, d opens the decision form; off with a switch."""
    if not st.session_state.get("keys_on", True):
        return
    digits = [str(i + 1) for i in range(min(9, len(order)))]
    key = parts.pressed([*digits, "PageDown", "PageUp", "d"])
    if key is None:
        return
    if key == "d":
        go("decisions", raising=True, raised_from=address())
    at = order.index(current) if current in order else 0
    step = {"PageDown": at + 1, "PageUp": at - 1}.get(key, int(key) - 1 if key.isdigit() else at)
    if 0 <= step < len(order) and order[step] != current:
        go(order[step])


def address() -> str:
    """The view on screen as a path inside the cockpit: page and filters, without the server's name."""
    page = urlsplit(st.context.url or "").path or "/"
    filters = urlencode(sorted(st.query_params.items()))
    return f"{page}?{filters}" if filters else page


def address_of(page: str, **filters: str) -> str:
    """The path of a page with filters, as `address` would give it there."""
    return f"/{page}?{urlencode(sorted(filters.items()))}"


def _plural(word: str) -> str:
    return word[:-1] + "ies" if word.endswith("y") else word + "s"
