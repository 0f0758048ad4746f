"""What readers have now: rows of each table, and how far it was landed, from the manifest."""

from __future__ import annotations

import msgspec

from runtime.errors import AttacheError
from runtime.settings import Settings

COMPARED_SCHEMAS = ("marts.",)


class Offset(msgspec.Struct, frozen=True):
    """Records of a partition below `next_offset` are in the version."""

    topic: str
    partition: int
    generation: int
    next_offset: int


class Published(msgspec.Struct, frozen=True):
    """The parts of the manifest that the gate reads; publication writes it.

    Attributes:
        row_counts: rows by table, `marts.fct_post`.
    """

    row_counts: dict[str, int] = {}
    offsets: list[Offset] = []

    @property
    def compared(self) -> dict[str, int]:
        """Rows of the tables whose history must not shrink."""
        rows = self.row_counts.items()
        return {table: count for table, count in rows if table.startswith(COMPARED_SCHEMAS)}


def published(settings: Settings) -> Published:
    """What the served version says of itself; empty where nothing has been published.

    Raises:
        AttacheError: there is a manifest and it can't be read.
    """
    path = settings.published / "manifest.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Published)
    except FileNotFoundError:
        return Published()
    except msgspec.DecodeError as error:
        raise AttacheError(
            f"The manifest of the published version can't be read: {error}.",
            f"Look at {path}; `attache publish` writes it anew.",
        ) from error
