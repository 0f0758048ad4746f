"""Seconds that `attache audit` takes for a million accounts, process and all.

python -m benchmarks.audit --accounts 1000000
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from runtime.output import print_table

FORMATS = ("csv", "parquet", "jsonl.gz")
GENERATED = """
    select
        setseed(0.5) is null as seeded, 'a' || range as account_id, 'user' || range as screen_name,
        floor(exp(random() * 9))::bigint as followers_count,
        floor(exp(random() * 8))::bigint as friends_count,
        floor(exp(random() * 9) - 1)::bigint as statuses_count,
        floor(exp(random() * 6) - 1)::bigint as favourites_count,
        timestamptz '2015-01-01' + interval 1 hour * floor(random() * 90000)::int as created_at,
        timestamptz '2026-01-01' as observed_at, random() < .1 as default_profile_image,
        case when random() < .7 then 'words about me' end as description
    from range({})
"""


def main(accounts: Annotated[int, typer.Option("--accounts")] = 1_000_000) -> None:
    """Print the seconds for each format, scores written too."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for ending in FORMATS:
            file, scores = Path(folder, f"followers.{ending}"), Path(folder, "scores.parquet")
            options = "format json" if ending.startswith("json") else f"format {ending}"
            duckdb.execute(f"copy ({GENERATED.format(accounts)}) to '{file}' ({options})")
            attache = Path(sys.executable).with_name("attache")
            command = [str(attache), "audit", str(file), "--scores", str(scores)]
            start = time.perf_counter()
            subprocess.run([*command, "--json"], check=True, stdout=subprocess.DEVNULL)
            rows.append([ending, accounts, time.perf_counter() - start])
    print_table("attache audit --scores", ["file", "accounts", "seconds"], rows)


if __name__ == "__main__":
    typer.run(main)
