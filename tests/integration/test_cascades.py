"""Weibo cascades through everything: conservation by reason, and facts equal to a recount.

The recount is plain Python over the archive: no Kafka, no SQL, no code of the sources. It runs on
an archive that the tests make, and on the real one where it stands beside the checkout.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ingestion.replay import open_source, replay
from runtime.settings import PROJECT, Settings
from tests.pipeline import ask, run_steps
from tests.samples import JSON, ced_archive, ced_repost, write_ced

ARCHIVE = PROJECT.parent / "shared" / "data" / "weibo_cascades" / "cascades.jsonl.gz"
DATED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
Daily = Counter[tuple[str, date]]


def test_a_made_archive_with_every_trap(quiet_settings: Settings, tmp_path: Path) -> None:
    popular = {**ced_archive()[0], "post_mid": "yAaaaaaa9", "events": _good_reposts(40)}
    archive = write_ced(tmp_path / "cascades.jsonl.gz", [*ced_archive(), popular])
    _check_archive(quiet_settings, archive)


def test_the_real_archive(quiet_settings: Settings) -> None:
    if not ARCHIVE.exists():
        pytest.skip(f"the real cascades are not at {ARCHIVE.parent}")
    events, undated = _check_archive(quiet_settings, ARCHIVE)
    assert (events, undated) == (665_135, 26)


def _good_reposts(count: int) -> list[JSON]:
    """Enough of them that the bad ones are few, as the gate wants it."""
    return [
        ced_repost(f"yC{n:07}", f"30{n:08}", f"2012-09-{n % 9 + 10} 10:00:{n:02}")
        for n in range(count)
    ]


def _check_archive(settings: Settings, archive: Path) -> tuple[int, int]:
    """Replay, run, compare. Returns how many events there are and how many lack a date."""
    shares, posts, events, undated = _recount(archive)
    produced = replay(settings, open_source(None, "ced", archive, None)).produced
    landed, _ = run_steps(settings)
    assert produced.acknowledged == landed.records
    assert landed.records == landed.rows + sum(landed.dead_letters.values())
    assert landed.dead_letters == {"bad_time": undated}
    interactions = {t.topic: t.acknowledged for t in produced.topics}["attache.interactions.v1"]
    assert interactions == events
    facts = ask(
        settings,
        "SELECT account_id, activity_date, post_count, share_count, action_count "
        "FROM marts.fct_engagement_daily",
    )
    assert Counter({(a, d): shared for a, d, _, shared, _ in facts if shared}) == shares
    assert Counter({(a, d): n for a, d, n, _, _ in facts if n}) == posts
    assert all(shared == actions for _, _, _, shared, actions in facts)
    stated = ask(
        settings, "SELECT sum(row_count), sum(dead_letter_count) FROM ops.ops_conservation"
    )
    assert stated == [(landed.rows, undated)]
    return events, undated


def _recount(archive: Path) -> tuple[Daily, Daily, int, int]:
    """Shares and posts of each author and Beijing day; how many events; how many without a date."""
    shares: Daily = Counter()
    posts: Daily = Counter()
    seen: set[str] = set()
    events = undated = 0
    with gzip.open(archive, "rt", encoding="utf-8") as lines:
        for line in lines:
            cascade = json.loads(line)
            author = cascade["post_uid"]
            posts[author, _published(cascade["post"]["time"])] += 1
            for event in cascade["events"]:
                events += 1
                if not DATED.fullmatch(event["date"]):
                    undated += 1
                elif event["mid"] not in seen:
                    seen.add(event["mid"])
                    shares[author, date.fromisoformat(event["date"][:10])] += 1
    return shares, posts, events, undated


def _published(time: int | str) -> date:
    if isinstance(time, int):
        return (datetime.fromtimestamp(time, UTC) + timedelta(hours=8)).date()
    return datetime.strptime(time, "%a %b %d %H:%M:%S %z %Y").date()
