"""Which column of a file is which field of an account: by its usual names, or as the user says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runtime.errors import WrongUseError

# Names as platforms, their libraries and published data sets write them; letters and digits only.
USUAL = {
    "account_id": "accountid userid useridstr idstr id uid authorid",
    "handle": "handle screenname username login",
    "created_at": "createdat accountcreatedat usercreatedat joinedat joined created registeredat",
    "observed_at": "observedat crawledat collectedat scrapedat fetchedat updated updatedat",
    "followers": "followers followerscount followercount userfollowercount numfollowers follower "
    "nfollowers fans fanscount edgefollowedby",
    "following": "following followingcount friendscount friendcount userfollowingcount follows "
    "followscount numfollowing numfollows followcount friends friend followees edgefollow",
    "posts": "posts postscount statusescount statuscount tweetcount tweetscount mediacount "
    "usermediacount numposts numtweets postcount tweets statuses status",
    "likes_given": "likesgiven favouritescount favoritescount favouritecount likescount favourites",
    "listed": "listed listedcount",
    "default_avatar": "defaultavatar defaultprofileimage defaultprofilepicture",
    "has_avatar": "hasavatar profilepic hasprofilepic userhasprofilpic hasprofilepicture",
    "has_bio": "hasbio description bio biography descriptionlength userbiographylength biolength",
    "has_location": "haslocation location",
    "has_link": "haslink url externalurl website userhasexternalurl hasexternalurl",
    "handle_digits": "handledigits usernamedigitcount handlenumber",
}
FIELDS = tuple(USUAL)


def recognise(columns: Sequence[str], said: Sequence[str]) -> dict[str, str]:
    """Field to column: what the user said, then what is recognised.

    Args:
        columns: of the file.
        said: `field=column`, as typed.

    Raises:
        WrongUseError: a mapping names no field or no column, or nothing can be scored with it.
    """
    found = dict(_said(part, columns) for part in said)
    plain = {re.sub(r"[^a-z0-9]", "", column.lower()): column for column in reversed(columns)}
    for field, names in USUAL.items():
        match = next((plain[name] for name in names.split() if name in plain), None)
        if field not in found and match is not None and match not in found.values():
            found[field] = match
    lacking = [field for field in ("followers", "following") if field not in found]
    if lacking:
        raise WrongUseError(
            "Followers and following are needed to tell a ghost from a person; "
            f"the file has: {', '.join(columns) or 'no columns'}.",
            "Say which columns they are: " + " ".join(f"--map {field}=COLUMN" for field in lacking),
        )
    return found


def _said(part: str, columns: Sequence[str]) -> tuple[str, str]:
    field, _, column = part.partition("=")
    if field not in FIELDS:
        raise WrongUseError(
            f"--map {part}: {field or 'nothing'} isn't a field.",
            f"Type --map field=column, with one of: {', '.join(FIELDS)}",
        )
    if column not in columns:
        raise WrongUseError(
            f"--map {part}: the file has no column {column or '(none was named)'}.",
            f"It has: {', '.join(columns)}",
        )
    return field, column
