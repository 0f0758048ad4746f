"""Data that the broker no longer has, and partitions it has more of: named, counted, gone on from.

These change the topics for good, so they run last, on a broker of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from kafka import KafkaAdminClient, TopicPartition

from ingestion.broker.provisioning import provision
from runtime.settings import Settings
from tests.recovery.changes import count_rows, send
from tests.recovery.lab import Lab
from tests.recovery.probe import AFTER_BEGIN, AFTER_POLL, BEFORE_COMMIT, Fault
from tests.recovery.scenario import LAWS, Row
from tests.recovery.victim import PAUSED, Order

POSTS = "attache.posts.v1"
GONE = "DataGoneError"


def add_partitions(lab: Lab) -> Iterator[Row]:
    """A topic grows between two drains, and the drain after it is killed."""
    row = Row("partitions added")
    settings, calm = lab.home("grown"), lab.home("grown-calm")
    send(lab, "before-growth")
    row.rerun(lab, settings)
    with KafkaAdminClient(bootstrap_servers=lab.servers) as admin:
        admin.create_partitions({POSTS: 5})
        while len(admin.describe_topics([POSTS])[0]["partitions"]) != 5:
            continue  # Kafka shows its changes late
    send(lab, "after-growth", 400)
    for point in (AFTER_BEGIN, BEFORE_COMMIT):
        row.expect_killed(lab.land(settings, Fault(point, 2)))
    row.rerun(lab, settings)
    row.rerun(lab, calm)
    row.expect_equal(settings, calm.warehouse)
    (seen,) = count_rows(
        settings,
        f"SELECT count(*) FROM raw.offsets WHERE topic = '{POSTS}' AND next_offset > 0 "
        "AND partition > 1",
    )
    row.expect(seen != (0,), "no new partition was landed")
    yield row


def pass_retention(lab: Lab) -> Iterator[Row]:
    """Records are deleted that were never landed, before a drain and during one."""
    row = Row("retention passed the stored offset", LAWS)
    settings = lab.home("retention")
    row.rerun(lab, settings)
    send(lab, "retained")
    partition, lost = _delete_unread(lab, settings)
    words = (f"{partition.topic}/{partition.partition}", f"({lost})")
    row.expect_error(lab.land(settings), GONE, *words)
    row.expect_error(lab.land(settings), GONE, *words)
    row.expect_killed(lab.start(Order(settings, Fault(AFTER_BEGIN, 1), accept_gaps=True)).wait())
    row.expect_error(lab.land(settings), GONE, *words)
    row.expect_killed(lab.start(Order(settings, Fault(AFTER_BEGIN, 2), accept_gaps=True)).wait())
    row.rerun(lab, settings)
    row.expect_lawful(settings)
    row.cases += 1
    gaps = count_rows(
        settings, "SELECT to_offset - from_offset FROM raw.gaps WHERE accepted_at IS NOT NULL"
    )
    row.expect(gaps == [(lost,)], f"the gaps on record are {gaps}, not one of {lost}")
    row.note = f"{GONE} names {lost} records, until `attache land --accept-gaps`"
    yield row


def pass_retention_meanwhile(lab: Lab) -> Iterator[Row]:
    """The same, while a drain is reading."""
    row = Row("retention passed the drain while it read", LAWS)
    settings = lab.home("meanwhile")
    send(lab, "overtaken", 1_500)
    running = lab.start(Order(settings, Fault(AFTER_POLL, 1, "pause")))
    row.expect(running.wait_for(PAUSED), "it ended too early")
    with KafkaAdminClient(bootstrap_servers=lab.servers) as admin:
        partitions = admin.describe_topics([POSTS])[0]["partitions"]
        admin.delete_records({TopicPartition(POSTS, p["partition_index"]): -1 for p in partitions})
    running.resume()
    row.expect_error(running.wait(), GONE)
    row.expect_error(lab.land(settings), GONE, POSTS)
    accepted = lab.start(Order(settings, accept_gaps=True)).wait()
    row.expect(accepted.report is not None, f"it can't be gone on from: {accepted.message}")
    row.expect_lawful(settings)
    row.cases += 1
    row.note = f"{GONE} names the partitions, until `attache land --accept-gaps`"
    yield row


def recreate_topic(lab: Lab) -> Iterator[Row]:
    """A topic is deleted and made anew, and filled again beyond the stored offsets."""
    row = Row("topic deleted and made anew", LAWS)
    settings, calm = lab.home("anew"), lab.home("anew-calm")
    row.rerun(lab, settings)
    (before,) = count_rows(settings, "SELECT count(*) FROM raw.posts")
    _recreate(lab, POSTS)
    send(lab, "anew", 600)
    row.expect_error(lab.land(settings), GONE, POSTS, "made anew")
    row.expect_killed(lab.start(Order(settings, Fault(AFTER_BEGIN, 2), accept_gaps=True)).wait())
    row.expect_killed(lab.land(settings, Fault(BEFORE_COMMIT, 2)))
    row.rerun(lab, settings)
    row.rerun(lab, calm)
    row.expect_lawful(settings)
    row.cases += 1
    counted = "SELECT count(*) FROM raw.posts WHERE kafka_generation = {}"
    kept, landed = (count_rows(settings, counted.format(n))[0] for n in (0, 1))
    (wanted,) = count_rows(calm, counted.format(0))
    row.expect(kept == before, f"of {before[0]} earlier rows {kept[0]} are left")
    row.expect(landed == wanted, f"of {wanted[0]} new rows {landed[0]} were landed")
    (gaps,) = count_rows(settings, f"SELECT count(*) FROM raw.gaps WHERE topic = '{POSTS}'")
    (stood,) = count_rows(settings, f"SELECT count(*) FROM raw.offsets WHERE topic = '{POSTS}'")
    row.expect(gaps == stood, f"{gaps[0]} gaps on record for {stood[0]} partitions")
    row.note = f"{GONE} names each partition; how many were lost can't be known, so each is a gap"
    yield row


def _delete_unread(lab: Lab, settings: Settings) -> tuple[TopicPartition, int]:
    """Delete two records beyond what was landed of one partition; the partition and how many."""
    ((number, following),) = count_rows(
        settings,
        f"SELECT partition, next_offset FROM raw.offsets WHERE topic = '{POSTS}' "
        "ORDER BY next_offset DESC LIMIT 1",
    )
    partition = TopicPartition(POSTS, int(str(number)))
    with KafkaAdminClient(bootstrap_servers=lab.servers) as admin:
        admin.delete_records({partition: int(str(following)) + 2})
    return partition, 2


def _recreate(lab: Lab, topic: str) -> None:
    with KafkaAdminClient(bootstrap_servers=lab.servers) as admin:
        admin.delete_topics([topic])
        while topic in admin.list_topics():
            continue  # Kafka shows its changes late
    provision(lab.servers)
