"""Answers kept by their question. A published snapshot and a ledger at one head never change, so nor do answers about them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any


class Memory:
    """Answers by question, the oldest forgotten first. Safe between threads; whoever asks does not change an answer."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, key: Any, call: Callable[[], Any]) -> Any:
        """The answer kept under a hashable key, else that of `call`, kept from now on. Two at once may both call."""
        found = self.find(key)
        return self.keep(key, call()) if found is None else found

    def find(self, key: Any) -> Any:
        """The answer kept under this key, else None."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def keep(self, key: Any, answer: Any) -> Any:
        """Keep an answer, and give it back."""
        with self._lock:
            self._kept[key] = answer
            while len(self._kept) > self.size:
                self._kept.popitem(last=False)
        return answer
