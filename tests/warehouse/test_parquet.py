"""Parquet is read twice: every type both readers know comes through, and a file they read differently is refused."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from siop.core import Refused
from siop.warehouse import parquet_reader
from siop.warehouse.files import Limits
from tests.warehouse import kinds
from tests.warehouse.test_mutations import judged, make_parquet

DAY, TIME = dt.date(2026, 2, 1), dt.datetime(2026, 2, 1, 13, 5)
TYPES = {
    "text": (["a", None, "é"], pa.string()), "large": (["a", None, "b"], pa.large_string()), "view": (["a", None, "b"], pa.string_view()),
    "small": ([1, None, -3], pa.int8()), "unsigned": ([1, None, 2**64 - 1], pa.uint64()), "double": ([0.1, None, float("nan")], pa.float64()),
    "single": ([0.1, None, 2.5], pa.float32()), "exact": ([Decimal("1.10"), None, Decimal("-3.00")], pa.decimal128(9, 2)),
    "wide": ([Decimal(1), None, Decimal(3)], pa.decimal256(50, 0)), "day": ([DAY, None, DAY], pa.date32()), "day64": ([DAY, None, DAY], pa.date64()),
    "second": ([TIME, None, TIME], pa.timestamp("s")), "nano": ([TIME, None, TIME], pa.timestamp("ns")), "flag": ([True, None, False], pa.bool_()),
    "nothing": ([None, None, None], pa.null()), "Net sales, €": (["1", None, "2"], pa.string()),
}  # fmt: skip


def read(path: Path, names: list[str]) -> list[list[pa.Array]]:
    file = parquet_reader.open_parquet(path, Limits())
    return list(parquet_reader.batches(file, path, names, Limits(), path.name))


def test_every_type_comes_through(tmp_path: Path) -> None:
    path = tmp_path / "year=2026 [a]*.parquet"  # neither a pattern of files nor a partition
    table = pa.table({name: pa.array(values, kind) for name, (values, kind) in TYPES.items()})
    table = table.append_column("coded", pa.array(["x", None, "x"]).dictionary_encode())
    pq.write_table(table, path)
    [columns] = read(path, table.column_names)
    told = dict(zip(table.column_names, (c.to_pylist() for c in columns), strict=True))
    assert told["single"] == ["0.1", None, "2.5"]
    assert told["unsigned"] == ["1", None, "18446744073709551615"]
    assert told["day"] == told["day64"] == ["2026-02-01", None, "2026-02-01"]
    assert told["second"] == told["nano"] == ["2026-02-01 13:05:00", None, "2026-02-01 13:05:00"]
    assert told["coded"] == ["x", None, "x"]
    assert told["nothing"] == [None] * 3


def test_many_batches_of_many_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_reader, "BATCH", 4096)
    path = tmp_path / "long.parquet"
    pq.write_table(pa.table({"n": range(20_000)}), path, row_group_size=3_000)
    assert [int(v) for [column] in read(path, ["n"]) for v in column.to_pylist()] == list(range(20_000))


def test_a_file_two_readers_read_differently_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one.parquet", tmp_path / "other.parquet"
    pq.write_table(pa.table({"n": [1, 2, 3]}), one)
    file = parquet_reader.open_parquet(one, Limits())
    for values, said in (([1, 2, 4], "different values"), ([1, 2], "different values"), ([], "different values"), ([1, 2, 3, 4], "numbers of rows"), ([1, None, 3], "different values")):  # fmt: skip
        pq.write_table(pa.table({"n": pa.array(values, pa.int64())}), other)
        with pytest.raises(Refused, match=said):
            list(parquet_reader.batches(file, other, ["n"], Limits(), "one.parquet"))


def test_a_damaged_page_that_one_reader_takes_is_refused(tmp_path: Path) -> None:
    """Found among 5,000 mutations: pyarrow read other values from it, DuckDB none."""
    rows = [[r[0] + "-01", *r[1:]] for r in kinds.clean_rows(random.Random(0))]
    data = bytearray(make_parquet(rows))
    for at in ((1093, 0), (11572, 1)):
        data[at[0] % len(data)] = at[1]
    assert judged(tmp_path, bytes(data), "parquet", rows) == "refused"
