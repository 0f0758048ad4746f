"""Publishing: the audited state becomes a read-only file of its own, and takes over in one step."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import msgspec

from publication.manifest import (
    Manifest,
    Offset,
    PassedCheck,
    load_manifest,
    manifest_path,
    write_manifest,
)
from publication.restatement import Versions, restate
from runtime.clock import now
from runtime.errors import AttacheError, GateClosedError
from runtime.progress import console
from runtime.run import Run
from runtime.settings import Settings

PUBLISHED_SCHEMAS = ("marts", "reporting", "ops")
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
    with _one_at_a_time(settings):
        with _attached(settings) as database:
            state = _passed(database)
            served = _settle(settings)
            if served is not None and served.state_fingerprint == state.fingerprint:
                console.print(f"Version {served.version} is of the same state: nothing to publish.")
                return _report(settings, served, is_new=False)
            path = _version_file(settings, _next_version(settings))
            if served is not None:  # the new version says in what it differs
                attach_read_only(database, settings.published / "current.duckdb", "served")
            row_counts = _snapshot(database, path, served, run)
        manifest = _manifest(run, state, path, row_counts)
        write_manifest(path.with_suffix(".json"), manifest)
        _serve(settings, manifest)
        _prune(settings)
    return _report(settings, manifest, is_new=True)


class _State(msgspec.Struct, frozen=True):
    """A build that passed its checks."""

    fingerprint: str
    offsets: list[Offset]
    checks: list[PassedCheck]


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


def attach_read_only(database: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Attach a file under a name.

    Raises:
        AttacheError: the file can't be read, or somebody writes it.
    """
    try:
        database.execute(f"ATTACH {_quoted(path)} AS {name} (READ_ONLY)")
    except duckdb.IOException as error:
        if not path.exists():
            raise AttacheError(
                f"There is no {path}.", "`attache land` makes a warehouse."
            ) from error
        raise AttacheError(
            "Another process is writing the warehouse.", "Wait for the running step to end."
        ) from error


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
    checks = database.execute(
        """SELECT check_id, severity, success FROM warehouse.ops.ops_quality_results
        WHERE check_run_id = ? ORDER BY check_id""",
        [checked[0]],
    ).fetchall()
    offsets = msgspec.json.decode(built[3], type=list[tuple[str, int, int, int]])
    return _State(
        str(built[0]), [Offset(*row) for row in offsets], [PassedCheck(*row) for row in checks]
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
        bytes=path.stat().st_size,
        sha256=_sha256(path),
    )


def _snapshot(
    database: duckdb.DuckDBPyConnection, path: Path, served: Manifest | None, run: Run
) -> dict[str, int]:
    """Copy the published schemas into a file of their own, named only when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    database.execute(f"ATTACH {_quoted(part)} AS version")
    for schema, table in _tables(database, "warehouse"):
        database.execute(f"CREATE SCHEMA IF NOT EXISTS version.{schema}")
        database.execute(
            f"CREATE TABLE version.{schema}.{table} AS FROM warehouse.{schema}.{table}"
        )
    versions = None if served is None else Versions(served.version, _number(path))
    restate(database, versions, run)
    row_counts: dict[str, int] = {}
    for schema, table in _tables(database, "version"):
        counted = database.execute(f"SELECT count(*) FROM version.{schema}.{table}").fetchone()
        row_counts[f"{schema}.{table}"] = int(counted[0]) if counted else 0
    database.execute("CHECKPOINT version")
    database.execute("DETACH version")
    _sync(part)
    part.chmod(0o444)
    part.replace(path)
    return row_counts


def _tables(database: duckdb.DuckDBPyConnection, name: str) -> list[tuple[str, str]]:
    return database.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() "
        "WHERE database_name = ? AND list_contains(?, schema_name) ORDER BY ALL",
        [name, list(PUBLISHED_SCHEMAS)],
    ).fetchall()


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


def _quoted(path: Path) -> str:
    """A path as a string of SQL; ATTACH takes no bound value."""
    return "'" + str(path).replace("'", "''") + "'"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _report(settings: Settings, manifest: Manifest, is_new: bool) -> PublishReport:
    return PublishReport(
        version=manifest.version,
        is_new=is_new,
        file=str(settings.published / "current.duckdb"),
        row_counts=manifest.row_counts,
    )
