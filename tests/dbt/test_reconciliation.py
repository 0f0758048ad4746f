"""Counts beside counters, and the history of profiles: by hand, and the same in any order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from attache.build import build
from runtime.settings import Settings
from tests.dbt.conftest import Built
from tests.dbt.golden_reports import act, post
from tests.histories import differences, land_and_build, land_events
from tests.pipeline import RUN
from tests.samples import JSON, event

DAY = "2014-01-01"
ON_THE_DAY, NEXT_DAY = f"{DAY}T11:00:00Z", "2014-01-02T11:00:00Z"
EVENING, LATER = f"{DAY}T20:00:00Z", "2014-01-03T00:00:00Z"


def events() -> list[JSON]:
    """One account, a post for each reason, and five readings of its profile."""
    return [*_profiles(), *_posts()]


def _profiles() -> Iterator[JSON]:
    yield _profile(1, handle="old", verified=False)
    yield _profile(2, handle="old")
    yield _profile(3, handle="old", verified=True, name="A")
    yield _profile(4)
    yield _profile(5, handle="new", verified=True, name="A", role="peer")


def _posts() -> Iterator[JSON]:
    yield from _post("equal", likes=2)
    yield counters("equal", EVENING, likes=2, shares=0)
    yield from _post("silent", likes=1)
    yield from _post("forgotten", likes=1)
    yield counters("forgotten", ON_THE_DAY, likes=1)
    yield counters("forgotten", EVENING, views=9)
    yield from _post("uncollected", likes=0)
    yield counters("uncollected", EVENING, likes=7, comments=0)
    yield from _post("partly", likes=3)
    yield counters("partly", ON_THE_DAY, likes=12)
    yield counters("partly", EVENING, likes=4)
    yield counters("partly", EVENING, likes=4)
    yield {**counters("partly", EVENING, likes=4), "source": "another/collector"}
    yield from _post("fell", likes=3)
    yield counters("fell", ON_THE_DAY, likes=5)
    yield counters("fell", NEXT_DAY, likes=1)
    yield counters("fell", LATER, likes=2)
    yield from _post("older", likes=2, later=3)
    yield counters("older", EVENING, likes=2)
    yield from _post("over", likes=3, later=1)
    yield counters("over", EVENING, likes=2)
    yield from _post("talk", likes=0)
    yield act("comment", "c", "c" * 32, ON_THE_DAY, "talk")
    yield act("reply", "r", "d" * 32, ON_THE_DAY, "talk", parent_id="c")
    yield counters("talk", EVENING, comments=4)


def _post(name: str, likes: int, later: int = 0) -> Iterator[JSON]:
    yield post(name, "a", f"{DAY}T10:00:00Z")
    for n in range(likes + later):
        at = ON_THE_DAY if n < likes else NEXT_DAY
        yield act("like", f"{name}-{n}", f"{n:032}", at, name)


def counters(of: str, at: str, **counts: int) -> JSON:
    data = {"platform": "mastodon", "post_id": of, "observed_at": at, **counts}
    return {**event("attache.counters.v1", f"counters/{of}@{at}", data), "time": at}


def _profile(month: int, role: str = "own", **said: object) -> JSON:
    at = f"2014-{month:02}-01T08:00:00Z"
    data = {"platform": "mastodon", "account_id": "a", "role": role, "observed_at": at, **said}
    return {**event("attache.account.v1", f"account/a@{at}", data), "time": at}


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A home with all of it landed before its only build."""
    settings = Settings(home=tmp_path_factory.mktemp("at_once"))
    land_and_build(settings, events())
    return Built(settings, 0, "")


def test_every_difference_has_its_reason(at_once: Built) -> None:
    found = _by_post(at_once, "counted_like_count, stated_like_count, like_coverage, like_reason")
    assert found == {
        "equal": (2, 2, 1.0, None),
        "silent": (1, None, None, "no_counter"),
        "forgotten": (1, None, None, "not_in_last_counter"),
        "uncollected": (0, 7, 0.0, "nothing_counted"),
        "partly": (3, 4, 0.75, "partly_counted"),
        "fell": (3, 2, 1.5, "counter_went_backwards"),
        "older": (5, 2, 2.5, "counter_is_older_than_last_action"),
        "over": (4, 2, 2.0, "counted_more_than_stated"),
        "talk": (0, None, None, "no_counter"),
    }


def test_nothing_stated_and_0_stated_have_no_coverage(at_once: Built) -> None:
    shares = _by_post(at_once, "stated_share_count, share_coverage, share_reason")
    assert shares["equal"] == (0, None, None)
    assert shares["silent"] == (None, None, "no_counter")


def test_answers_to_comments_are_comments_as_platforms_count_them(at_once: Built) -> None:
    comments = _by_post(at_once, "counted_comment_count, comment_coverage, comment_reason")
    assert comments["talk"] == (2, 0.5, "partly_counted")


def test_falls_and_repeats_are_shown_whatever_the_reason(at_once: Built) -> None:
    shown = "statement_count, repeated_statement_count, like_drop_count, highest_stated_like_count"
    found = _by_post(at_once, shown)
    assert found["partly"] == (2, 1, 1, 12)
    assert found["fell"] == (3, 0, 1, 5)
    assert found["silent"] == (0, 0, 0, None)
    assert found["forgotten"] == (2, 0, 0, 1)


def test_the_day_adds_up(at_once: Built) -> None:
    likes, comments = (
        at_once.rows(f"SELECT * FROM reporting.rpt_reconciliation WHERE verb = '{verb}'")
        for verb in ("like", "comment")
    )
    (row,) = likes
    assert (row["account_key"], row["publication_date"]) == ("mastodon:a", date(2014, 1, 1))
    assert (row["post_count"], row["stated_post_count"], row["agreeing_post_count"]) == (9, 6, 1)
    # 2 + 0 + 3 + 3 + 5 + 4 of 2 + 7 + 4 + 2 + 2 + 2; the silent and the forgotten have one each
    assert (row["counted_count"], row["stated_count"]) == (17, 19)
    assert row["coverage"] == pytest.approx(17 / 19)
    assert row["counted_count_unstated"] == 2
    assert row["dropped_post_count"] == 2
    reasons = {k: n for k, n in row.items() if k.endswith("_post_count") and k not in ALL_POSTS}
    assert set(reasons.values()) == {1, 2}
    assert row["no_counter_post_count"] == 2  # the silent one, and the one that people talk under
    assert sum(reasons.values()) + row["agreeing_post_count"] == row["post_count"]
    (row,) = comments
    assert (row["counted_count"], row["stated_count"], row["coverage"]) == (2, 4, 0.5)


ALL_POSTS = {"stated_post_count", "agreeing_post_count", "dropped_post_count"}


def test_a_profile_has_a_span_for_all_readings_that_say_the_same(at_once: Built) -> None:
    spans = at_once.rows("SELECT * FROM marts.dim_account_history ORDER BY valid_from_at")
    first, second, third = spans
    assert (first["valid_from_at"], first["valid_to_at"]) == (_month(1), _month(3))
    assert (first["last_observed_at"], first["is_current"]) == (_month(2), False)
    assert (first["handle"], first["name"], first["is_verified"]) == ("old", None, False)
    assert first["changed_attributes"] == []
    assert (second["valid_from_at"], second["valid_to_at"]) == (_month(3), _month(5))
    # the reading of April leaves everything out, and denies nothing
    assert (second["last_observed_at"], second["is_verified"]) == (_month(4), True)
    assert second["changed_attributes"] == ["name", "is_verified"]
    assert (third["valid_from_at"], third["valid_to_at"]) == (_month(5), None)
    assert (third["role"], third["handle"], third["is_current"]) == ("peer", "new", True)
    assert third["changed_attributes"] == ["role", "handle"]


def test_batches_in_another_order_and_twice_say_the_same(
    tmp_path_factory: pytest.TempPathFactory, at_once: Built
) -> None:
    by_batch = Settings(home=tmp_path_factory.mktemp("by_batch"))
    backwards = events()[::-1]
    kinds = []
    for part in (backwards[::3], backwards[1::3], backwards[2::3]):
        land_events(by_batch, part)
        kinds.append(build(by_batch, RUN).kind)
    assert kinds == ["full", "incremental", "incremental"]
    assert differences(by_batch, at_once.settings) == []
    land_events(by_batch, list(_profiles()))  # once more: the spans stay as they are
    build(by_batch, RUN)
    assert _spans(by_batch) == _spans(at_once.settings)


def _by_post(built: Built, columns: str) -> dict[str, Any]:
    rows = built.rows(
        f"SELECT split_part(post_key, ':', 2) AS post, {columns} "
        "FROM marts.fct_counter_reconciliation"
    )
    return {row.pop("post"): tuple(row.values()) for row in rows}


def _spans(settings: Settings) -> Sequence[dict[str, Any]]:
    return Built(settings, 0, "").rows("FROM marts.dim_account_history ORDER BY ALL")


def _month(month: int) -> datetime:
    return datetime(2014, month, 1, 8, tzinfo=UTC)
