"""`attache audit`: what it prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from attache.options import Json
from runtime.clock import parse_instant
from runtime.errors import WrongUseError
from runtime.output import out, print_json, print_table

if TYPE_CHECKING:
    from attache.audit.scoring import Audit

EXAMPLE = (
    "Examples: attache audit followers.csv · "
    "attache audit followers.csv --map followers=fans --observed-at 2026-01-31T00:00:00Z "
    "--scores scores.parquet --html report.html"
)


def audit(
    file: Annotated[Path, typer.Argument(help="Account events or profiles: JSON, CSV, Parquet.")],
    said: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads it
        typer.Option("--map", help="field=column, where a column isn't recognised. Repeatable."),
    ] = None,
    observed_at: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--observed-at", help="When the profiles were read, for their age; ISO 8601."),
    ] = None,
    scores: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--scores", help="Write account_id, score, band, reasons as Parquet."),
    ] = None,
    html: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--html", help="Write a report with pictures, one file."),
    ] = None,
    json: Json = False,
) -> None:
    """Estimate how many of a list of followers are ghosts. Needs no home, broker or warehouse."""
    from attache.audit.html import write_report
    from attache.audit.scoring import audit_file

    for target in (scores, html):
        if target is not None and not target.absolute().parent.is_dir():
            raise WrongUseError(f"There is no folder {target.parent}.", "Make it, then try again.")
    instant = parse_instant(observed_at).isoformat() if observed_at else None
    report = audit_file(file, said or (), instant, scores)
    if html is not None:
        write_report(report, html)
    if json:
        print_json(report)
    else:
        _print(report)


def _print(report: Audit) -> None:
    if report.ghost_share is None or report.low is None or report.high is None:
        out.print(
            f"Too few could be assessed for a share: {report.assessed:,} of {report.accounts:,}."
        )
    else:
        out.print(
            f"{report.ghost_share:.1%} ghosts, between {report.low:.1%} and {report.high:.1%} "
            f"(95 %), of {report.assessed:,} assessed; {report.unassessed:,} could not be."
        )
        out.print(
            f"Real reach: {report.real_reach:,} ({report.real_reach_low:,} to "
            f"{report.real_reach_high:,}) of {report.assessed:,}."
        )
    if report.unlike_share:
        out.print(
            f"{report.unlike_share:.1%} score in between more than in any crowd known: the "
            "interval is wider for it."
        )
    print_table("Bands", ["band", "accounts"], report.bands.items())
    print_table("Why, of ghosts and suspects", ["reason", "accounts"], report.reasons.items())
    print_table(
        "By age of the account",
        ["age", "accounts", "ghosts", "suspects"],
        [list(row.values()) for row in report.by_age],
    )
    print_table(
        "The most suspicious",
        ["account", "score", "band", "reasons"],
        [
            [row["account_id"], row["score"], row["band"], row["reasons"]]
            for row in report.most_suspicious
        ],
    )
    if report.bad:
        print_table("What was bad in the file", ["what", "count"], report.bad.items())
    taken = ", ".join(f"{field} = {column}" for field, column in report.columns.items())
    out.print(f"Columns: {taken}. Model {report.model_version}.")
