"""Python in a process of its own, which a test may kill."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from runtime.settings import PROJECT, Settings


@contextmanager
def python(settings: Settings, program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Another process of this home, gone at the end whatever happened."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ATTACHE_", "KAFKA_"))}
    given = {"ATTACHE_HOME": str(settings.home), "PYTHONPATH": str(PROJECT)}
    if settings.kafka_bootstrap_servers:
        given["KAFKA_BOOTSTRAP_SERVERS"] = settings.kafka_bootstrap_servers
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env={**kept, **given},
        cwd=settings.home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
