"""The command line as a person or a script meets it: exit codes, what goes where, a clean stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psutil
import pytest
import typer
from typer.testing import CliRunner

from attache.cli import app
from runtime.settings import Settings
from tests.pipeline import replay_events
from tests.samples import contract_events

ATTACHE = Path(sys.executable).with_name("attache")


def runnable(name: str, command: Any) -> Iterator[str]:
    """A command, and the commands within it, as they are typed; not a group that only has help."""
    inner = getattr(command, "commands", {})
    if not inner or (command.invoke_without_command and command.epilog):
        yield name
    for its_name, its in inner.items():
        yield from runnable(f"{name} {its_name}", its)


COMMANDS = sorted(
    line
    for name, command in typer.main.get_command(app).commands.items()  # type: ignore[attr-defined]
    for line in runnable(name, command)
)
WRONG = {
    "an unknown source": (["replay", "canadaweibo-1914"], {}, "canadaweibo-2014"),
    "an unknown format": (["replay", "--format", "xml", "events.xml"], {}, "xml"),
    "a missing file": (["replay", "--format", "events", "no-such-file"], {}, "no-such-file"),
    "a folder for a file": (["replay", "--format", "ced", "."], {}, "folder"),
    "a seed that is no number": (["replay", "canadaweibo-2014", "--seed", "x"], {}, "--seed"),
    "an override of nothing": (
        ["check", "override", "add", "--by", "Jane Roe", "--reason", "The crowd was a class"],
        {},
        "--account",
    ),
    "an override that nobody made": (
        ["check", "override", "withdraw", "7", "--by", "Jane Roe", "--reason", "It was no class"],
        {},
        "override list",
    ),
    "no time": (["land", "--at", "noon"], {}, "noon"),
    "a time without a zone": (["land", "--at", "2014-03-01T06:00:00"], {}, "offset"),
    "a setting": (["land"], {"ATTACHE_KAFKA_PORT": "x"}, "kafka_port"),
    "bad SQL": (["query", "selekt 1"], {}, "selekt"),
    "SQL that a terminal could take for markup": (["query", "select '[/b]"], {}, "[/b]"),
    "SQL that writes": (["query", "create table marts.t as select 1"], {}, "read-only"),
    "an unknown command": (["lend"], {}, "lend"),
    "an unknown option": (["land", "--lend"], {}, "--lend"),
    "no statement": (["query"], {}, "sql"),
}
NO_EVENT = {"type": "attache.mood.v1"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which something was published: one table, made by hand."""
    home = tmp_path_factory.mktemp("cli")
    (home / "published").mkdir()
    with duckdb.connect(str(home / "published" / "current.duckdb")) as published:
        for schema in ("marts", "reporting", "ops"):
            published.execute(f"CREATE SCHEMA {schema}")
        published.execute(
            """CREATE TABLE marts.t AS SELECT 1::BIGINT AS n, NULL::BIGINT AS unknown,
            DATE '2014-01-27' AS activity_date, TIMESTAMPTZ '2014-01-27 10:00:00+08' AS seen_at,
            '[doge] [/b] :cat: 新闻' AS text, ['a', 'b'] AS tags, 0.5::DECIMAL(3, 2) AS share"""
        )
    return home


@pytest.mark.parametrize("mistake", WRONG)
def test_wrong_use_is_named_and_ends_with_2_and_no_stack_trace(home: Path, mistake: str) -> None:
    arguments, environment, named = WRONG[mistake]
    result = attache(home, *arguments, **environment)
    assert result.returncode == 2
    assert named in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_asking_before_anything_was_published_ends_with_1(tmp_path: Path) -> None:
    result = attache(tmp_path, "query", "select 1", "--json")
    assert (result.returncode, result.stdout) == (1, "")
    assert "Nothing has been published yet." in result.stderr
    assert "attache demo" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("step", ["check", "publish"])
def test_a_gate_that_nothing_passed_ends_with_3(tmp_path: Path, step: str) -> None:
    result = attache(tmp_path, step)
    assert (result.returncode, result.stdout) == (3, "")
    assert "attache" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_query_as_json_is_one_document(home: Path) -> None:
    (row,) = document(attache(home, "query", "from t", "--json"))
    assert row == {
        "n": 1,
        "unknown": None,
        "activity_date": "2014-01-27",
        "seen_at": "2014-01-27T02:00:00Z",
        "text": "[doge] [/b] :cat: 新闻",
        "tags": ["a", "b"],
        "share": "0.50",
    }
    assert document(attache(home, "query", "from t where n > 1", "--json")) == []


def test_a_query_on_a_terminal_shows_texts_as_they_are(home: Path) -> None:
    result = attache(home, "query", "select text from t")
    assert result.returncode == 0
    assert "[doge] [/b] :cat: 新闻" in result.stdout


def test_the_status_of_an_empty_home_is_one_document_and_starts_nothing(tmp_path: Path) -> None:
    status = document(attache(tmp_path / "home", "status", "--json"))
    assert status["home"] == str(tmp_path / "home")
    assert (status["broker"], status["published"]) == (None, None)
    assert "Nothing has been published yet" in status["verdict"]
    assert not (tmp_path / "home").exists()


def test_a_landing_as_json_is_one_document_and_its_progress_goes_elsewhere(
    quiet_settings: Settings, broker: str, tmp_path: Path
) -> None:
    replay_events(quiet_settings, [*contract_events(), NO_EVENT], tmp_path)
    result = attache(quiet_settings.home, "land", "--json", KAFKA_BOOTSTRAP_SERVERS=broker)
    report = document(result)
    assert (report["records"], report["rows"]) == (5, 4)
    assert report["dead_letters"] == {"not_an_envelope": 1}
    assert "landing" in result.stderr


def test_the_commands_of_the_main_job_are_there() -> None:
    main_job = "up demo replay land build check publish status query"
    assert set(main_job.split()) <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "Example" in result.stdout
    example = " ".join(result.stdout.split("Example", 1)[1].split())
    assert f"attache {command}" in example


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_broker_that_was_started(
    settings: Settings, number: signal.Signals
) -> None:
    with started(settings.home, "up", "--broker-only") as up:
        assert up.stdout is not None
        assert up.stdout.readline().startswith("Kafka    127.0.0.1:")
        assert len(working_in(settings.home)) == 1
        up.send_signal(number)
        _, messages = up.communicate()
        assert up.returncode == 0
        assert "Traceback" not in messages
    assert working_in(settings.home) == []


def attache(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, run to its end."""
    return subprocess.run(
        [ATTACHE, *arguments],
        env=environment_of(home, environment),
        cwd=home.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def started(home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command while it runs; what it leaves behind is killed, by its id."""
    with subprocess.Popen(
        [ATTACHE, *arguments],
        env=environment_of(home, {}),
        cwd=home.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_hear_ctrl_c,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
            for left in working_in(home):
                left.kill()


def _hear_ctrl_c() -> None:
    """A shell lets what it starts in the background ignore SIGINT, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def environment_of(home: Path, given: dict[str, str]) -> dict[str, str]:
    """This environment without the machine's own settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ATTACHE_", "KAFKA_"))}
    wide = {"COLUMNS": "200", "PYTHONUNBUFFERED": "1", "ATTACHE_KAFKA_HEAP": "256m"}
    return {**kept, **wide, "ATTACHE_HOME": str(home), **given}


def document(result: subprocess.CompletedProcess[str]) -> Any:
    """The one JSON document of a command's standard output."""
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


def working_in(home: Path) -> list[psutil.Process]:
    """The processes whose working folder is in a home, whoever started them."""
    return [one for one in psutil.process_iter() if is_in(one, home)]


def is_in(process: psutil.Process, home: Path) -> bool:
    try:
        return Path(process.cwd()).is_relative_to(home)
    except psutil.Error:
        return False
