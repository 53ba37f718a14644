"""A mapping as text: what a form has changed, written as a planner would write mapping.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_INLINE = ("where", "columns", "constants", "key", "labels")


def mapping_text(told: Mapping[str, Any]) -> str:
    """The text of a mapping.toml that reads as `told`: {"company": {...}, "source": [{...}]}."""
    lines: list[str] = []
    company = told.get("company", {})
    if company:
        lines += ["[company]", *_pairs(company)]
    for source in told.get("source", []):
        lines += ["", "[[source]]", *_pairs(source)]
        for lookup in source.get("lookup", []):
            lines += ["", "[[source.lookup]]", *_pairs(lookup)]
        rules = source.get("rules", {})
        if rules:
            lines += [
                "",
                "[source.rules]",
                *_pairs({k: v for k, v in rules.items() if not isinstance(v, dict)}),
            ]
            for column, limits in rules.items():
                if isinstance(limits, dict):
                    lines += ["", f"[source.rules.{key_text(column)}]", *_pairs(limits)]
    return "\n".join(lines).strip("\n") + "\n"


def _pairs(told: Mapping[str, Any]) -> list[str]:
    return [
        f"{key_text(name)} = {_value(value)}"
        for name, value in told.items()
        if name not in ("lookup", "rules") and (name in _INLINE or not isinstance(value, dict))
    ]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key_text(k)} = {_value(v)}" for k, v in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return quoted(str(value))


def quoted(text: str) -> str:
    """A TOML string.

    >>> quoted('say "x"\\t')
    '"say \\\\"x\\\\"\\\\t"'
    """
    out = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n")
    out = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", lambda m: f"\\u{ord(m[0]):04x}", out.replace("\r", "\\r"))
    return f'"{out}"'


def key_text(text: str) -> str:
    """A TOML key, quoted where it must be."""
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else quoted(text)
