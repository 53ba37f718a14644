"""The examples of the room's docstrings run, and every SQL file of the room is used and headed."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import siop.health
from siop.health import one_plan

MODULES = sorted(m.name for m in pkgutil.walk_packages(siop.health.__path__, "siop.health."))
SQL = sorted((Path(siop.health.__file__).parent / "sql").glob("*.sql"))


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    assert doctest.testmod(module).failed == 0


def test_every_sql_file_has_a_heading_and_a_reader() -> None:
    code = "".join(p.read_text(encoding="utf-8") for p in Path(siop.health.__file__).parent.rglob("*.py"))
    for path in SQL:
        assert one_plan.statement(path.stem).startswith("-- ")
        assert f'"{path.stem}"' in code
    assert SQL


def test_nobody_reads_the_truth_of_the_sample() -> None:
    for path in Path(siop.health.__file__).parent.rglob("*.py"):
        assert "stories" not in path.read_text(encoding="utf-8")
