"""A company to try the cockpit on: files, two years of history, and the truth that is hidden in them."""

from __future__ import annotations

from pathlib import Path

from siop.core import NotFound
from siop.sample.history import make_history
from siop.sample.tables import make_facts, write_tables
from siop.sample.truth import FILE, write_truth

SAMPLES = ("halden", "adventureworks")

__all__ = ["SAMPLES", "make"]


def make(folder: Path, seed: int = 7, name: str = "halden") -> None:
    """Write a sample company into a workspace: sources/ (mapping.toml and tables) and history.jsonl.

    halden also gets stories.json, the truth that no page and no computation reads. The same seed gives the same
    bytes; another seed moves the stories and changes their size. adventureworks does not depend on the seed.
    Raises NotFound for an unknown name.
    """
    if name == "halden":
        facts = make_facts(seed)
        write_tables(facts, folder / "sources")
        book, told = make_history(facts)
        book.write(folder / "history.jsonl")
        write_truth(facts, told, folder / FILE)
    else:
        raise NotFound(f"no sample company {name!r}; there are {', '.join(SAMPLES)}")
