"""What was fetched and not yet handed over, cut into batches that suit the warehouse.

A batch of one topic that is exactly as long as wanted fills DuckDB's row groups, so its rows are
compressed once and go straight into the file: docs/decisions/landing-in-bulk.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
from kafka import TopicPartition

from ingestion.contracts.topics import topic_named
from ingestion.pieces import Piece, open_piece
from ingestion.record_batches import RawBatch

MAX_BATCH_BYTES = 64 * 1024 * 1024


@dataclass
class Batch:
    """Records of one transaction, and where each partition's reading stands after it.

    Attributes:
        plain: each topic's rows of those that are plain; no topic without any record.
        others: the other records, columns as in RECORD_SCHEMA.
        spans: for each partition, the offset it was read from and the next one to read.
        counts: how many records were read of each partition.
        size: bytes that they were, decompressed; somewhat more where a record batch was cut.
    """

    plain: dict[str, pa.Table]
    others: dict[str, pa.Table]
    spans: dict[TopicPartition, tuple[int, int]]
    counts: dict[TopicPartition, int]
    size: int


class Pending:
    """Pieces of each topic, from the first offset of each partition that was not handed over.

    Args:
        starts: the next offset of each partition.
        batch_records: how many records of a topic make a batch.
        first_records: of the first batch of a topic, where it is to be a shorter one.
    """

    def __init__(
        self,
        starts: Mapping[TopicPartition, int],
        batch_records: int,
        first_records: Mapping[str, int],
    ) -> None:
        self._firsts = dict(starts)
        self._reached = dict(starts)
        self._batch_records = batch_records
        self._first_records = dict(first_records)
        self._pieces: dict[str, Piece] = {}

    def taken(
        self, partition: TopicPartition, batches: Iterable[RawBatch], position: int
    ) -> Iterator[Batch]:
        """Take what was fetched of a partition, which is read up to that position now.

        Yields:
            Batches of the wanted length, of one topic each; everything where it is large.
        """
        for raw in batches:
            while self._reached[partition] <= min(raw.offset, position - 1):
                piece = self._piece(partition.topic)
                reached = self._reached[partition]
                self._reached[partition] = piece.take(partition.partition, raw, reached, position)
                if piece.is_full:
                    yield self._handed_over([partition.topic])
                elif sum(piece.size for piece in self._pieces.values()) >= MAX_BATCH_BYTES:
                    yield self.rest()
        self._reached[partition] = position  # behind the last record there may be offsets of none

    def rest(self) -> Batch:
        """All that is left."""
        return self._handed_over(dict.fromkeys(partition.topic for partition in self._firsts))

    def _piece(self, topic: str) -> Piece:
        if topic not in self._pieces:
            wanted = self._first_records.pop(topic, self._batch_records)
            self._pieces[topic] = open_piece(topic_named(topic).event_type, wanted)
        return self._pieces[topic]

    def _handed_over(self, topics: Iterable[str]) -> Batch:
        batch = Batch({}, {}, {}, {}, 0)
        for topic in topics:
            piece = self._pieces.pop(topic, None)
            for partition in (p for p in self._firsts if p.topic == topic):
                first, reached = self._firsts[partition], self._reached[partition]
                if reached > first:
                    batch.spans[partition] = (first, reached)
                    batch.counts[partition] = piece.counts[partition.partition] if piece else 0
                self._firsts[partition] = reached
            if piece is not None and piece.counts.total():
                batch.plain[topic], batch.others[topic] = piece.finished()
                batch.size += piece.size
        return batch
