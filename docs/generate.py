"""The reference pages that are written from the code: `make docs` writes them, a test compares.

A page that a person would have to keep in step by hand is rendered here instead.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer

from attache.cli import app
from attache.dictionary import Column, Table, read_dictionary, read_questions
from expectations.policy import Person, Rule, Ways, load_policy
from expectations.suites.marts import marts_checks
from expectations.suites.measures import CLASSES
from expectations.suites.raw import raw_checks
from ingestion.contracts.document import contract_page, table
from runtime.errors import EXIT_FAILED, EXIT_GATE_CLOSED, EXIT_WRONG_USE
from runtime.settings import PROJECT, Secret, Settings, described_settings, variable_of

REFERENCE = PROJECT / "docs" / "reference"
DECISIONS = PROJECT / "docs" / "decisions"
GENERATED = "<!-- Written by `make docs`; change the code, not this page. -->\n\n"
EXIT_STOPPED = 130  # the shell's convention, which typer keeps
EXAMPLE_RUN = datetime(2014, 3, 1, 6, tzinfo=UTC)


def settings_page() -> str:
    """Every setting: its variable, type, default and meaning."""
    rows = []
    unset = Settings()
    for name, (kind, description) in described_settings().items():
        value = getattr(unset, name)
        default = "unset" if value is None else f"`{value}`"
        rows.append([f"`{variable_of(name)}`", _type_name(kind), default, description])
    return f"""# Settings

From the environment, else from `attache.toml` in the folder where `attache` is started, else the
default. In the file a setting is named without `ATTACHE_`, in small letters: `threads = 4`,
`kafka_bootstrap_servers = "kafka:9092"`. A name that isn't here is refused in the file.

{table(["variable", "type", "default", "what it is"], rows)}

A port that is 0 is chosen free at the first use and remembered in `ports.json` of the home, so
that two homes on one machine never meet.
"""


def commands_page() -> str:
    """Every command with its arguments and options, as its help says."""
    root: Any = typer.main.get_command(app)
    sections = [page for name, command in root.commands.items() for page in _pages(name, command)]
    return f"""# Commands

{root.help}

`attache COMMAND --help` says the same as this page.

Results go to standard output, progress and messages to standard error. `--json` gives one JSON
document on standard output.

| exit code | meaning |
| --- | --- |
| 0 | it went well |
| {EXIT_FAILED} | it failed; the message says why and what to do |
| {EXIT_WRONG_USE} | wrong use: an unknown option, a bad setting, SQL that can't be run |
| {EXIT_GATE_CLOSED} | the gate is closed: nothing was published, the earlier version is served |
| {EXIT_STOPPED} | stopped by Ctrl-C or SIGTERM; `up` and a `demo` that serves end with 0 then |

""" + "\n".join(sections)


def dictionary_page() -> str:
    """Every published table and column, from the descriptions beside the models."""
    tables = read_dictionary()
    schemas = dict.fromkeys(table.schema for table in tables)
    parts = [_schema(schema, [t for t in tables if t.schema == schema]) for schema in schemas]
    return f"""# Dictionary

What the published file `published/current.duckdb` holds; `attache dictionary NAME` says the same of
one table or column. Dates are days in the account's own time zone. The last part of a name is its
unit: `_count` counts things, `_share` is between 0 and 1, `_seconds` are seconds. Unknown is null,
never 0; *null* says when.

The counts by class always add up: raw = organic + incentivised + coordinated + ghost + unassessed.

## Which table answers which question

{table(["", "question", "tables"], _answers(tables))}

""" + "\n".join(parts)


def gate_page() -> str:
    """Every check of the gate with what the policy says of it."""
    policy = load_policy()
    checks = [*raw_checks(policy, EXAMPLE_RUN), *marts_checks(policy, {})]
    rows = []
    for check in checks:
        rule = policy.rules[check.check_id]
        limit = "" if rule.at_most is None else f" at most {rule.at_most:g} ({rule.unit})"
        what = f"{check.description} {rule.why.strip()}"
        told = ", ".join(rule.tell)
        limit += "; may be overridden" if rule.may_be_overridden else ""
        rows.append([f"`{check.check_id}`", f"{rule.severity}{limit}", what, told])
    return f"""# The gate

`attache check` runs these {len(checks)} checks over the warehouse. Where one of severity *stop*
fails, or can't run, nothing is published and the exit code is {EXIT_GATE_CLOSED}. A *flag* is
reported, and published with the facts. Severities, limits and who is told come from
[`expectations/policy.yml`](../../expectations/policy.yml). Freshness is shown here for a run that
stands for {EXAMPLE_RUN:%Y-%m-%d %H:%M} UTC.

What to do when one fails: [when the gate is closed](../how-to/when-the-gate-is-closed.md). How
messages reach people: [be told](../how-to/be-told.md). How a named person lets something pass:
[override a finding](../how-to/override-a-finding.md).

{table(["check", "severity", "what must hold, and why", "told"], rows)}

## The policy file

`ATTACHE_POLICY` names the file; unset, it is the one that is shipped. It has two parts, and a field
that isn't here is refused.

`checks` has an entry for each check:

{table(["field", "what it says"], _fields(Rule))}

`people` has an entry for each of {", ".join(get_args(Person))}; who has none is told by the report:

{table(["field", "what it says"], _fields(Ways))}
"""


def _fields(described: type) -> Iterable[list[str]]:
    """The attributes that a struct's docstring describes; each field is one of them."""
    said = inspect.getdoc(described) or ""
    attributes = re.findall(r"^    (\w+): (.+(?:\n {8}.+)*)", said, flags=re.MULTILINE)
    for name, text in attributes:
        yield [f"`{name}`", " ".join(text.split())]


def decisions_page() -> str:
    """The index of the decisions: each page's title."""
    pages = sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")
    rows = [[f"[{_title(path)}]({path.name})"] for path in pages]
    return f"""# Decisions

One page each: what the question was, what was chosen, what else there was and why not.

{table(["decision"], rows)}
"""


PAGES: dict[Path, Callable[[], str]] = {
    REFERENCE / "settings.md": settings_page,
    REFERENCE / "commands.md": commands_page,
    REFERENCE / "dictionary.md": dictionary_page,
    REFERENCE / "gate.md": gate_page,
    REFERENCE / "contract.md": contract_page,
    DECISIONS / "README.md": decisions_page,
}


def render(path: Path) -> str:
    """The exact text of one generated page."""
    return GENERATED + PAGES[path]()


def _title(path: Path) -> str:
    return path.read_text().splitlines()[0].removeprefix("# ")


def _type_name(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(map(str, get_args(kind)))
    names = {Path: "path", int: "integer", float: "number", bool: "True or False", Secret: "secret"}
    return names.get(next(iter(get_args(kind)), kind), "text")


def _pages(name: str, command: Any) -> Iterable[str]:
    """A command's own section, and those of the commands within it."""
    yield _command(name, command)
    for inner, its in getattr(command, "commands", {}).items():
        yield from _pages(f"{name} {inner}", its)


def _command(name: str, command: Any) -> str:
    arguments = [p for p in command.params if not p.opts[0].startswith("-")]
    options = [p for p in command.params if p.opts[0].startswith("-")]
    usage = " ".join(["attache", name, *(p.name.upper() for p in arguments)])
    rows = [
        *([f"`{p.name.upper()}`", p.help] for p in arguments),
        *([f"`{p.opts[0]}{'' if p.is_flag else ' VALUE'}`", p.help] for p in options),
    ]
    listed = f"{table(['', ''], rows)}\n\n" if rows else ""
    example = f"{command.epilog}\n" if command.epilog else ""
    return f"## `{usage}`\n\n{command.help}\n\n{listed}{example}"


def _answers(tables: list[Table]) -> Iterable[list[str]]:
    for number, question in read_questions().items():
        names = [f"[`{t.name}`](#{t.name})" for t in tables if number in t.questions]
        yield [str(number), question, ", ".join(names)]


def _schema(schema: str, tables: list[Table]) -> str:
    return f"## Schema `{schema}`\n\n{_NOT_MODELS.get(schema, '')}" + "\n".join(
        _model(table) for table in tables
    )


_NOT_MODELS = {
    "ops": """Five more tables of this schema are written by the steps themselves: `ops_builds`
(one row per build: kind, state, offsets, success), `ops_quality_runs` (one row per run of the
gate), `ops_quality_results` (one row per run of the gate and check, with a sample of the
offending keys), `ops_findings` (one row per offender and stretch of runs that found it, with
`found_since` and `gone_at`) and `ops_notifications` (one row per finding and place that was told of
it; addresses only as digests).

"""
}


def _model(described: Table) -> str:
    answers = ", ".join(str(number) for number in described.questions)
    asked = f" Answers question {answers}." if answers else ""
    columns = table(["column", "type", "unit", "what it says", "null"], _columns(described.columns))
    return (
        f"### `{described.name}`\n\n{described.meaning}{asked}\n"
        f"Grain: {described.grain}\n\n{columns}\n"
    )


def _columns(columns: Iterable[Column]) -> Iterable[list[str]]:
    """A row for each column; the five classes of one measure share a row."""
    by_class = re.compile(rf"(\w+_count)_({'|'.join(CLASSES)})")
    for column in columns:
        match = by_class.fullmatch(column.name)
        if match is None:
            formula = f" = `{column.formula}`" if column.formula else ""
            said = column.meaning + formula
            yield [f"`{column.name}`", column.data_type, column.unit, said, column.nulls]
        elif match[2] == CLASSES[0]:
            names = ", ".join(f"`{match[1]}_{name}`" for name in CLASSES)
            said = f"`{match[1]}` by class; they add up to it."
            yield [names, column.data_type, column.unit, said, column.nulls]


def main() -> None:
    for path in PAGES:
        path.write_text(render(path))


if __name__ == "__main__":
    main()
