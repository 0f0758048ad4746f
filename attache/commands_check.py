"""`attache check`: the gate, and `attache check override`: who lets what pass, and why."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from attache import steps
from attache.options import At, Json
from runtime.clock import now, parse_day, parse_instant
from runtime.errors import WrongUseError
from runtime.output import out, print_json
from runtime.run import Run
from runtime.settings import load_settings

app = typer.Typer()
override = typer.Typer(
    help="Let an inflated day, or a check, pass at the gate: named, dated, with a reason. "
    "It is published with the fact, whose figures and `is_inflated` stay as they were measured.",
    epilog="Example: attache check override list",
    no_args_is_help=True,
)
app.add_typer(override, name="override")

By = Annotated[str, typer.Option("--by", help="The person who answers for it. Published.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence. Published.")]
NEXT = "`attache build`, `check` and `publish` bring it to readers."


@app.callback(
    invoke_without_command=True,
    epilog="Examples: attache check || echo the gate is closed · attache check override --help",
)
def check(
    context: typer.Context,
    at: At = None,
    json: Json = False,
) -> None:
    """Audit what was built. Exit code 3: the gate is closed, and the message names the keys."""
    if context.invoked_subcommand is not None:
        return
    from expectations.checks import ChecksFailedError

    try:
        report = steps.check(load_settings(), Run.manual(parse_instant(at)))
    except ChecksFailedError as error:
        if json:
            print_json(error.report)
        raise
    if json:
        print_json(report)
        return
    out.print(f"The gate is open: {len(report.results)} checks. Report: {report.report}")
    for result in report.failed("flag"):
        out.print(f"Flagged: {result.check_id}: {result.description}")
    for result in report.results:
        for said in result.overrides:
            out.print(f"Overridden: {result.check_id}: {said}", markup=False)


@override.command(
    epilog="Examples: attache check override add --account weibo:canadaweibo --date 2014-01-27 "
    '--by "Jane Roe" --reason "A prize that the ministry had announced" · '
    "attache check override add --check marts_rows_have_not_dropped --until 2026-12-31 "
    '--by "Jane Roe" --reason "Accounts that were closed are no longer observed"'
)
def add(
    by: By,
    reason: Reason,
    account: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--account", help="With --date: an inflated day of platform:account_id."),
    ] = None,
    day: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--date", help="With --account: the day, 2014-01-27."),
    ] = None,
    check_id: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--check", help="A check instead of a day; as policy.yml names it."),
    ] = None,
    key: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--key", help="With --check: that offender alone. Default: all of them."),
    ] = None,
    until: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--until", help="Last day, in UTC, on which it holds. Default: no end."),
    ] = None,
    json: Json = False,
) -> None:
    """Let an inflated day, or a check, pass. Once more is no second one."""
    from expectations.overrides import Scope, add_override
    from expectations.policy import load_policy

    settings = load_settings()
    if (account is None) == (check_id is None) or (account is None) != (day is None):
        raise WrongUseError(
            "An override is of a day or of a check.",
            "Give --account and --date, or --check and where you like --key.",
        )
    if account is not None and day is not None:
        if key is not None:
            raise WrongUseError("--key goes with --check.", "A day is named by --date.")
        on = parse_day(day, "--date")
        scope = Scope(key=f"{account} {on}", account_key=account, activity_date=on)
    else:
        scope = Scope(check_id=check_id or "", key=key)
    made, is_new = add_override(
        settings,
        load_policy(settings.policy),
        scope,
        by,
        reason,
        now(),
        parse_day(until, "--until") if until else None,
    )
    if json:
        print_json({"is_new": is_new, "override": made})
        return
    word = "Made" if is_new else "It stands already:"
    out.print(f"{word} override {made.override_id} of {made.check_id}: {made}", markup=False)
    if is_new:
        out.print(NEXT)


@override.command("list", epilog="Example: attache check override list --json")
def list_(json: Json = False) -> None:
    """List every override that was ever made, withdrawn ones too."""
    from expectations.overrides import list_overrides

    overrides = list_overrides(load_settings())
    if json:
        print_json(overrides)
        return
    if not overrides:
        out.print("Nobody has overridden anything.")
        return
    for one in overrides:
        out.print(f"{one.override_id}  {one.check_id}", style="bold", markup=False)
        out.print(f"   {one}", markup=False)
        if one.withdrawn_at is not None:
            day = f"{one.withdrawn_at:%Y-%m-%d}"
            said = f"withdrawn by {one.withdrawn_by}, {day}: {one.withdrawn_reason}"
            out.print(f"   {said}", markup=False)


@override.command(
    epilog='Example: attache check override withdraw 1 --by "Jane Roe" '
    '--reason "The prize was another one"'
)
def withdraw(
    override_id: Annotated[int, typer.Argument(metavar="ID", help="As listed.")],
    by: By,
    reason: Reason,
    json: Json = False,
) -> None:
    """Let an override count no more. It stays on record, with who withdrew it and why."""
    from expectations.overrides import withdraw_override

    withdrawn, stood = withdraw_override(load_settings(), override_id, by, reason, now())
    if json:
        print_json({"stood": stood, "override": withdrawn})
        return
    if stood:
        out.print(f"Override {override_id} is withdrawn. {NEXT}")
    else:
        out.print(f"Override {override_id} was withdrawn before, by {withdrawn.withdrawn_by}.")
