"""Dead letters: seen, taken out, and landed exactly once after a fix, whatever is killed when."""

from __future__ import annotations

import base64
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import duckdb
import pytest
from typer.testing import CliRunner

from attache.build_plan import Inputs
from attache.commands_dead_letters import app
from attache.dbt_run import DBT_PROJECT
from expectations.policy import load_policy
from expectations.suites.raw import raw_checks
from ingestion.contracts.validation import REASONS
from ingestion.dead_letters.accepting import accept
from ingestion.dead_letters.reading import (
    Selection,
    export_dead_letters,
    list_dead_letters,
    show_dead_letter,
)
from ingestion.dead_letters.redrive import RedriveReport, redrive
from ingestion.warehouse import open_warehouse
from runtime.errors import WrongUseError
from runtime.settings import Settings
from tests.evolution import contract, land_values
from tests.pipeline import RUN
from tests.samples import contract_events

POST, INTERACTION, ACCOUNT, COUNTERS = (
    f"attache.{kind}.v1" for kind in ("post", "interaction", "account", "counters")
)
SHARE, TOTALS, MESSAGE, PROFILE = (json.dumps(e).encode() for e in contract_events())
BROKEN = b'{"specversion": "1.0", \xff\x00'


def numbered(value: bytes, number: int) -> bytes:
    return value.replace(b'"id": "', b'"id": "%d-' % number)


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home landed under a contract without shares: of nine records, seven are dead letters."""
    settings = Settings(home=tmp_path_factory.mktemp("landed"))
    shares: list[bytes | None] = [numbered(SHARE, n) for n in range(4)]
    with contract(INTERACTION, verb=Literal["like"]), contract(ACCOUNT, role=Literal["peer"]):
        land_values(settings, {INTERACTION: [*shares, BROKEN], POST: [MESSAGE]}, batches=2)
        land_values(settings, {INTERACTION: [None], ACCOUNT: [PROFILE], POST: [MESSAGE]})
    return settings


@pytest.fixture
def narrow(landed: Settings, settings: Settings) -> Settings:
    """A copy of it, to be redriven."""
    settings.home.mkdir(parents=True)
    settings.warehouse.write_bytes(landed.warehouse.read_bytes())
    return settings


def read(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        warehouse.execute("SET TimeZone = 'UTC'")
        return warehouse.execute(sql).fetchall()


def state(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """All that a redrive may change, without the instants at which it did."""
    tables = {
        "raw.interactions": "*",
        "raw.accounts": "*",
        "raw.posts": "*",
        "raw.dead_letters": "*",
        "raw.offsets": "*",
        "raw.batches": "* EXCLUDE (committed_at)",
        "raw.redrives": "* EXCLUDE (redriven_at)",
    }
    return {
        table: read(settings, f"SELECT {columns} FROM {table} ORDER BY ALL")
        for table, columns in tables.items()
    }


def offences(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """What the gate's checks of the raw schema find; freshness and share apart."""
    checks = raw_checks(load_policy(), RUN.logical_at)
    found = {check.check_id: read(settings, check.offenders) for check in checks}
    del found["raw_dead_letters_are_few"]
    return {name: rows for name, rows in found.items() if rows}


def conservation(settings: Settings) -> list[tuple[Any, ...]]:
    """What `ops_conservation` says of each partition."""
    model = (DBT_PROJECT / "models" / "ops" / "ops_conservation.sql").read_text()
    sql = re.sub(r"\{\{ source\('(\w+)', '(\w+)'\) \}\}", r"\1.\2", model)
    return read(
        settings,
        f"""SELECT topic, record_count, row_count, dead_letter_count, empty_offset_count,
                   is_conserved FROM ({sql}) ORDER BY topic""",
    )


def redrive_all(settings: Settings) -> RedriveReport:
    return redrive(settings, RUN, Selection())


def test_what_is_good_now_lands_and_every_law_holds(narrow: Settings) -> None:
    assert offences(narrow) == {}
    report = redrive_all(narrow)
    assert report.landed == {"unknown_value": 5}
    assert report.still_dead == {"not_utf8": 1, "tombstone": 1}
    assert (report.judged, report.other_reason, report.redrive_id) == (7, 0, 1)
    assert offences(narrow) == {}
    assert conservation(narrow) == [
        ("attache.accounts.v1", 1, 1, 0, 0, True),
        ("attache.interactions.v1", 6, 4, 2, 0, True),
        ("attache.posts.v1", 2, 2, 0, 0, True),
    ]


def test_a_redriven_row_is_that_of_a_landing_that_was_right_at_once(
    narrow: Settings, new_home: Any
) -> None:
    redrive_all(narrow)
    right = new_home("right")
    shares: list[bytes | None] = [numbered(SHARE, n) for n in range(4)]
    land_values(right, {INTERACTION: [*shares, BROKEN], POST: [MESSAGE]}, batches=2)
    land_values(right, {INTERACTION: [None], ACCOUNT: [PROFILE], POST: [MESSAGE]})
    for table in ("raw.interactions", "raw.accounts", "raw.posts", "raw.dead_letters"):
        sql = f"SELECT * EXCLUDE (batch_id) FROM {table} ORDER BY ALL"
        assert read(narrow, sql) == read(right, sql)


def test_redriven_twice_is_redriven_once(narrow: Settings) -> None:
    redrive_all(narrow)
    once = state(narrow)
    again = redrive_all(narrow)
    assert (again.redrive_id, again.landed, again.judged) == (None, {}, 2)
    assert state(narrow) == once


def test_the_trail_names_each_record_its_reason_and_both_batches(narrow: Settings) -> None:
    chosen = "attache.interactions.v1/0/0/3"
    redrive(narrow, RUN, Selection(ids=[chosen]))
    (row,) = read(narrow, "SELECT * EXCLUDE (redriven_at) FROM raw.redrives")
    where = ("attache.interactions.v1", 0, 0, 3)
    assert row == (1, RUN.run_id, *where, "unknown_value", "verb", 2, 4, "landed")
    assert read(narrow, "SELECT batch_id FROM raw.interactions") == [(4,)]
    report = redrive(narrow, RUN, Selection(reason="unknown_value"))
    assert (report.redrive_id, report.landed) == (2, {"unknown_value": 4})
    assert offences(narrow) == {}


def test_a_record_with_another_fault_now_says_so(narrow: Settings) -> None:
    with contract(INTERACTION, undone=bool):
        report = redrive(narrow, RUN, Selection(reason="unknown_value"))
    assert (report.landed, report.other_reason) == ({"unknown_value": 1}, 4)
    assert report.still_dead == {"missing_field": 4}
    listing = list_dead_letters(narrow, Selection(reason="missing_field"), limit=1)
    assert (listing.total, listing.dead_letters[0].field) == (4, "undone")
    assert offences(narrow) == {}


KILLS = [("_land_rows", False), ("_drop_dead_letters", False), ("_leave_trail", False)]
KILLS += [("_report", True)]
VICTIM = """
import os, signal, sys
from pathlib import Path
from ingestion.dead_letters import redrive as room
from ingestion.dead_letters.reading import Selection
from runtime.clock import parse_instant
from runtime.run import Run
from runtime.settings import Settings

step, before, home = sys.argv[1], sys.argv[2] == "True", Path(sys.argv[3])
whole = getattr(room, step)
run = Run("test__1", parse_instant("2014-04-06T00:00:00Z"))

def dying(*arguments):
    if before:
        os.kill(os.getpid(), signal.SIGKILL)
    whole(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(room, step, dying)
room.redrive(Settings(home=home), run, Selection())
"""


@pytest.mark.parametrize(("step", "before"), KILLS)
def test_killed_in_the_middle_and_repeated_ends_the_same(
    narrow: Settings, new_home: Any, step: str, before: bool
) -> None:
    undisturbed = new_home("undisturbed")
    undisturbed.home.mkdir(parents=True)
    undisturbed.warehouse.write_bytes(narrow.warehouse.read_bytes())
    redrive_all(undisturbed)
    arguments = [sys.executable, "-c", VICTIM, step, str(before), str(narrow.home)]
    victim = subprocess.run(
        arguments, check=False, cwd=Path(__file__).parents[2], capture_output=True
    )
    assert victim.returncode == -signal.SIGKILL, victim.stderr.decode()
    redrive_all(narrow)
    assert state(narrow) == state(undisturbed)


def test_a_redrive_is_new_to_the_build_and_one_of_nothing_is_not(narrow: Settings) -> None:
    def fingerprint() -> str:
        with open_warehouse(narrow) as warehouse:
            return Inputs.of(warehouse).fingerprint

    before = fingerprint()
    redrive_all(narrow)
    after = fingerprint()
    redrive_all(narrow)
    assert after != before
    assert fingerprint() == after


def test_list_counts_by_reason_and_selects_by_time(narrow: Settings) -> None:
    listing = list_dead_letters(narrow, Selection(), limit=2)
    counted = {c.reason: c.count for c in listing.reasons}
    assert counted == {"unknown_value": 5, "not_utf8": 1, "tombstone": 1}
    assert all(c.meaning == REASONS[c.reason] for c in listing.reasons)
    assert (listing.total, len(listing.dead_letters)) == (7, 2)
    (produced,) = [
        d.produced_at
        for d in list_dead_letters(narrow, Selection(), limit=9).dead_letters
        if d.id == "attache.interactions.v1/0/0/3"
    ]
    late = Selection(reason="unknown_value", since=produced)
    early = Selection(reason="unknown_value", until=produced)
    assert list_dead_letters(narrow, late, 0).total == 1
    assert list_dead_letters(narrow, early, 0).total == 4


def test_show_gives_the_bytes_back(narrow: Settings) -> None:
    shown = show_dead_letter(narrow, "attache.interactions.v1/0/0/4")
    assert (shown.key, shown.value, shown.head.reason) == (b"k", BROKEN, "not_utf8")
    with pytest.raises(WrongUseError, match="no dead letter"):
        show_dead_letter(narrow, "attache.interactions.v1/0/0/99")
    for text in ("17", "a/b/c/d", "attache.posts.v1/0/0/-1", "x/0/0/1 OR true"):
        with pytest.raises(WrongUseError, match="no id"):
            show_dead_letter(narrow, text)
    with pytest.raises(WrongUseError, match="no reason"):
        list_dead_letters(narrow, Selection(reason="x' OR true --"), limit=1)


def test_export_writes_every_byte(narrow: Settings, tmp_path: Path) -> None:
    lines, parquet = tmp_path / "it's.jsonl", tmp_path / "letters.parquet"
    assert export_dead_letters(narrow, Selection(), lines) == 7
    assert export_dead_letters(narrow, Selection(), parquet) == 7
    in_json = [json.loads(line) for line in lines.read_text().splitlines()]
    stored = dict(duckdb.sql(f"SELECT id, value FROM '{parquet}'").fetchall())
    values = {d["id"]: d["value"] and base64.b64decode(d["value"]) for d in in_json}
    assert values == stored
    assert stored["attache.interactions.v1/0/0/4"] == BROKEN
    assert stored["attache.interactions.v1/0/0/5"] is None
    assert sorted(path.name for path in tmp_path.glob("*.*")) == ["it's.jsonl", "letters.parquet"]
    with pytest.raises(WrongUseError, match="ends in none of"):
        export_dead_letters(narrow, Selection(), tmp_path / "letters.csv")


def test_the_commands_speak_to_people_and_machines(
    narrow: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTACHE_HOME", str(narrow.home))
    monkeypatch.setenv("COLUMNS", "200")

    def said(*arguments: str) -> str:
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == 0
        return result.output

    broken = "attache.interactions.v1/0/0/4"
    assert "ff 00" in said("show", broken)
    assert base64.b64decode(json.loads(said("show", broken, "--json"))["value"]) == BROKEN
    assert json.loads(said("list", "--json", "--limit", "0"))["total"] == 7
    assert json.loads(said("redrive", "--json"))["landed"] == {"unknown_value": 5}
    assert "Nothing changed" in said("redrive")


def test_a_person_accepts_what_is_meant_once_and_it_can_still_be_redriven(
    narrow: Settings,
) -> None:
    assert accept(narrow, RUN, Selection(reason="tombstone")).accepted == {"tombstone": 1}
    assert accept(narrow, RUN, Selection(reason="tombstone")).accepted == {}
    assert accept(narrow, RUN, Selection(reason="unknown_value")).accepted == {"unknown_value": 5}
    before = read(narrow, "SELECT count(*) FROM raw.dead_letters")
    assert redrive_all(narrow).landed == {"unknown_value": 5}
    assert before == [(7,)]
    assert offences(narrow) == {}


def test_accepting_wants_to_know_which(narrow: Settings) -> None:
    with pytest.raises(WrongUseError, match="nobody looked at"):
        accept(narrow, RUN, Selection())
