"""The matrix in docs/ledger.md is the matrix that is enforced."""

from __future__ import annotations

from pathlib import Path

from siop.decisions.rights import rights_table
from siop.ledger.describe import with_table

PAGE = Path(__file__).parents[2] / "docs" / "ledger.md"


def test_the_matrix_is_printed_from_the_data():
    page = PAGE.read_text(encoding="utf-8")
    assert with_table(page, "rights", rights_table()) == page, "make docs"
