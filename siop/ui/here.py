"""Where the reader is: workspace, snapshot, ledger, identity, scope and theme of this run. Pages ask `here()`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from siop import decisions
from siop.charts import Theme
from siop.core import Report, Scope
from siop.core.memory import Memory
from siop.decisions import Identity, Service
from siop.ledger import Ledger, State
from siop.settings import Settings
from siop.warehouse import Snapshot, current_snapshot
from siop.workspace import Workspace

T = TypeVar("T")
_KEPT = 800


@dataclass(frozen=True)
class Here:
    """One run's context. `scope` carries the reader's row-level limits; `against` is the plan compared with."""

    workspace: Workspace
    settings: Settings
    snapshot: Snapshot
    ledger: Ledger
    state: State
    service: Service
    identity: Identity
    scope: Scope
    cycle: str
    against: str
    period: str
    theme: Theme
    company: str
    messages: tuple[str, ...] = ()

    @property
    def currency(self) -> str:
        return self.snapshot.currency

    def ask(self, call: Callable[..., T], *args: Any, **params: Any) -> T:
        """call(snapshot, *args, **params), remembered for this snapshot and these arguments, and where they are of the
        ledger for its head: what was asked of the data alone outlives a write."""
        head = None if all(map(_plain, (*args, *params.values()))) else self.state.head
        key = (
            call.__module__,
            call.__qualname__,
            self.snapshot.id,
            head,
            self.identity.only,
            _frozen(args),
            _frozen(params),
        )
        return _remembered(key, lambda: call(self.snapshot, *args, **params))


@st.cache_resource
def _memory() -> Memory:
    return Memory(_KEPT)


def _remembered(key: Any, call: Callable[[], T]) -> T:
    found: T = _memory().ask(key, call)
    return found


def _plain(value: Any) -> bool:
    """Whether this says all it depends on: words, numbers, scopes. A state or a report may have come from the ledger."""
    if isinstance(value, list | tuple):
        return all(_plain(v) for v in value)
    return value is None or isinstance(value, str | int | float | Scope)


def _frozen(value: Any) -> Any:
    """A hashable stand-in: the ledger's state is named by its head, which is in the key already."""
    if isinstance(value, State):
        return "state"
    if isinstance(value, dict):
        return tuple(sorted((k, _frozen(v)) for k, v in value.items()))
    if isinstance(value, list | tuple):
        return tuple(_frozen(v) for v in value)
    if isinstance(value, Report):
        return (value.report, value.snapshot, _frozen(value.scope), _frozen(value.totals))
    return value


@st.cache_resource
def open_snapshot(folder: str, pointer: str) -> Snapshot | None:
    """The snapshot the pointer names; a newly published one has another pointer and is opened anew."""
    return current_snapshot(Path(folder))


def snapshot_of(workspace: Workspace) -> Snapshot | None:
    """The newest published snapshot. Raises Refused where it is corrupt or of a newer version."""
    pointer = workspace.snapshots / "current"
    if not pointer.exists():
        return None
    return open_snapshot(str(workspace.snapshots), pointer.read_text(encoding="utf-8").strip())


@st.cache_resource
def open_ledger(url: str, keys: str) -> Ledger:
    """One ledger a process; it is safe between threads."""
    return Ledger(url, keys=Path(keys))


def service_of(ledger: Ledger, workspace: Workspace, settings: Settings) -> Service:
    """The one door for writing; it asks for the current plans at every write."""
    return Service(
        ledger, lambda: decisions.plans_of(snapshot_of(workspace)), fresh_minutes=settings.fresh_minutes
    )


def set_here(found: Here) -> None:
    st.session_state["siop_here"] = found


def here() -> Here:
    """This run's context, set by app.py before any page is drawn."""
    found: Here = st.session_state["siop_here"]
    return found
