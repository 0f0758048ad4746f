"""Contract v1: four kinds of event in a CloudEvents 1.0 envelope.

A field without a default is required. `None` means that the platform did not say; it is never 0.
Instants are ISO 8601 with an offset; ids are strings, always.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

from ingestion.contracts.fields import (
    Count,
    Id,
    Instant,
    Language,
    Name,
    Platform,
    Pseudonym,
    Text,
    Words,
)


class Post(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A message that an account published."""

    platform: Annotated[Platform, Meta(description="Where it was published: weibo, x, mastodon.")]
    post_id: Annotated[Id, Meta(description="The platform's id of the post.")]
    account_id: Annotated[Id, Meta(description="The account that published it.")]
    created_at: Annotated[Instant, Meta(description="When it was published.")]
    text: Annotated[Text, Meta(description="What it says.")] | None = None
    language: Annotated[Language, Meta(description="BCP 47 tag of the text.")] | None = None
    kind: Annotated[
        Literal["original", "share", "reply", "quote"],
        Meta(description="What sort of message it is."),
    ] = "original"
    in_reply_to: Annotated[Id, Meta(description="The post or comment that it answers.")] | None = (
        None
    )
    shared_post_id: Annotated[Id, Meta(description="The post that it shares or quotes.")] | None = (
        None
    )
    campaign: (
        Annotated[
            Name, Meta(description="The declared campaign, a contest say, that it belongs to.")
        ]
        | None
    ) = None
    links: Annotated[Words, Meta(description="Addresses that the text links to.")] | None = None
    hashtags: Annotated[Words, Meta(description="Its tags, without the # signs.")] | None = None
    media: Annotated[Words, Meta(description="Kinds of attachment: photo, video.")] | None = None
    state: Annotated[
        Literal["published", "edited", "deleted"],
        Meta(description="What this event says of the post."),
    ] = "published"


class Interaction(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One action by one actor, pseudonymised before the event left the collector."""

    platform: Annotated[Platform, Meta(description="Where it happened.")]
    verb: Annotated[
        Literal["like", "share", "comment", "reply", "quote", "follow"],
        Meta(description="What was done. A comment answers the post, a reply another interaction."),
    ]
    actor_id: Annotated[Pseudonym, Meta(description="Pseudonym of who did it.")]
    object_id: Annotated[Id, Meta(description="The post or account that it was done to.")]
    object_type: Annotated[Literal["post", "account"], Meta(description="What object_id names.")]
    created_at: Annotated[Instant, Meta(description="When it was done.")]
    interaction_id: Annotated[
        Id, Meta(description="The platform's id of it, or one made of its facts.")
    ]
    parent_id: (
        Annotated[Id, Meta(description="The interaction that it answers or passes on.")] | None
    ) = None
    text: Annotated[Text, Meta(description="What the actor wrote.")] | None = None
    language: Annotated[Language, Meta(description="BCP 47 tag of the text.")] | None = None
    undone: Annotated[
        bool, Meta(description="True where this event takes the interaction back.")
    ] = False


class Account(msgspec.Struct, omit_defaults=True, kw_only=True):
    """What a profile said when it was observed. An actor's has a pseudonym and no names."""

    platform: Annotated[Platform, Meta(description="Where the account is.")]
    account_id: Annotated[Id, Meta(description="The platform's id; an actor's pseudonym.")]
    observed_at: Annotated[Instant, Meta(description="When the profile was read.")]
    role: Annotated[
        Literal["own", "peer", "actor"],
        Meta(description="Our mission's, another's, or somebody who interacts."),
    ]
    handle: Annotated[Name, Meta(description="Its public handle; null for an actor.")] | None = None
    name: Annotated[Name, Meta(description="Its display name; null for an actor.")] | None = None
    created_at: Annotated[Instant, Meta(description="When the account was opened.")] | None = None
    followers: Annotated[Count, Meta(description="Followers that the platform states.")] | None = (
        None
    )
    following: Annotated[Count, Meta(description="Accounts that it follows.")] | None = None
    posts: Annotated[Count, Meta(description="Posts that the platform states.")] | None = None
    likes_given: Annotated[Count, Meta(description="Likes that it has given.")] | None = None
    listed: Annotated[Count, Meta(description="Lists that it is on.")] | None = None
    verified: Annotated[bool, Meta(description="Verified by the platform.")] | None = None
    default_avatar: Annotated[bool, Meta(description="Never set a picture.")] | None = None
    has_bio: Annotated[bool, Meta(description="Has a description.")] | None = None
    has_location: Annotated[bool, Meta(description="States a place.")] | None = None
    has_link: Annotated[bool, Meta(description="States a link.")] | None = None
    language: Annotated[Language, Meta(description="BCP 47 tag of the profile.")] | None = None
    protected: (
        Annotated[bool, Meta(description="Shows its posts to approved followers only.")] | None
    ) = None
    actor_id: (
        Annotated[
            Pseudonym,
            Meta(description="Of an official account: the pseudonym under which it acts itself."),
        ]
        | None
    ) = None


class Counters(msgspec.Struct, omit_defaults=True, kw_only=True):
    """Totals that a platform states of a post. Never added to counted interactions."""

    platform: Annotated[Platform, Meta(description="Where the post is.")]
    post_id: Annotated[Id, Meta(description="The post that the totals are of.")]
    observed_at: Annotated[Instant, Meta(description="When they were read.")]
    likes: Annotated[Count, Meta(description="Likes, as stated.")] | None = None
    shares: Annotated[Count, Meta(description="Shares or reposts, as stated.")] | None = None
    comments: Annotated[Count, Meta(description="Comments, as stated.")] | None = None
    views: Annotated[Count, Meta(description="Views, as stated.")] | None = None
    link_clicks: (
        Annotated[Count, Meta(description="Clicks on the links of the post, as stated.")] | None
    ) = None


Data = Post | Interaction | Account | Counters
DataT = TypeVar("DataT", Post, Interaction, Account, Counters)


class Event(msgspec.Struct, Generic[DataT], omit_defaults=True, kw_only=True):
    """A CloudEvents 1.0 event in structured JSON; `(source, id)` is its identity."""

    specversion: Annotated[Literal["1.0"], Meta(description="Version of CloudEvents.")]
    id: Annotated[Id, Meta(description="Same fact, same id, however often it is collected.")]
    source: Annotated[Id, Meta(description="The collector.")]
    type: Annotated[str, Meta(description="Kind and version of the event.")]
    time: Annotated[Instant, Meta(description="When the fact came to be, or was observed.")]
    data: Annotated[DataT, Meta(description="The fact.")]
    datacontenttype: Annotated[
        Literal["application/json"], Meta(description="Media type of data.")
    ] = "application/json"


KINDS: dict[str, type[Data]] = {
    "attache.post.v1": Post,
    "attache.interaction.v1": Interaction,
    "attache.account.v1": Account,
    "attache.counters.v1": Counters,
}
"""Each event type and the struct of its data."""

_EVENTS: dict[str, type[Event[Any]]] = {
    "attache.post.v1": Event[Post],
    "attache.interaction.v1": Event[Interaction],
    "attache.account.v1": Event[Account],
    "attache.counters.v1": Event[Counters],
}


def event_class(event_type: str) -> type[Event[Any]]:
    """The struct of a whole event of a type."""
    return _EVENTS[event_type]
