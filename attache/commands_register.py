"""`attache register`: the ministry's list of official accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from attache.options import Json
from runtime.clock import parse_instant
from runtime.output import out, print_json
from runtime.settings import load_settings

app = typer.Typer(help="The register of official accounts.", no_args_is_help=True)


@app.callback()
def register() -> None:
    """The register of official accounts, which a ministry edits."""


@app.command("import", epilog="Example: attache register import accounts.csv && attache build")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV in UTF-8, with a header.")],
    json: Json = False,
    at: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it
        typer.Option("--at", help="When the changes begin to hold, with an offset. Default: now."),
    ] = None,
) -> None:
    """Take in what a file says of the accounts, all of it or nothing; former values are kept.

    Columns: platform, account_id, mission; and, where known, country_code, city, time_zone,
    peer_group, role (own or peer), language, opened, registered, valid_from. What differs from the
    import before holds from today, or from the line's valid_from (1900-01-01: it was always so); a
    line for each valid_from tells an account's history. Exit code 2: lines are wrong, and the list
    says which, and what to write instead.
    """
    from attache.register import RegisterRefusedError, import_register

    try:
        report = import_register(load_settings(), file, parse_instant(at).date())
    except RegisterRefusedError as error:
        if json:
            print_json(error.report)
        raise
    if json:
        print_json(report)
        return
    if not report.is_new:
        out.print(f"{report.file} says what the register says: nothing changed.")
        return
    out.print(
        f"Imported {report.account_count:,} accounts from {report.file}. "
        "`attache build`, `check` and `publish` bring them to readers."
    )
