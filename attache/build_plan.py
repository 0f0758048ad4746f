"""What a build is made from, and which kind of build that calls for.

Kinds: docs/decisions/incremental-by-batch.md.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import duckdb
import msgspec

from attache.dbt_run import DBT_PROJECT

SOURCE_SUFFIXES = {".sql", ".yml", ".csv"}

Kind = Literal["unchanged", "incremental", "repair", "full"]


class Inputs(msgspec.Struct, frozen=True):
    """What a build is made from: the same inputs make the same state.

    Attributes:
        offsets: topic, partition, generation and next offset of all that was landed.
        redrives: how many dead letters were redriven since: they add rows below those offsets.
        models: digest of the dbt project's models, macros and seeds, of the register that was
            imported, and of the database's version.
        last_batch_id: of all that was landed or redriven.
        overrides: digest of what persons let pass at the gate; empty where nobody did.
        erasures: the last erasure of actors; 0 where there was none.
    """

    offsets: list[tuple[str, int, int, int]]
    redrives: int
    models: str
    last_batch_id: int
    overrides: str = ""
    erasures: int = 0

    @classmethod
    def of(cls, warehouse: duckdb.DuckDBPyConnection) -> Inputs:
        offsets = warehouse.execute(
            "SELECT topic, partition, generation, next_offset FROM raw.offsets ORDER BY ALL"
        ).fetchall()
        counted = warehouse.execute(
            """SELECT (SELECT count(*) FROM raw.redrives),
                      (SELECT coalesce(max(batch_id), 0) FROM raw.batches),
                      (SELECT coalesce(max(erasure_id), 0) FROM raw.erasures)"""
        ).fetchone()
        redrives, last_batch_id, erasures = counted or (0, 0, 0)
        models = _models_digest(_rows(warehouse, "raw.account_register"))
        overrides = _rows(warehouse, "raw.gate_overrides")
        return cls(
            offsets,
            redrives,
            models,
            last_batch_id,
            hashlib.sha256(overrides).hexdigest() if overrides else "",
            erasures,
        )

    @property
    def fingerprint(self) -> str:
        """A short name for them."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]


class Plan(msgspec.Struct, frozen=True):
    """What to build.

    Attributes:
        kind: unchanged: nothing; incremental: what landed since the last build, and what it
            touches; repair: after a failed build, the same for interactions, and all that is
            counted from them anew; full: everything from the raw events.
        built_batch_id: batches above it are new.
        build_id: the last successful build; None where there is none.
    """

    kind: Kind
    built_batch_id: int = 0
    build_id: int | None = None

    @property
    def keeps_interactions(self) -> bool:
        """Whether the interactions of the last build stay, for all that changed."""
        return self.kind in {"incremental", "repair"}

    @property
    def is_full_refresh(self) -> bool:
        """Whether dbt makes every model anew that doesn't outlive a refresh."""
        return self.kind in {"repair", "full"}


class _Past(msgspec.Struct, frozen=True):
    build_id: int
    success: bool
    fingerprint: str
    models: str | None
    last_batch_id: int | None
    erasures: int


def plan_build(
    warehouse: duckdb.DuckDBPyConnection, inputs: Inputs, full_refresh: bool = False
) -> Plan:
    """The least that gives the state of a full build. Reads `ops.ops_builds`, which must exist."""
    rows = warehouse.execute(
        """SELECT build_id, success, state_fingerprint, models_digest, last_batch_id,
            coalesce(last_erasure_id, 0)
        FROM ops.ops_builds WHERE build_id >= (
            SELECT max(build_id) FROM ops.ops_builds WHERE success)
        ORDER BY build_id"""
    ).fetchall()
    past = [_Past(*row) for row in rows]
    # what a failed build of other models left behind is nothing to build upon
    made_from = (inputs.models, inputs.erasures)
    if full_refresh or not past or any((b.models, b.erasures) != made_from for b in past):
        return Plan("full")
    good = past[0]
    if good.last_batch_id is None:
        return Plan("full")
    if len(past) > 1:
        return Plan("repair", good.last_batch_id, good.build_id)
    if _marts_were_refused(warehouse):
        return Plan("full")
    if good.fingerprint == inputs.fingerprint:
        return Plan("unchanged", good.last_batch_id, good.build_id)
    return Plan("incremental", good.last_batch_id, good.build_id)


def _marts_were_refused(warehouse: duckdb.DuckDBPyConnection) -> bool:
    """Whether the latest check closed the gate because of the marts: nothing to build upon."""
    found = warehouse.execute(
        """SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'ops'
        AND table_name IN ('ops_quality_runs', 'ops_quality_results')"""
    ).fetchone()
    if not found or found[0] < 2:  # nothing was ever checked
        return False
    refused = warehouse.execute(
        """SELECT count(*) FROM ops.ops_quality_results
        WHERE NOT success AND severity = 'stop'
        AND (table_name = 'marts' OR starts_with(table_name, 'marts.'))
        AND check_run_id = (
            SELECT check_run_id FROM ops.ops_quality_runs
            ORDER BY check_run_id DESC LIMIT 1)"""
    ).fetchone()
    return bool(refused and refused[0])


def _rows(warehouse: duckdb.DuckDBPyConnection, table: str) -> bytes:
    """All that a table holds which persons fill; nothing where it is empty."""
    rows = warehouse.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
    return msgspec.json.encode(rows) if rows else b""


def _models_digest(register: bytes) -> str:
    # a stored hash is this version's: another one may hash otherwise
    digest = hashlib.sha256(duckdb.__version__.encode() + register)
    for path in sorted(DBT_PROJECT.rglob("*")):
        inner = path.relative_to(DBT_PROJECT)
        if path.suffix in SOURCE_SUFFIXES and inner.parts[0] not in {"target", "logs"}:
            digest.update(f"{inner}\0".encode() + path.read_bytes())
    return digest.hexdigest()
