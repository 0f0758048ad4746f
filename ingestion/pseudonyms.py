"""Pseudonyms of actors: a raw actor id goes no further than the source that read it."""

from __future__ import annotations

from hashlib import sha256

from runtime.errors import WrongUseError

BLOCK_BYTES = 64
"""Of SHA-256. Both hashes of the key are begun once: `hmac.digest` begins them for every actor."""
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
        block = (sha256(key).digest() if len(key) > BLOCK_BYTES else key).ljust(BLOCK_BYTES, b"\0")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in block))

    def of(self, platform: str, raw_id: str) -> str:
        """HMAC-SHA-256 (RFC 2104) of `platform:raw_id`, its first 32 hexadecimal characters.

        A platform's name holds no colon, so no two pairs give the same text.
        """
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(f"{platform}:{raw_id}".encode())
        outer.update(inner.digest())
        return outer.hexdigest()[:PSEUDONYM_CHARS]
