"""Environments of the peers that we are measured against: one for each lock file."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def environment(peer: str) -> Path:
    """The interpreter of a peer's environment, from `<peer>.lock`; made once, in the cache."""
    lock = HERE / f"{peer}.lock"
    name = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = cache / "attache" / f"{peer}-{name}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--clear", str(folder)], check=True)
        install = [*uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python)]
        subprocess.run([*install, str(lock)], check=True)
        (folder / "complete").touch()
    return python
