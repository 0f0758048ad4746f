"""Files that must outlive a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """Return when what was written into a file is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
