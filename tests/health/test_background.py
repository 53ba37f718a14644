"""Answers made aside: the page is there at once, shows the last answer meanwhile, and gets each answer once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from siop.ui.background import Background


def waited(work: Background, kind: str, key: int) -> None:
    for _ in range(500):
        if work.ready(kind, key):
            return
        time.sleep(0.01)
    raise AssertionError("no answer in five seconds")


def test_the_last_answer_stands_until_the_new_one_is_there() -> None:
    work, gate, asked = Background(), threading.Event(), []

    def slow() -> str:
        asked.append("slow")
        gate.wait(5)
        return "new"

    assert work.ask("trend", 1, lambda: "old") in (("old", True), (None, False))
    waited(work, "trend", 1)
    assert work.ask("trend", 1, lambda: "never") == ("old", True)
    assert work.ask("trend", 2, slow) == ("old", False)
    assert work.ask("trend", 2, slow) == ("old", False)
    assert not work.ready("trend", 2)
    assert work.ask("other", 1, lambda: 1)[0] is None  # another kind does not answer for this one
    gate.set()
    waited(work, "trend", 2)
    assert work.ask("trend", 2, slow) == ("new", True)
    assert asked == ["slow"]


def test_a_question_nobody_waits_for_is_not_begun() -> None:
    work, gate, begun = Background(), threading.Event(), []
    work.ask("busy", 0, lambda: gate.wait(5))
    for key in (1, 2, 3):
        work.ask("trend", key, lambda key=key: begun.append(key))  # type: ignore[misc]
    gate.set()
    waited(work, "trend", 3)
    assert begun == [3]
    work.ask("trend", 1, lambda: begun.append(1))  # asked again, it is
    waited(work, "trend", 1)
    assert begun == [3, 1]


def test_an_error_is_the_pages_error() -> None:
    work = Background()

    def broken() -> None:
        raise ValueError("no")

    work.ask("y", 1, lambda: None)
    with pytest.raises(ValueError, match="no"):
        asked_until_told(work, broken)


def asked_until_told(work: Background, call: Callable[[], None]) -> None:
    for _ in range(200):
        work.ask("x", 1, call)
        time.sleep(0.01)
