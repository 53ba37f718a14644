"""Print the generated pages of docs/ from their declarations; with --check, fail where a page is behind."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from siop.decisions.rights import rights_table
from siop.ledger.describe import entry_table, with_table
from siop.metrics.catalogue import CATALOGUE

DOCS = Path(__file__).resolve().parents[2] / "docs"


def metrics_page() -> str:
    """docs/metrics.md: one row a metric of the catalogue."""
    lines = [
        "# Metrics",
        "",
        "Printed from `siop/metrics/definitions.py` by `make docs`; do not edit. Numerators and denominators are summed",
        "over the scope first, then divided. NULL is not zero; open months are not misses.",
        "",
        "| metric | shown as | unit | better | formula | undefined where | owner | source | computed in, or what it needs |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    better = {1: "more", -1: "less", 0: "neither"}
    for m in CATALOGUE.values():
        formula = m.formula.replace("|", "\\|")
        lines.append(
            f"| {m.name} | {m.label} | {m.unit} | {better[int(m.polarity)]} | {formula} | {m.undefined} |"
            f" {m.owner} | {m.source} | {f'`{m.where}`' if m.computed else 'needs ' + ', '.join(m.needs)} |"
        )
    return "\n".join(lines) + "\n"


def ledger_page() -> str:
    """docs/ledger.md with its tables of entry types and rights; the words around them are written by hand."""
    page = (DOCS / "ledger.md").read_text(encoding="utf-8")
    return with_table(with_table(page, "entry types", entry_table()), "rights", rights_table())


PAGES: dict[str, Callable[[], str]] = {"metrics.md": metrics_page, "ledger.md": ledger_page}


def main() -> None:
    """Write the pages, or with --check compare and exit 1 naming those that are behind."""
    behind = []
    for name, printed in PAGES.items():
        path = DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != printed():
            behind.append(name)
            if "--check" not in sys.argv:
                path.write_text(printed(), encoding="utf-8")
    if behind and "--check" in sys.argv:
        sys.exit(f"docs/{', docs/'.join(behind)} is behind its declarations: make docs")


if __name__ == "__main__":
    main()
