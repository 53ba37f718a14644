"""Sources folders made for a test, and the loader's answer to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from siop.warehouse import Snapshot, child, current_snapshot, load

ACTUALS = "month,sku,quantity,revenue\n2026-01,A,10,100.50\n2026-02,A,20,210\n2026-01,B,5,55.25\n"
PRODUCTS = "sku,name,family,category,brand\nA,Pump A,Pumps,Machines,Red\nB,Valve B,Valves,Parts,Blue\n"


def write(folder: Path, **files: str) -> Path:
    """A sources folder: actuals_csv="..." becomes actuals.csv, mapping="..." becomes mapping.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        file = "mapping.toml" if name == "mapping" else name.replace("__", "/").replace("_csv", ".csv")
        (folder / file).write_text(text, encoding="utf-8", newline="")
    return folder


def loaded(folder: Path, **files: str) -> Snapshot:
    """Load the files; the test fails, with the findings, where they are refused."""
    sources = write(folder / "sources", **files)
    result = load(sources, folder / "snapshots")
    assert result.ok, [str(f) for f in result.findings]
    snapshot = current_snapshot(folder / "snapshots")
    assert snapshot is not None
    return snapshot


def looked_at(folder: Path, **files: str) -> dict[str, Any]:
    """The loader's answer without a child process and without publishing: fast, for many small cases."""
    sources = write(folder, **files)
    return run_here(sources)


def run_here(sources: Path, target: Path | None = None) -> dict[str, Any]:
    """One request of the loader in this process."""
    request = {
        "sources": str(sources), "work": str(sources), "target": str(target) if target else None, "by": "test",
        "memory_bytes": 2_000_000_000, "stamp": "test", "built_at": "test",
    }  # fmt: skip
    return child.run(request, lambda *_a, **_k: None)


def errors(result: dict[str, Any]) -> list[list[Any]]:
    """[row, column, rule] of the errors, which is what a check's test compares."""
    return [[f["row"], f["column"], f["rule"]] for f in result["findings"] if f["severity"] == "error"]


def warnings(result: dict[str, Any]) -> list[list[Any]]:
    """[row, column, rule] of the warnings."""
    return [[f["row"], f["column"], f["rule"]] for f in result["findings"] if f["severity"] == "warning"]
