"""Archives that others made: each native record becomes the events that it holds, and no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ingestion.contracts.topics import topic_of
from ingestion.pseudonyms import Pseudonyms
from ingestion.replay import FORMATS
from ingestion.sources.source import Message, Source
from runtime.errors import AttacheError, WrongUseError
from tests.archives import (
    PAGE,
    TWICE,
    TWO_DATES,
    UNEVEN,
    timeline,
    write_facebook,
    write_german,
    write_timeline,
    write_tweets,
)
from tests.samples import JSON, decode

PSEUDONYMS = Pseudonyms(b"a secret of the tests")
WRITERS: dict[str, Callable[[Path], Path]] = {
    "facebook-live": write_facebook,
    "german-elections": write_german,
    "tweets-csv": write_tweets,
    "twitter-v1": write_timeline,
}


def messages(source: Source, kind: str = "") -> list[Message]:
    return [m for m in source.messages(PSEUDONYMS) if kind in m.event_type]


def data_of(source: Source, kind: str) -> list[JSON]:
    return [msgspec.json.decode(m.value)["data"] for m in messages(source, kind)]


def faults(source: Source) -> list[str]:
    """What the contract says of each message that breaks it."""
    found = []
    for message in messages(source):
        try:
            decode(message)
        except msgspec.ValidationError as error:
            found.append(str(error).rsplit("`", 2)[1])
    return found


@pytest.fixture
def facebook(tmp_path: Path) -> Source:
    return FORMATS["facebook-live"](write_facebook(tmp_path / "posts.csv"))


@pytest.fixture
def german(tmp_path: Path) -> Source:
    return FORMATS["german-elections"](write_german(tmp_path / "shares.csv.gz"))


@pytest.fixture
def twitter(tmp_path: Path) -> Source:
    return FORMATS["twitter-v1"](write_timeline(tmp_path / "timeline.json.gz"))


@pytest.mark.parametrize("name", WRITERS)
def test_all_conform_in_order_of_dependency_and_again_the_same(name: str, tmp_path: Path) -> None:
    source = FORMATS[name](WRITERS[name](tmp_path / "file"))
    first = messages(source)
    assert faults(source) == []
    assert source.total == len(first)
    ranks = [topic_of(message.event_type).rank for message in first]
    assert ranks == sorted(ranks)
    assert messages(FORMATS[name](tmp_path / "file")) == first


@pytest.mark.parametrize("name", WRITERS)
def test_another_file_is_refused_before_anything_is_sent(name: str, tmp_path: Path) -> None:
    other = "twitter-v1" if name != "twitter-v1" else "facebook-live"
    with pytest.raises(AttacheError, match=r"is (not the table|no timeline)") as refused:
        FORMATS[name](WRITERS[other](tmp_path / "file"))
    assert refused.value.hint
    with pytest.raises(WrongUseError, match="There is no file"):
        FORMATS[name](tmp_path / "nowhere")
    (tmp_path / "cut.gz").write_bytes(write_german(tmp_path / "whole.gz").read_bytes()[:60])
    with pytest.raises(AttacheError):
        FORMATS[name](tmp_path / "cut.gz")


def test_a_row_with_too_few_fields_is_named(tmp_path: Path) -> None:
    path = write_facebook(tmp_path / "posts.csv")
    path.write_bytes(path.read_bytes() + b"100_1,photo,4/12/18 06:00\r\n")
    with pytest.raises(AttacheError, match=r"line 10 has 3 fields, the header 13"):
        FORMATS["facebook-live"](path)


def test_a_page_post_is_month_first_five_hours_behind(facebook: Source) -> None:
    posts = {post["post_id"]: post for post in data_of(facebook, "post")}
    assert posts[f"{PAGE}_11"] == {
        "platform": "facebook",
        "post_id": f"{PAGE}_11",
        "account_id": PAGE,
        "created_at": "2018-04-12T06:00:00-05:00",
        "media": ["photo"],
    }
    assert posts[f"{PAGE}_15"]["created_at"] == "2018-04-22T22:45:00-05:00"
    assert "media" not in posts[UNEVEN]


def test_a_copied_row_is_one_event_and_another_date_another(facebook: Source) -> None:
    ids = Counter(msgspec.json.decode(m.value)["id"] for m in messages(facebook))
    twice = [event_id for event_id, times in ids.items() if times > 1]
    seen = "2018-04-22T22:45:00-05:00"
    assert sorted(twice) == [
        f"counters/{TWICE}/{seen}",
        f"counters/{TWO_DATES}/{seen}",
        f"post/{TWICE}/2018-04-13T06:00:00-05:00",
    ]


def test_counters_keep_the_total_of_reactions_and_its_kinds(facebook: Source) -> None:
    (uneven,) = [c for c in data_of(facebook, "counters") if c["post_id"] == UNEVEN]
    assert (uneven["likes"], uneven["reactions"], uneven["loves"]) == (880, 885, 1)
    assert (uneven["shares"], uneven["angrys"]) == (0, 0)
    assert uneven["observed_at"] == "2018-04-22T22:45:00-05:00"


def test_page_posts_that_are_wrong_are_sent_as_found(tmp_path: Path) -> None:
    source = FORMATS["facebook-live"](write_facebook(tmp_path / "posts.csv", bad=True))
    assert faults(source) == ["$.time", "$.data.likes"]


def test_a_link_is_a_post_of_its_site_shared_by_an_actor(german: Source) -> None:
    assert data_of(german, "post")[0] == {
        "platform": "facebook",
        "post_id": "url-901",
        "account_id": "domain-801",
        "created_at": "2021-08-20T23:59:59+00:00",
    }
    assert data_of(german, "interaction")[0] == {
        "platform": "facebook",
        "verb": "share",
        "actor_id": PSEUDONYMS.of("facebook", "fb_1"),
        "object_id": "url-901",
        "object_type": "post",
        "created_at": "2021-08-21T00:00:00+00:00",
        "interaction_id": "11/url-901",
    }
    kinds = Counter(message.event_type for message in messages(german))
    assert kinds == {"attache.account.v1": 3, "attache.post.v1": 3, "attache.interaction.v1": 5}
    assert "2 of 7 rows share no link" in german.note


def test_a_message_with_two_tags_shares_its_link_once(german: Source) -> None:
    ids = Counter(msgspec.json.decode(m.value)["id"] for m in messages(german, "interaction"))
    assert [event_id for event_id, times in ids.items() if times > 1] == ["share/facebook/12/901"]


def test_no_raw_actor_is_in_a_share(german: Source) -> None:
    for message in messages(german, "interaction"):
        assert not any(raw in message.value + message.key for raw in (b"fb_", b"tw_"))


def test_shares_that_are_wrong_are_sent_as_found(tmp_path: Path) -> None:
    source = FORMATS["german-elections"](write_german(tmp_path / "shares.csv.gz", bad=True))
    assert faults(source) == ["$.time", "$.data.interaction_id"]
    assert len(data_of(source, "post")) == 3


def test_a_tweet_is_what_it_is_of_another(twitter: Source) -> None:
    original, reply, quote, retweet = data_of(twitter, "post")
    assert original["text"] == "Peace & trade"
    assert (original["hashtags"], original["links"]) == (["UNGA"], ["https://example.org/speech"])
    assert original["post_id"] == "9007199254740993"  # not the number, which is rounded
    assert "kind" not in original
    assert (reply["kind"], reply["in_reply_to"], reply["language"]) == ("reply", "5", "id")
    assert (quote["kind"], quote["shared_post_id"]) == ("quote", "7")
    assert "language" not in quote
    assert (retweet["kind"], retweet["shared_post_id"]) == ("share", "8")
    assert retweet["media"] == ["photo"]


def test_a_retweet_has_no_counters_since_they_are_anothers(twitter: Source) -> None:
    counters = data_of(twitter, "counters")
    assert [c["post_id"] for c in counters] == [t["id_str"] for t in timeline()[:3]]
    assert {(c["likes"], c["shares"]) for c in counters} == {(747, 193)}
    assert {c["observed_at"] for c in counters} == {"2017-09-23T21:36:01+00:00"}


def test_a_profile_is_that_of_the_newest_tweet(twitter: Source) -> None:
    (account,) = data_of(twitter, "account")
    assert (account["followers"], account["following"]) == (598_827, 616)
    assert (account["has_bio"], account["has_location"], account["has_link"]) == (
        True,
        False,
        False,
    )
    assert account["created_at"] == "2012-07-30T20:02:44+00:00"


def test_an_id_that_a_spreadsheet_destroyed_is_none(tmp_path: Path) -> None:
    source = FORMATS["tweets-csv"](write_tweets(tmp_path / "office.csv"))
    first, second, answer, whole = data_of(source, "post")
    assert len({post["post_id"] for post in (first, second, answer)}) == 3
    assert first["post_id"].startswith("office-201911182037-")
    assert (first["stated_id"], whole["post_id"]) == ("1.20E+18", "9007199254741111")
    assert "stated_id" not in whole
    assert (first["text"], first["hashtags"]) == ("Peace & trade", ["NATO", "UN"])
    assert (second["kind"], answer["kind"], second["media"]) == ("quote", "reply", ["photo"])
    assert "in_reply_to" not in answer
    assert {post["account_id"] for post in (first, whole)} == {"office"}
    assert "3 of 4 ids" in source.note
    seen = {counters["observed_at"] for counters in data_of(source, "counters")}
    assert seen == {"2019-11-18T20:37:00+00:00"}


def test_a_tweet_that_is_wrong_is_sent_as_found(tmp_path: Path) -> None:
    path = write_tweets(tmp_path / "office.csv")
    bad = "yesterday,1.20E+18,undated,1.5,0,TRUE,,,,,,FALSE,0\r\n"
    path.write_bytes(path.read_bytes() + bad.encode())
    assert faults(FORMATS["tweets-csv"](path)) == ["$.time", "$.data.likes"]
