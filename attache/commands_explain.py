"""`attache explain`: what it prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from attache.options import Json
from runtime.clock import parse_day
from runtime.errors import WrongUseError
from runtime.output import out, print_json, print_table
from runtime.settings import load_settings

if TYPE_CHECKING:
    from attache.explain import Explanation

EXAMPLE = (
    "Example: attache explain fct_engagement_daily --account weibo:canadaweibo --date 2014-01-27"
)

FACTS_HELP = "fct_engagement_daily, fct_account_daily, fct_post_engagement_daily or fct_post."


def explain(
    fact: Annotated[str, typer.Argument(help=FACTS_HELP)],
    day: Annotated[
        str,
        typer.Option(
            "--date", help="The account's own day: 2014-01-27. Of fct_post: its publication."
        ),
    ],
    account: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it
        typer.Option("--account", help="Key of an account: weibo:canadaweibo."),
    ] = None,
    post: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--post", help="Key of a post, for the two facts of posts."),
    ] = None,
    version: Annotated[
        Optional[int],  # noqa: UP045 - typer reads it
        typer.Option("--version", help="An earlier published version. Default: the served one."),
    ] = None,
    json: Json = False,
) -> None:
    """Walk from a published figure to its restatements, its events and their Kafka offsets."""
    from attache.explain import explain as explain_figure

    key = _key(fact, account, post)
    explanation = explain_figure(load_settings(), fact, key, parse_day(day, "--date"), version)
    if json:
        print_json(explanation)
    else:
        _print(explanation)


def _key(fact: str, account: str | None, post: str | None) -> str:
    is_post = fact in ("fct_post_engagement_daily", "fct_post")
    key, other = (post, account) if is_post else (account, post)
    if key is None or other is not None:
        option = "--post" if is_post else "--account"
        raise WrongUseError(f"{fact} is told by {option}, and by it alone.", EXAMPLE)
    return key


def _print(explanation: Explanation) -> None:
    """The figure first, then what it came from."""
    said = explanation
    out.print(f"{said.fact} of {said.key} on {said.day}", style="bold")
    out.print(f"Version {said.version}, published by {said.run_id} for {said.logical_at}.")
    if not said.figures:
        out.print(
            "The day has no row: nothing was published, observed or done. Counts are zero, "
            "the rest is unknown."
        )
    else:
        out.print("Figures left out are zero or unknown.")
    if said.is_without_erased:
        out.print("Actors were erased since: the figures are as published, their events are gone.")
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
