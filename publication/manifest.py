"""The manifest: what a published version is, what it was made from, and what it passed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from runtime.settings import Settings


class Offset(msgspec.Struct, frozen=True):
    """Records of a partition below `next_offset` are in the version."""

    topic: str
    partition: int
    generation: int
    next_offset: int


class PassedCheck(msgspec.Struct, frozen=True):
    """One check of the audit before publication; a failed `flag` does not stop it."""

    check_id: str
    severity: str
    success: bool


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """One published version.

    Attributes:
        state_fingerprint: names the inputs; the same ones are published once.
        logical_at: the logical time of the run that published it.
        row_counts: rows of each table, `marts.fct_post` say.
        sha256: of the file.
        erasures: actors of erasures up to this one are not in it, or no longer.
    """

    version: int
    file: str
    published_at: datetime
    run_id: str
    logical_at: datetime
    state_fingerprint: str
    offsets: list[Offset]
    row_counts: dict[str, int]
    checks: list[PassedCheck]
    bytes: int
    sha256: str
    erasures: int = 0


def manifest_path(settings: Settings) -> Path:
    """The manifest of the version that is served."""
    return settings.published / "manifest.json"


def load_manifest(settings: Settings) -> Manifest | None:
    """The manifest of the version that is served; None where nothing was published yet."""
    try:
        return msgspec.json.decode(manifest_path(settings).read_bytes(), type=Manifest)
    except FileNotFoundError:
        return None


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write it atomically."""
    part = path.with_suffix(".part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    part.replace(path)
