"""The examples of the room's docstrings run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import siop.charts


def test_examples_of_docstrings() -> None:
    attempted = 0
    for module in pkgutil.iter_modules(siop.charts.__path__):
        found = doctest.testmod(importlib.import_module(f"siop.charts.{module.name}"))
        assert found.failed == 0, module.name
        attempted += found.attempted
    assert attempted >= 9
