"""Which posts there were: day, hour, theme, text, and how many actions each earned.

Day by day numbers, hours, themes and texts are generated; the sums are the published ones, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import msgspec

from ingestion.sources.canadaweibo_2014.published import Month, Published, Totals
from ingestion.sources.canadaweibo_2014.texts import Theme, load_texts

OPENING_HOURS = (9, 21)
WEEKEND_WEIGHT = 0.3
"""How likely a further post is on a day of the weekend, against a weekday."""
SPREAD = 1.0
"""Standard deviation of the logarithm of a post's appeal: the tail of engagement is heavy."""
TASTE = 0.4
"""The same for how a verb departs from the post's appeal."""


class PlannedPost(msgspec.Struct, frozen=True):
    """One post as it will be published, with the actions it will have earned by the last day."""

    post_id: str
    published_at: datetime
    hashtag: str
    text: str
    campaign: str | None
    earns: Totals


def plan_posts(published: Published, seed: int) -> list[PlannedPost]:
    """All posts in order of time; the same for the same seed."""
    rng = Random(f"canadaweibo-2014/{seed}/posts")  # noqa: S311
    instants = sorted(
        instant
        for month in published.months
        for day, count in _posts_by_day(month, published, rng).items()
        for instant in _instants(day, count, published, rng)
    )
    contest = next(n for n, at in enumerate(instants) if at.date() == published.contest.date)
    earnings = _earnings(published, len(instants), contest, rng)
    themes = _shuffled_themes(len(instants), rng)
    return [
        _post(published, seed, number, instants[number], themes[number], earnings[number], rng)
        if number != contest
        else _contest_post(published, seed, number, instants[number])
        for number in range(len(instants))
    ]


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Split a total in proportion to weights, to the unit: method of the largest remainders."""
    scale = total / sum(weights)
    quotas = [weight * scale for weight in weights]
    shares = [int(quota) for quota in quotas]
    by_remainder = sorted(range(len(quotas)), key=lambda n: shares[n] - quotas[n])
    for number in by_remainder[: total - sum(shares)]:
        shares[number] += 1
    return shares


def _posts_by_day(month: Month, published: Published, rng: Random) -> dict[date, int]:
    """At least and at most what was published for a day, more on weekdays, the month's sum."""
    last = published.last_date
    days = [month.first_date + timedelta(days=n) for n in range(31)]
    days = [day for day in days if day.month == month.first_date.month and day <= last]
    counts = dict.fromkeys(days, published.posts_per_day.least)
    while sum(counts.values()) < month.posts:
        open_days = [day for day in days if counts[day] < published.posts_per_day.most]
        weights = [WEEKEND_WEIGHT if day.weekday() >= 5 else 1.0 for day in open_days]
        counts[rng.choices(open_days, weights)[0]] += 1
    return counts


def _instants(day: date, count: int, published: Published, rng: Random) -> list[datetime]:
    first, last = OPENING_HOURS
    zone = ZoneInfo(published.time_zone)
    midnight = datetime.combine(day, time(), zone)
    return [
        midnight + timedelta(seconds=s) for s in rng.sample(range(first * 3600, last * 3600), count)
    ]


def _earnings(published: Published, posts: int, contest: int, rng: Random) -> list[Totals]:
    """What each post earned; all but the contest share what the contest left of the totals."""
    appeal = [rng.lognormvariate(0, SPREAD) for _ in range(posts)]
    appeal[contest] = 0

    def split(total: int) -> list[int]:
        return apportion(total, [weight * rng.lognormvariate(0, TASTE) for weight in appeal])

    totals, won = published.totals, published.contest
    likes = split(totals.likes - won.likes)
    shares = split(totals.shares - won.shares)
    comments = split(totals.comments - won.comments)
    return [Totals(*earned) for earned in zip(likes, shares, comments, strict=True)]


def _shuffled_themes(count: int, rng: Random) -> list[Theme]:
    themes = load_texts().themes
    spread = [themes[n % len(themes)] for n in range(count)]
    rng.shuffle(spread)
    return spread


def _post(
    published: Published,
    seed: int,
    number: int,
    at: datetime,
    theme: Theme,
    earns: Totals,
    rng: Random,
) -> PlannedPost:
    texts = load_texts()
    body = rng.choice(theme.bodies).format(place=rng.choice(texts.places))
    text = f"{rng.choice(texts.openings)}#{theme.hashtag}# {body}{rng.choice(texts.closings)}"
    return PlannedPost(_post_id(seed, number), at, theme.hashtag, text, None, earns)


def _contest_post(published: Published, seed: int, number: int, at: datetime) -> PlannedPost:
    contest, words = published.contest, load_texts().contest
    return PlannedPost(
        post_id=_post_id(seed, number),
        published_at=at,
        hashtag=words.hashtag,
        text=f"#{words.hashtag}# {words.text}",
        campaign=contest.campaign,
        earns=Totals(contest.likes, contest.shares, contest.comments),
    )


def _post_id(seed: int, number: int) -> str:
    """The seed is a part of it: another seed is another reconstruction, not the same facts."""
    return f"cw14-{seed}-{number + 1:03}"
