"""`attache erase`: a person's right to erasure."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from attache.options import At, Json
from runtime.clock import parse_instant
from runtime.errors import WrongUseError
from runtime.output import out, print_json, print_table
from runtime.run import Run
from runtime.settings import Settings, load_settings

if TYPE_CHECKING:
    from ingestion.erasure.erase import EraseReport, Subject

EXAMPLE = (
    'Examples: attache erase --raw-id weibo:1234567 --by "Jane Roe" · attache erase '
    'weibo:0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f --by "Jane Roe" --yes && attache build && '
    "attache check && attache publish"
)


def erase(
    by: Annotated[str, typer.Option("--by", help="Who erases. Kept on record, and published.")],
    actors: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads it
        typer.Argument(metavar="ACTOR_KEY", help="As in dim_actor: platform:pseudonym."),
    ] = None,
    raw_ids: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            "--raw-id",
            help="The platform's own id, platform:id, which is pseudonymised as a collector does; "
            "it is stored nowhere. A single - reads them from standard input, one a line, out of "
            "the shell's history.",
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it. Without it: only say what would go.")
    ] = False,
    at: At = None,
    json: Json = False,
) -> None:
    """Take persons out for good: what they did, their profiles, what is made of both.

    Raw records go at once, in one transaction; marts and reports with the next `build`, published
    versions, kept ones too, with the next `publish`. The same events landed again, by a replay, a
    redrive or a topic that is read anew, stay out. Figures that change leave restatements.
    """
    from ingestion.erasure.erase import erase as erase_actors

    settings = load_settings()
    subjects = _subjects(settings, actors or [], raw_ids or [])
    report = erase_actors(settings, Run.manual(parse_instant(at)), subjects, by, not yes)
    if json:
        print_json(report)
    else:
        _print(report, len(subjects))


def _subjects(settings: Settings, actors: list[str], raw_ids: list[str]) -> list[Subject]:
    from ingestion.erasure.erase import Subject
    from ingestion.pseudonyms import Pseudonyms

    if raw_ids == ["-"]:
        raw_ids = sys.stdin.read().split()
    if not actors and not raw_ids:
        raise WrongUseError("Nobody is named.", EXAMPLE)
    pairs = [_pair(actor, "an actor's key: weibo:0f0f…") for actor in actors]
    subjects = [Subject(platform=platform, pseudonym=name) for platform, name in pairs]
    pseudonyms = Pseudonyms(settings.pseudonym_key())
    for platform, raw_id in (_pair(raw_id, "an id: weibo:1234567") for raw_id in raw_ids):
        pseudonym = pseudonyms.of(platform, raw_id)
        subjects.append(Subject(platform=platform, pseudonym=pseudonym, raw_id=raw_id))
    return subjects


def _pair(text: str, wanted: str) -> tuple[str, str]:
    platform, _, name = text.partition(":")
    if not platform or not name:
        raise WrongUseError("Something else than platform:id was given.", f"Write {wanted}.")
    return platform, name


def _print(report: EraseReport, asked: int) -> None:
    """What went, or would; nobody is named."""
    if not report.actors:
        out.print(f"Erased before, all {asked}: nothing of them is here, and nothing will land.")
        return
    rows = [*report.raw_rows.items(), *report.derived_rows.items()]
    if rows:
        title = "What would go" if report.is_dry_run else "What goes"
        print_table(title, ["table", "rows"], rows)
    else:
        out.print("Nothing of theirs is here.")
    if report.is_dry_run:
        out.print(f"Nothing was changed. With --yes, {report.actors} are erased, for good.")
        return
    out.print(
        f"Erasure {report.erasure_id}: {report.actors} erased; nothing of theirs lands any more. "
        "`attache build`, `check` and `publish` take them out of what readers have."
    )
