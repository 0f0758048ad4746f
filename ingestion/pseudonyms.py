"""Pseudonyms of actors: a raw actor id goes no further than the source that read it."""

from __future__ import annotations

import hmac

from runtime.errors import WrongUseError

PSEUDONYM_CHARS = 32
"""128 bits of the digest: by the birthday bound two of a billion actors meet with a chance of
1.5e-21, and every interaction that is kept is 32 characters shorter than with all 256."""


class Pseudonyms:
    """Gives the same actor the same pseudonym, for as long as the key stays the same."""

    def __init__(self, key: bytes) -> None:
        if not key:
            raise WrongUseError(
                "The key of the pseudonyms is empty.",
                "Set ATTACHE_PSEUDONYM_SECRET, or unset it to have one made in the home.",
            )
        self._key = key

    def of(self, platform: str, raw_id: str) -> str:
        """HMAC-SHA-256 (RFC 2104) of `platform:raw_id`, its first 32 hexadecimal characters.

        A platform's name holds no colon, so no two pairs give the same text.
        """
        digest = hmac.digest(self._key, f"{platform}:{raw_id}".encode(), "sha256")
        return digest.hex()[:PSEUDONYM_CHARS]
