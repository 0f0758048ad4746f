"""An actor's raw id stays in the source."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from ingestion.pseudonyms import Pseudonyms
from runtime.errors import WrongUseError


def test_a_pseudonym_is_the_beginning_of_the_hmac_of_platform_and_id() -> None:
    whole = hmac.new(b"secret", b"weibo:1778375805", hashlib.sha256).hexdigest()
    pseudonym = Pseudonyms(b"secret").of("weibo", "1778375805")
    assert whole.startswith(pseudonym)
    assert len(pseudonym) == 32


def test_key_platform_and_id_each_change_it() -> None:
    pseudonyms = {
        Pseudonyms(key).of(platform, raw_id)
        for key in (b"one", b"two")
        for platform in ("weibo", "x")
        for raw_id in ("1", "2")
    }
    assert len(pseudonyms) == 8


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(WrongUseError, match="empty"):
        Pseudonyms(b"")


def test_the_key_does_not_show() -> None:
    assert "secret" not in repr(Pseudonyms(b"secret"))
