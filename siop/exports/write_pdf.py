"""A document as a tagged PDF, by Typst. What people wrote travels as data: no text of theirs is ever markup."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from siop.exports.document import Document, Facts, Heading, Table, Text, said
from siop.exports.inert import CONTROL

TEMPLATE = Path(__file__).parent / "document.typ"


def pdf(document: Document) -> bytes:
    """The same document is the same bytes; no outside request, no font but those that Typst carries.

    PDF/UA-1 wants a glyph for every letter. Where a text has letters that no carried font has (Chinese, for instance),
    the file is tagged all the same, but does not claim the standard.
    """
    import typst  # 80 MB that no other command needs

    def made(standards: list[Any]) -> bytes:
        body: bytes = typst.compile(
            TEMPLATE.read_bytes(), format="pdf", ignore_system_fonts=True, pdf_standards=standards,
            sys_inputs={"document": json.dumps(_body(document), ensure_ascii=False)}, timestamp=int(document.moment.timestamp()),
        )  # fmt: skip
        return body

    try:
        return made(["ua-1"])
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        return made([])


def _body(document: Document) -> dict[str, Any]:
    blocks: list[dict[str, Any]] = []
    for block in document.blocks:
        if isinstance(block, Heading):
            blocks.append({"kind": "heading", "text": block.text})
        elif isinstance(block, Text):
            blocks.append({"kind": "text", "text": block.text, "strong": block.strong})
        elif isinstance(block, Facts):
            blocks.append({"kind": "facts", "pairs": [list(pair) for pair in block.pairs]})
        elif block.rows:
            blocks.append(_table(block))
    body: dict[str, Any] = _printable({"title": document.title, "subject": document.subject, "company": document.company, "footer": document.footer, "blocks": blocks})  # fmt: skip
    return body


def _printable(value: Any) -> Any:
    """Texts without control characters, which no font draws."""
    if isinstance(value, str):
        return CONTROL.sub(" ", value)
    if isinstance(value, dict):
        return {k: _printable(v) for k, v in value.items()}
    return [_printable(v) for v in value] if isinstance(value, list) else value


def _table(block: Table) -> dict[str, Any]:
    right = [
        all(isinstance(row[i], int | float) or row[i] is None for row in block.rows)
        and any(row[i] is not None for row in block.rows)
        for i in range(len(block.heads))
    ]
    wide = list(block.wide) or [1.0] * len(block.heads)
    return {"kind": "table", "name": block.name, "heads": list(block.heads), "rows": [[said(v) for v in row] for row in block.rows],
            "right": right, "wide": wide, "mono": list(block.mono)}  # fmt: skip
