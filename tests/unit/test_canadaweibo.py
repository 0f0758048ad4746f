"""The reconstruction keeps to the published figures, whatever the seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.contracts.events import Account, Counters, Interaction, Post
from ingestion.contracts.topics import topic_of
from ingestion.pseudonyms import Pseudonyms
from ingestion.sources.canadaweibo_2014 import DEFAULT_SEED, Canadaweibo
from ingestion.sources.canadaweibo_2014.plan import apportion, plan_posts
from ingestion.sources.canadaweibo_2014.published import Measure, load_published
from ingestion.sources.source import Message
from tests.samples import decode

BEIJING = ZoneInfo("Asia/Shanghai")
SEEDS = (DEFAULT_SEED, 7)
PUBLISHED = load_published()
MEASURES = [measure for measure in PUBLISHED.measures if measure.value is not None]


class Recount:
    """What the generated events add up to, counted without the generator's help."""

    def __init__(self, messages: Sequence[Message]) -> None:
        data = [decode(message).data for message in messages]
        self.accounts = {d.account_id: d for d in data if isinstance(d, Account)}
        self.posts = [d for d in data if isinstance(d, Post)]
        self.counters = [d for d in data if isinstance(d, Counters)]
        self.interactions = [d for d in data if isinstance(d, Interaction)]
        self.verbs = Counter(i.verb for i in self.interactions)
        (self.contest,) = (post.post_id for post in self.posts if post.campaign)
        on_contest = [i for i in self.interactions if i.object_id == self.contest]
        self.contest_verbs = Counter(i.verb for i in on_contest)
        self.days = Counter(local_date(post.created_at) for post in self.posts)

    @property
    def own(self) -> Account:
        return self.accounts["canadaweibo"]

    @property
    def followers(self) -> list[int]:
        return sorted(account.followers or 0 for account in self.accounts.values())


def local_date(instant: str) -> date:
    return datetime.fromisoformat(instant).astimezone(BEIJING).date()


def gini(values: Sequence[int]) -> float:
    ranked = sum(rank * value for rank, value in enumerate(sorted(values), start=1))
    return 2 * ranked / (len(values) * sum(values)) - (len(values) + 1) / len(values)


HOW: dict[str, Callable[[Recount], float]] = {
    "posts_january": lambda r: sum(n for day, n in r.days.items() if day.month == 1),
    "posts_february": lambda r: sum(n for day, n in r.days.items() if day.month == 2),
    "posts": lambda r: len(r.posts),
    "days": lambda r: len(r.days),
    "posts_per_day": lambda r: len(r.posts) / len(r.days),
    "posts_on_quietest_day": lambda r: min(r.days.values()),
    "posts_on_busiest_day": lambda r: max(r.days.values()),
    "likes": lambda r: r.verbs["like"],
    "shares": lambda r: r.verbs["share"],
    "comments": lambda r: r.verbs["comment"],
    "actions": lambda r: len(r.interactions),
    "like_percent": lambda r: 100 * r.verbs["like"] / len(r.interactions),
    "share_percent": lambda r: 100 * r.verbs["share"] / len(r.interactions),
    "comment_percent": lambda r: 100 * r.verbs["comment"] / len(r.interactions),
    "contest_shares": lambda r: r.contest_verbs["share"],
    "contest_comments": lambda r: r.contest_verbs["comment"],
    "contest_actions": lambda r: r.contest_verbs.total(),
    "contest_action_percent": lambda r: 100 * r.contest_verbs.total() / len(r.interactions),
    "contest_share_percent": lambda r: 100 * r.contest_verbs["share"] / r.verbs["share"],
    "contest_comment_percent": lambda r: 100 * r.contest_verbs["comment"] / r.verbs["comment"],
    "posts_without_contest": lambda r: sum(p.post_id != r.contest for p in r.posts),
    "actions_without_contest": lambda r: sum(i.object_id != r.contest for i in r.interactions),
    "actions_per_post_without_contest": lambda r: (
        sum(i.object_id != r.contest for i in r.interactions) / (len(r.posts) - 1)
    ),
    "actions_per_post": lambda r: len(r.interactions) / len(r.posts),
    "shares_per_post": lambda r: r.verbs["share"] / len(r.posts),
    "shares_per_post_without_contest": lambda r: (
        (r.verbs["share"] - r.contest_verbs["share"]) / (len(r.posts) - 1)
    ),
    "comments_per_post": lambda r: r.verbs["comment"] / len(r.posts),
    "comments_per_post_without_contest": lambda r: (
        (r.verbs["comment"] - r.contest_verbs["comment"]) / (len(r.posts) - 1)
    ),
    "likes_per_post": lambda r: r.verbs["like"] / len(r.posts),
    "followers": lambda r: r.own.followers or 0,
    "following": lambda r: r.own.following or 0,
    "followers_per_following": lambda r: (r.own.followers or 0) / (r.own.following or 1),
    "action_percent_per_follower_and_post": lambda r: (
        100 * len(r.interactions) / (r.own.followers or 1) / len(r.posts)
    ),
    "peers_followers": lambda r: sum(r.followers),
    "peers_rank": lambda r: 1 + sum(n > (r.own.followers or 0) for n in r.followers),
    "peers_percent": lambda r: 100 * (r.own.followers or 0) / sum(r.followers),
    "peers_gini": lambda r: gini(r.followers),
    "peers_median": lambda r: median(r.followers),
}


@cache
def messages(seed: int) -> list[Message]:
    return list(Canadaweibo(seed).messages(Pseudonyms(b"a secret of the tests")))


@cache
def recount(seed: int) -> Recount:
    return Recount(messages(seed))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_each_published_figure_comes_out_of_the_events(measure: Measure, seed: int) -> None:
    counted = HOW[measure.name](recount(seed))
    assert round(counted, measure.decimals) == measure.value


@pytest.mark.parametrize("seed", SEEDS)
def test_counters_state_what_the_events_add_up_to(seed: int) -> None:
    counted = Counter((i.object_id, i.verb) for i in recount(seed).interactions)
    stated = {
        (c.post_id, verb): number
        for c in recount(seed).counters
        for verb, number in (("like", c.likes), ("share", c.shares), ("comment", c.comments))
        if number
    }
    assert stated == counted
    assert len(recount(seed).counters) == 191


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_happens_before_its_post_or_after_the_last_day(seed: int) -> None:
    published = {post.post_id: post.created_at for post in recount(seed).posts}
    for interaction in recount(seed).interactions:
        assert published[interaction.object_id] <= interaction.created_at
    latest = max(interaction.created_at for interaction in recount(seed).interactions)
    assert local_date(latest) == PUBLISHED.last_date
    assert {account.observed_at for account in recount(seed).accounts.values()} == {
        "2014-04-05T12:00:00+08:00"
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_an_actor_acts_once_on_a_post_with_a_verb_and_many_come_back(seed: int) -> None:
    interactions = recount(seed).interactions
    acts = Counter((i.object_id, i.verb, i.actor_id) for i in interactions)
    assert max(acts.values()) == 1
    ordinary = [i for i in interactions if i.object_id != recount(seed).contest]
    assert len({i.actor_id for i in ordinary}) < len(ordinary) / 2


@pytest.mark.parametrize("seed", SEEDS)
def test_the_contest_is_declared_on_its_day(seed: int) -> None:
    (contest,) = (post for post in recount(seed).posts if post.campaign)
    assert local_date(contest.created_at) == date(2014, 1, 27)
    assert contest.campaign == PUBLISHED.contest.campaign
    assert "like" not in recount(seed).contest_verbs


def test_all_eight_themes_occur_in_chinese() -> None:
    ordinary = [post for post in recount(DEFAULT_SEED).posts if not post.campaign]
    assert len({tuple(post.hashtags or ()) for post in ordinary}) == 8
    assert {post.language for post in recount(DEFAULT_SEED).posts} == {"zh"}
    assert all(f"#{(post.hashtags or [''])[0]}#" in (post.text or "") for post in ordinary)


def test_what_was_not_published_is_null() -> None:
    own = recount(DEFAULT_SEED).own
    assert (own.posts, own.created_at, own.handle, own.role) == (None, None, "Canadaweibo", "own")
    peers = [a for a in recount(DEFAULT_SEED).accounts.values() if a.role == "peer"]
    assert len(peers) == 7
    assert {peer.following for peer in peers} == {None}


def test_one_seed_gives_the_same_bytes_and_another_seed_other_facts() -> None:
    again = list(Canadaweibo(DEFAULT_SEED).messages(Pseudonyms(b"a secret of the tests")))
    assert again == messages(DEFAULT_SEED)
    mine, other = (
        {decode(m).id for m in messages(seed) if "account" not in m.event_type} for seed in SEEDS
    )
    assert not mine & other


@pytest.mark.parametrize("seed", SEEDS)
def test_ids_are_unique_the_total_is_known_and_ranks_only_rise(seed: int) -> None:
    stream = messages(seed)
    assert len({decode(m).id for m in stream}) == len(stream) == Canadaweibo(seed).total
    ranks = [topic_of(m.event_type).rank for m in stream]
    assert ranks == sorted(ranks)


def test_no_raw_actor_id_is_in_any_value() -> None:
    assert not any(b"actor-" in message.value for message in messages(DEFAULT_SEED))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**64))
def test_any_plan_keeps_the_totals_and_posts_more_on_weekdays(seed: int) -> None:
    posts = plan_posts(PUBLISHED, seed)
    totals = PUBLISHED.totals
    assert sum(post.earns.likes for post in posts) == totals.likes
    assert sum(post.earns.shares for post in posts) == totals.shares
    assert sum(post.earns.comments for post in posts) == totals.comments
    days = Counter(post.published_at.date() for post in posts)
    assert len(days) == 59
    assert max(days.values()) <= 6
    weekdays = [n for day, n in days.items() if day.weekday() < 5]
    weekends = [n for day, n in days.items() if day.weekday() >= 5]
    assert sum(weekdays) / len(weekdays) > sum(weekends) / len(weekends)


@given(
    total=st.integers(0, 10**6),
    weights=st.lists(st.floats(0.001, 1000), min_size=1, max_size=50),
)
def test_apportioning_is_exact_and_within_one_of_the_quota(
    total: int, weights: list[float]
) -> None:
    shares = apportion(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - total * weight / sum(weights)) < 1.001
