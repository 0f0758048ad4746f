"""A real Airflow in the home: api-server, scheduler and DAG processor, started and stopped."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from attache.airflow_home.client import AirflowClient
from attache.airflow_home.config import airflow_home, child_environment, log_folder, write_config
from runtime.child import Child
from runtime.clock import now
from runtime.errors import AttacheError
from runtime.settings import PROJECT, Settings

WAREHOUSE_POOL = "warehouse"

# No triggerer: it serves deferred tasks and asset watchers, and there are none.
SERVER, PROCESSOR, SCHEDULER = "api-server", "dag-processor", "scheduler"
ARGUMENTS = {
    SERVER: ["api-server"],
    PROCESSOR: ["dag-processor"],
    # Without its log server, whose port is the same for every Airflow of a machine; the api-server
    # reads the tasks' logs from the folder.
    SCHEDULER: ["scheduler", "--skip-serve-logs"],
}
AIRFLOW = (sys.executable, "-m", "airflow")
START_SECONDS = 180


class AirflowRunningError(AttacheError):
    """Another command is running the Airflow of this home."""


class DagBrokenError(AttacheError):
    """Airflow can't read a DAG file."""


class EmbeddedAirflow:
    """The Airflow of one home, for as long as the `with` lasts.

    Args:
        settings: whose home and schedule.
        dags: the folder of DAG files; another one only in tests.
    """

    def __init__(self, settings: Settings, dags: Path = PROJECT / "dags") -> None:
        self.settings = settings
        self.dags = dags.resolve()
        self.client = AirflowClient(settings)
        home = airflow_home(settings)
        self.children = {
            part: Child(
                f"Airflow's {part}",
                home / f"{part}.pid",
                log_folder(settings) / f"{part}.log",
            )
            for part in ARGUMENTS
        }

    def __enter__(self) -> EmbeddedAirflow:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, or take over what a killed command left; return when the DAGs can run.

        Raises:
            AirflowRunningError: another command, still alive, runs it.
            ChildFailedError: a part ended, or didn't get healthy in time.
            DagBrokenError: a DAG file can't be imported.
        """
        taken_over = [child.adopt() for child in self.children.values()]
        self._refuse_where_another_runs_it(taken_over)
        try:
            since = now()
            digest = write_config(self.settings, self.dags)
            if not all(taken_over) or digest != self._digest_of_last_start():
                self._start_parts(digest)
            self._wait_until_healthy(since)
            self.client.ensure_pool(WAREHOUSE_POOL, slots=1)
            self._wait_for_dags(since)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End every part, the scheduler first: a running task gets time to finish and to report."""
        for part in (SCHEDULER, PROCESSOR, SERVER):
            self.children[part].stop()
        self.client.close()

    def _refuse_where_another_runs_it(self, taken_over: Sequence[bool]) -> None:
        for child, ours in zip(self.children.values(), taken_over, strict=True):
            if not ours and (process := child.find()):
                raise AirflowRunningError(
                    f"The Airflow of {self.settings.home} is already running ({process.pid}).",
                    "Use that one, or stop the command that runs it.",
                )

    def _start_parts(self, digest: str) -> None:
        """Start the scheduler last: its tasks fail where no api-server answers them yet."""
        for leftover in self.children.values():
            leftover.stop()
        self._migrate()
        self._start(SERVER)
        self._start(PROCESSOR)
        self._wait(lambda: self.client.health() is not None, SERVER, PROCESSOR)
        self._start(SCHEDULER)
        (airflow_home(self.settings) / "started.digest").write_text(digest)

    def _start(self, part: str) -> None:
        argv = [*AIRFLOW, *ARGUMENTS[part]]
        environment = child_environment(self.settings)
        self.children[part].start(argv, environment, airflow_home(self.settings))

    def _digest_of_last_start(self) -> str | None:
        path = airflow_home(self.settings) / "started.digest"
        return path.read_text() if path.exists() else None

    def _migrate(self) -> None:
        """Bring the metadata database up to this version of Airflow: once in a home."""
        home, wanted = airflow_home(self.settings), version("apache-airflow-core")
        done = home / "migrated.version"
        if done.exists() and done.read_text() == wanted:
            return
        if not done.exists():  # what is there was left half made by a kill
            (home / "airflow.db").unlink(missing_ok=True)
        log_file = log_folder(self.settings) / "migrate.log"
        log_file.parent.mkdir(parents=True, exist_ok=True)
        with log_file.open("ab") as log:
            ended = subprocess.run(
                [*AIRFLOW, "db", "migrate"],
                env=child_environment(self.settings),
                cwd=home,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if ended.returncode:
            raise AttacheError("Airflow's metadata database can't be made.", f"Read {log_file}.")
        done.write_text(wanted)

    def _wait_until_healthy(self, since: datetime) -> None:
        def ready() -> bool:
            health = self.client.health()
            return health is not None and health.all_healthy(since)

        self._wait(ready, *ARGUMENTS)

    def _wait_for_dags(self, since: datetime) -> None:
        files = {path.name for path in self.dags.glob("*.py")}

        def ready() -> bool:
            for failure in self.client.import_failures():
                if failure.timestamp >= since:
                    raise DagBrokenError(
                        f"Airflow can't import {failure.filename}.", failure.stack_trace
                    )
            return files <= self.client.dag_files()

        self._wait(ready, *ARGUMENTS)

    def _wait(self, ready: Callable[[], bool], *parts: str) -> None:
        """Wait for an answer, as long as these parts are alive."""

        def alive_and_ready() -> bool:
            for part in parts:
                _require_alive(self.children[part])
            return ready()

        self.children[SERVER].wait_until(alive_and_ready, START_SECONDS)


def _require_alive(child: Child) -> None:
    child.wait_until(lambda: child.find() is not None, timeout_seconds=0)
