"""A small client of Airflow's REST API: is it healthy, start a run, how did a run go?"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from attache.airflow_home.config import airflow_url
from runtime.errors import AttacheError
from runtime.settings import Settings

RunState = Literal["queued", "running", "success", "failed"]
Query = dict[str, str | int]
T = TypeVar("T")


class AirflowRefusedError(AttacheError):
    """Airflow gave another answer than the one asked for, or none."""


class Metadatabase(msgspec.Struct, frozen=True):
    status: str | None


class Scheduler(msgspec.Struct, frozen=True):
    status: str | None
    heartbeat: datetime | None = msgspec.field(name="latest_scheduler_heartbeat", default=None)


class DagProcessor(msgspec.Struct, frozen=True):
    status: str | None
    heartbeat: datetime | None = msgspec.field(name="latest_dag_processor_heartbeat", default=None)


class Health(msgspec.Struct, frozen=True):
    """What the health page says. A triggerer isn't part of it: nothing here is deferred."""

    metadatabase: Metadatabase
    scheduler: Scheduler
    dag_processor: DagProcessor

    def all_healthy(self, since: datetime | None = None) -> bool:
        """Whether every part is healthy.

        Args:
            since: count a heartbeat only from here on: a part that was killed looks healthy for
                another half a minute.
        """
        return self.metadatabase.status == "healthy" and all(
            part.status == "healthy" and _heard(part.heartbeat, since)
            for part in (self.scheduler, self.dag_processor)
        )


class DagRun(msgspec.Struct, frozen=True):
    """One run; `logical_date` is None where it was triggered without one."""

    dag_run_id: str
    state: RunState
    run_type: str
    run_after: datetime
    logical_date: datetime | None = None
    end_date: datetime | None = None


class TaskInstance(msgspec.Struct, frozen=True):
    """The last try of one task in one run; `state` is None before it is scheduled."""

    task_id: str
    state: str | None
    try_number: int


class ImportFailure(msgspec.Struct, frozen=True):
    """A DAG file that Airflow can't read."""

    filename: str
    timestamp: datetime
    stack_trace: str


class _Dag(msgspec.Struct):
    relative_fileloc: str


class _Dags(msgspec.Struct):
    dags: list[_Dag]


class _Runs(msgspec.Struct):
    dag_runs: list[DagRun]


class _TaskInstances(msgspec.Struct):
    task_instances: list[TaskInstance]


class _ImportFailures(msgspec.Struct):
    import_errors: list[ImportFailure]


class AirflowClient:
    """The Airflow of one home. Close it, or use it in a `with`."""

    def __init__(self, settings: Settings) -> None:
        self.address = airflow_url(settings)
        # trust_env: a proxy in the environment has no business with 127.0.0.1
        self._http = httpx.Client(base_url=f"{self.address}/api/v2/", timeout=30, trust_env=False)

    def __enter__(self) -> AirflowClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def health(self) -> Health | None:
        """How Airflow is; None where nothing answers."""
        try:
            return self._get("monitor/health", Health)
        except AirflowRefusedError:
            return None

    def dag_files(self) -> set[str]:
        """The files, relative to the DAG folder, whose DAGs can run."""
        return {dag.relative_fileloc for dag in self._get("dags", _Dags).dags}

    def import_failures(self) -> list[ImportFailure]:
        return self._get("importErrors", _ImportFailures).import_errors

    def trigger(self, dag_id: str, logical_at: datetime | None = None) -> DagRun:
        """Start a run now; without a logical time it stands for the present instant."""
        body = {"logical_date": logical_at.isoformat() if logical_at else None}
        return self._ask("POST", f"dags/{dag_id}/dagRuns", DagRun, json=body)

    def run(self, dag_id: str, run_id: str) -> DagRun:
        return self._get(_run_path(dag_id, run_id), DagRun)

    def task_instances(self, dag_id: str, run_id: str) -> list[TaskInstance]:
        path = f"{_run_path(dag_id, run_id)}/taskInstances"
        return self._get(path, _TaskInstances).task_instances

    def last_scheduled_success(self, dag_id: str) -> DagRun | None:
        """The newest run that the schedule started and that succeeded."""
        path = f"dags/{dag_id}/dagRuns"
        newest: Query = {
            "state": "success",
            "run_type": "scheduled",
            "order_by": "-run_after",
            "limit": 1,
        }
        runs = self._get(path, _Runs, params=newest).dag_runs
        return runs[0] if runs else None

    def ensure_pool(self, name: str, slots: int) -> None:
        """Create the pool; one of that name is left as an engineer may have set it."""
        self._http.post("pools", json={"name": name, "slots": slots})
        self._get(f"pools/{name}", msgspec.Raw)

    def _get(self, path: str, of: type[T], params: Query | None = None) -> T:
        return self._ask("GET", path, of, params=params)

    def _ask(
        self,
        method: str,
        path: str,
        of: type[T],
        params: Query | None = None,
        json: dict[str, str | None] | None = None,
    ) -> T:
        try:
            response = self._http.request(method, path, params=params, json=json)
            response.raise_for_status()
        except httpx.HTTPStatusError as error:
            raise AirflowRefusedError(
                f"Airflow answered {error.response.status_code} to {method} {path}.",
                error.response.text,
            ) from error
        except httpx.HTTPError as error:
            raise AirflowRefusedError(
                f"Airflow doesn't answer on {self.address}.", "Is `attache up` running?"
            ) from error
        return msgspec.json.decode(response.content, type=of)


def _heard(heartbeat: datetime | None, since: datetime | None) -> bool:
    return since is None or (heartbeat is not None and heartbeat >= since)


def _run_path(dag_id: str, run_id: str) -> str:
    return f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"
