"""Generated events files: every kind of event, every kind of fault, small, the same by seed."""

from __future__ import annotations

import json
import random
from pathlib import Path

from tests.samples import JSON, event

INSTANT = "2014-01-27T10:{:02}:{:02}+08:00"
BAD_SHARE = 0.04
REPEAT_SHARE = 0.02


def write_events(path: Path, name: str, count: int, seed: int) -> Path:
    """Write an events file; each line, a bad one too, holds `name`, so files can be told apart.

    Args:
        count: how many lines, besides the few that stand there twice.
    """
    chance = random.Random(f"{seed}/{name}")  # noqa: S311 - the same file for the same seed
    lines: list[bytes] = []
    for number in range(count):
        line = json.dumps(_event(name, number, chance), ensure_ascii=False).encode()
        if chance.random() < BAD_SHARE:
            line = _spoiled(line, chance)
        lines.append(line)
        if chance.random() < REPEAT_SHARE:
            lines.append(line)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def _event(name: str, number: int, chance: random.Random) -> JSON:
    kind, data = _data(number, chance)
    made = event(f"attache.{kind}.v1", f"{name}:{number}", data)
    return {**made, "source": f"recovery/{name}", "extension": "kept"} if number % 7 else made


def _data(number: int, chance: random.Random) -> tuple[str, JSON]:
    instant = INSTANT.format(number // 60 % 60, number % 60)
    account, post = f"a{chance.randrange(5)}", f"p{chance.randrange(40)}"
    match number % 10:
        case 0:
            return "account", {
                "platform": "weibo",
                "account_id": account,
                "observed_at": instant,
                "role": "own",
                "followers": number,
            }
        case 1 | 2:
            return "post", {
                "platform": "weibo",
                "post_id": post,
                "account_id": account,
                "created_at": instant,
                "text": f"使馆 {number} " + "x" * chance.randrange(200),
                "hashtags": ["Ottawa", "北京"][: number % 3],
            }
        case 3:
            return "counters", {
                "platform": "weibo",
                "post_id": post,
                "observed_at": instant,
                "shares": number,
            }
        case _:
            return "interaction", {
                "platform": "weibo",
                "verb": chance.choice(["like", "share", "comment"]),
                "actor_id": f"{chance.randrange(500):032x}",
                "object_id": post,
                "object_type": "post",
                "created_at": instant,
                "interaction_id": f"i{number}",
                "unknown_field": number,
            }


def _spoiled(line: bytes, chance: random.Random) -> bytes:
    """One fault of those that a line can have."""
    return chance.choice(
        [
            line[:-5],
            line.replace(b'"data"', b'"date"'),
            line.replace(b"+08:00", b""),
            line.replace(b'"weibo"', b"7"),
            line[:-1] + b"\xff}",
            b'["' + line[:40].replace(b'"', b"") + b'"]',
        ]
    )
