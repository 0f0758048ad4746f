"""An erased actor is gone and stays gone, and every record is still accounted for."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from attache import steps
from attache.cli import app
from attache.explain import explain
from expectations.policy import load_policy
from expectations.suites.raw import raw_checks
from ingestion.contracts.validation import ERASED
from ingestion.dead_letters.reading import Selection
from ingestion.dead_letters.redrive import redrive
from ingestion.erasure import erase as erasing
from ingestion.erasure.erase import EraseReport, Subject, erase
from ingestion.erasure.renewal import renew
from ingestion.pseudonyms import Pseudonyms
from publication.manifest import load_manifest
from publication.publish import publish
from runtime.errors import GateClosedError, WrongUseError
from runtime.run import Run
from runtime.settings import Settings
from tests.evolution import contract, land_values
from tests.histories import differences
from tests.landed import land_events
from tests.pipeline import RUN, ask
from tests.samples import JSON, event

INTERACTION = "attache.interaction.v1"
RAW_ID, KEY = "7000000001", b"a key of the tests"
GONE = Pseudonyms(KEY).of("weibo", RAW_ID)
STAYS, OFFICIAL = "0b" * 16, "0c" * 16
SUBJECT = Subject(platform="weibo", pseudonym=GONE, raw_id=RAW_ID)
DAY = date(2014, 1, 27)
TABLES = ("accounts", "posts", "counters", "interactions", "dead_letters", "batches")


def act(number: int, actor: str, day: int, verb: str = "like", **more: Any) -> JSON:
    data = {"platform": "weibo", "verb": verb, "actor_id": actor, "interaction_id": f"i{number}"}
    data |= {"object_id": "p1", "object_type": "post"}
    data["created_at"] = f"2014-01-{day}T12:00:00+08:00"
    return event(INTERACTION, f"e{number}", data | more)


def profile(account: str, role: str, **more: Any) -> JSON:
    data = {"platform": "weibo", "account_id": account, "role": role, **more}
    data["observed_at"] = "2014-01-30T12:00:00+08:00"
    return event("attache.account.v1", f"profile-{account}", data)


def official() -> list[JSON]:
    post = {"platform": "weibo", "post_id": "p1", "account_id": "canadaweibo"}
    post["created_at"] = "2014-01-26T12:00:00+08:00"
    return [
        profile("canadaweibo", "own", actor_id=OFFICIAL, followers=9),
        event("attache.post.v1", "p1", post),
    ]


def theirs(number: int, actor: str) -> list[JSON]:
    """What one person did: two days of a post, a comment among them, a follow; and a profile."""
    return [
        act(number, actor, 27),
        act(number + 1, actor, 27, "comment", text=f"words of {actor}"),
        act(number + 2, actor, 28),
        act(number + 3, actor, 28, "follow", object_id="canadaweibo", object_type="account"),
        profile(actor, "actor", followers=3, posts=5),
    ]


CROWD = [act(100 + n, f"{n:032x}", 30, "comment", text="well") for n in range(100)]
"""So many that a gate which asks where history went finds one person missing no loss."""
LATE = [act(91, STAYS, 28, "share"), act(92, STAYS, 26, "share")]


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


def erase_them(settings: Settings) -> EraseReport:
    return erase(settings, RUN, [SUBJECT], "Jane Roe", dry_run=False)


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


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with version 1, then somebody erased, their events landed again, and version 2.

    Of the same run: a late event of a day that they acted on, and one of a day that they didn't.
    """
    settings = Settings.model_construct(home=tmp_path_factory.mktemp("erased"))
    land_events(settings, RUN, [*official(), *theirs(10, GONE), *theirs(20, STAYS)])
    land_events(settings, RUN, CROWD)
    _publish(settings, RUN)
    erase_them(settings)
    with pytest.raises(GateClosedError, match="erased since"):
        publish(settings, RUN)
    land_events(settings, RUN, [*theirs(10, GONE), *LATE])
    later = Run("test__2", datetime(2014, 4, 6, 1, tzinfo=UTC))
    _publish(settings, later)
    return settings


def _publish(settings: Settings, run: Run) -> None:
    steps.build(settings, run)
    steps.check(settings, run)
    steps.publish(settings, run)


def test_the_facts_are_those_of_a_home_that_never_saw_them(erased: Settings, new_home: Any) -> None:
    reference = new_home("reference")
    land_events(reference, RUN, [*official(), *theirs(20, STAYS), *CROWD, *LATE])
    steps.build(reference, RUN)
    found = differences(erased, reference)
    assert [said for said in found if not said.startswith("reporting.rpt_data_health")] == []
    assert GONE.encode() not in erased.warehouse.read_bytes()


def test_a_day_that_an_erasure_changed_says_so(erased: Settings) -> None:
    causes = dict(
        ask(
            erased,
            """SELECT strftime(activity_date, '%d'), string_agg(DISTINCT cause, ' ')
            FROM fct_restatement WHERE fact = 'fct_post_engagement_daily' GROUP BY ALL""",
        )
    )
    assert causes == {
        "26": "late_events",
        "27": "erased_actor",
        "28": "erased_actor_or_events",
    }
    told = explain(erased, "fct_engagement_daily", "weibo:canadaweibo", DAY)
    likes = next(r for r in told.restatements if r.measure == "like_count")
    assert (likes.old_value, likes.new_value, likes.cause) == (2, 1, "erased_actor")
    assert ask(erased, "SELECT erased_by, actor_count, interaction_count FROM ops_erasure") == [
        ("Jane Roe", 1, 4)
    ]


def test_kept_versions_lose_the_rows_and_keep_the_figures(erased: Settings) -> None:
    kept = erased.published / "versions" / "v000001.duckdb"
    assert GONE.encode() not in kept.read_bytes()
    with duckdb.connect(str(kept), read_only=True) as version:
        people = version.execute(
            "SELECT count(DISTINCT actor_key), count(*) FROM marts.fct_interaction"
        ).fetchone()
        figure = version.execute(
            """SELECT like_count FROM marts.fct_engagement_daily
            WHERE activity_date = '2014-01-27'"""
        ).fetchone()
    assert (people, figure) == ((101, 104), (2,))
    told = explain(erased, "fct_engagement_daily", "weibo:canadaweibo", DAY, version=1)
    assert (told.figures["like_count"], told.is_without_erased) == (2, True)
    served = load_manifest(erased)
    assert served is not None
    assert (served.version, served.erasures) == (2, 1)
