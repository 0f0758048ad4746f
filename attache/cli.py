"""The command line. Every command is a few lines around a function that a DAG could call too."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated, Optional

from runtime.spared import importing, spare, spare_threads

with importing():
    import typer

    from attache import (
        commands_audit,
        commands_check,
        commands_dead_letters,
        commands_erase,
        commands_explain,
        commands_register,
        steps,
    )
    from attache.options import At, Json, PlainCommand, PlainGroup
    from runtime.clock import parse_instant
    from runtime.errors import EXIT_FAILED, AttacheError
    from runtime.output import out, print_json, print_table, printable
    from runtime.progress import console
    from runtime.run import Run
    from runtime.settings import load_settings

app = typer.Typer(
    cls=PlainGroup,
    name="attache",
    help="The engagement warehouse for digital diplomacy: what people did, how much of it was "
    "organic, and how sure that is.",
    epilog="Start with: attache demo. Everything lives in ATTACHE_HOME (default: var).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.add_typer(commands_check.app, name="check")
app.add_typer(commands_dead_letters.app, name="dead-letters")
app.add_typer(commands_register.app, name="register")
app.command(epilog=commands_audit.EXAMPLE)(commands_audit.audit)
app.command(epilog=commands_erase.EXAMPLE)(commands_erase.erase)
app.command(epilog=commands_explain.EXAMPLE)(commands_explain.explain)


def main() -> None:
    """Run the command line; a failure with a cause ends without a stack trace."""
    signal.signal(signal.SIGTERM, _interrupt)
    if sys.argv[1:2] == ["land"]:  # here only: in this process nothing else will run
        spare("pandas", "pyarrow.dataset", "dateutil", "cloudpickle")
        spare_threads()
    try:
        app()
    except AttacheError as error:
        console.print(printable(error.message), style="bold red")
        if error.hint:
            console.print(printable(error.hint))
        sys.exit(error.exit_code)


def _interrupt(*_: object) -> None:
    """A SIGTERM ends a command, and what it started, as Ctrl-C does: exit code 130."""
    raise KeyboardInterrupt


def _run(at: str | None) -> Run:
    return Run.manual(parse_instant(at))


@app.command(epilog="Example: ATTACHE_EXIT=1 attache demo")
def demo() -> None:
    """Do the main job from nothing: broker, Airflow, replay, a scheduled run, the scorecard.

    Serves until Ctrl-C; with ATTACHE_EXIT=1 it stops itself, and its exit code says how it went.
    """
    from attache.demo import run_demo

    if not run_demo(load_settings()):
        raise typer.Exit(EXIT_FAILED)


@app.command(epilog="Example: ATTACHE_SCHEDULE='0 * * * *' attache up")
def up(
    broker_only: Annotated[
        bool, typer.Option("--broker-only", help="The embedded Kafka alone, without Airflow.")
    ] = False,
) -> None:
    """Start the embedded Kafka and Airflow of this home, and serve until Ctrl-C."""
    from attache.demo import serve

    serve(load_settings(), broker_only)


@app.command(
    epilog="Examples: attache replay canadaweibo-2014 · "
    "attache replay --format ced cascades.jsonl.gz · attache replay --format events events.jsonl · "
    "attache replay --format facebook-live Live.csv"
)
def replay(
    what: Annotated[str, typer.Argument(help="A source, canadaweibo-2014, or a file.")],
    format_: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--format",
            help="Of a file: events (contract), ced (Weibo cascades), facebook-live (page posts), "
            "german-elections (shared links), twitter-v1 (a timeline) or tweets-csv (its table).",
        ),
    ] = None,
    seed: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("--seed", help="Of a generated source; the totals are the same for any."),
    ] = None,
    restart: Annotated[
        bool,
        typer.Option("--restart", help="From the beginning, where an earlier one was killed."),
    ] = False,
    json: Json = False,
) -> None:
    """Stream an archive, or the reference case, into Kafka.

    A replay that was killed goes on where Kafka had acknowledged it.
    """
    from ingestion.replay import open_source
    from ingestion.replay import replay as replay_source

    name, file = (what, None) if format_ is None else (None, Path(what))
    source = open_source(name, format_, file, seed)
    report = replay_source(load_settings(), source, restart)
    if json:
        print_json(report)
        return
    console.print(report.note)
    produced = report.produced
    if report.resumed_at:
        out.print(f"Went on after {report.resumed_at:,} that were acknowledged before.")
    if produced.from_spool:
        out.print(f"Sent {produced.from_spool:,} from the spool first.")
    if produced.reconciled:
        out.print("Reconciled: the topics grew by just what was acknowledged.")
    print_table(
        f"Replayed {report.source}",
        ["topic", "acknowledged by Kafka"],
        [(topic.topic, topic.acknowledged) for topic in produced.topics],
    )


@app.command(cls=PlainCommand, epilog="Example: attache land --at 2014-03-01T06:00:00+08:00")
def land(
    at: At = None,
    accept_gaps: Annotated[
        bool,
        typer.Option(
            "--accept-gaps",
            help="Go on past records that the broker no longer has. The gap stays on record.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Land everything that Kafka holds now: rows, dead letters and offsets, exactly once."""
    report = steps.land(load_settings(), _run(at), accept_gaps)
    if json:
        print_json(report)
        return
    dead = sum(report.dead_letters.values())
    out.print(
        f"Read {report.records:,} records = {report.rows:,} rows + {dead:,} dead letters, "
        f"in {report.batches} transactions and {report.seconds:.1f} s."
    )
    if dead:
        print_table("Dead letters", ["reason", "records"], report.dead_letters.items())


@app.command(epilog="Example: attache build")
def build(
    at: At = None,
    full_refresh: Annotated[
        bool,
        typer.Option("--full-refresh", help="Everything from the raw events, whatever stands."),
    ] = False,
    json: Json = False,
) -> None:
    """Build the marts with dbt: what landed since the last build, and what that touches.

    The first build, and one of changed models or seeds, makes everything from the raw events.
    """
    report = steps.build(load_settings(), _run(at), full_refresh)
    if json:
        print_json(report)
        return
    if report.kind == "unchanged":
        out.print(f"State {report.state_fingerprint} stands as it was built.")
        return
    nodes = ", ".join(f"{count} {status}" for status, count in report.nodes.items())
    state, seconds = report.state_fingerprint, report.seconds
    out.print(f"Built state {state} in {seconds:.1f} s ({report.kind}): {nodes}.")


@app.command(epilog="Example: attache publish")
def publish(at: At = None, json: Json = False) -> None:
    """Serve what passed its audit: published/current.duckdb, replaced in one step."""
    report = steps.publish(load_settings(), _run(at))
    if json:
        print_json(report)
        return
    what = "Published" if report.is_new else "Still serving"
    out.print(f"{what} version {report.version}: {report.file}")


@app.command(epilog="Example: attache status --json")
def status(
    json: Json = False,
    metrics: Annotated[bool, typer.Option("--metrics", help="OpenMetrics text instead.")] = False,
) -> None:
    """Say where everything stands: lag, conservation, dead letters, what is published."""
    from attache.pages import print_status
    from attache.status import read_status

    report = read_status(load_settings())
    if metrics:
        from attache.metrics import render_metrics

        typer.echo(render_metrics(report), nl=False)
    elif json:
        print_json(report)
    else:
        print_status(report)


@app.command(
    epilog='Example: attache query "select activity_date, action_count '
    "from fct_engagement_daily where account_id = 'canadaweibo'\""
)
def query(
    sql: Annotated[str, typer.Argument(help="One SQL statement, in DuckDB's dialect.")],
    json: Json = False,
) -> None:
    """Ask the published file: marts, reporting and ops. Never the warehouse being written."""
    from publication.query import query as run_query

    result = run_query(load_settings(), sql)
    if json:
        print_json([dict(zip(result.columns, row, strict=True)) for row in result.rows])
        return
    print_table("", result.columns, result.rows)


@app.command(epilog="Examples: attache dictionary · attache dictionary rpt_concentration.post_gini")
def dictionary(
    name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="A table, a column, or table.column. Default: all tables."),
    ] = None,
    json: Json = False,
) -> None:
    """Say what a published table or column means: grain, unit, formula, when it is null."""
    from attache.dictionary import look_up, read_dictionary
    from attache.pages import print_dictionary

    tables = look_up(name) if name else read_dictionary()
    if json:
        print_json(tables)
    else:
        print_dictionary(tables, whole=name is not None)


@app.command(epilog="Example: attache scorecard")
def scorecard(json: Json = False) -> None:
    """Print the reference case: each published figure beside what the published file says."""
    from attache.pages import print_scorecard
    from attache.scorecard import read_scorecard

    rows = read_scorecard(load_settings())
    if json:
        print_json(rows)
    else:
        print_scorecard(rows)
    if any(row.is_exact is False for row in rows):
        raise typer.Exit(EXIT_FAILED)
