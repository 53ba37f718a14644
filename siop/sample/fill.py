"""A sample company in a workspace, ready to open: files, snapshot, ledger, settings."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from siop import warehouse
from siop.core import NotFound, Refused
from siop.ledger import Ledger
from siop.sample.adventureworks import copy_tables, write_people
from siop.sample.book import Book
from siop.sample.history import make_history
from siop.sample.tables import make_facts, write_tables
from siop.sample.truth import FILE, write_truth
from siop.settings import Settings, write_settings
from siop.workspace import Workspace

SAMPLES = ("halden", "adventureworks")
HISTORY = "history.jsonl"
Progress = Callable[[str, float], None]


def make(folder: Path, seed: int = 7, name: str = "halden") -> None:
    """Write a sample company's files into a folder: sources/ (mapping.toml and tables) and history.jsonl.

    halden also gets stories.json, the truth that no page and no computation reads. The same seed gives the same
    bytes; another seed moves the stories and changes their size. adventureworks does not depend on the seed.
    Raises NotFound for an unknown name.
    """
    if name not in SAMPLES:
        raise NotFound(f"no sample company {name!r}; there are {', '.join(SAMPLES)}")
    folder.mkdir(parents=True, exist_ok=True)
    if name == "halden":
        facts = make_facts(seed)
        write_tables(facts, folder / "sources")
        book, told = make_history(facts)
        write_truth(facts, told, folder / FILE)
    else:
        copy_tables(folder / "sources")
        book = Book()
        write_people(book)
    book.write(folder / HISTORY)


def _silent(step: str, fraction: float) -> None:
    """Nobody is told."""


def make_workspace(
    place: Workspace, name: str = "halden", seed: int = 7, progress: Progress | None = None
) -> str:
    """Make a sample company, load it and take its history in; returns the snapshot's id.

    Args: progress: told (step, fraction of the whole).
    Raises NotFound for an unknown name, Refused where the workspace holds something or a file is refused.
    """
    told = progress or _silent
    if (place.snapshots / "current").exists() or (place.root / "ledger.sqlite").exists():
        raise Refused(f"{place.root} holds a company already: choose another folder, or delete this one")
    told("writing the company's files", 0.0)
    place.make()
    write_settings(  # first of all: a sample that breaks off is known as one, and made anew
        place.root / "siop.toml", Settings(sample=name, seed=seed if name == "halden" else Settings().seed)
    )
    make(place.root, seed, name)
    loaded = warehouse.load(
        place.sources, place.snapshots, by="sample", progress=lambda step, done: told(step, 0.15 + 0.6 * done)
    )
    if loaded.snapshot is None:
        raise Refused(f"the sample company {name} could not be loaded", loaded.findings)
    told("taking the history in", 0.8)
    with closing(Ledger(place.ledger_url, keys=place.keys)) as book:
        book.import_file(place.root / HISTORY, loaded.plan_hashes, loaded.snapshot)
    told("done", 1.0)
    return loaded.snapshot
