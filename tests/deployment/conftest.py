"""What the deployment's tests share: the compose file as written, and as compose reads it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml
from msgspec import json

from runtime.settings import PROJECT

COMPOSE = Path(sys.executable).with_name("docker-compose")
Services = dict[str, dict[str, Any]]


class Render(Protocol):
    """Let compose read our file with an environment; its own error where it refuses."""

    def __call__(self, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture(scope="session")
def compose_text() -> str:
    return (PROJECT / "docker-compose.yml").read_text()


@pytest.fixture(scope="session")
def written(compose_text: str) -> dict[str, Any]:
    """The file as YAML, its variables not yet filled in."""
    document: dict[str, Any] = yaml.safe_load(compose_text)
    return document


@pytest.fixture(scope="session")
def required(compose_text: str) -> frozenset[str]:
    """The variables without which compose shall refuse: `${NAME:?…}`."""
    return frozenset(re.findall(r"\$\{(\w+):\?", compose_text))


@pytest.fixture(scope="session")
def render(tmp_path_factory: pytest.TempPathFactory) -> Render:
    folder = tmp_path_factory.mktemp("compose")

    def run(env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        env_file = folder / ".env"
        env_file.write_text("".join(f"{name}={value}\n" for name, value in env.items()))
        files = ["--file", str(PROJECT / "docker-compose.yml"), "--env-file", str(env_file)]
        return subprocess.run(
            [str(COMPOSE), *files, "config", "--format", "json"],
            env={"HOME": str(folder), "PATH": ""},
            capture_output=True,
            text=True,
        )

    return run


@pytest.fixture(scope="session")
def services(render: Render, required: frozenset[str]) -> Services:
    """The services as compose understands them, each required variable filled in recognisably."""
    rendered = render({name: f"filled-{name}" for name in required})
    assert rendered.returncode == 0, rendered.stderr
    document = json.decode(rendered.stdout, type=dict[str, Any])
    resolved: Services = document["services"]
    return resolved


@pytest.fixture(scope="session")
def commands(services: Services) -> tuple[tuple[str, ...], ...]:
    """Every command line in the file, those of shell scripts and of health checks among them."""
    return tuple(command for service in services.values() for command in _commands(service))


def _commands(service: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    command = service["command"] or []
    if command[:2] == ["bash", "-ec"]:
        yield from (tuple(shlex.split(line)) for line in command[2].splitlines())
    elif command:
        yield tuple(command)
    if "healthcheck" in service:
        yield tuple(service["healthcheck"]["test"][1:])
