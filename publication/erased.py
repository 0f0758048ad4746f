"""What was erased leaves the kept versions too; the figures that they published stay."""

from __future__ import annotations

import duckdb
import msgspec

from publication.manifest import Manifest, write_manifest
from publication.version_file import attach_read_only, columns_of, file_facts, write_version
from runtime.progress import console
from runtime.settings import Settings

# Which rows of a published table name an actor, by the columns that it has.
NAMED_BY = {"actor_key": "gone_actors", "interaction_key": "gone_interactions"}


def take_out_erased(
    settings: Settings, database: duckdb.DuckDBPyConnection, served: Manifest
) -> None:
    """Write the kept versions anew, without the rows of actors that were erased since.

    Each is replaced in one step; whoever has it open keeps it until they close it. Again changes
    nothing.

    Args:
        database: has the warehouse attached as `warehouse`, and nothing as `version` or `kept`.
    """
    if not served.erasures:
        return
    folder = settings.published / "versions"
    for file in folder.glob("v*.duckdb"):
        if file.name < served.file and not file.with_suffix(".json").exists():
            file.unlink()  # a publication that was killed; nobody was served it
    for path in sorted(folder.glob("v*.json")):
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
        if manifest.version >= served.version or manifest.erasures >= served.erasures:
            continue
        file = folder / manifest.file
        attach_read_only(database, file, "kept")
        if _find_gone(database):
            rows = write_version(
                database, "kept", file, kept_rows=lambda table: _others(database, table)
            )
            manifest = msgspec.structs.replace(manifest, row_counts=rows, **file_facts(file))
            console.print(f"Version {manifest.version} is without the erased actors now.")
        database.execute("DETACH kept")
        write_manifest(path, msgspec.structs.replace(manifest, erasures=served.erasures))


def _find_gone(database: duckdb.DuckDBPyConnection) -> bool:
    """Whether the version has rows of erased actors; notes whose, and which interactions."""
    known = [
        f"SELECT actor_key FROM kept.{table}"
        for table in ("marts.dim_actor", "marts.fct_interaction")
        if "actor_key" in columns_of(database, "kept", table)
    ]
    database.execute(
        f"""CREATE OR REPLACE TEMP TABLE gone_actors AS
        SELECT actor_key AS key FROM ({" UNION ".join(known) or "SELECT NULL AS actor_key"})
        WHERE sha256(actor_key) IN (SELECT actor_hash FROM warehouse.raw.erased_actors)"""
    )
    interactions = "SELECT NULL::VARCHAR AS key"
    if "interaction_key" in columns_of(database, "kept", "marts.fct_interaction"):
        interactions = """SELECT interaction_key AS key FROM kept.marts.fct_interaction
            WHERE actor_key IN (SELECT key FROM gone_actors)"""
    database.execute(f"CREATE OR REPLACE TEMP TABLE gone_interactions AS {interactions}")
    row = database.execute("SELECT count(*) FROM gone_actors").fetchone()
    return bool(row and row[0])


def _others(database: duckdb.DuckDBPyConnection, table: str) -> str:
    """SQL of the rows of a table that are not an erased actor's."""
    parts = [
        f"coalesce({column} NOT IN (SELECT key FROM {gone} WHERE key IS NOT NULL), true)"
        for column, gone in NAMED_BY.items()
        if column in columns_of(database, "kept", table)
    ]
    return " AND ".join(parts) or "true"
