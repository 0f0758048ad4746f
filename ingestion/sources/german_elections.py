"""Links shared around the German elections of 2021 on Facebook and Twitter, one use of one a row.

Time zone: UTC. Times are seconds since 1970.

The file is a table of messages: who (`account_id`), which message (`post_id`), when, and what is
in it: a link, its site, a tag, an image. All ids were replaced by numbers before it was published.
What is an act on something published is the sharing of a link, and that is what becomes an event:
the page behind the link is the post, its site the account, the message an act of its author.
`docs/decisions/a-shared-link-is-a-share-of-its-page.md` says what else was possible.

What the file leaves open, and what is done about it:

- A message stands in as many rows as it has pairs of a link and a tag. Every row is sent; the same
  message and link have the same id, so the warehouse counts it once.
- It doesn't say when a page was published. The first share of it stands for that.
- One page is two posts where it was shared on both platforms: each counts its own.
- Rows without a link hold no act on anything; they are counted and not sent.

Whoever shares is an actor and is pseudonymised, though the file has numbers only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ingestion.contracts.events import Account, Interaction, Post
from ingestion.pseudonyms import Pseudonyms
from ingestion.sources.lines import digest_of, read_rows
from ingestion.sources.source import Message, to_message

NAME = "attache/replay/german-elections"
PLATFORMS = {"fb": "facebook", "tw": "x"}
COLUMNS = ("account_id", "post_id", "url_id", "domain_id", "timestamp")

_SECONDS = re.compile(r"\d{9,10}(\.\d{1,6})?", re.ASCII)


class _Row(msgspec.Struct, array_like=True, frozen=True):
    account_id: str
    post_id: str
    url_id: str
    domain_id: str
    timestamp: str

    @property
    def platform(self) -> str:
        """From the account's prefix; the prefix itself where it is no platform of this file."""
        prefix = self.account_id.partition("_")[0]
        return PLATFORMS.get(prefix, prefix)


@dataclass
class _Links:
    """What a first reading finds.

    Attributes:
        sites: of each link on each platform, the site that it leads to.
        first_shared: when; nothing where no row of it has a time.
        shares: rows with a link.
        others: rows without one.
    """

    sites: dict[tuple[str, str], str] = field(default_factory=dict)
    first_shared: dict[tuple[str, str], str] = field(default_factory=dict)
    shares: int = 0
    others: int = 0

    def add(self, row: _Row) -> None:
        if not row.url_id:
            self.others += 1
            return
        self.shares += 1
        link, instant = (row.platform, row.url_id), _instant(row.timestamp)
        self.sites[link] = row.domain_id
        known = [time for time in (self.first_shared.get(link), instant) if time]
        self.first_shared[link] = min(known, default="")

    def accounts(self) -> list[tuple[str, str]]:
        """Each site on each platform, in order of appearance."""
        return list(dict.fromkeys((link[0], site) for link, site in self.sites.items()))


@dataclass(frozen=True)
class GermanElections:
    """The file, read once more for its shares; sites and links are known from the first reading."""

    path: Path
    links: _Links
    name: str = NAME

    @property
    def total(self) -> int:
        return len(self.links.accounts()) + len(self.links.sites) + self.links.shares

    @property
    def note(self) -> str:
        rows = self.links.shares + self.links.others
        return f"{self.links.others:,} of {rows:,} rows share no link and are not sent."

    @property
    def fingerprint(self) -> str:
        return f"{NAME}/{digest_of(self.path)}"

    def messages(self, pseudonyms: Pseudonyms) -> Iterator[Message]:
        observed_at = max(self.links.first_shared.values(), default="")
        for platform, site in self.links.accounts():
            yield account_of(platform, site, observed_at)
        for (platform, url), site in self.links.sites.items():
            yield post_of(platform, url, site, self.links.first_shared[platform, url])
        for row in _rows(self.path):
            if row.url_id:
                yield share_of(row, pseudonyms)


def open_german_elections(path: Path) -> GermanElections:
    """Read the file through once: its links, their sites, and whether it is whole.

    Raises:
        AttacheError: it can't be read to its end, or it isn't this table.
    """
    links = _Links()
    for row in _rows(path):
        links.add(row)
    return GermanElections(path, links)


def account_of(platform: str, site: str, observed_at: str) -> Message:
    """A site, of which the file has a number."""
    data = Account(
        platform=platform, account_id=_site_id(site), observed_at=observed_at, role="peer"
    )
    event_id = f"account/{platform}/{site}/{observed_at}"
    return to_message(NAME, "attache.account.v1", event_id, observed_at, data)


def post_of(platform: str, url: str, site: str, created_at: str) -> Message:
    """The page behind a link, published at the latest when it was first shared."""
    data = Post(
        platform=platform, post_id=f"url-{url}", account_id=_site_id(site), created_at=created_at
    )
    return to_message(NAME, "attache.post.v1", f"post/{platform}/{url}", created_at, data)


def share_of(row: _Row, pseudonyms: Pseudonyms) -> Message:
    """One message's sharing of one link."""
    created_at = _instant(row.timestamp) or row.timestamp
    who, message = row.account_id, row.post_id
    data = Interaction(
        platform=row.platform,
        verb="share",
        actor_id=pseudonyms.of(row.platform, who) if who else "",
        object_id=f"url-{row.url_id}",
        object_type="post",
        created_at=created_at,
        interaction_id=f"{message}/url-{row.url_id}" if message else "",
    )
    event_id = f"share/{row.platform}/{message}/{row.url_id}"
    return to_message(NAME, "attache.interaction.v1", event_id, created_at, data)


def _rows(path: Path) -> Iterator[_Row]:
    return (_Row(*fields) for _, fields in read_rows(path, COLUMNS))


def _site_id(site: str) -> str:
    """Nothing where the file names none, which the landing will refuse."""
    return f"domain-{site}" if site else ""


def _instant(timestamp: str) -> str | None:
    """The instant; None where the text is no number of seconds of our time."""
    if not _SECONDS.fullmatch(timestamp):
        return None
    return datetime.fromtimestamp(float(timestamp), UTC).isoformat()
