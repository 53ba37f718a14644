"""Work that takes longer than a click: it runs on while its reader looks at another page, and comes back to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import streamlit as st

from siop.warehouse.supervise import Progress

KINDS = {"check": "Dry run", "publish": "Publishing"}


@dataclass
class Job:
    """One dry run or load. step, share: how far it is; about: what it was started on, to know if that changed."""

    kind: str
    about: str
    step: str = "starting"
    share: float = 0.0
    future: Future[Any] | None = None

    @property
    def running(self) -> bool:
        return self.future is not None and not self.future.done()

    def told(self, step: str, share: float) -> None:
        """What the loader says about itself; steps of several tables each begin at nought, the bar only grows."""
        self.step, self.share = step, max(self.share, min(1.0, share))


class _Desk:
    """The jobs of this process, one a person's staged files at a time."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(2, "siop-load")
        self.jobs: dict[str, Job] = {}
        self.lock = threading.Lock()


@st.cache_resource
def _desk() -> _Desk:
    return _Desk()


def start(key: str, kind: str, about: str, call: Callable[[Progress], Any]) -> None:
    """Begin a job, unless one with this key is running."""
    desk = _desk()
    with desk.lock:
        running = desk.jobs.get(key)
        if running is None or not running.running:
            job = Job(kind, about)
            desk.jobs[key] = job
            job.future = desk.pool.submit(call, job.told)


def job_of(key: str) -> Job | None:
    """The last job of a key, running or done."""
    return _desk().jobs.get(key)


def forget(key: str) -> None:
    """Put a finished job's answer away."""
    desk = _desk()
    with desk.lock:
        job = desk.jobs.get(key)
        if job is not None and not job.running:
            del desk.jobs[key]


@st.fragment(run_every=0.5)
def bar(key: str) -> None:
    """The progress of a running job; the page runs anew once it is done."""
    job = job_of(key)
    if job is None or not job.running:
        st.rerun()
        return
    st.progress(job.share, f"{KINDS[job.kind]}: {job.step}")
