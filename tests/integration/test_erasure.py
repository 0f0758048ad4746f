"""An erased actor is gone and stays gone, and every record is still accounted for."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from attache.cli import app
from expectations.policy import load_policy
from expectations.suites.raw import raw_checks
from ingestion.contracts.validation import ERASED
from ingestion.dead_letters.reading import Selection
from ingestion.dead_letters.redrive import redrive
from ingestion.erasure import erase as erasing
from ingestion.erasure.erase import Subject, erase
from ingestion.erasure.renewal import renew
from runtime.errors import WrongUseError
from runtime.settings import Settings
from tests.erasure import (
    GONE,
    INTERACTION,
    KEY,
    LATE,
    OFFICIAL,
    RAW_ID,
    STAYS,
    SUBJECT,
    act,
    erase_them,
    official,
    theirs,
)
from tests.evolution import contract, land_values
from tests.landed import land_events
from tests.pipeline import RUN

TABLES = ("accounts", "posts", "counters", "interactions", "dead_letters", "batches")


@pytest.fixture
def landed(settings: Settings) -> Settings:
    land_events(settings, RUN, [*official(), *theirs(10, GONE), *theirs(20, STAYS)])
    return settings


def read(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        return warehouse.execute(sql).fetchall()


def state(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    names = (*TABLES, "erased_actors")
    return {name: read(settings, f"FROM raw.{name} ORDER BY ALL") for name in names}


def offences(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    checks = raw_checks(load_policy(), RUN.logical_at)
    found = {check.check_id: read(settings, check.offenders) for check in checks}
    return {name: rows for name, rows in found.items() if rows}


def names_them(settings: Settings) -> list[str]:
    """Tables of the raw schema that hold the pseudonym, or the raw id, anywhere."""
    return [
        table
        for table, rows in state(settings).items()
        if any(GONE in str(row) or RAW_ID in str(row) for row in rows)
    ]


def test_rows_become_places_in_the_log_and_every_record_stays_accounted_for(
    landed: Settings,
) -> None:
    assert names_them(landed) == ["accounts", "interactions"]
    report = erase_them(landed)
    assert (report.erasure_id, report.actors, report.derived_rows) == (1, 1, {})
    assert report.raw_rows == {"raw.accounts": 1, "raw.interactions": 4}
    assert names_them(landed) == []
    assert offences(landed) == {}
    counted = "SELECT reason, kafka_key, value, count(*) FROM raw.dead_letters GROUP BY ALL"
    blank = read(landed, counted)
    assert blank == [(ERASED, None, None, 5)]
    assert read(landed, "SELECT count(*) FROM raw.interactions") == [(4,)]
    (trail,) = read(landed, "SELECT * EXCLUDE (erased_at, logical_at) FROM raw.erasures")
    assert trail == (1, "Jane Roe", RUN.run_id, 1, 4, 1, 0)


def test_without_yes_it_says_what_would_go_and_changes_nothing(landed: Settings) -> None:
    before = state(landed)
    report = erase(landed, RUN, [SUBJECT], "Jane Roe", dry_run=True)
    assert report.raw_rows == {"raw.accounts": 1, "raw.interactions": 4}
    assert (report.erasure_id, report.is_dry_run) == (None, True)
    assert state(landed) == before


def test_erased_twice_is_erased_once(landed: Settings) -> None:
    erase_them(landed)
    once = state(landed)
    again = erase_them(landed)
    assert (again.erasure_id, again.actors) == (None, 0)
    assert state(landed) == once


def test_what_fails_half_way_has_changed_nothing(
    landed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(landed)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(erasing, "_blank_dead_letters", die)
    with pytest.raises(KeyboardInterrupt):
        erase_them(landed)
    assert state(landed) == before


def test_the_same_events_landed_again_stay_out(landed: Settings) -> None:
    erase_them(landed)
    report = land_events(landed, RUN, [*theirs(10, GONE), *theirs(20, STAYS)])
    assert (report.records, report.rows, report.dead_letters) == (10, 5, {ERASED: 5})
    assert names_them(landed) == []
    assert offences(landed) == {}


def test_dead_letters_that_name_them_are_emptied_and_those_that_come_later(
    settings: Settings,
) -> None:
    broken = json.dumps(act(1, GONE, 27)).encode()[:-2]
    raw = json.dumps(act(2, RAW_ID, 27)).replace('"verb"', '"verbum"').encode()
    number = raw.replace(f'"{RAW_ID}"'.encode(), RAW_ID.encode())
    other = json.dumps(act(3, STAYS, 27)).encode()[:-2]
    land_values(settings, {INTERACTION: [broken, raw, number, other]})
    assert erase_them(settings).raw_rows == {"raw.dead_letters": 3}
    assert names_them(settings) == []
    land_values(settings, {INTERACTION: [broken, other]})
    assert names_them(settings) == []
    kept = read(settings, "SELECT reason FROM raw.dead_letters WHERE value IS NOT NULL")
    assert kept == [("not_json",), ("not_json",)]
    assert offences(settings).keys() == {"raw_dead_letters_are_few"}  # of the two that are kept


def test_a_redrive_lands_no_erased_actor(settings: Settings) -> None:
    hidden = json.dumps(act(1, GONE, 27)).replace(GONE[:2], f"\\u00{ord(GONE[0]):x}{GONE[1]}", 1)
    with contract(INTERACTION, undone=bool):
        values = [hidden, json.dumps(act(2, STAYS, 27))]
        land_values(settings, {INTERACTION: [value.encode() for value in values]})
    erase_them(settings)
    report = redrive(settings, RUN, Selection())
    assert (report.landed, report.still_dead) == ({"missing_field": 1}, {ERASED: 1})
    assert read(settings, "SELECT value FROM raw.dead_letters") == [(None,)]
    assert redrive(settings, RUN, Selection()).judged == 0
    assert offences(settings) == {}


def test_an_official_account_is_not_erased(landed: Settings) -> None:
    before = state(landed)
    for pseudonym in (OFFICIAL, "canadaweibo"):
        with pytest.raises(WrongUseError, match="official account weibo:canadaweibo"):
            erase(landed, RUN, [Subject(platform="weibo", pseudonym=pseudonym)], "Jane Roe", False)
    assert state(landed) == before


def test_a_renewed_file_has_none_of_their_bytes(landed: Settings) -> None:
    erase_them(landed)
    before = state(landed)
    assert GONE.encode() in landed.warehouse.read_bytes()  # deleted rows are marked, not wiped
    renew(landed)
    assert GONE.encode() not in landed.warehouse.read_bytes()
    assert STAYS.encode() in landed.warehouse.read_bytes()
    assert state(landed) == before
    land_events(landed, RUN, LATE)  # keys and constraints are as they were
    assert offences(landed) == {}


def test_a_renewal_that_is_killed_leaves_the_old_file_and_the_next_one_the_new(
    landed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase_them(landed)
    before = state(landed)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", die)
        with pytest.raises(KeyboardInterrupt):
            renew(landed)
    assert state(landed) == before
    renew(landed)
    assert state(landed) == before
    assert [path.name for path in landed.home.glob("warehouse*")] == ["warehouse.duckdb"]


def test_the_command_takes_a_raw_id_and_shows_nobody(
    landed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTACHE_HOME", str(landed.home))
    monkeypatch.setenv("ATTACHE_PSEUDONYM_SECRET", KEY.decode())
    run = CliRunner().invoke
    by = ["--by", "Jane Roe"]
    asked = run(app, ["erase", "--raw-id", "-", *by], input=f"weibo:{RAW_ID}\n")
    assert asked.exit_code == 0
    assert "Nothing was changed" in asked.output
    done = run(app, ["erase", f"weibo:{GONE}", *by, "--yes", "--json"])
    assert json.loads(done.stdout)["raw_rows"] == {"raw.accounts": 1, "raw.interactions": 4}
    again = run(app, ["erase", "--raw-id", f"weibo:{RAW_ID}", *by, "--yes"])
    assert "Erased before" in again.output
    assert RAW_ID not in asked.output + done.output + again.output
    assert GONE not in asked.output + done.output + again.output
    wrong = run(app, ["erase", *by])
    assert isinstance(wrong.exception, WrongUseError)
