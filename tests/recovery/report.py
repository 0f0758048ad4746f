"""The page that `make recovery` writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tests.recovery.scenario import Row
from tests.recovery.state import CLOCK, IDS

FEWEST_KILLS = 200

PAGE = """# The crash matrix

Broker, producer and landing as processes, killed with `SIGKILL` and started again. This page is
written by

```
make recovery
```

on {date}, seed {seed}: **{kills} kills, {cases} reruns compared, {differences} differences.** The
command ends with exit code 1 where there is any difference, or fewer than {fewest} kills.

| scenario | kills | compared | outcome |
|---|---:|---|---|
{table}

## What is compared

After the kill the landing is run once more, undisturbed, and then its warehouse must equal that of
a run over the same topics that nobody disturbed.

- **rows**: every table of the schema `raw`, row for row and column for column: events with their
  Kafka coordinates, dead letters with their bytes, the next offsets, the gaps. Left out are
  the numbers of transactions and drains ({ids}), since a killed run has used some up, and the
  wall clock ({clock}). Where one transaction ends and the next begins depends on what a fetch
  brought, so of `raw.batches` the sums and the bounds by partition are compared. `raw.drains` is
  not: a killed drain leaves its row, unfinished, as the trace of the kill.
- **content**: where a producer was killed, or lost its broker, it may send an event again. The
  events are compared after de-duplication, without coordinates, with those of a producer that sent
  each file once, to another broker; dead letters by key, bytes and reason.
- **laws and counts**: where data is gone for good there is no undisturbed run to equal. The named
  error must come at every landing until the gap is accepted; the gap on record must be as long as
  what was deleted, the rows of before must be left, and what is still there must be landed.

In all of them, the laws are checked in the warehouse by itself: no Kafka coordinates twice; each
batch holds as many rows and dead letters as it says, and as many together as were read; each row
and dead letter belongs to a batch; no offset was left out between two batches but for an accepted
gap; the last drain is closed.

## What the points are

The landing has no hooks for this. `tests/recovery/probe.py` wraps the connection that the landing
opens and the batches that it reads, counts the statements as they pass, and kills the process at
the chosen one. *Inside* an insert or a commit a thread kills it while DuckDB works. The three
points of the checkpoint are DuckDB's own: it stops there, and then the process is killed.

*Before the broker commit* is no point of this landing: it commits no offset to the broker. What has
been landed is known where it was landed, so there is nothing that could disagree. For the same
reason a rebalance can't disturb it: it is in no consumer group.

## What is not covered

`SIGKILL` ends a process, not the machine: what a process had written stays in the memory of the
operating system. A power cut is another matter. DuckDB makes each commit durable before it returns;
Kafka leaves that moment to the operating system on one node, and to its replicas on a real cluster.

## When data is gone

Where the broker no longer has records that were never landed, every landing ends with
`DataGoneError`, which names partitions, offsets and, where it can be known, how many. Bring them
back from their source (`attache replay …`: what was there already counts once), then go on with
`attache land --accept-gaps`. The gap stays on record in `raw.gaps`, and the gate is closed until it
is accepted.
"""


def write_report(path: Path, rows: Sequence[Row], logical_at: datetime, seed: int) -> None:
    """Write the page anew."""
    table = "\n".join(
        f"| {row.scenario} | {row.kills} | {row.compared}, {_times(row.cases)} | {row.outcome} |"
        for row in rows
    )
    text = PAGE.format(
        date=logical_at.date().isoformat(),
        seed=seed,
        kills=sum(row.kills for row in rows),
        cases=sum(row.cases for row in rows),
        differences=sum(len(row.failures) for row in rows),
        fewest=FEWEST_KILLS,
        table=table,
        ids=", ".join(f"`{name}`" for name in sorted(IDS)),
        clock=", ".join(f"`{name}`" for name in sorted(CLOCK)),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _times(cases: int) -> str:
    return "once" if cases == 1 else f"{cases} times"
