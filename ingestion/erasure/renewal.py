"""A new warehouse file without what was erased from the old one.

DuckDB marks deleted rows and keeps their bytes until the space is used again. Only a file that
they were never written to has none of them.
"""

from __future__ import annotations

from ingestion.contracts.validation import sql_text
from ingestion.erasure.erase import DERIVED
from ingestion.warehouse import open_warehouse
from runtime.files import sync_file
from runtime.settings import Settings


def renew(settings: Settings) -> None:
    """Copy what no build can make again into a new file, and let it take the old one's place.

    Built tables are left behind: a full build must follow. Killed at any moment, the warehouse is
    the old file or the new one, whole; a part that was left behind is begun anew.
    """
    part = settings.warehouse.with_suffix(".part")
    part.unlink(missing_ok=True)
    part.with_name(part.name + ".wal").unlink(missing_ok=True)
    with open_warehouse(settings) as warehouse:
        name = settings.warehouse.stem
        for schema in DERIVED:
            warehouse.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        warehouse.execute(f"ATTACH {sql_text(str(part))} AS renewed")
        warehouse.execute(f"COPY FROM DATABASE {name} TO renewed")
        warehouse.execute("DETACH renewed")
        sync_file(part)
        warehouse.execute("CHECKPOINT")
        # what is done by name from here on would be done to the new file
        warehouse.execute("PRAGMA disable_checkpoint_on_shutdown")
        settings.warehouse.with_name(settings.warehouse.name + ".wal").unlink(missing_ok=True)
        part.replace(settings.warehouse)  # still open: nobody writes to the old file in between
