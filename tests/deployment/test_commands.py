"""The commands and settings in docker-compose.yml are known to the programs that receive them."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from runtime.settings import PROJECT, Settings, variable_of
from tests.deployment.conftest import Services

# Airflow reads its settings when it is imported, so it is asked in a process of its own.
ASK_AIRFLOW = """
import json, sys
from airflow.cli.cli_parser import get_parser
from airflow.configuration import conf

question = json.load(sys.stdin)
for command in question["commands"]:
    get_parser().parse_args(command)
known = conf.configuration_description
unknown = [
    [section, option]
    for section, option in question["options"]
    if option not in known.get(section, {"options": {}})["options"]
]
json.dump(unknown, sys.stdout)
"""
DEPLOY_PAGE = PROJECT / "docs" / "how-to" / "deploy-with-compose.md"


def test_airflow_knows_its_commands_and_options(
    services: Services, commands: tuple[tuple[str, ...], ...], tmp_path: Path
) -> None:
    airflow = services["airflow-init"]["environment"]
    told = re.findall(r"exec (?:scheduler|api-server) (airflow [^`\n]+)", DEPLOY_PAGE.read_text())
    lines = [*commands, *(line.split() for line in told)]
    question = {
        "commands": [command[1:] for command in lines if command[0] == "airflow"],
        "options": [
            name.removeprefix("AIRFLOW__").lower().split("__", 1)
            for name in airflow
            if name.startswith("AIRFLOW__")
        ],
    }
    assert len(question["commands"]) >= 9
    answer = subprocess.run(
        [sys.executable, "-c", ASK_AIRFLOW],
        input=msgspec.json.encode(question),
        env={
            "PATH": os.defpath,
            "HOME": str(tmp_path),
            "AIRFLOW_HOME": str(tmp_path),
            "AIRFLOW__CORE__AUTH_MANAGER": airflow["AIRFLOW__CORE__AUTH_MANAGER"],
        },
        capture_output=True,
    )
    assert answer.returncode == 0, answer.stderr.decode()
    assert msgspec.json.decode(answer.stdout) == []


def test_the_drivers_of_the_database_are_installed(services: Services) -> None:
    url = services["scheduler"]["environment"]["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    assert url.startswith("postgresql+psycopg2://")
    importlib.import_module("psycopg2")
    importlib.import_module("asyncpg")  # Airflow derives its second connection for it


def test_our_settings_have_their_names(services: Services) -> None:
    known = {variable_of(name) for name in Settings.__struct_fields__}
    given = {
        name
        for service in services.values()
        for name in service.get("environment", {})
        if name.startswith("ATTACHE_") or name == "KAFKA_BOOTSTRAP_SERVERS"
    }
    assert given <= known
    assert set(services["scheduler"]["environment"]) >= {
        "ATTACHE_HOME",
        "ATTACHE_PSEUDONYM_SECRET",
        "KAFKA_BOOTSTRAP_SERVERS",
    }


def test_python_lines_import_what_exists(commands: tuple[tuple[str, ...], ...]) -> None:
    imports = [
        (node.module or "", alias.name)
        for command in commands
        if command[:2] == ("python", "-c")
        for node in ast.walk(ast.parse(command[2]))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    assert ("ingestion.broker.provisioning", "provision") in imports
    for module, name in imports:
        assert hasattr(importlib.import_module(module), name), f"{module}.{name}"


def test_attache_knows_the_commands_that_the_deployment_names(
    commands: tuple[tuple[str, ...], ...],
) -> None:
    pytest.importorskip("attache.cli", reason="the command line isn't there yet")
    attache = Path(sys.executable).with_name("attache")
    named = {command[1] for command in commands if command[0] == "attache"}
    named |= set(re.findall(r"scheduler attache ([a-z-]+)", DEPLOY_PAGE.read_text()))
    for name in named:
        asked = subprocess.run([attache, name, "--help"], capture_output=True, text=True)
        assert asked.returncode == 0, asked.stderr
