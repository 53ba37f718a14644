"""Loading a large CSV: python -m benchmarks.load [--rows 10000000] [--rounds 3] [--folder DIR].

The same seeded file, in a process of its own each time, interleaved, medians of the rounds:
  raw        CREATE TABLE AS SELECT * FROM read_csv(file), as DuckDB guesses it
  typed      the fastest typed load without checks: declared types, order not kept
  checked    the loader's reading and checking: types exactly, keys in their tables, ranges, blanks, repeats
  whole load check, build, sort, cubes, hashes and publishing: `siop load`
  dirty      a file with one bad row in a hundred: every finding named, the load refused whole
All write into a database file. Peak memory is the process's own. Goals: checked at most 1.0 of raw and 1.4 of typed,
in at most 1.0 of raw's memory."""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

VARIANTS = ("raw", "typed", "checked", "whole load", "dirty")
SKUS, CUSTOMERS, SITES, MONTHS = 500, 400, 12, 60
SEED = 7
TYPES = {
    "month": "VARCHAR", "sku": "VARCHAR", "customer": "VARCHAR", "site": "VARCHAR",
    "quantity": "BIGINT", "revenue": "DECIMAL(18, 2)", "cost": "DECIMAL(18, 2)",
}  # fmt: skip
# Every (month, SKU, customer) once; everything else is drawn from a hash of the row's number and the seed.
_ROWS = """
COPY (
    SELECT strftime(DATE '2021-01-01' + to_months((i % 60)::INTEGER), '%Y-%m') AS month,
        printf('SKU-%05d', (i // 60) % 500) AS sku, printf('C-%05d', i // 30000) AS customer,
        printf('S%02d', hash(i + $seed) % 12) AS site,
        CASE WHEN $dirty AND i % 500 = 7 THEN 'many' WHEN $dirty AND i % 500 = 107 THEN '-5'
            ELSE (hash(i * 7 + $seed) % 5000)::VARCHAR END AS quantity,
        CASE WHEN $dirty AND i % 500 = 207 THEN '12,5'
            ELSE printf('%d.%02d', hash(i * 3 + $seed) % 90000, hash(i * 5 + $seed) % 100) END AS revenue,
        printf('%d.%02d', hash(i * 11 + $seed) % 60000, hash(i * 13 + $seed) % 100) AS cost
    FROM range($rows) t(i)
    UNION ALL SELECT '2021-13', 'SKU-00001', 'C-00001', 'S01', '1', '1.00', '1.00' FROM range($strays)
    UNION ALL SELECT '2021-01', 'SKU-99999', 'C-00001', 'S01', i::VARCHAR, '1.00', '1.00' FROM range($strays) t(i)
) TO $path (HEADER)
"""
MAPPING = """
[[source]]
table = "products"
file = "products.csv"
[[source]]
table = "customers"
file = "customers.csv"
[[source]]
table = "sites"
file = "sites.csv"
[[source]]
table = "actuals"
file = "actuals.csv"
[source.rules.quantity]
min = 0
max = 1e9
negative = "error"
"""


def make(folder: Path, rows: int, dirty: bool) -> None:
    """A sources folder with `rows` actuals; one in a hundred is bad where `dirty`."""
    folder.mkdir(parents=True, exist_ok=True)
    customers = max(CUSTOMERS, rows // 30_000 + 1)
    (folder / "products.csv").write_text(
        "sku,family\n" + "".join(f"SKU-{i:05d},F{i % 12:02d}\n" for i in range(SKUS))
    )
    (folder / "customers.csv").write_text(
        "customer,region\n" + "".join(f"C-{i:05d},R{i % 6}\n" for i in range(customers))
    )
    (folder / "sites.csv").write_text("site\n" + "".join(f"S{i:02d}\n" for i in range(SITES)))
    (folder / "mapping.toml").write_text(MAPPING)
    strays = rows // 500 if dirty else 0
    values = {
        "seed": SEED,
        "dirty": dirty,
        "rows": rows,
        "strays": strays,
        "path": str(folder / "actuals.csv"),
    }
    with duckdb.connect() as con:
        text = _ROWS.replace(
            "$path", "'" + values.pop("path").replace("'", "''") + "'"
        )  # COPY takes no parameter
        con.execute(text, values)


def plain(file: str, target: str, typed: bool) -> None:
    """DuckDB alone."""
    with duckdb.connect(target) as con:
        if typed:
            con.execute("SET preserve_insertion_order = false")
            con.execute(
                "CREATE TABLE t AS SELECT * FROM read_csv($f, auto_detect = false, header = true, delim = ',', columns = $c)",
                {"f": file, "c": TYPES},
            )
        else:
            con.execute("CREATE TABLE t AS SELECT * FROM read_csv($f)", {"f": file})


def checked(sources: str, target: str) -> None:
    """The loader as far as checked rows, kept in the database file as the others keep theirs."""
    from siop.warehouse import child, fast
    from siop.warehouse.findings import Findings
    from siop.warehouse.mapping_reader import read_mapping
    from siop.warehouse.pipeline import Pipeline
    from siop.warehouse.raw import Bench

    sys.meta_path.insert(0, child._WithoutPandas())
    fast.KEPT = True
    findings = Findings()
    with duckdb.connect(target) as con:
        pipeline = Pipeline(con, Path(sources), findings)
        pipeline.bench = Bench(con, Path(sources), findings)
        stages = pipeline.stages(read_mapping(Path(sources) / "mapping.toml", findings))
        assert stages is not None
        assert not findings.items
        assert stages["actuals"][0].fast
        assert stages["actuals"][0].unique


def whole(sources: str, target: str) -> dict[str, Any]:
    """`siop load` without the snapshot folder around it: what its child process does."""
    from siop.warehouse import child

    sys.meta_path.insert(0, child._WithoutPandas())
    request = {
        "sources": sources, "work": str(Path(target).parent), "target": target, "by": "benchmark",
        "memory_bytes": 12_000_000_000, "stamp": "s", "built_at": "b",
    }  # fmt: skip
    result = child.run(request, lambda *_a, **_k: None)
    return {"ok": result["ok"], "findings": len(result["findings"])}


def one(name: str, folder: str) -> None:
    """One run of one variant, in this process; prints its seconds and peak memory."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        target, clean = str(Path(place) / "out.duckdb"), str(Path(folder) / "clean")
        started = time.perf_counter()
        told: dict[str, Any] = {}
        if name in ("raw", "typed"):
            plain(f"{clean}/actuals.csv", target, name == "typed")
        elif name == "checked":
            checked(clean, target)
        else:
            told = whole(clean if name == "whole load" else str(Path(folder) / "dirty"), target)
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {"seconds": seconds, "cpu": peak.ru_utime + peak.ru_stime, "peak": peak.ru_maxrss / 1024, **told}
        )
    )


def main() -> None:
    """Make the files, run the variants in turn, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="10000000 for the figures of the docs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", help="where the files are made; a temporary folder unless given")
    parser.add_argument("--variants", default=",".join(VARIANTS), help="some of them, comma between them")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.one:
        one(told.one, told.folder)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(told.folder or temporary)
        for kind in ("clean", "dirty"):
            made = folder / kind / f"made-{told.rows}"
            if not made.exists():  # a folder that is given keeps its files from one call to the next
                make(folder / kind, told.rows, kind == "dirty")
                made.touch()
        names = [name for name in VARIANTS if name in told.variants.split(",")]
        found: dict[str, list[dict[str, Any]]] = {n: [] for n in names}
        for _ in range(told.rounds):
            for name in names:
                command = [sys.executable, "-m", "benchmarks.load", "--one", name, "--folder", str(folder)]
                ran = subprocess.run(command, capture_output=True, text=True, check=True)
                found[name].append(json.loads(ran.stdout.splitlines()[-1]))
                print(name, found[name][-1], file=sys.stderr, flush=True)
        size = (folder / "clean" / "actuals.csv").stat().st_size / 1e6
    middle = {
        n: {k: statistics.median(r[k] for r in runs) for k in ("seconds", "cpu", "peak")}
        for n, runs in found.items()
    }
    bad = f"; dirty: {found['dirty'][0]['findings']:,} findings" if "dirty" in found else ""
    print(f"{told.rows:,} rows, {size:,.0f} MB, {told.rounds} interleaved rounds, medians{bad}\n")
    print("| variant | s (rounds) | s | of raw | of typed | CPU s | peak MB | of raw |")
    print("|---|---|---|---|---|---|---|---|")
    for name, m in middle.items():
        rounds = " ".join(f"{r['seconds']:.2f}" for r in found[name])
        of_raw, of_typed, of_peak = (
            f"{m[what] / middle[base][what]:.2f}" if base in middle else "–"
            for base, what in (("raw", "seconds"), ("typed", "seconds"), ("raw", "peak"))
        )
        print(
            f"| {name} | {rounds} | {m['seconds']:.2f} | {of_raw} | {of_typed} | {m['cpu']:.2f} | {m['peak']:.0f} | {of_peak} |"
        )


if __name__ == "__main__":
    main()
