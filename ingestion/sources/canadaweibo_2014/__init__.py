"""Canadaweibo, January and February 2014: a reconstruction whose totals are the published ones.

Only the totals in `published.toml` are facts. Single posts, people, hours and texts are generated
from a seed; nothing is copied from anywhere. Time zone: Asia/Shanghai.

What the published account gives no number for stays out: replies were "rare", so there are none,
and no quotes or follows; the account's creation day and its exact number of posts are null.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from random import Random
from typing import Literal
from zoneinfo import ZoneInfo

from ingestion.contracts.events import Account, Counters, Interaction, Post
from ingestion.pseudonyms import Pseudonyms
from ingestion.sources.canadaweibo_2014.crowd import Action, actions_on
from ingestion.sources.canadaweibo_2014.plan import PlannedPost, plan_posts
from ingestion.sources.canadaweibo_2014.published import Mission, Published, load_published
from ingestion.sources.source import Message, to_message

NAME = "attache/replay/canadaweibo-2014"
PLATFORM = "weibo"
LANGUAGE = "zh"
DEFAULT_SEED = 2014


@dataclass(frozen=True)
class Canadaweibo:
    """The reconstruction of one seed. A home should hold one: two would add up."""

    seed: int = DEFAULT_SEED
    name: str = NAME
    note: str = "Single events are generated; only the totals are published facts."

    @property
    def total(self) -> int:
        published = load_published()
        totals = published.totals
        accounts = 1 + len(published.peers)
        posts = sum(month.posts for month in published.months)
        return accounts + 2 * posts + totals.likes + totals.shares + totals.comments

    @property
    def fingerprint(self) -> str:
        return f"{NAME}/{self.seed}"

    def messages(self, pseudonyms: Pseudonyms) -> Iterator[Message]:
        published = load_published()
        posts = plan_posts(published, self.seed)
        yield _account(published, published.account, "own", pseudonyms)
        for peer in published.peers:
            yield _account(published, peer, "peer", pseudonyms)
        for post in posts:
            yield _post(published, post)
        until = _last_instant(published)
        for post in posts:
            yield _counters(post, until)
            rng = Random(f"{NAME}/{self.seed}/{post.post_id}")  # noqa: S311
            for number, action in enumerate(actions_on(post, until, rng), start=1):
                yield _interaction(post, number, action, self.seed, pseudonyms)


def _last_instant(published: Published) -> datetime:
    return datetime.combine(published.last_date, time(23, 59, 59), ZoneInfo(published.time_zone))


def _account(
    published: Published, mission: Mission, role: Literal["own", "peer"], pseudonyms: Pseudonyms
) -> Message:
    observed_at = published.observed_at.isoformat()
    data = Account(
        platform=PLATFORM,
        account_id=mission.account_id,
        observed_at=observed_at,
        role=role,
        handle=mission.handle,
        name=mission.name,
        followers=mission.followers,
        following=mission.following,
        actor_id=pseudonyms.of(PLATFORM, mission.account_id),
    )
    event_id = f"account/{mission.account_id}/{published.observed_at.date()}"
    return to_message(NAME, "attache.account.v1", event_id, observed_at, data)


def _post(published: Published, post: PlannedPost) -> Message:
    created_at = post.published_at.isoformat()
    data = Post(
        platform=PLATFORM,
        post_id=post.post_id,
        account_id=published.account.account_id,
        created_at=created_at,
        text=post.text,
        language=LANGUAGE,
        campaign=post.campaign,
        hashtags=[post.hashtag],
    )
    return to_message(NAME, "attache.post.v1", f"post/{post.post_id}", created_at, data)


def _counters(post: PlannedPost, until: datetime) -> Message:
    observed_at = until.isoformat()
    data = Counters(
        platform=PLATFORM,
        post_id=post.post_id,
        observed_at=observed_at,
        likes=post.earns.likes,
        shares=post.earns.shares,
        comments=post.earns.comments,
    )
    return to_message(NAME, "attache.counters.v1", f"counters/{post.post_id}", observed_at, data)


def _interaction(
    post: PlannedPost, number: int, action: Action, seed: int, pseudonyms: Pseudonyms
) -> Message:
    created_at = action.at.isoformat()
    interaction_id = f"{post.post_id}-{number}"
    data = Interaction(
        platform=PLATFORM,
        verb=action.verb,
        actor_id=pseudonyms.of(PLATFORM, f"cw14-{seed}-actor-{action.actor}"),
        object_id=post.post_id,
        object_type="post",
        created_at=created_at,
        interaction_id=interaction_id,
        text=action.text,
        language=LANGUAGE if action.text else None,
    )
    return to_message(
        NAME, "attache.interaction.v1", f"interaction/{interaction_id}", created_at, data
    )
