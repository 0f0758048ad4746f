"""Record batches decoded in bulk, held against kafka-python's own reading of the same bytes."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from ingestion import record_batches
from ingestion import records as records_of_batches
from ingestion.record_batches import RawBatch, decode
from tests.fetching import raw_batch
from tests.ways import by_numpy

Record = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]
PLAIN: list[Record] = [(b"key", b'{"number":%d}' % number, []) for number in range(300)]
VALUES = st.sampled_from([None, b"", b"{}", b"}", b"}\0", b"\0}\0", b"{" + b"x" * 200 + b"}"])
HEADERS = st.lists(st.tuples(st.sampled_from(["", "h"]), st.sampled_from([b"", b"}\0"])))


def written(records: list[Record]) -> bytes:
    builder = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, 1 << 24)
    for offset, (key, value, headers) in enumerate(records):
        builder.append(offset, 1_000 + offset, key, value, headers)
    return bytes(builder.build())


def in_bulk(batches: list[list[Record]]) -> list[tuple[object, ...]]:
    """Compiled and by numpy: the same."""
    rows = rows_of(batches)
    with by_numpy():
        assert rows_of(batches) == rows
    return rows


def rows_of(batches: list[list[Record]]) -> list[tuple[object, ...]]:
    raw = []
    for records in batches:
        batch = DefaultRecordBatch(written(records))
        batch.__class__ = record_batches._WholeBatch
        raw += [record.value for record in batch]
    columns = decoded(raw).columns
    return list(zip(*(column.to_pylist() for column in columns), strict=True))


def decoded(raw: list[RawBatch]) -> pa.RecordBatch:
    return decode(7, raw, [batch.body() for batch in raw])


def one_by_one(batches: list[list[Record]]) -> list[tuple[object, ...]]:
    return [
        (7, record.offset, record.timestamp, record.key, record.value)
        for records in batches
        for record in DefaultRecordBatch(written(records))
    ]


@settings(deadline=None)
@given(st.lists(st.lists(st.tuples(VALUES, VALUES, HEADERS), min_size=1), min_size=1))
def test_records_of_any_kind(batches: list[list[Record]]) -> None:
    assert in_bulk(batches) == one_by_one(batches)


def test_what_looks_like_an_end_in_a_value_is_none() -> None:
    records: list[Record] = [(b"key", b"{}\0", [("h", b"x")]), (b"key", b"{}", [])]
    assert in_bulk([records]) == one_by_one([records])


def test_records_of_ours_are_not_gone_through_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(records_of_batches, "_followed_starts")
    assert in_bulk([PLAIN, PLAIN[:1]]) == one_by_one([PLAIN, PLAIN[:1]])


def test_bytes_that_are_left_are_an_error() -> None:
    batch = DefaultRecordBatch(written(PLAIN))
    batch.__class__ = record_batches._WholeBatch
    (raw,) = batch
    raw.value.count -= 1
    with pytest.raises(ValueError, match="bytes are left after 299 records"):
        decoded([raw.value])
    with by_numpy(), pytest.raises(ValueError, match="bytes are left after 299 records"):
        decoded([raw.value])


def test_a_batch_that_compaction_has_emptied() -> None:
    assert decoded([raw_batch({})]).num_rows == 0
