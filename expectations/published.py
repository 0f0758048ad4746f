"""What readers have now: rows of each table in the published version, from its manifest."""

from __future__ import annotations

import msgspec

from runtime.errors import AttacheError
from runtime.settings import Settings

COMPARED_SCHEMAS = ("marts.",)


class Manifest(msgspec.Struct, frozen=True):
    """The one part of the manifest that the gate reads; publication writes it."""

    row_counts: dict[str, int]


def published_rows(settings: Settings) -> dict[str, int]:
    """Rows by table, `marts.fct_post`; empty where nothing has been published.

    Raises:
        AttacheError: there is a manifest and it can't be read.
    """
    path = settings.published / "manifest.json"
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError as error:
        raise AttacheError(
            f"The manifest of the published version can't be read: {error}.",
            f"Look at {path}; `attache publish` writes it anew.",
        ) from error
    rows = manifest.row_counts.items()
    return {table: count for table, count in rows if table.startswith(COMPARED_SCHEMAS)}
