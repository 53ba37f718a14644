"""What stands on the screen, read back from its own HTML: the exported number is the page's number."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser

from siop.exports.document import Value
from siop.exports.tables import Shown

_NUMBER = re.compile(r"([−+-]?)((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(\s*%)?\Z")


@lru_cache(maxsize=64)  # a page is drawn again at each click, mostly with the same tables
def tables_of(html: str) -> tuple[Shown, ...]:
    """The tables of a piece of a page, and its tiles as one: numbers as numbers (a per cent sign makes a fraction).

    Bars and buttons at the end of a row are no content; a second line in a cell follows after a semicolon.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    found = [_shown(t) for t in reader.tables]
    if reader.tiles:
        rows = tuple({"figure": t.get("l"), **{name: _value(t[key]) for key, name in (("v", "value"), ("d", "against plan"), ("s", "state")) if t.get(key)}} for t in reader.tiles)  # fmt: skip
        found.insert(0, Shown("Key figures", rows))
    return tuple(t for t in found if t.rows)


@dataclass
class _Cell:
    classes: str
    text: str = ""
    button: bool = False


@dataclass
class _Table:
    name: str
    rows: list[list[_Cell]] = field(default_factory=list)


class _Reader(HTMLParser):
    """Tables with their cells' texts, and the tiles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self.tiles: list[dict[str, str]] = []
        self._cell: _Cell | None = None
        self._part: list[tuple[str, str]] = []  # (tag, part of the tile) that is open
        self._in_tiles = False
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        classes = given.get("class", "")
        if tag == "table":
            self.tables.append(_Table(given.get("aria-label", "") or "Table"))
        elif tag == "tr" and self.tables:
            self.tables[-1].rows.append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1].rows:
            self._cell = _Cell(classes)
            self.tables[-1].rows[-1].append(self._cell)
        elif self._cell is not None and "siop-btn" in classes:
            self._cell.button = True
            self._hidden += 1
        elif self._cell is not None and tag in ("span", "small", "br") and ("small" in classes or tag != "span"):  # fmt: skip
            self._cell.text += "; " if self._cell.text.strip() else ""
        elif tag == "div" and "siop-tiles" in classes:
            self._in_tiles = True
        elif self._in_tiles and tag == "button":
            self.tiles.append({})
        elif self._in_tiles and tag == "span" and classes in ("l", "v", "d", "s"):
            self._part.append((tag, classes))
        elif self._part and tag == "span":
            self._part.append((tag, self._part[-1][1]))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell = None
            self._hidden = 0
        elif tag == "button" and self._hidden:
            self._hidden -= 1
        elif tag == "div" and self._in_tiles:
            self._in_tiles = False
        elif tag == "span" and self._part:
            self._part.pop()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.text += "" if self._hidden else data
        elif self._part and self.tiles:
            part = self._part[-1][1]
            self.tiles[-1][part] = f"{self.tiles[-1].get(part, '')}{data}"


def _shown(table: _Table) -> Shown:
    if not table.rows:
        return Shown(table.name, ())
    head, *body = table.rows
    names: list[str] = []
    for i, cell in enumerate(head):
        bar = (
            head[i - 1] if i and "barcell" in head[i - 1].classes else None
        )  # a bar's head is its number's too
        name = (
            _flat(cell.text) or (_flat(bar.text) if bar else "") or ("name" if i == 0 else f"column {i + 1}")
        )
        if "barcell" in cell.classes:
            name = f"bar {i + 1}"
        while name in names:
            name += " "
        names.append(name)
    kept = [
        i for i, cell in enumerate(head)
        if "barcell" not in cell.classes and not any(len(r) > i and r[i].button and not _flat(r[i].text) for r in body)
        and any(len(r) > i and _flat(r[i].text) for r in body)
    ]  # fmt: skip
    rows = tuple({names[i]: _value(r[i].text) for i in kept if i < len(r)} for r in body)
    return Shown(table.name, rows)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _value(text: str) -> Value:
    """−1.3 is the number, 3.8 % the fraction 0.038, an en dash is unknown, anything else a text."""
    flat = _flat(text)
    if flat in ("", "–"):
        return None
    found = _NUMBER.match(flat)
    if found is None:
        return flat
    digits = found[2].replace(",", "")
    if len(digits) > 1 and digits.startswith("0") and "." not in digits:
        return flat  # 00123 is a key, not a number
    decimals = len(digits.partition(".")[2])
    number = float(digits) * (-1 if found[1] in ("−", "-") else 1)
    if found[3]:
        return round(number / 100, decimals + 2)
    return int(number) if decimals == 0 else number
