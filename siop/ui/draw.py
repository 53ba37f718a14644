"""One page inside its frame: scope bar, stamp, banners, the page itself, keys."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import streamlit as st

from siop import decisions, meeting, metrics
from siop.charts import Theme
from siop.core import SiopError
from siop.decisions import Identity
from siop.ledger import Ledger, State
from siop.settings import Settings
from siop.ui import export_slot, frame, parts
from siop.ui.here import Here, here, service_of, set_here
from siop.warehouse import Snapshot
from siop.workspace import Workspace


def draw(
    module: ModuleType,
    name: str,
    order: Sequence[str],
    *,
    place: Workspace,
    settings: Settings,
    snapshot: Snapshot,
    ledger: Ledger,
    state: State,
    identity: Identity,
    theme: Theme,
    plan: str | None,
) -> None:
    """Draw a page. A page module names the filters that act on it in ACTS: cycle, where, period, against.

    A page whose numbers are of the whole company and cannot be cut says so in WHOLE: a reader who may see only part
    of the business does not get it.
    """
    st.session_state["siop_lag"] = settings.lag
    cycle_now = meeting.current_cycle(state, snapshot.as_of) or ""
    shown = metrics.latest_consensus(snapshot, cycle_now) or plan
    seen = decisions.visible(state, snapshot, identity.only)
    frame.stamp(snapshot, shown, identity, bool(settings.sample))
    with st.container(gap=None):
        filters = frame.scope_bar(snapshot, state, identity, getattr(module, "ACTS", ()), settings, ledger)
        set_here(
            Here(
                workspace=place,
                settings=settings,
                snapshot=snapshot,
                ledger=ledger,
                state=seen,
                service=service_of(ledger, place, settings),
                identity=identity,
                scope=filters.scope,
                cycle=filters.cycle or cycle_now,
                against=filters.against,
                period=filters.period,
                theme=theme,
                company=settings.company or snapshot.meta.get("company") or "The company",
                messages=filters.messages,
            )
        )
        export_slot.begin()
        for message in filters.messages:
            parts.banner(message)
        for said in drifted(snapshot, state):
            parts.banner(said)
        try:
            if getattr(module, "WHOLE", False) and identity.only:
                limits = frame.limits_said(identity)
                parts.headline("This page is about the whole company", f"You see {limits}", "alone")
            else:
                module.page()
        except SiopError as error:
            if not parts.has_headline():
                parts.headline("This page cannot answer yet")
            parts.empty("What is missing", f"{str(error)[:1].upper()}{str(error)[1:]}.")
        export_slot.fill(filters.slot, here(), name.replace("_", " ").capitalize(), name)
    frame.keyboard(order, name)


def drifted(snapshot: Snapshot, state: State) -> list[str]:
    """Said on every page where a signed plan's rows are no longer those that were signed."""
    versions = snapshot.versions
    hashes = dict(zip(versions["version"].astype(str), versions["plan_hash"].astype(str), strict=True))
    found = decisions.drift(state, hashes)
    return [found.sentence] if found is not None else []
