"""The examples of the room's docstrings run, and its SQL files too."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import siop.risks
from tests.risks.company import company

MODULES = sorted(m.name for m in pkgutil.iter_modules(siop.risks.__path__))
SQL = sorted((Path(siop.risks.__file__).parent / "sql").glob("*.sql"))


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"siop.risks.{name}"))
    assert found.failed == 0
    assert found.attempted > 0 or name not in {
        "calibrate",
        "impact",
        "register",
        "sentences",
        "simulate",
        "trigger",
    }


def test_every_sql_file_runs(tmp_path: Path) -> None:
    snapshot = company(tmp_path)
    for path in SQL:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("-- ")
        assert len(snapshot.table(text).columns) >= 3
    assert len(SQL) == 3
