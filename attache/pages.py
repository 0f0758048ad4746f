"""How a person reads the status and the scorecard on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from attache.dictionary import Table, read_questions
from attache.scorecard import ScorecardRow
from attache.status import Status
from runtime.output import out, print_table

MARKS = {True: "exact", False: "DIFFERS", None: ""}


def print_status(status: Status) -> None:
    """The verdict first, then what it was made from."""
    out.print(status.verdict, style="bold")
    out.print(f"Home {status.home}; broker {status.broker or 'not running'}.")
    if status.partitions:
        print_table(
            "Partitions",
            ["partition", "log end", "landed", "lag", "waits s", "gone", "empty"],
            [
                (
                    f"{p.topic}/{p.partition}",
                    p.log_end,
                    p.landed_up_to,
                    p.lag,
                    p.lag_seconds,
                    p.gone,
                    p.empty,
                )
                for p in status.partitions
            ],
        )
    if status.conservation is not None:
        held = status.conservation
        dead = sum(held.dead_letters.values())
        sign = "=" if held.is_conserved else "≠"
        out.print(
            f"Conservation: {held.records:,} records read {sign} "
            f"{held.rows:,} rows + {dead:,} dead letters."
        )
        for reason, count in held.dead_letters.items():
            out.print(f"  {count:,} {reason}")
    if status.last_drain is not None:
        drain = status.last_drain
        rate = f", {drain.records_per_second:,.0f}/s" if drain.records_per_second else ""
        out.print(
            f"Last landing: {drain.records:,} records{rate}, "
            f"{drain.finished_at:%Y-%m-%d %H:%M:%S} UTC, run {drain.run_id}."
        )
    if status.published is not None:
        served = status.published
        out.print(
            f"Published: version {served.version}, {served.published_at:%Y-%m-%d %H:%M:%S} UTC, "
            f"{served.bytes / 1e6:.1f} MB, run {served.run_id}."
        )
    for alarm in status.alarms:
        task = f"{alarm.dag_id}.{alarm.task_id}"
        out.print(f"Alarm {alarm.at:%Y-%m-%d %H:%M:%S} {task}: {alarm.cause}")


def print_scorecard(rows: Sequence[ScorecardRow]) -> None:
    """Each published figure beside the warehouse's, and how many agree."""
    print_table(
        "Canadaweibo, January and February 2014 (events are generated, totals are published)",
        ["measure", "published", "from the published file", ""],
        [(row.label, row.published, row.measured, MARKS[row.is_exact]) for row in rows],
    )
    compared = [row for row in rows if row.is_exact is not None]
    exact = sum(row.is_exact is True for row in compared)
    out.print(f"{exact} of {len(compared)} figures are exact.")


def print_dictionary(tables: Sequence[Table], *, whole: bool) -> None:
    """Every column of the tables; or, where not whole, a line for each table."""
    if not whole:
        print_table(
            "Published tables",
            ["table", "a row is", "answers", "what it says"],
            [
                (f"{t.schema}.{t.name}", t.grain, ", ".join(map(str, t.questions)), t.meaning)
                for t in tables
            ],
        )
        out.print("`attache dictionary TABLE` shows its columns.")
        return
    questions = read_questions()
    for table in tables:
        out.print(f"{table.schema}.{table.name}", style="bold")
        out.print(f"{table.meaning}\nGrain: {table.grain}")
        for number in table.questions:
            out.print(f"Answers {number}: {questions[number]}")
        print_table(
            "",
            ["column", "type", "unit", "what it says", "formula", "null"],
            [(c.name, c.data_type, c.unit, c.meaning, c.formula, c.nulls) for c in table.columns],
        )
