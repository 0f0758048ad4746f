"""`attache demo` as a newcomer runs it, from an empty home to an exit without a trace.

The one test that pays for everything at once: a broker, an Airflow, its scheduler, the whole DAG.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from publication.manifest import load_manifest
from runtime.settings import Settings

ATTACHE = Path(sys.executable).with_name("attache")


@pytest.fixture
def watched_home(settings: Settings) -> Iterator[Path]:
    """A home whose processes are killed at the end, by their ids, where any is left."""
    yield settings.home
    for process in processes_of(settings.home):
        process.kill()


def test_the_demo_publishes_by_its_schedule_says_so_and_leaves_nothing_running(
    settings: Settings, watched_home: Path
) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ATTACHE_", "KAFKA_"))}
    result = subprocess.run(
        [ATTACHE, "demo"],
        env={**kept, "ATTACHE_EXIT": "1", "ATTACHE_HOME": str(watched_home)},
        cwd=watched_home.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    left = processes_of(watched_home)
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr

    exact = re.search(r"^(\d+) of (\d+) figures are exact\.$", result.stdout, re.MULTILINE)
    assert exact, result.stdout
    assert exact[1] == exact[2] != "0"
    assert "DIFFERS" not in result.stdout

    assert re.search(r"^Airflow +http://127\.0\.0\.1:\d+", result.stdout, re.MULTILINE)
    report, published = path_after("Quality report", result), path_after("Published file", result)
    assert report.read_text().startswith("<!")
    assert published == settings.published / "current.duckdb"
    assert published.exists()

    manifest = load_manifest(settings)
    assert manifest is not None
    assert manifest.run_id.startswith("scheduled__")
    assert manifest.run_id in result.stderr
    assert left == []


def path_after(label: str, result: subprocess.CompletedProcess[str]) -> Path:
    """The file that a line of the output names, whole on its line."""
    found = re.search(rf"^{label} +(?:file://)?(/\S+)$", result.stdout, re.MULTILINE)
    assert found, result.stdout
    return Path(found[1])


def processes_of(home: Path) -> list[psutil.Process]:
    """The processes that name a home in their command or environment, or work in it."""
    return [process for process in psutil.process_iter() if _is_of(process, str(home))]


def _is_of(process: psutil.Process, home: str) -> bool:
    try:
        told = [process.cwd(), *process.cmdline(), *process.environ().values()]
        return process.status() != psutil.STATUS_ZOMBIE and any(home in text for text in told)
    except psutil.Error:
        return False
