"""The cascades archive: every fact arrives, conforming or as found, and no actor's raw id does."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from ingestion.contracts.events import Interaction
from ingestion.contracts.topics import topic_of
from ingestion.pseudonyms import Pseudonyms
from ingestion.sources.ced import CedArchive, open_ced
from ingestion.sources.source import Message
from runtime.errors import AttacheError
from tests.samples import (
    CED_AUTHOR,
    CED_DOMAIN_ACTOR,
    CED_NO_YEAR,
    JSON,
    ced_archive,
    decode,
    write_ced,
)

PSEUDONYMS = Pseudonyms(b"a secret of the tests")
ARCHIVE = Path(__file__).parents[3] / "shared/data/weibo_cascades/cascades.jsonl.gz"


@pytest.fixture
def archive(tmp_path: Path) -> CedArchive:
    return open_ced(write_ced(tmp_path / "cascades.jsonl.gz"))


def of_kind(archive: CedArchive, kind: str) -> list[Message]:
    return [m for m in archive.messages(PSEUDONYMS) if m.event_type == f"attache.{kind}.v1"]


def data_of(messages: list[Message]) -> Iterator[JSON]:
    return (msgspec.json.decode(message.value)["data"] for message in messages)


def test_every_fact_becomes_one_event(archive: CedArchive) -> None:
    kinds = Counter(message.event_type for message in archive.messages(PSEUDONYMS))
    assert kinds == {
        "attache.account.v1": 5,
        "attache.post.v1": 5,
        "attache.counters.v1": 5,
        "attache.interaction.v1": 10,
    }
    assert archive.total == kinds.total()


def test_what_is_referred_to_comes_first(archive: CedArchive) -> None:
    ranks = [topic_of(message.event_type).rank for message in archive.messages(PSEUDONYMS)]
    assert ranks == sorted(ranks)


def test_all_but_the_dates_without_a_year_conform(archive: CedArchive) -> None:
    found = []
    for message in archive.messages(PSEUDONYMS):
        try:
            decode(message)
        except msgspec.ValidationError:
            found.append(msgspec.json.decode(message.value)["data"]["created_at"])
    assert found == [CED_NO_YEAR, "12月31日 00:00"]


def test_a_repost_is_a_share_at_beijing_time(archive: CedArchive) -> None:
    first, second = list(data_of(of_kind(archive, "interaction")))[:2]
    assert first == {
        "platform": "weibo",
        "verb": "share",
        "actor_id": PSEUDONYMS.of("weibo", "2000000001"),
        "object_id": "yAaaaaaa1",
        "object_type": "post",
        "created_at": "2012-09-16T15:05:11+08:00",
        "interaction_id": "yB0000001",
        "text": "转发微博",
    }
    assert second["parent_id"] == "yB0000001"
    assert "text" not in second


def test_a_fact_found_twice_has_one_identity(archive: CedArchive) -> None:
    ids = Counter(msgspec.json.decode(m.value)["id"] for m in archive.messages(PSEUDONYMS))
    assert [event_id for event_id, times in ids.items() if times > 1] == [
        "share/yAaaaaaa2/yB0000006"
    ]


def test_an_author_is_public_and_an_actor_is_not_even_as_his_own(archive: CedArchive) -> None:
    accounts = list(data_of(of_kind(archive, "account")))
    assert [a["account_id"] for a in accounts].count(CED_AUTHOR) == 2
    actors = {d["actor_id"] for d in data_of(of_kind(archive, "interaction"))}
    assert PSEUDONYMS.of("weibo", CED_AUTHOR) in actors
    assert PSEUDONYMS.of("weibo", CED_DOMAIN_ACTOR) in actors
    raw = [e["uid"].encode() for cascade in ced_archive() for e in cascade["events"]]
    for message in of_kind(archive, "interaction"):
        assert not any(uid in message.value or uid in message.key for uid in raw)


def test_a_profile_is_observed_with_the_last_dated_event(archive: CedArchive) -> None:
    first, second, no_profile, no_events, no_dates = data_of(of_kind(archive, "account"))
    assert first["observed_at"] == "2012-09-16T15:05:11+08:00"
    assert (first["followers"], first["following"], first["posts"]) == (227_833, 907, 5_653)
    assert first["created_at"] == "2011-07-31T19:38:24+08:00"
    assert (second["observed_at"], second["followers"]) == ("2016-02-06T17:45:00+08:00", 60_000)
    assert no_profile == {
        "platform": "weibo",
        "account_id": "1000000003",
        "observed_at": "2012-08-08T13:26:00+08:00",
        "role": "peer",
    }
    assert no_events["observed_at"] == no_dates["observed_at"] == "2012-09-11T11:34:22+08:00"


def test_both_formats_of_a_posts_date_are_read(archive: CedArchive) -> None:
    posts = {post["post_id"]: post for post in data_of(of_kind(archive, "post"))}
    assert posts["yAaaaaaa1"]["created_at"] == "2012-09-11T11:34:22+08:00"
    assert posts["yAaaaaaa3"]["created_at"] == "2012-08-08T13:25:02+08:00"
    assert posts["yAaaaaaa1"]["hashtags"] == ["宁波"]


def test_counters_are_what_the_platform_stated(archive: CedArchive) -> None:
    counters = next(data_of(of_kind(archive, "counters")))
    assert (counters["likes"], counters["shares"], counters["comments"]) == (0, 225, 55)


def test_reading_twice_gives_the_same_bytes(archive: CedArchive) -> None:
    assert list(archive.messages(PSEUDONYMS)) == list(archive.messages(PSEUDONYMS))


def test_a_line_that_is_no_cascade_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "archive"
    whole = gzip.decompress(write_ced(path).read_bytes())
    path.write_bytes(whole + b'{"post_mid": "x", "events": 3}\n')
    with pytest.raises(AttacheError, match="Line 6 of"):
        open_ced(path)


@pytest.mark.skipif(not ARCHIVE.exists(), reason="the CED archive is not beside this checkout")
def test_the_real_archive_arrives_whole() -> None:
    archive = open_ced(ARCHIVE)
    kinds: Counter[str] = Counter()
    undated = 0
    for message in archive.messages(PSEUDONYMS):
        kinds[message.event_type] += 1
        try:
            event = decode(message)
        except msgspec.ValidationError:
            undated += 1
        else:
            assert not isinstance(event.data, Interaction) or len(event.data.actor_id) == 32
    assert kinds["attache.interaction.v1"] == 665_135
    assert kinds.total() == 3 * 1_735 + 665_135 == archive.total
    assert undated == 26
