"""How much a build makes anew, and that it comes to the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from attache import build as building
from attache.build import BuildFailedError, build
from attache.register import import_register
from expectations.ledger import TABLES
from runtime.settings import Settings
from tests.dbt.golden import first_events, late_events
from tests.histories import differences, land_and_build, land_events
from tests.pipeline import RUN


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home in which everything landed before its only build."""
    home = Settings(home=tmp_path_factory.mktemp("reference"))
    assert land_and_build(home, [*first_events(), *late_events()]).kind == "full"
    return home


def test_an_unchanged_warehouse_is_not_built_again_unless_the_gate_refused_it(
    settings: Settings, reference: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    land_events(settings, [*first_events(), *late_events()])
    first = build(settings, RUN)
    with monkeypatch.context() as patched:
        patched.setattr(building, "run_dbt", None)  # to call it would be an error
        again = build(settings, RUN)
    assert (again.kind, again.nodes) == ("unchanged", {})
    assert (again.build_id, again.state_fingerprint) == (first.build_id, first.state_fingerprint)
    _poison(settings)
    assert build(settings, RUN).kind == "full"
    assert differences(settings, reference) == []


def test_a_build_after_failed_ones_repairs_what_they_left_half_done(
    settings: Settings, reference: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    land_and_build(settings, first_events())
    land_events(settings, late_events())
    _execute(settings, "ALTER TABLE intermediate.int_engagement_daily ADD COLUMN junk INTEGER")
    with pytest.raises(BuildFailedError, match="int_engagement_daily"):
        build(settings, RUN)
    # it changed the interactions and not the days: the late comment is in one of the two
    assert _counted(settings) < _counted(reference)
    with monkeypatch.context() as patched:
        patched.setattr(building, "run_dbt", _killed)
        with pytest.raises(KeyboardInterrupt):
            build(settings, RUN)
    assert build(settings, RUN).kind == "repair"
    assert differences(settings, reference) == []
    log = (settings.home / "logs" / "dbt" / "dbt.log").read_text()
    # what is new is read of a table: other variables would have dbt parse the project each time
    assert log.count("Unable to do partial parsing") == 1


def test_an_imported_register_is_built_into_the_marts_at_once_and_once(
    settings: Settings, tmp_path: Path
) -> None:
    land_events(settings, [*first_events(), *late_events()])
    before = build(settings, RUN)
    file = tmp_path / "register.csv"
    file.write_text(
        "platform,account_id,mission,time_zone,role,opened\n"
        "weibo,golden,Embassy of Gold,America/Toronto,own,2011-06-30\n"
    )
    import_register(settings, file, RUN.logical_at.date())
    after = build(settings, RUN)
    assert (after.kind, build(settings, RUN).kind) == ("full", "unchanged")
    assert after.state_fingerprint != before.state_fingerprint
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        registered = warehouse.execute(
            "SELECT account_key, role, opened_date FROM marts.dim_registered_account"
        ).fetchall()
        observed = warehouse.execute(
            """SELECT mission, time_zone FROM marts.dim_account WHERE account_id = 'golden'"""
        ).fetchall()
        days = warehouse.execute(
            """SELECT publication_date FROM marts.dim_post WHERE post_id = 'contest'"""
        ).fetchall()
    assert registered == [("weibo:golden", "own", date(2011, 6, 30))]
    assert observed == [("Embassy of Gold", "America/Toronto")]
    assert days == [(date(2014, 1, 26),)]  # ten in the morning at Beijing
    import_register(settings, file, RUN.logical_at.date())  # the same again is nothing new
    assert build(settings, RUN).kind == "unchanged"


def _poison(settings: Settings) -> None:
    """A wrong number in a mart, and a check that says so."""
    _execute(settings, "UPDATE marts.fct_post SET like_count = -1")
    for table, columns in TABLES.items():
        _execute(settings, f"CREATE TABLE {table} ({columns.replace('NOT NULL', '')})")
    _execute(settings, "INSERT INTO ops.ops_quality_runs (check_run_id) VALUES ('check-1')")
    _execute(
        settings,
        """INSERT INTO ops.ops_quality_results (check_run_id, table_name, severity, success)
        VALUES ('check-1', 'marts.fct_post', 'stop', false)""",
    )


def _counted(settings: Settings) -> int:
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        (standing,) = warehouse.execute("SELECT count(*) FROM marts.fct_interaction").fetchall()
        assert standing == (16,)
        query = "SELECT sum(action_count + follow_count) FROM marts.fct_engagement_daily"
        return int(warehouse.execute(query).fetchall()[0][0])


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def _execute(settings: Settings, sql: str) -> None:
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute(sql)
