"""`attache dead-letters`: what could not be landed, and what to do with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from attache.options import Json
from runtime.clock import parse_instant
from runtime.output import out, print_json, print_table, printable
from runtime.run import Run
from runtime.settings import load_settings

if TYPE_CHECKING:
    from ingestion.dead_letters.reading import DeadLetter, Selection
    from ingestion.dead_letters.redrive import RedriveReport

app = typer.Typer(
    help="Records that could not be landed: list, show, export, redrive, accept.",
    no_args_is_help=True,
)

Reason = Annotated[
    Optional[str],  # noqa: UP045 - typer reads it
    typer.Option("--reason", help="Only with this reason, out_of_range say."),
]
Since = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--since", help="Only produced at this time or later; with an offset."),
]
Until = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--until", help="Only produced before this time; with an offset."),
]


@app.command("list", epilog="Example: attache dead-letters list --reason not_json --limit 5")
def list_(
    reason: Reason = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Rows at most.")] = 20,
    json: Json = False,
) -> None:
    """Count dead letters by reason, and name the first of them."""
    from ingestion.dead_letters.reading import list_dead_letters

    listing = list_dead_letters(load_settings(), _selection(reason, since, until), limit)
    if json:
        print_json(listing)
        return
    if not listing.total:
        out.print("No dead letters.")
        return
    reasons = [(c.reason, c.count, c.meaning) for c in listing.reasons]
    print_table("By reason", ["reason", "dead letters", "meaning"], reasons)
    rows = [(d.id, d.reason, d.field, d.produced_at) for d in listing.dead_letters]
    title = f"The first {len(rows):,} of {listing.total:,}"
    print_table(title, ["id", "reason", "field", "produced at"], rows)


@app.command(epilog="Example: attache dead-letters show attache.posts.v1/0/0/17")
def show(
    dead_letter_id: Annotated[
        str, typer.Argument(metavar="ID", help="topic/partition/generation/offset, as listed.")
    ],
    json: Json = False,
) -> None:
    """Show one whole: where it is from, what is wrong with it, its key and value."""
    from ingestion.dead_letters.reading import show_dead_letter

    dead_letter = show_dead_letter(load_settings(), dead_letter_id)
    if json:
        print_json(dead_letter)
        return
    for name, value in _lines(dead_letter):
        out.print(f"{name}: {value}", markup=False, soft_wrap=True)


@app.command(epilog="Example: attache dead-letters export letters.parquet --reason not_json")
def export(
    file: Annotated[Path, typer.Argument(help="Ends in .jsonl (bytes as base64) or .parquet.")],
    reason: Reason = None,
    since: Since = None,
    until: Until = None,
    json: Json = False,
) -> None:
    """Write dead letters, whole, to a file."""
    from ingestion.dead_letters.reading import export_dead_letters

    count = export_dead_letters(load_settings(), _selection(reason, since, until), file)
    if json:
        print_json({"file": str(file), "dead_letters": count})
    else:
        out.print(f"Wrote {count:,} dead letters to {file}.", markup=False)


@app.command(epilog="Example: attache dead-letters redrive --reason unknown_value && attache build")
def redrive(
    ids: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(metavar="ID", help="Only these; default: all of the reason, or all."),
    ] = None,
    reason: Reason = None,
    json: Json = False,
) -> None:
    """Judge dead letters again with the contract of now, and land those that are good."""
    from ingestion.dead_letters.reading import Selection
    from ingestion.dead_letters.redrive import redrive as redrive_dead_letters

    selection = Selection(reason=reason, ids=ids or ())
    report = redrive_dead_letters(load_settings(), Run.manual(parse_instant(None)), selection)
    if json:
        print_json(report)
        return
    out.print(_summary(report))
    if report.still_dead:
        print_table("Still dead", ["reason", "dead letters"], report.still_dead.items())


@app.command(epilog="Example: attache dead-letters accept attache.posts.v1/0/0/17 && attache check")
def accept(
    ids: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(metavar="ID", help="These; as listed."),
    ] = None,
    reason: Reason = None,
    json: Json = False,
) -> None:
    """Let the gate count dead letters no more: sent again corrected, or known to be worthless."""
    from ingestion.dead_letters.accepting import accept as accept_dead_letters
    from ingestion.dead_letters.reading import Selection

    selection = Selection(reason=reason, ids=ids or ())
    report = accept_dead_letters(load_settings(), Run.manual(parse_instant(None)), selection)
    if json:
        print_json(report)
        return
    accepted = sum(report.accepted.values())
    out.print(f"Accepted {accepted:,} dead letters. They stay on record; `attache check` again.")


def _selection(reason: str | None, since: str | None, until: str | None) -> Selection:
    from ingestion.dead_letters.reading import Selection

    return Selection(
        reason=reason,
        since=parse_instant(since) if since else None,
        until=parse_instant(until) if until else None,
    )


def _summary(report: RedriveReport) -> str:
    if report.redrive_id is None:
        return f"Nothing changed: {report.judged:,} dead letters judged, none is good now."
    landed = sum(report.landed.values())
    changed = f" {report.other_reason:,} have another reason now." if report.other_reason else ""
    return (
        f"Redrive {report.redrive_id}: {report.judged:,} dead letters judged, {landed:,} landed."
        f"{changed} `attache build`, `check` and `publish` bring them to readers."
    )


def _lines(dead_letter: DeadLetter) -> list[tuple[str, str]]:
    head = dead_letter.head
    field = f", field {head.field}" if head.field else ""
    produced = head.produced_at.isoformat() if head.produced_at else "unknown"
    return [
        ("id", head.id),
        ("reason", f"{head.reason}{field}: {dead_letter.meaning}"),
        ("contract", head.contract_version),
        ("batch", str(head.batch_id)),
        ("produced at", produced),
        ("key", _readable(dead_letter.key)),
        ("value", _readable(dead_letter.value)),
    ]


def _readable(data: bytes | None) -> str:
    """Text where the bytes are that, without control characters that a terminal would obey."""
    if data is None:
        return "none"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _hex_dump(data)
    return printable(text)


def _hex_dump(data: bytes) -> str:
    """Sixteen bytes a line: place, bytes, and those of them that are printable ASCII."""
    lines = []
    for start in range(0, len(data), 16):
        part = data[start : start + 16]
        text = "".join(chr(b) if 0x20 <= b < 0x7F else "." for b in part)
        lines.append(f"{start:08x}  {part.hex(' '):<47}  {text}")
    return "\n".join(["not UTF-8", *lines])
