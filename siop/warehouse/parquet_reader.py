"""Parquet to columns of text, each value written exactly; row 2 is the first row, as below a header.

Pages of Parquet carry no checksum as a rule, and one reader may take a damaged page for other values without a word.
So two read it, pyarrow and DuckDB, and where they disagree the file is refused.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from siop.core import Refused
from siop.warehouse.files import Limits, refused

BATCH = 245_760


def open_parquet(path: Path, limits: Limits) -> pq.ParquetFile:
    """The opened file. Raises Refused where it is not Parquet, or larger than the limits."""
    try:
        file = pq.ParquetFile(path)
        size = sum(file.metadata.row_group(i).total_byte_size for i in range(file.num_row_groups))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise refused("format", f"not valid Parquet: {str(error).splitlines()[0]}", path.name) from None
    if file.metadata.num_rows > limits.rows:
        raise refused("size", f"more rows than the limit of {limits.rows:,}", path.name)
    if size > limits.bytes:
        raise refused("size", f"the unpacked size is over the limit of {limits.bytes:,} bytes", path.name)
    return file


def batches(
    file: pq.ParquetFile, path: Path, names: list[str], limits: Limits, name: str
) -> Iterator[list[pa.Array]]:
    """The named columns as text, batch by batch.

    Raises Refused for nested types, bytes and time zones, and where a second reader finds anything else in the file.
    """
    schema = file.schema_arrow
    for column in names:
        _check(schema.field(column).type, column, name)
    try:
        with closing(_Second(path, [schema.get_field_index(c) for c in names])) as second:
            for batch in file.iter_batches(batch_size=BATCH, columns=names):
                columns = [batch.column(batch.schema.get_field_index(c)) for c in names]
                texts = [_text(one, limits, c, name) for one, c in zip(columns, names, strict=True)]
                others = second.take(len(batch))
                if others is not None:
                    for column, one, text, other in zip(names, columns, texts, others, strict=True):
                        if not _agree(one.type, text, other, limits, column, name):
                            raise _damaged("two readers find different values", name, column)
                yield texts
            if any(len(other) for other in second.take(1) or []):
                raise _damaged("two readers find different numbers of rows", name)
    except (pa.ArrowException, duckdb.Error, OSError) as error:
        raise _damaged(str(error).splitlines()[0], name) from None


def _damaged(why: str, name: str, column: str | None = None) -> Refused:
    return refused("format", f"the Parquet file is damaged: {why}", name, column=column)


class _Second:
    """DuckDB's reading of the columns at `places`, in steps of any size."""

    def __init__(self, path: Path, places: list[int]) -> None:
        self._places, self._left = places, pa.table({})
        self._con = duckdb.connect(
            config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        )
        self._batches: Iterator[pa.RecordBatch] | None = None
        try:
            query = "SELECT * FROM read_parquet($path, hive_partitioning = false)"
            found = self._con.sql(query, params={"path": glob.escape(str(path))})
            self._batches = iter(found.to_arrow_reader(BATCH))
        except duckdb.NotImplementedException:  # a format only pyarrow knows: there is no second opinion
            self._batches = None

    def take(self, count: int) -> list[pa.ChunkedArray] | None:
        """The next `count` rows, fewer at the end; None where DuckDB does not know how to read such a file at all."""
        if self._batches is None:
            return None
        parts = self._left.to_batches()
        while sum(map(len, parts)) < count and (batch := next(self._batches, None)) is not None:
            parts.append(batch)
        if not parts:
            return [pa.chunked_array([], pa.null()) for _ in self._places]
        whole = pa.Table.from_batches(parts)
        self._left = whole.slice(count)
        return [whole.column(i).slice(0, count) for i in self._places]

    def close(self) -> None:
        self._con.close()


def _agree(
    kind: pa.DataType, text: pa.Array, other: pa.ChunkedArray, limits: Limits, column: str, name: str
) -> bool:
    """Whether the second reader's values are these. Of types that DuckDB does not have, only what is missing counts."""
    if len(other) != len(text):
        return False
    array, kind = other.combine_chunks(), kind.value_type if pa.types.is_dictionary(kind) else kind
    try:
        array = array if array.type == kind else array.cast(kind)
    except pa.ArrowException:
        return bool(array.is_null().equals(text.is_null()))
    return bool(_text(array, limits, column, name).equals(text))


def _check(kind: pa.DataType, column: str, name: str) -> None:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_nested(kind):
        raise refused("type", f"a nested type ({kind}) where single values belong", name, column=column)
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        raise refused(
            "time_zone",
            f"timestamps with the time zone {kind.tz}: midnight elsewhere may be another month",
            name,
            column=column,
        )
    known = (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        or pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
        or pa.types.is_date(kind) or pa.types.is_timestamp(kind) or pa.types.is_boolean(kind)
        or pa.types.is_null(kind)
    )  # fmt: skip
    if not known:
        raise refused("type", f"a column of type {kind}", name, column=column)


def _text(array: pa.Array, limits: Limits, column: str, name: str) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    kind = array.type
    if pa.types.is_floating(kind) and not pa.types.is_float64(kind):
        # The shortest text of the stored precision: 0.1 in 32 bits is 0.1, not 0.10000000149.
        return pa.array(_shortest(array), pa.string())
    if pa.types.is_timestamp(kind):
        array = pc.strftime(array.cast(pa.timestamp("s"), safe=False), format="%Y-%m-%d %H:%M:%S")
        array = pc.replace_substring_regex(array, pattern=" 00:00:00$", replacement="")
    elif pa.types.is_date(kind):
        array = pc.strftime(array.cast(pa.timestamp("s")), format="%Y-%m-%d")
    text = array.cast(pa.string())
    text.validate(full=True)  # a damaged file may hold bytes that are no UTF-8
    longest = pc.max(pc.utf8_length(text)).as_py() or 0
    if longest > limits.cell_chars:
        raise refused(
            "size", f"a cell is too long: the limit is {limits.cell_chars:,} characters", name, column=column
        )
    return text


def _shortest(array: pa.Array) -> list[str | None]:
    values = array.to_numpy(zero_copy_only=False)
    nulls = array.is_null().to_pylist()
    return [
        None if gone else np.format_float_positional(v, trim="-") if np.isfinite(v) else str(v)
        for gone, v in zip(nulls, values, strict=True)
    ]
