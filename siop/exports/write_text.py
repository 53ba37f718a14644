"""A document as Markdown, and a table as CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence

from siop.exports.document import Document, Facts, Heading, Table, Text, Value, said
from siop.exports.inert import inert

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")


def markdown(document: Document) -> bytes:
    """UTF-8 Markdown; texts that people wrote are escaped, so that none of them becomes markup."""
    lines = [f"# {_md(document.title)}", "", _md(document.subject), ""]
    for block in document.blocks:
        if isinstance(block, Heading):
            lines += [f"## {_md(block.text)}", ""]
        elif isinstance(block, Text):
            text = _md(block.text)
            lines += [f"**{text}**" if block.strong else text, ""]
        elif isinstance(block, Facts):
            lines += [f"- {_md(label)}: {_md(value)}" for label, value in block.pairs] + [""]
        else:
            lines += _table(block)
    if document.data:
        body = json.dumps(document.data, ensure_ascii=False, indent=1, sort_keys=True)
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", body)), 3)
        lines += ["## Receipts and checkpoint, to verify", "", f"{fence}json", body, fence, ""]
    lines += ["---", _md(document.footer), ""]
    return "\n".join(lines).encode()


def csv_table(heads: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """UTF-8 with a mark that Excel reads; numbers with a decimal point, unknown is empty, no cell is a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([inert(h) for h in heads])
    for row in rows:
        writer.writerow(["" if v is None else inert(_plain(v)) for v in row])
    return out.getvalue().encode("utf-8-sig")


def _plain(value: Value) -> Value:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int) or value is None or isinstance(value, str):
        return value
    return value.isoformat()


def _table(block: Table) -> list[str]:
    if not block.rows:
        return []
    lines = [f"### {_md(block.name)}", ""] if block.name else []
    lines += ["| " + " | ".join(_md(h) for h in block.heads) + " |", "|" + "---|" * len(block.heads)]
    for row in block.rows:
        lines.append("| " + " | ".join(_md(said(v)) for v in row) + " |")
    return [*lines, ""]


def _md(text: str) -> str:
    flat = " ".join(text.split())
    return _SPECIAL.sub(r"\\\1", flat)
