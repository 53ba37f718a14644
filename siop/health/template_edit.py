"""A company's own cycle: its template from one cycle on. Past cycles keep the template they were run by."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from siop.core import Refused, is_month
from siop.core.finding import Finding
from siop.decisions import Identity, Service
from siop.health.cycle import DEFAULT, Template, company_templates, read_templates, stage_key, template_for
from siop.warehouse import Snapshot


def stage_rows(template: Template) -> list[dict[str, Any]]:
    """A template's stages as rows of a form: stage, label, working_day, owner, participants in one text."""
    return [
        {"stage": s.stage, "label": s.label, "working_day": s.working_day, "owner": s.owner,
         "participants": ", ".join(s.participants)}
        for s in template.stages
    ]  # fmt: skip


def gate_rows_of(template: Template) -> list[dict[str, Any]]:
    """A template's gates as rows of a form: gate, stage, asks, blocks."""
    return [{"gate": g.gate, "stage": g.stage, "asks": g.asks, "blocks": g.blocks} for g in template.gates]


def save_template(
    service: Service,
    who: Identity,
    snapshot: Snapshot,
    valid_from: str,
    stages: Sequence[Mapping[str, Any]],
    gates: Sequence[Mapping[str, Any]],
) -> Path:
    """Keep a template as the company's own from a cycle on; one of the same cycle is replaced.

    The file is checked whole before it takes the old one's place. A stage keeps its tasks.
    Raises: NotAllowed below SIOP lead; Refused naming the row and what is wrong.
    """
    service.require(who, "stage")
    if not is_month(valid_from):
        raise _refused(
            "valid_from", valid_from, "the first cycle is not a month", "write YYYY-MM, 2026-11 for instance"
        )
    place = snapshot.path.parent.parent / DEFAULT.name
    known = list(read_templates(place)) if place.is_file() else []
    before = template_for(valid_from, company_templates(snapshot))
    told = [_text_of(t) for t in known if t.valid_from != valid_from]
    told.append(_text(valid_from, stages, gates, before))
    text = (
        "# The company's own cycle; the same form as the default's. Written by the page Process health.\n\n"
    )
    _replace(place, text + "\n".join(told))
    return place


def _text_of(template: Template) -> str:
    return _text(template.valid_from, stage_rows(template), gate_rows_of(template), template)


def _text(
    valid_from: str, stages: Sequence[Mapping[str, Any]], gates: Sequence[Mapping[str, Any]], tasks: Template
) -> str:
    lines = ["[[template]]", f"valid_from = {_quoted(valid_from)}", ""]
    of = {stage_key(s.stage): s.tasks for s in tasks.stages}
    for row in stages:
        name = str(row.get("stage") or row.get("label") or "").strip()
        people = [p.strip() for p in str(row.get("participants") or "").split(",") if p.strip()]
        day = row.get("working_day")
        lines += [
            "[[template.stage]]", f"stage = {_quoted(name)}", f"label = {_quoted(str(row.get('label') or name))}",
            f"working_day = {int(day) if isinstance(day, int | float) and day == int(day) else _quoted(str(day))}",
            f"owner = {_quoted(str(row.get('owner') or ''))}", f"participants = {json.dumps(people, ensure_ascii=False)}",
        ]  # fmt: skip
        made = [
            f"  {{ task = {_quoted(t.task)}{f', gate = {_quoted(t.gate)}' if t.gate else ''} }},"
            for t in of.get(stage_key(name), ())
        ]
        lines += ["tasks = [", *made, "]", ""] if made else [""]
    for row in gates:
        lines += [
            "[[template.gate]]", f"gate = {_quoted(str(row.get('gate') or ''))}",
            f"stage = {_quoted(str(row.get('stage') or ''))}", f"asks = {_quoted(str(row.get('asks') or ''))}",
            f"blocks = {'true' if row.get('blocks') is True else 'false'}", "",
        ]  # fmt: skip
    return "\n".join(lines)


def _replace(place: Path, text: str) -> None:
    """Written aside, read as the cockpit will read it, then renamed."""
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".cycle-") as aside:
        draft = Path(aside) / place.name
        draft.write_text(text, encoding="utf-8")
        read_templates(draft)
        draft.replace(place)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _refused(field: str, value: str, message: str, fix: str) -> Refused:
    finding = Finding("error", DEFAULT.name, "cycle template", message, fix, column=field, value=value)
    return Refused(f"{message[:1].upper()}{message[1:]}: {fix}.", [finding])
