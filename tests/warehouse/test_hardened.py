"""What a reader's connection can do if SQL ever got into it: nothing outside the snapshot, nothing to it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from siop.warehouse.snapshot import Snapshot
from tests.warehouse.making import loaded

BLOCKED = [
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM read_csv_auto('{file}')",
    "SELECT * FROM sniff_csv('{file}')",
    "SELECT * FROM read_text('{file}')",
    "SELECT * FROM read_blob('{file}')",
    "SELECT * FROM read_text('{folder}/../{name}/*')",
    "SELECT * FROM '{file}'",
    'SELECT * FROM "{file}"',
    "SELECT * FROM '{folder}/*.csv'",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM read_parquet('{folder}/x.parquet')",
    "SELECT * FROM parquet_metadata('{folder}/x.parquet')",
    "SELECT * FROM parquet_schema('{folder}/x.parquet')",
    "SELECT * FROM read_json('{folder}/x.json')",
    "SELECT * FROM read_json_auto('{folder}/x.json')",
    "SELECT * FROM read_ndjson('{folder}/x.json')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
    "SELECT * FROM 'https://127.0.0.1:9/x.parquet'",
    "SELECT * FROM read_csv('s3://bucket/x.csv')",
    "COPY actuals TO '{folder}/out.csv'",
    "COPY (SELECT 1) TO '{folder}/out.parquet' (FORMAT parquet)",
    "COPY actuals FROM '{file}'",
    "EXPORT DATABASE '{folder}/export'",
    "IMPORT DATABASE '{folder}/export'",
    "ATTACH '{folder}/other.duckdb'",
    "ATTACH '{folder}/other.duckdb' AS o (READ_ONLY)",
    "ATTACH ':memory:' AS m",
    "ATTACH 'http://127.0.0.1:9/x.duckdb' AS h",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{folder}/x.duckdb_extension'",
    "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "SET enable_external_access = true",
    "RESET enable_external_access",
    "SET lock_configuration = false",
    "SET memory_limit = '100GB'",
    "SET temp_directory = '{folder}'",
    "SET allowed_directories = ['/']",
    "SET log_query_path = '{folder}/log'",
    "PRAGMA enable_profiling",
    "PRAGMA profiling_output = '{folder}/profile'",
    "SET threads = 64",
    "DROP TABLE actuals",
    "DELETE FROM actuals",
    "UPDATE actuals SET quantity = 0",
    "INSERT INTO meta VALUES ('a', 'b')",
    "CREATE TABLE mine (a INTEGER)",
    "ALTER TABLE actuals ADD COLUMN a INTEGER",
    "CREATE VIEW v AS SELECT 1",
    "SELECT 1; DROP TABLE actuals",
    "CALL enable_logging('QueryLog', storage = 'file')",
    "SELECT * FROM frame_of_the_app",
    "SELECT * FROM query('SELECT * FROM read_text(''{file}'')')",
    "SELECT getenv('HOME')",
]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A published snapshot; its folder holds a file that nobody should be able to read."""
    folder = tmp_path_factory.mktemp("hardened")
    (folder / "secret.csv").write_text("secret\n42\n", encoding="utf-8")
    return loaded(folder, actuals_csv="month,sku,quantity\n2026-01,A,1\n")


@pytest.mark.parametrize("probe", BLOCKED)
def test_probe_is_blocked(probe: str, snapshot: Snapshot) -> None:
    frame_of_the_app = pd.DataFrame({"secret": [42]})
    folder = snapshot.path.parents[1]
    before = {p: p.stat().st_mtime_ns for p in sorted(folder.rglob("*"))}
    statement = probe.format(file=folder / "secret.csv", folder=folder, name=folder.name)
    with pytest.raises(duckdb.Error):
        snapshot.rows(statement)
    assert {p: p.stat().st_mtime_ns for p in sorted(folder.rglob("*"))} == before
    assert snapshot.rows("SELECT count(*) FROM actuals") == [(1,)]
    assert len(frame_of_the_app) == 1


def test_memory_and_disk_are_bounded(snapshot: Snapshot) -> None:
    limits = snapshot.rows(
        "SELECT current_setting('memory_limit'), current_setting('max_temp_directory_size')"
    )
    assert limits == [("3.7 GiB", "0 bytes")]


def test_the_probes_bite(tmp_path: Path) -> None:
    """The broken variant: on an open connection the same reading probe gives the secret."""
    secret = tmp_path / "secret.csv"
    secret.write_text("secret\n42\n", encoding="utf-8")
    open_connection = duckdb.connect(":memory:")
    assert open_connection.execute(BLOCKED[0].format(file=secret)).fetchall() == [(42,)]


def test_the_published_file_is_read_only(snapshot: Snapshot) -> None:
    assert snapshot.path.stat().st_mode & 0o222 == 0
