"""Answers kept by their question."""

from __future__ import annotations

from siop.core.memory import Memory


def test_an_answer_is_asked_for_once_and_the_oldest_is_forgotten() -> None:
    memory, called = Memory(2), []

    def asked(key: str) -> str:
        return str(memory.ask(key, lambda: called.append(key) or key.upper()))  # type: ignore[func-returns-value]

    assert [asked("a"), asked("a"), asked("b"), asked("a"), asked("c")] == ["A", "A", "B", "A", "C"]
    assert called == ["a", "b", "c"]
    asked("a")  # asked for more lately than b, so it was kept
    assert called == ["a", "b", "c"]
    asked("b")
    assert called == ["a", "b", "c", "b"]
