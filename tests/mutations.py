"""Payloads that go wrong: good events with seeded damage to their bytes, text and fields."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.samples import JSON

Mutator = Callable[[random.Random, bytes], bytes]

NUMBERS = ["0", "-0", "-0.0", "1", "-1", "1.0", "1e3", "1E+3", "1.5", "1e-3", "1e-400", "1e400"]
NUMBERS += [
    "01",
    "-01",
    "00",
    "1.",
    ".5",
    "+1",
    "0x1F",
    "1_000",
    "9" * 400,
    "1e18",
    "1e19",
    "1e300",
]
NUMBERS += ["NaN", "nan", "Infinity", "-Infinity", "inf", "-inf"]
NUMBERS += ["9007199254740991", "9007199254740991.0", "9007199254740991.4", "9007199254740991.6"]
NUMBERS += [str(2**53), str(2**63 - 1), str(2**63), str(-(2**63) - 1), str(2**64 - 1), str(2**64)]

INSTANTS = [
    day + "T" + hour + zone
    for day in ("2014-02-28", "2014-02-29", "2016-02-29", "2014-13-01", "0000-01-01", "0999-12-31")
    for hour in ("00:00:00", "23:59:59.999999", "24:00:00", "23:59:60", "12:60:00", "1:00:00")
    for zone in ("", "Z", "z", "+08:00", "+0800", "+24:00", "-23:59", "+10:60", " +08:00", "-00:00")
]
INSTANTS += ["2014-02-28 00:00:00Z", "2014-02-28", "2014-W09-5T00:00:00Z", "now", "1393545600"]
INSTANTS += [
    "\uff19999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-10:00",
    "2014-02-28T00:00:00.1234567Z",
]

TEXTS = [
    "",
    " ",
    "a b",
    "weibo",
    "Weibo",
    "zh-CN",
    "zh_CN",
    "zh-" * 12 + "a",
    "like",
    "LIKE",
    "own",
]
TEXTS += [letter * n for letter in "a文😀" for n in (32, 33, 255, 256, 1024, 1025, 2048, 2049)]
TEXTS += ["a\n", "a\x00b", "\x7f", "\u00a0", "\u2028", "\ufeff", "\uffff", "é", "e\u0301", "null"]
TEXTS += ["a" * 65_536, "文" * 65_537, 'quote " and \\ and ,} ,] NaN Infinity // no comment']

FRAGMENTS = [*NUMBERS, "null", "true", "false", "True", "[]", "{}", "[null]", "[1]", '["a"]']
FRAGMENTS += ['["a",]', "[,]", '{"a":1,}', '{"a":1,"a":2}', '{"":[]}', "undefined", "'a'", '"a']
FRAGMENTS += [r'"\ud800"', r'"\udc00"', r'"\ud83d\ude00"', r'"\u0000"', r'"\x41"', r'"\u00e"']
FRAGMENTS += [json.dumps(text) for text in (*TEXTS, *INSTANTS)]
FRAGMENTS += ["[" * n + "]" * n for n in (2, 20, 200)] + ['{"a":' * 100 + "1" + "}" * 100]
FRAGMENTS += ["[NaN, 1]", '{"a": Infinity}', '["nan", "inf"]', "[1 , ]", "/*c*/1", "1//c\n", "1e"]

SPACES = [
    " ",
    "\n",
    "\t",
    "\r\n",
    "\x0b",
    "\x0c",
    "\u00a0",
    "\ufeff",
    "\x00",
    "/**/",
    "//\n",
    "#\n",
]
BYTES = [b"\x00", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf0\x9f\x98"]
BYTES += [b"\xef\xbb\xbf", b"\x01", b"\x1f", b"\\", b'"', b",", b"}", b"]", b":", b"{", b"[", b"e"]


def mutated(seed: int, originals: list[bytes], count: int) -> Iterator[bytes]:
    """`count` payloads: an original each, with one to three damages; some random bytes.

    Args:
        seed: the same seed gives the same payloads.
    """
    random_ = random.Random(seed)  # noqa: S311 - damage, no secret
    for number in range(count):
        if number % 50 == 0:
            yield random_.randbytes(random_.randrange(400))
            continue
        payload = random_.choice(originals)
        for _ in range(random_.choice((1, 1, 1, 2, 3))):
            payload = random_.choice(MUTATORS)(random_, payload)
        yield payload


def flip_bits(random_: random.Random, payload: bytes) -> bytes:
    damaged = bytearray(payload)
    for _ in range(random_.randrange(1, 4)):
        if damaged:
            damaged[random_.randrange(len(damaged))] ^= 1 << random_.randrange(8)
    return bytes(damaged)


def truncate(random_: random.Random, payload: bytes) -> bytes:
    return payload[: random_.randrange(len(payload) + 1)]


def insert_bytes(random_: random.Random, payload: bytes) -> bytes:
    at = random_.randrange(len(payload) + 1)
    return payload[:at] + random_.choice(BYTES) + payload[at:]


def drop_slice(random_: random.Random, payload: bytes) -> bytes:
    start = random_.randrange(len(payload) + 1)
    return payload[:start] + payload[start + random_.randrange(1, 20) :]


def repeat_slice(random_: random.Random, payload: bytes) -> bytes:
    start = random_.randrange(len(payload) + 1)
    end = start + random_.randrange(1, 60)
    return payload[:end] + payload[start:]


def space_out(random_: random.Random, payload: bytes) -> bytes:
    """White space, or what some take for it, beside a punctuation mark, or at either end."""
    places = [0, len(payload), *(m.end() for m in re.finditer(rb"[\[\]{},:]", payload))]
    at = random_.choice(places)
    return payload[:at] + random_.choice(SPACES).encode() + payload[at:]


def add_comma(random_: random.Random, payload: bytes) -> bytes:
    places = [m.start() for m in re.finditer(rb"[\]}]", payload)] or [len(payload)]
    at = random_.choice(places)
    return payload[:at] + b"," + random_.choice((b"", b" ", b"\n\t")) + payload[at:]


def change_field(random_: random.Random, payload: bytes) -> bytes:
    """Another value, any JSON or none, for a field of the event or of its data."""
    return _edit(random_, payload, lambda names: names.__setitem__(_pick(random_, names), _HOLE))


def add_field(random_: random.Random, payload: bytes) -> bytes:
    """A field that the contract doesn't know."""
    name = random_.choice(("x", "", "a/b~c", "$.data", "文", "data", "Verb", "id ", "extra"))
    return _edit(random_, payload, lambda names: names.setdefault(name, _HOLE))


def drop_field(random_: random.Random, payload: bytes) -> bytes:
    return _edit(random_, payload, lambda names: names.pop(_pick(random_, names), None))


def spoil_text(random_: random.Random, payload: bytes) -> bytes:
    """A newline, a space, a letter or a NUL at either end of a text."""

    def spoil(names: JSON) -> None:
        name = _pick(random_, names)
        spoiled = random_.choice(("\n", " ", "é", "\x00", "x", "\ufeff", "\x7f"))
        names[name] = random_.choice((f"{names.get(name)}{spoiled}", f"{spoiled}{names.get(name)}"))

    return _edit(random_, payload, spoil)


def repeat_field(random_: random.Random, payload: bytes) -> bytes:
    """A name twice in one object: the same value again, or another one."""
    members = list(re.finditer(rb'"(\w+)"\s*:\s*("[^"\\]*"|\w+)', payload))
    if not members:
        return payload
    member = random_.choice(members)
    value = random_.choice((member[2], random_.choice(FRAGMENTS).encode()))
    return payload[: member.start()] + b'"%s":%s,' % (member[1], value) + payload[member.start() :]


MUTATORS: list[Mutator] = [flip_bits, truncate, insert_bytes, drop_slice, repeat_slice, space_out]
MUTATORS += [add_comma, drop_field, spoil_text, repeat_field, change_field, add_field]
MUTATORS += [change_field] * 6 + [add_field] * 2

_HOLE = "\N{REPLACEMENT CHARACTER}hole\N{REPLACEMENT CHARACTER}"


def _edit(random_: random.Random, payload: bytes, change: Callable[[JSON], Any]) -> bytes:
    """Change the event or its data; a hole left in it is filled with a raw fragment."""
    try:
        document = json.loads(payload)
        part = random_.choice((document, document["data"], document["data"]))
        change(part)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        return payload
    compact = random_.choice(((",", ":"), (", ", ": ")))
    text = json.dumps(document, ensure_ascii=random_.random() < 0.5, separators=compact)
    for hole in (json.dumps(_HOLE), f'"{_HOLE}"'):
        text = text.replace(hole, random_.choice(FRAGMENTS))
    return text.encode(errors="surrogatepass")


def _pick(random_: random.Random, names: JSON) -> str:
    return random_.choice(sorted(names))
