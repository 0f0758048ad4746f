"""Seconds to import each DAG file, next to the peer: `import airflow.sdk` alone, in the same run.

The DAG processor has Airflow loaded before it reads a file, so what a file costs it is `own`: the
file's import after Airflow's. `own` must stay under a second.

    python -m benchmarks.dag_import
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from runtime.settings import PROJECT

PROBE = """
import json, runpy, sys, time
start = time.perf_counter()
import airflow.sdk
airflow.sdk.dag, airflow.sdk.task
peer = time.perf_counter() - start
runpy.run_path(sys.argv[1])
print(json.dumps({"peer": peer, "whole": time.perf_counter() - start}))
"""
REPEATS = 3


class Seconds(msgspec.Struct, frozen=True):
    """One fresh interpreter: Airflow's own import, and that with the DAG file's."""

    peer: float
    whole: float

    @property
    def own(self) -> float:
        return self.whole - self.peer


def main() -> None:
    """Print the best of three for each file in `dags/`; the first one also writes bytecode."""
    table = Table(
        "DAG file", "airflow.sdk alone", "with the file", "own", title="Seconds to import"
    )
    with tempfile.TemporaryDirectory() as home:
        for file in sorted((PROJECT / "dags").glob("*.py")):
            best = min((_measure(str(file), home) for _ in range(REPEATS)), key=lambda s: s.whole)
            table.add_row(file.name, f"{best.peer:.2f}", f"{best.whole:.2f}", f"{best.own:.2f}")
    Console().print(table)


def _measure(file: str, home: str) -> Seconds:
    environment = {**os.environ, "AIRFLOW_HOME": home, "ATTACHE_HOME": home}
    output = subprocess.run(
        [sys.executable, "-c", PROBE, file],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        check=True,
    ).stdout
    return msgspec.json.decode(output.splitlines()[-1], type=Seconds)


if __name__ == "__main__":
    typer.run(main)
