"""Archives that nobody here made, through Kafka, landing and dbt: the facts equal a recount.

The recounts are plain Python over the files: no SQL, no code of the sources. They run on files that
the tests make, with every trap, and on the real ones where those stand beside the checkout.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest

from attache import steps
from expectations.checks import CheckReport
from ingestion.landing import LandReport
from ingestion.replay import open_source, replay
from runtime.settings import PROJECT, Settings
from tests.archives import table_of, write_facebook, write_german, write_timeline, write_tweets
from tests.pipeline import RUN
from tests.samples import JSON

DATA = PROJECT.parent / "shared" / "data"
REACTIONS = ("likes", "loves", "wows", "hahas", "sads", "angrys")
SCRAPER = timezone(timedelta(hours=-5))


@dataclass(frozen=True)
class Files:
    """Where the archives are."""

    facebook: Path
    german: Path
    timelines: list[Path]
    tables: list[Path]


@dataclass(frozen=True)
class Landed:
    """All of them in one warehouse, built and checked."""

    files: Files
    settings: Settings
    report: LandReport
    checked: CheckReport

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.warehouse), read_only=True) as warehouse:
            return warehouse.execute(sql).fetchall()


@pytest.fixture(scope="module", params=["made", "real"])
def landed(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    quiet_home: Callable[[Path], Settings],
) -> Landed:
    folder = tmp_path_factory.mktemp(request.param)
    files = _made(folder) if request.param == "made" else _real()
    settings = quiet_home(folder / "home")
    replay(settings, open_source(None, "facebook-live", files.facebook, None))
    replay(settings, open_source(None, "german-elections", files.german, None))
    for timeline in files.timelines:
        replay(settings, open_source(None, "twitter-v1", timeline, None))
    for table in files.tables:
        replay(settings, open_source(None, "tweets-csv", table, None))
    report = steps.land(settings, RUN)
    steps.build(settings, RUN)
    return Landed(files, settings, report, steps.check(settings, RUN))


def test_every_record_is_a_row(landed: Landed) -> None:
    assert landed.report.dead_letters == {}
    assert landed.report.rows == landed.report.records > 0


def test_page_posts_have_the_counters_and_the_day_that_the_file_states(landed: Landed) -> None:
    days_of: dict[str, date] = {}
    stated: dict[str, list[int]] = {}
    for row in table_of(landed.files.facebook):
        post, day = row["status_id"], _page_day(row["status_published"])
        days_of[post] = min(day, days_of.get(post, day))
        stated[post] = [int(row[f"num_{name}"]) for name in ("likes", "shares", "comments")]
    found = landed.rows(
        """SELECT post_id, publication_date, stated_like_count, stated_share_count,
                  stated_comment_count, account_id = split_part(post_id, '_', 1), action_count
           FROM marts.fct_post WHERE platform = 'facebook' AND post_id NOT LIKE 'url-%'"""
    )
    assert {post: facts for post, *facts in found} == {
        post: [day, *stated[post], True, 0] for post, day in days_of.items()
    }
    days = Counter((post.split("_")[0], day) for post, day in days_of.items())
    published = landed.rows(
        """SELECT account_id, activity_date, post_count FROM marts.fct_engagement_daily
           WHERE platform = 'facebook' AND account_id NOT LIKE 'domain-%'"""
    )
    assert {(page, day): count for page, day, count in published} == days


def test_what_the_page_posts_contradict_is_found_and_reported(landed: Landed) -> None:
    rows = table_of(landed.files.facebook)
    uneven = {
        row["status_id"]: (stated, added)
        for row in rows
        if (stated := int(row["num_reactions"]))
        != (added := sum(int(row[f"num_{kind}"]) for kind in REACTIONS))
    }
    dates: dict[str, list[str]] = {}
    for row in rows:
        dates.setdefault(row["status_id"], []).append(row["status_published"])
    twice = {post: len(found) for post, found in dates.items() if len(found) > 1}
    differing = {post for post in twice if len(set(dates[post])) > 1}
    found = landed.rows(
        """SELECT finding, post_id, found_count, expected_count, difference_count
           FROM ops.ops_source_findings WHERE event_source = 'attache/replay/facebook-live'"""
    )
    assert set(found) == {
        *(("reactions_do_not_add_up", post, s, a, s - a) for post, (s, a) in uneven.items()),
        *(("publication_times_differ", post, 2, 1, 1) for post in differing),
        *(
            ("landed_again", post, n, 1, n - 1)
            for post, n in twice.items()
            if post not in differing
        ),
    }
    (result,) = [r for r in landed.checked.failed("flag") if r.check_id.startswith("ops_source")]
    assert result.unexpected_count == len(uneven) + len(differing)
    assert {str(offender.key).split(":")[1] for offender in result.sample} <= {*uneven, *differing}
    if landed.files.facebook.is_relative_to(DATA):
        assert (len(rows), len(twice), len(differing), len(uneven)) == (7_050, 53, 2, 9)


def test_shared_links_count_once_for_each_message_on_the_day_of_their_site(landed: Landed) -> None:
    shares: dict[tuple[str, str, str], tuple[str, str, date]] = {}
    for row in table_of(landed.files.german):
        if row["url_id"]:
            platform = {"fb": "facebook", "tw": "x"}[row["account_id"][:2]]
            day = datetime.fromtimestamp(float(row["timestamp"]), UTC).date()
            share = (platform, row["post_id"], row["url_id"])
            shares[share] = (row["domain_id"], row["account_id"], day)
    daily = Counter((platform, site, day) for (platform, _, _), (site, _, day) in shares.items())
    found = landed.rows(
        """SELECT platform, replace(account_id, 'domain-', ''), activity_date, share_count,
                  action_count
           FROM marts.fct_engagement_daily WHERE account_id LIKE 'domain-%' AND action_count > 0"""
    )
    assert {(platform, site, day): n for platform, site, day, n, _ in found} == daily
    assert all(shared == actions for *_, shared, actions in found)
    links = Counter((platform, url) for platform, _, url in shares)
    counted = landed.rows(
        """SELECT platform, replace(post_id, 'url-', ''), share_count FROM marts.fct_post
           WHERE post_id LIKE 'url-%'"""
    )
    assert {(platform, url): n for platform, url, n in counted} == links
    actors = landed.rows(
        """SELECT count(DISTINCT actor_key), bool_and(actor_key SIMILAR TO '[a-z]+:[0-9a-f]{32}')
           FROM marts.fct_interaction"""
    )
    assert actors == [(len({who for _, who, _ in shares.values()}), True)]


def test_leaders_posts_have_their_counters_and_a_retweet_has_none(landed: Landed) -> None:
    tweets = [t for path in landed.files.timelines for t in _timeline(path)]
    expected = {
        tweet["id_str"]: [
            tweet["user"]["id_str"],
            _tweet_day(tweet),
            *(
                [None] * 2
                if _is_retweet(tweet)
                else [tweet["favorite_count"], tweet["retweet_count"]]
            ),
            _kind(tweet),
        ]
        for tweet in tweets
    }
    found = landed.rows(
        """SELECT post_id, account_id, publication_date, stated_like_count, stated_share_count, kind
           FROM marts.fct_post WHERE platform = 'x' AND account_id SIMILAR TO '[0-9]+'"""
    )
    assert {post: facts for post, *facts in found} == expected
    posted = Counter((t["user"]["id_str"], _tweet_day(t)) for t in tweets if _kind(t) != "reply")
    days = landed.rows(
        """SELECT account_id, activity_date, post_count FROM marts.fct_engagement_daily
           WHERE platform = 'x' AND account_id SIMILAR TO '[0-9]+'"""
    )
    assert {(account, day): n for account, day, n in days} == posted
    followers = {t["user"]["id_str"]: t["user"]["followers_count"] for t in reversed(tweets)}
    stated = landed.rows(
        """SELECT account_id, stated_follower_count FROM marts.fct_account_daily
           WHERE platform = 'x' AND account_id SIMILAR TO '[0-9]+'"""
    )
    assert dict(stated) == followers


def test_tweets_whose_ids_were_destroyed_are_all_there_with_their_counters(landed: Landed) -> None:
    expected: Counter[tuple[str, date, bool, int, int]] = Counter()
    ids: list[str] = []
    for path in landed.files.tables:
        for row in table_of(path):
            day = datetime.strptime(row["created_at"] + "Z", "%m/%d/%y %H:%M%z").date()
            is_reply = bool(row["in_reply_to_screen_name"] or row["in_reply_to_status_id"])
            counts = int(row["favorite_count"]), int(row["retweet_count"])
            expected[(path.stem, day, is_reply, *counts)] += 1
            ids.append(row["id"])
    names = ", ".join(f"'{path.stem}'" for path in landed.files.tables)
    found = landed.rows(
        f"""SELECT account_id, publication_date, kind = 'reply', stated_like_count,
                stated_share_count, post_id
            FROM marts.fct_post WHERE platform = 'x' AND account_id IN ({names})"""
    )
    assert Counter(tuple(facts) for *facts, _ in found) == expected
    assert not any("E+" in post for *_, post in found)
    posted: Counter[tuple[str, date]] = Counter()
    for (account, day, is_reply, _, _), n in expected.items():
        posted[(account, day)] += 0 if is_reply else n
    days = landed.rows(
        f"""SELECT account_id, activity_date, post_count FROM marts.fct_engagement_daily
            WHERE platform = 'x' AND account_id IN ({names})"""
    )
    assert {(account, day): n for account, day, n in days if n} == dict(+posted)
    if landed.files.facebook.is_relative_to(DATA):
        assert (len(ids), len(set(ids)), len(found)) == (1_990, 5, 1_990)


def _made(folder: Path) -> Files:
    return Files(
        write_facebook(folder / "posts.csv"),
        write_german(folder / "shares.csv.gz"),
        [write_timeline(folder / "timeline.json.gz")],
        [write_tweets(folder / "office.csv")],
    )


def _real() -> Files:
    files = Files(
        DATA / "posts" / "facebook_live" / "Live.csv",
        DATA / "interactions" / "german_elections" / "german_elections.csv.gz",
        sorted((DATA / "posts" / "world_leaders").glob("*.json.gz")),
        sorted((DATA / "posts" / "pompeo_trump").glob("*.csv")),
    )
    known = (files.facebook.exists(), files.german.exists(), files.timelines, files.tables)
    if not all(known):
        pytest.skip(f"the real archives are not at {DATA}")
    return files


def _page_day(text: str) -> date:
    """The day in UTC, which is these pages' zone as long as nobody registers them."""
    year = "%Y" if len(text.split()[0].split("/")[2]) == 4 else "%y"
    local = datetime.strptime(text, f"%m/%d/{year} %H:%M").replace(tzinfo=SCRAPER)
    return local.astimezone(UTC).date()


def _timeline(path: Path) -> list[JSON]:
    tweets: list[JSON] = json.loads(gzip.decompress(path.read_bytes()))
    return tweets


def _tweet_day(tweet: JSON) -> date:
    return datetime.strptime(tweet["created_at"], "%a %b %d %H:%M:%S %z %Y").date()


def _is_retweet(tweet: JSON) -> bool:
    return "retweeted_status" in tweet


def _kind(tweet: JSON) -> str:
    if _is_retweet(tweet):
        return "share"
    if tweet.get("in_reply_to_status_id_str"):
        return "reply"
    return "quote" if tweet.get("quoted_status_id_str") else "original"
