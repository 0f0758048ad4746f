"""The main job on the reference case: every published figure, exactly, and again unchanged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from attache.scorecard import read_scorecard
from ingestion.pseudonyms import Pseudonyms
from ingestion.replay import open_source, replay
from publication.manifest import load_manifest
from runtime.settings import Settings
from tests.pipeline import ask, published_facts, run_steps
from tests.samples import decode

BEIJING = ZoneInfo("Asia/Shanghai")
Daily = dict[tuple[str, date], Counter[str]]


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory, quiet_home: Callable[[Path], Settings]
) -> Settings:
    """A home in which canadaweibo-2014 was replayed and published once."""
    settings = quiet_home(tmp_path_factory.mktemp("reference"))
    replay(settings, open_source("canadaweibo-2014", None, None, None))
    run_steps(settings)
    return settings


def test_every_published_figure_is_exact(home: Settings) -> None:
    rows = {row.measure: row for row in read_scorecard(home)}
    differing = [row for row in rows.values() if row.is_exact is False]
    assert differing == []
    assert rows["actions"].measured == "108,328"
    assert rows["contest_action_percent"].measured == "64.62"
    assert rows["replies"].measured.startswith("rare")
    in_words = {name for name, row in rows.items() if row.is_exact is None}
    assert in_words == {"account_posts", "replies"}


def test_daily_facts_equal_a_recount_of_the_stream_in_plain_python(home: Settings) -> None:
    recounted = _recount(home)
    facts = ask(
        home,
        "SELECT account_id, activity_date, post_count, like_count, share_count, comment_count "
        "FROM marts.fct_engagement_daily",
    )
    columns = ["post", "like", "share", "comment"]
    published = {
        (account, day): Counter(dict(zip(columns, counts, strict=True)))
        for account, day, *counts in facts
    }
    assert published == recounted
    assert len(published) == 59


def test_the_contest_is_incentivised_and_nothing_is_called_organic_unseen(home: Settings) -> None:
    (row,) = ask(
        home,
        "SELECT sum(action_count), sum(action_count_organic), sum(action_count_incentivised), "
        "sum(action_count_coordinated), sum(action_count_ghost), sum(action_count_unassessed) "
        "FROM marts.fct_engagement_daily",
    )
    assert row == (108_328, 0, 70_000, 0, 0, 38_328)


def test_stated_counters_stand_beside_counted_interactions(home: Settings) -> None:
    (row,) = ask(
        home,
        "SELECT sum(like_count), sum(stated_like_count), sum(share_count), sum(stated_share_count) "
        "FROM marts.fct_post",
    )
    assert row == (4_807, 4_807, 78_584, 78_584)


def test_actors_are_pseudonyms_and_accounts_are_not(home: Settings) -> None:
    rows = ask(
        home,
        "SELECT DISTINCT regexp_full_match(actor_key, 'weibo:[0-9a-f]{32}') FROM fct_interaction",
    )
    assert rows == [(True,)]
    accounts = ask(home, "SELECT account_id FROM dim_account WHERE role = 'own'")
    assert accounts == [("canadaweibo",)]


def test_running_everything_twice_changes_nothing(home: Settings) -> None:
    before, first = published_facts(home), load_manifest(home)
    assert first is not None
    _, nothing_new = run_steps(home)
    assert (nothing_new.version, nothing_new.is_new) == (first.version, False)
    replay(home, open_source("canadaweibo-2014", None, None, None))
    landed, again = run_steps(home)
    assert landed.rows == 108_718
    assert again.version == first.version + 1
    assert published_facts(home) == before


def _recount(home: Settings) -> Daily:
    """Days in Beijing, from the source's own events; no SQL, nothing of the landing."""
    source = open_source("canadaweibo-2014", None, None, None)
    daily: Daily = {}
    for message in source.messages(Pseudonyms(home.pseudonym_key())):
        if message.event_type not in {"attache.post.v1", "attache.interaction.v1"}:
            continue
        data: Any = decode(message).data
        day = datetime.fromisoformat(data.created_at).astimezone(BEIJING).date()
        counts = daily.setdefault(("canadaweibo", day), Counter())
        counts[getattr(data, "verb", "post")] += 1
    return daily
