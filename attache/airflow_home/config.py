"""The configuration of the embedded Airflow: one generated `airflow.cfg` and an environment.

Airflow is told everything by the file, not by variables: its secrets then show in no process
list, and `AIRFLOW_HOME=<home>/airflow airflow …` sees the same Airflow that runs.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from runtime.ports import port_of
from runtime.settings import PROJECT, Secret, Settings, variable_of

# Two forked workers: one for the warehouse's only slot, one for a DAG that doesn't touch it.
PARALLELISM = 2

Config = Mapping[str, Mapping[str, str]]


class Secrets(msgspec.Struct, frozen=True):
    """What the api-server and the scheduler must share, made once in a home."""

    fernet_key: str
    jwt_secret: str
    api_secret_key: str


def airflow_home(settings: Settings) -> Path:
    """Airflow's own folder; nobody else may read it."""
    home = settings.home / "airflow"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return home


def log_folder(settings: Settings) -> Path:
    return settings.home / "logs" / "airflow"


def airflow_url(settings: Settings) -> str:
    return f"http://127.0.0.1:{port_of(settings, 'airflow')}"


def write_config(settings: Settings, dags: Path) -> str:
    """Write `airflow.cfg` (mode 0600).

    Args:
        dags: the folder of DAG files.

    Returns:
        str: a digest of all that a running Airflow was given. Where it is the same, a process
        that outlived its owner can be taken over.
    """
    config = _config(settings, dags, _secrets(settings))
    text = "\n\n".join(_section(name, options) for name, options in config.items())
    part = airflow_home(settings) / f"airflow.cfg.{os.getpid()}"
    part.touch(mode=0o600)
    part.write_text(text + "\n")
    part.replace(airflow_home(settings) / "airflow.cfg")
    given = {**_attache_environment(settings), "": text}
    return hashlib.sha256(msgspec.json.encode(given, order="sorted")).hexdigest()


def child_environment(settings: Settings) -> dict[str, str]:
    """The environment of Airflow's processes, and so of the tasks: ours, and every setting.

    Stray `AIRFLOW__…` variables are left out, since they would win over `airflow.cfg`. Bytecode is
    written even where this shell doesn't want it: without it each process takes twice as long.
    """
    unwanted = ("AIRFLOW", "ATTACHE_", "KAFKA_BOOTSTRAP_SERVERS", "PYTHONDONTWRITEBYTECODE")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(unwanted)}
    python_path = [str(PROJECT), *filter(None, [inherited.get("PYTHONPATH")])]
    return {
        **inherited,
        **_attache_environment(settings),
        "AIRFLOW_HOME": str(airflow_home(settings)),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), inherited.get("PATH", "")]),
        "PYTHONPATH": os.pathsep.join(python_path),
        "NO_PROXY": ",".join(filter(None, [inherited.get("NO_PROXY"), "127.0.0.1"])),
    }


def _attache_environment(settings: Settings) -> dict[str, str]:
    """The settings as variables, so that a task has what we were given, from wherever it came."""
    environment = {}
    for name in Settings.__struct_fields__:
        value = getattr(settings, name)
        if value is not None:
            plain = value.reveal() if isinstance(value, Secret) else value
            environment[variable_of(name)] = str(plain)
    return {**environment, "ATTACHE_HOME": str(settings.home.resolve())}


def _config(settings: Settings, dags: Path, keys: Secrets) -> Config:
    url, logs = airflow_url(settings), log_folder(settings)
    return {
        "core": {
            "dags_folder": str(dags),
            "executor": "LocalExecutor",
            "parallelism": str(PARALLELISM),
            "load_examples": "False",
            "dags_are_paused_at_creation": "False",
            "simple_auth_manager_all_admins": "True",  # it listens on 127.0.0.1 only
            "hostname_callable": "socket.gethostname",  # the default asks the name server
            "fernet_key": keys.fernet_key,
            "execution_api_server_url": f"{url}/execution/",
        },
        "api": {
            "host": "127.0.0.1",
            "port": str(port_of(settings, "airflow")),
            "base_url": url,
            "secret_key": keys.api_secret_key,
            "workers": "1",
        },
        "api_auth": {"jwt_secret": keys.jwt_secret},
        "logging": {
            "base_log_folder": str(logs / "tasks"),
            "dag_processor_child_process_log_directory": str(logs / "dag_files"),
            "colored_console_log": "False",
        },
        "scheduler": {
            # A task whose process was killed is retried after a minute, not after five.
            "task_instance_heartbeat_timeout": "60",
        },
        "workers": {"execution_api_timeout": "30"},  # five seconds are few on a busy machine
        "dag_processor": {"refresh_interval": "5", "parsing_processes": "1"},
    }


def _section(name: str, options: Mapping[str, str]) -> str:
    lines = [f"{option} = {value.replace('%', '%%')}" for option, value in options.items()]
    return "\n".join([f"[{name}]", *lines])


def _secrets(settings: Settings) -> Secrets:
    path = airflow_home(settings) / "secrets.json"
    if not path.exists():
        made = Secrets(
            fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            jwt_secret=secrets.token_hex(64),
            api_secret_key=secrets.token_hex(32),
        )
        part = path.with_suffix(f".{os.getpid()}")
        part.touch(mode=0o600)
        part.write_bytes(msgspec.json.encode(made))
        part.replace(path)
    return msgspec.json.decode(path.read_bytes(), type=Secrets)
