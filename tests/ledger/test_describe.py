"""docs/ledger.md cannot fall behind the models, and does not promise more than the tests show."""

from __future__ import annotations

from pathlib import Path

import pytest

from siop.ledger import ENTRY_TYPES
from siop.ledger.describe import entry_table, with_table

PAGE = Path(__file__).parents[2] / "docs" / "ledger.md"


def test_the_table_of_types_is_printed_from_the_models():
    page = PAGE.read_text(encoding="utf-8")
    assert with_table(page, "entry types", entry_table()) == page, "make docs"


def test_every_type_has_a_row_with_its_fields():
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in entry_table().splitlines()[2:]}
    assert list(rows) == list(ENTRY_TYPES)
    for kind, model in ENTRY_TYPES.items():
        for name, info in model.model_fields.items():
            assert f"`{info.alias or name}`{'' if info.is_required() else '?'}" in rows[kind]


def test_a_page_without_marks_is_noticed():
    with pytest.raises(ValueError, match="no marks"):
        with_table("# nothing here", "entry types", "")


@pytest.mark.parametrize("word", ["immutable", "tamper-proof", "cannot be changed", "unforgeable"])
def test_the_page_does_not_promise_too_much(word):
    assert word not in PAGE.read_text(encoding="utf-8").lower()
