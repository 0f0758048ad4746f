"""`attache explain`: what it prints."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from runtime.errors import WrongUseError
from runtime.output import out, print_json, print_table
from runtime.settings import load_settings

if TYPE_CHECKING:
    from attache.explain import Explanation

EXAMPLE = (
    "Example: attache explain fct_engagement_daily --account weibo:canadaweibo --date 2014-01-27"
)


def explain(
    fact: Annotated[str, typer.Argument(help="fct_engagement_daily.")],
    account: Annotated[str, typer.Option("--account", help="Its key: weibo:canadaweibo.")],
    day: Annotated[str, typer.Option("--date", help="The account's own day: 2014-01-27.")],
    version: Annotated[
        Optional[int],  # noqa: UP045 - typer reads it
        typer.Option("--version", help="An earlier published version. Default: the served one."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON document on standard output.")
    ] = False,
) -> None:
    """Walk from a published figure to its restatements, its events and their Kafka offsets."""
    from attache.explain import explain as explain_figure

    explanation = explain_figure(load_settings(), fact, account, _day(day), version)
    if json:
        print_json(explanation)
    else:
        _print(explanation)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongUseError(f"{text} is not a day.", "Write it as 2014-01-27.") from error


def _print(explanation: Explanation) -> None:
    """The figure first, then what it came from."""
    said = explanation
    out.print(f"{said.fact} of {said.account_key} on {said.activity_date}", style="bold")
    out.print(f"Version {said.version}, published by {said.run_id} for {said.logical_at}.")
    if not said.figures:
        out.print(
            "The day has no row: nothing was published, and nobody did anything. It counts zero."
        )
    else:
        out.print("Figures left out are zero or unknown.")
    figures = [(name, value) for name, value in said.figures.items() if value]
    print_table("Figures", ["measure", "value"], figures)
    print_table(
        "Restatements" if said.restatements else "Restatements: none",
        ["version", "was", "measure", "old", "new", "cause", "run"],
        [
            (r.version, r.was_version, r.measure, r.old_value, r.new_value, r.cause, r.run_id)
            for r in said.restatements
        ],
    )
    print_table(
        "Events, as interactions",
        ["verb", "class", "undone", "interactions"],
        [(e.verb, e.engagement_class, e.is_undone, e.interaction_count) for e in said.events],
    )
    print_table(
        "Records in Kafka",
        ["partition", "generation", "batch", "offsets", "records", "landed by"],
        [
            (
                *(f"{r.topic}/{r.partition}", r.generation, r.batch_id),
                f"{r.first_offset:,} to {r.last_offset:,}",
                *(r.record_count, r.run_id),
            )
            for r in said.records
        ],
    )
