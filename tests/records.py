"""Records of the contract's events, put into a real Kafka and read back from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from ingestion.contracts.topics import load_topics
from ingestion.extents import Extent, open_consumer, read_extents
from tests.samples import JSON, contract_events

TOPICS = {topic.event_type: topic.name for topic in load_topics()}
NUMBERS = count()


@dataclass(frozen=True)
class Record:
    """One Kafka record as a producer hands it over."""

    topic: str
    value: bytes | None
    key: bytes | None = b"weibo:p1"
    headers: Sequence[tuple[str, bytes]] = ()


def good(number: int) -> list[JSON]:
    """New good post events, each of a post of its own."""
    posts = []
    for n in (next(NUMBERS) for _ in range(number)):
        template = next(e for e in contract_events() if e["type"] == "attache.post.v1")
        post_id = f"landing-{n}"
        data = {**template["data"], "post_id": post_id, "text": f"新闻 {n}"}
        posts.append({**template, "id": post_id, "data": data})
    return posts


def like_of(post: JSON) -> JSON:
    template = next(e for e in contract_events() if e["type"] == "attache.interaction.v1")
    post_id = post["data"]["post_id"]
    data = {**template["data"], "verb": "like", "object_id": post_id, "interaction_id": post_id}
    return {**template, "id": f"like-{post_id}", "data": data}


def encode(document: JSON) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def records_of(events: Sequence[JSON]) -> list[Record]:
    return [Record(TOPICS[e["type"]], encode(e), key=e["id"].encode()) for e in events]


def send(servers: str, records: Sequence[Record]) -> None:
    """Produce, and return when all is acknowledged."""
    producer = KafkaProducer(bootstrap_servers=servers)
    try:
        sent = [
            producer.send(r.topic, value=r.value, key=r.key, headers=list(r.headers))
            for r in records
        ]
        for future in sent:
            future.get(timeout=60)
    finally:
        producer.close()


def ends(servers: str) -> dict[tuple[str, int], int]:
    """Where each partition ends now."""
    with open_consumer(servers) as consumer:
        extents = read_extents(servers, consumer)
    return {(p.topic, p.partition): extent.end for p, extent in extents.items()}


def read_between(
    servers: str,
    starts: Mapping[tuple[str, int], int],
    extents: Mapping[TopicPartition, Extent],
    topic: str,
    field: str,
) -> set[str]:
    """A field of every event of a topic from the given starts on and below the given ends.

    Args:
        starts: as `ends` gave them.
    """
    bounds = {p: e.end for p, e in extents.items() if p.topic == topic and e.end > starts[p]}
    found: set[str] = set()
    consumer = KafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    consumer.assign(list(bounds))
    for partition in bounds:
        consumer.seek(partition, starts[partition])
    while any(consumer.position(partition) < end for partition, end in bounds.items()):
        for partition, records in consumer.poll(timeout_ms=1000).items():
            below = [r.value for r in records if r.offset < bounds[partition]]
            found.update(json.loads(v)["data"].get(field) for v in below if is_event(v))
    consumer.close()
    return found


def is_event(value: bytes | None) -> bool:
    return value is not None and value.startswith(b"{") and value.endswith(b"}")
