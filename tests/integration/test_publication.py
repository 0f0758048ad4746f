"""Write, audit, publish: readers see whole versions that passed."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from ingestion.warehouse import open_warehouse
from publication import publish as publishing
from publication.manifest import Offset, PassedCheck, load_manifest
from publication.publish import publish
from publication.query import query
from runtime.errors import AttacheError, GateClosedError
from runtime.run import Run
from runtime.settings import Settings
from tests.publishing import POSTS, RUN, assert_coherent, execute, make_state, states, versions


def test_a_state_that_was_not_built_checked_and_passed_is_refused(settings: Settings) -> None:
    with pytest.raises(GateClosedError, match="no warehouse"):
        publish(settings, RUN)
    with open_warehouse(settings):
        pass
    with pytest.raises(GateClosedError, match="Nothing was built"):
        publish(settings, RUN)
    make_state(settings, 1, checked=None)
    with pytest.raises(GateClosedError, match="not been checked"):
        publish(settings, RUN)
    make_state(settings, 2, checked=False)
    with pytest.raises(GateClosedError, match="did not pass"):
        publish(settings, RUN)
    make_state(settings, 3, built=False)
    with pytest.raises(GateClosedError, match="did not succeed"):
        publish(settings, RUN)
    assert load_manifest(settings) is None
    assert not (settings.published / "current.duckdb").exists()


def test_a_check_that_began_before_the_build_ended_does_not_count(settings: Settings) -> None:
    make_state(settings, 1)
    execute(settings, "UPDATE ops.ops_quality_runs SET checked_at = checked_at - INTERVAL 2 HOUR")
    with pytest.raises(GateClosedError, match="not been checked"):
        publish(settings, RUN)


def test_a_refused_state_leaves_the_earlier_version_served(settings: Settings) -> None:
    make_state(settings, 1)
    publish(settings, RUN)
    before = load_manifest(settings)
    make_state(settings, 2, checked=False)
    with pytest.raises(GateClosedError):
        publish(settings, RUN)
    assert load_manifest(settings) == before
    assert states(settings) == [(1,)]


def test_a_state_is_published_once(settings: Settings) -> None:
    make_state(settings, 1)
    assert publish(settings, RUN).is_new
    before = tree(settings)
    again = publish(settings, Run("scheduled__2", RUN.logical_at))
    assert (again.is_new, again.version) == (False, 1)
    assert tree(settings) == before


def test_two_who_publish_at_once_publish_one_version(settings: Settings) -> None:
    make_state(settings, 1)
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: publish(settings, RUN), range(4)))
    assert sorted(report.is_new for report in reports) == [False, False, False, True]
    assert versions(settings) == ["v000001.duckdb"]
    assert_coherent(settings)


def test_the_manifest_says_what_the_version_is_made_of(settings: Settings) -> None:
    make_state(settings, 3)
    report = publish(settings, RUN)
    manifest = assert_coherent(settings)
    assert manifest.row_counts == report.row_counts
    assert manifest.row_counts["marts.t"] == 300
    assert manifest.row_counts["ops.ops_quality_results"] == 2
    assert (manifest.run_id, manifest.logical_at) == (RUN.run_id, RUN.logical_at)
    assert manifest.state_fingerprint == "state-3"
    assert manifest.offsets == [Offset(POSTS, 0, 0, 3)]
    assert manifest.checks == [
        PassedCheck("a_flag", "flag", False),
        PassedCheck("a_stop", "stop", True),
    ]


def test_the_published_file_has_what_readers_may_see_and_nothing_else(settings: Settings) -> None:
    make_state(settings, 1)
    execute(settings, "CREATE TABLE staging.s AS SELECT 1; CREATE TABLE intermediate.i AS SELECT 1")
    publish(settings, RUN)
    path = settings.published / "current.duckdb"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    schemas = query(settings, "SELECT DISTINCT schema_name FROM duckdb_tables() ORDER BY 1").rows
    assert schemas == [("marts",), ("ops",), ("reporting",)]
    with pytest.raises(AttacheError, match="read-only"):
        query(settings, "DELETE FROM t")
    assert b"a raw actor's name" not in path.read_bytes()


def test_a_view_is_published_as_the_table_that_it_shows(settings: Settings) -> None:
    make_state(settings, 1)
    execute(settings, "CREATE VIEW reporting.v AS SELECT * FROM warehouse.marts.t")
    publish(settings, RUN)
    assert query(settings, "FROM reporting.v").rows == query(settings, "FROM marts.t").rows
    assert not query(settings, "SELECT 1 FROM duckdb_views() WHERE NOT internal").rows


def test_a_home_may_have_any_name(settings: Settings) -> None:
    odd = replace(settings, home=settings.home / "it's a home, with an é")
    make_state(odd, 1)
    publish(odd, RUN)
    assert states(odd) == [(1,)]


def test_old_versions_are_pruned_and_the_served_one_is_among_the_kept(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "KEEP_VERSIONS", 2)
    for state in range(1, 5):
        make_state(settings, state)
        publish(settings, RUN)
    assert versions(settings) == ["v000003.duckdb", "v000004.duckdb"]
    kept = sorted(path.name for path in (settings.published / "versions").glob("*.json"))
    assert kept == ["v000003.json", "v000004.json"]
    assert assert_coherent(settings).version == 4


def tree(settings: Settings) -> dict[str, tuple[int, int]]:
    """Every published file, with its inode and time of change."""
    paths = sorted(settings.published.rglob("*.*"))
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}
