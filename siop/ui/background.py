"""Answers that are made aside while the page is already there: asked for once, shown when they are ready."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import streamlit as st

KEPT = 64


class Background:
    """One worker for the whole process; of each kind of question the newest matters. Safe between threads."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="siop-aside")
        self._asked: OrderedDict[tuple[Hashable, Hashable], Future[Any]] = OrderedDict()
        self._last: dict[Hashable, Any] = {}
        self._lock = threading.Lock()

    def ask(self, kind: Hashable, key: Hashable, call: Callable[[], Any]) -> tuple[Any, bool]:
        """(answer, whether it is the answer of `key`): before that the last answer of the same kind, or None.

        A question that nobody waits for any more, since its kind was asked anew, is not begun.
        """
        with self._lock:
            found = self._asked.get((kind, key))
            if found is None:
                for (other, _), future in self._asked.items():
                    if other == kind:
                        future.cancel()
                found = self._worker.submit(call)
                self._asked[kind, key] = found
                while len(self._asked) > KEPT:
                    self._asked.popitem(last=False)
            elif found.cancelled():
                found = self._asked[kind, key] = self._worker.submit(call)
            if not found.done():
                return self._last.get(kind), False
        answer = found.result()  # an error of the question is an error of the page, as if it were asked there
        with self._lock:
            self._last[kind] = answer
        return answer, True

    def ready(self, kind: Hashable, key: Hashable) -> bool:
        """Whether the answer is there, or will not come any more."""
        with self._lock:
            found = self._asked.get((kind, key))
            return found is None or found.done()


@st.cache_resource
def aside() -> Background:
    """The worker of this process."""
    return Background()


def wait_for(kind: Hashable, key: Hashable) -> None:
    """Draw the page again once the answer is there; looks every two seconds, in its own small piece of the page."""
    _wait(kind, key)


@st.fragment(run_every=2.0)
def _wait(kind: Hashable, key: Hashable) -> None:
    if aside().ready(kind, key):
        st.rerun()
