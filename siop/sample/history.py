"""Two years of what people said, in the ledger's import form."""

from __future__ import annotations

from siop.sample.book import Book
from siop.sample.history_cycle import write_cycles, write_people
from siop.sample.history_decisions import write_decisions
from siop.sample.history_deviations import write_cases, write_comments, write_tolerances
from siop.sample.history_requests import write_requests
from siop.sample.history_risks import write_risks
from siop.sample.history_support import (
    write_assumptions,
    write_commitments,
    write_improvements,
    write_survey,
)
from siop.sample.history_today import write_today
from siop.sample.tables import Facts
from siop.sample.truth import Told


def make_history(facts: Facts) -> tuple[Book, Told]:
    """The book of a seed, and what only the book knows of the stories."""
    book = Book()
    write_people(book)
    write_tolerances(book, facts)
    write_cycles(book, facts)
    written = write_decisions(book, facts)
    write_today(book, facts, written)
    write_cases(book, facts)
    odds = write_risks(book, facts)
    unseen, first, last = write_requests(book, facts)
    write_commitments(book, facts)
    write_assumptions(book, facts)
    write_survey(book, facts)
    write_improvements(book, facts)
    write_comments(book, facts)
    return book, Told(written.programmes[0], unseen, first, last, odds)
