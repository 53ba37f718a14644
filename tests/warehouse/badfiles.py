"""The rule book of the bad files as a mapping, and their truth read back from a load's snapshot."""

from __future__ import annotations

import json
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

FILES = Path(__file__).parents[1] / "data" / "badfiles"
CONTRACT = json.loads((FILES / "contract.json").read_text(encoding="utf-8"))
MANIFEST = json.loads((FILES / "manifest.json").read_text(encoding="utf-8"))


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _rules(measure: str) -> str:
    limits = CONTRACT[measure]
    lines = [
        "[source.rules]",
        f"known_skus = {json.dumps(CONTRACT['known_skus'])}",
        f'first_month = "{CONTRACT["first_open_period"][:7]}"',
        f'last_month = "{CONTRACT["last_period"][:7]}"',
        "no_month_gaps = true",
        f'one_currency = "{CONTRACT["one_currency"]}"',
        f"one_unit_per_sku = {str(CONTRACT['one_unit_per_sku']).lower()}",
        f"max_rows = {CONTRACT['max_rows']}",
        f"max_cell_chars = {CONTRACT['max_cell_chars']}",
        f"max_bytes = {CONTRACT['max_decompressed_bytes']}",
        f"max_seconds = {CONTRACT['max_seconds']}",
        "[source.rules.quantity]",
        f"min = {limits['min']}",
        f"max = {limits['max']}",
        f'negative = "{limits.get("negative", "allow")}"',
        "[source.rules.price]",
        f"min = {CONTRACT['price']['min']}",
        f"max = {CONTRACT['price']['max']}",
    ]
    return "\n".join(lines)


def mapping(file: str, reading: str = "") -> str:
    """contract.json as a mapping: one wide file feeds actuals and plans, its region is the site."""
    shared = 'month = "period", sku = "sku", site = "region", price = "price", unit = "unit", currency = "currency"'
    head = f'file = {_quote(file)}\nsheet = "{CONTRACT["sheet"]}"\n{reading}'
    return (
        f'[company]\nname = "Odd files"\n[[source]]\ntable = "actuals"\n{head}\n'
        f'columns = {{ {shared}, quantity = "actual_qty" }}\n{_rules("actual_qty")}\n'
        f'[[source]]\ntable = "plans"\n{head}\nconstants = {{ version = "plan", kind = "budget" }}\n'
        f'columns = {{ {shared}, quantity = "plan_qty" }}\n{_rules("plan_qty")}\n'
    )


def folder(tmp: Path, file: Path, reading: str = "") -> Path:
    """A sources folder with one file and its mapping."""
    sources = tmp / "sources"
    sources.mkdir(parents=True)
    shutil.copy(file, sources / file.name)
    (sources / "mapping.toml").write_text(mapping(file.name, reading), encoding="utf-8")
    return sources


def matches(findings: list[dict[str, Any]], patterns: list[str]) -> bool:
    """Whether an error's message, value or fix says what the manifest wants to be said."""
    said = [
        " ".join(str(f[k]) for k in ("message", "value", "fix", "column"))
        for f in findings
        if f["severity"] == "error"
    ]
    return any(re.search(p, text, re.IGNORECASE) for p in patterns for text in said)


def truth_problems(snapshot: Any, values: dict[str, Any]) -> list[str]:
    """What differs between the snapshot and the manifest's exact values."""
    problems = []
    for table, column in (("plans", "sum_plan_qty"), ("actuals", "sum_actual_qty")):
        rows, total = snapshot.rows(f"SELECT count(*), sum(quantity) FROM {table}")[0]
        if rows != values["rows"] or total != Decimal(values[column]):
            problems.append(f"{table}: {rows} rows, sum {total}")
    skus = sorted(s for (s,) in snapshot.rows("SELECT DISTINCT sku FROM actuals"))
    if skus != sorted(values["skus"]):
        problems.append(f"skus {skus}")
    months = [f"{m:%Y-%m-%d}" for (m,) in snapshot.rows("SELECT DISTINCT month FROM actuals ORDER BY 1")]
    if months != values["periods"]:
        problems.append(f"periods {months}")
    for probe in values.get("probe", []):
        problems += _probe_problems(snapshot, probe)
    return problems


def _probe_problems(snapshot: Any, probe: dict[str, Any]) -> list[str]:
    places = {
        "region": ("actuals", "site"),
        "plan_qty": ("plans", "quantity"),
        "actual_qty": ("actuals", "quantity"),
    }
    if probe["column"] not in places:
        return []  # a comment is not loaded
    table, column = places[probe["column"]]
    if "distinct" in probe:
        found = snapshot.rows(f"SELECT count(DISTINCT {column}) FROM {table}")[0][0]
        return [] if found == probe["distinct"] else [f"{found} different values of {column}"]
    rows = snapshot.rows(
        f"SELECT DISTINCT {column} FROM {table} WHERE sku = $sku AND ($month IS NULL OR month = $month::DATE)",
        {"sku": probe["sku"], "month": probe.get("period")},
    )
    want = probe["value"]
    same = [v for (v,) in rows if (v == Decimal(want) if isinstance(v, Decimal) else v == want)]
    return [] if same else [f"{column} of {probe['sku']} is {rows}, not {want}"]
