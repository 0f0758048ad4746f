"""Publishing: the audited state becomes a read-only file of its own, and takes over in one step."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import msgspec

from publication.erased import take_out_erased
from publication.manifest import (
    Manifest,
    Offset,
    PassedCheck,
    load_manifest,
    manifest_path,
    write_manifest,
)
from publication.restatement import Versions, restate
from publication.version_file import (
    attach_read_only,
    built_erasures,
    file_facts,
    write_version,
)
from runtime.clock import now
from runtime.errors import GateClosedError
from runtime.progress import console
from runtime.run import Run
from runtime.settings import Settings

KEEP_VERSIONS = 10


class PublishReport(msgspec.Struct, frozen=True, kw_only=True):
    """What publishing did: a new version, or nothing where the served one is of the same state."""

    version: int
    is_new: bool
    file: str
    row_counts: dict[str, int]


def publish(settings: Settings, run: Run) -> PublishReport:
    """Serve the state that the last check passed.

    Raises:
        GateClosedError: the latest build was not checked, or did not pass.
    """
    with _one_at_a_time(settings), _attached(settings) as database:
        state = _passed(database)
        served = _settle(settings)
        if served is not None and served.state_fingerprint == state.fingerprint:
            console.print(f"Version {served.version} is of the same state: nothing to publish.")
            take_out_erased(settings, database, served)
            return _report(settings, served, is_new=False)
        path = _version_file(settings, _next_version(settings))
        versions = None
        if served is not None:  # the new version says in what it differs
            attach_read_only(database, settings.published / "current.duckdb", "served")
            versions = Versions(served.version, _number(path))
        row_counts = write_version(
            database, "warehouse", path, lambda: restate(database, versions, run)
        )
        manifest = _manifest(run, state, path, row_counts)
        write_manifest(path.with_suffix(".json"), manifest)
        _serve(settings, manifest)
        _prune(settings)
        take_out_erased(settings, database, manifest)
    return _report(settings, manifest, is_new=True)


class _State(msgspec.Struct, frozen=True):
    """A build that passed its checks."""

    fingerprint: str
    offsets: list[Offset]
    checks: list[PassedCheck]
    erasures: int


@contextmanager
def _one_at_a_time(settings: Settings) -> Iterator[None]:
    """Publishing reads the warehouse only, so nothing else keeps two of them apart."""
    settings.published.mkdir(parents=True, exist_ok=True)
    with (settings.published / "publish.lock").open("ab") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield


@contextmanager
def _attached(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse as `warehouse`, read only: nobody writes it until this is closed."""
    if not settings.warehouse.exists():
        raise GateClosedError("There is no warehouse yet.", "Run `attache land` first.")
    with duckdb.connect(config={"threads": settings.threads}) as database:
        attach_read_only(database, settings.warehouse, "warehouse")
        yield database


def _passed(database: duckdb.DuckDBPyConnection) -> _State:
    """The last build, if it succeeded and its checks passed."""
    hint = "Run `attache build` and `attache check`; the earlier version is still served."
    try:
        built = database.execute(
            """SELECT state_fingerprint, success, finished_at, offsets
            FROM warehouse.ops.ops_builds ORDER BY build_id DESC LIMIT 1"""
        ).fetchone()
        checked = database.execute(
            """SELECT check_run_id, state_fingerprint, passed, checked_at
            FROM warehouse.ops.ops_quality_runs ORDER BY check_run_id DESC LIMIT 1"""
        ).fetchone()
    except duckdb.CatalogException as error:
        raise GateClosedError("Nothing was built and checked yet.", hint) from error
    if built is None or not built[1]:
        raise GateClosedError("The last build did not succeed.", hint)
    if checked is None or checked[1] != built[0] or checked[3] < built[2]:
        raise GateClosedError("The last build has not been checked.", hint)
    if not checked[2]:
        raise GateClosedError("The last build did not pass its checks.", hint)
    erasures = built_erasures(database, "warehouse")
    asked_for = database.execute(
        "SELECT coalesce(max(erasure_id), 0) FROM warehouse.raw.erasures"
    ).fetchone()
    if asked_for and asked_for[0] > erasures:
        raise GateClosedError("Actors were erased since the last build.", hint)
    checks = database.execute(
        """SELECT check_id, severity, success FROM warehouse.ops.ops_quality_results
        WHERE check_run_id = ? ORDER BY check_id""",
        [checked[0]],
    ).fetchall()
    offsets = msgspec.json.decode(built[3], type=list[tuple[str, int, int, int]])
    return _State(
        str(built[0]),
        [Offset(*row) for row in offsets],
        [PassedCheck(*row) for row in checks],
        erasures,
    )


def _manifest(run: Run, state: _State, path: Path, row_counts: dict[str, int]) -> Manifest:
    return Manifest(
        version=_number(path),
        file=path.name,
        published_at=now(),
        run_id=run.run_id,
        logical_at=run.logical_at,
        state_fingerprint=state.fingerprint,
        offsets=state.offsets,
        row_counts=row_counts,
        checks=state.checks,
        erasures=state.erasures,
        **file_facts(path),
    )


def _serve(settings: Settings, manifest: Manifest) -> None:
    """Let readers have it. Whoever has the earlier file open keeps it until they close it."""
    part = settings.published / "current.part"
    part.unlink(missing_ok=True)
    os.link(settings.published / "versions" / manifest.file, part)
    part.replace(settings.published / "current.duckdb")
    write_manifest(manifest_path(settings), manifest)


def _settle(settings: Settings) -> Manifest | None:
    """The served version's manifest; finishes what a kill between two renames left undone."""
    current = settings.published / "current.duckdb"
    if not current.exists():
        return None
    served = load_manifest(settings)
    inode = current.stat().st_ino
    for path in sorted((settings.published / "versions").glob("*.duckdb"), reverse=True):
        if path.stat().st_ino == inode and (served is None or served.file != path.name):
            served = msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=Manifest)
            write_manifest(manifest_path(settings), served)
    return served


def _version_file(settings: Settings, version: int) -> Path:
    return settings.published / "versions" / f"v{version:06d}.duckdb"


def _number(path: Path) -> int:
    return int(path.stem.removeprefix("v"))


def _next_version(settings: Settings) -> int:
    files = (settings.published / "versions").glob("v*.duckdb")
    return max(map(_number, files), default=0) + 1


def _prune(settings: Settings) -> None:
    files = sorted((settings.published / "versions").glob("v*.duckdb"))
    for path in files[:-KEEP_VERSIONS]:
        path.unlink()
        path.with_suffix(".json").unlink(missing_ok=True)


def _report(settings: Settings, manifest: Manifest, is_new: bool) -> PublishReport:
    return PublishReport(
        version=manifest.version,
        is_new=is_new,
        file=str(settings.published / "current.duckdb"),
        row_counts=manifest.row_counts,
    )
