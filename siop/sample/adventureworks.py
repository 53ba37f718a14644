"""The AdventureWorks sample: the reduced extract of Microsoft's data warehouse that lies in the repo."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

from siop.core import NotFound
from siop.sample.book import Book
from siop.sample.draw import CYCLE_MONTHS, after, meeting_day, moment

HOME = Path(__file__).resolve().parents[2] / "data" / "adventureworks"
_PEOPLE = (
    ("stephen.jiang", "Stephen Jiang", "Sales", "executive", True),
    ("amy.alberts", "Amy Alberts", "Operations", "executive", True),
    ("laura.norman", "Laura Norman", "Finance", "executive", True),
    ("ken.sanchez", "Ken Sanchez", "General management", "chair", True),
    ("linda.mitchell", "Linda Mitchell", "Planning", "siop_lead", False),
)


def copy_tables(folder: Path, home: Path = HOME) -> None:
    """mapping.toml, calendar.csv and the extract's files into one folder.

    Raises NotFound where the repo's data folder is not beside the package.
    """
    files = [home / "mapping.toml", home / "calendar.csv", *sorted((home / "extract").glob("*.csv"))]
    missing = [f.name for f in files[:2] if not f.exists()]
    if missing or len(files) == 2:
        raise NotFound(
            f"the AdventureWorks extract is not in {home}: it comes with the repository, not with the package"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copyfile(file, folder / file.name)


def write_people(book: Book) -> None:
    """Those who may decide and sign; nothing was ever said in this company."""
    start = moment(after(meeting_day(CYCLE_MONTHS[-1]), -14), 8)
    for n, (ident, name, function, role, signer) in enumerate(_PEOPLE):
        book.add(
            "person", start + timedelta(seconds=n), "linda.mitchell", None,
            id=ident, name=name, function=function, role=role, principal=True, required_signer=signer,
        )  # fmt: skip
