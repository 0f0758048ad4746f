"""docker-compose.yml: valid, without a default secret, and every service knows when it is well."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import msgspec
import pytest
from jsonschema.validators import validator_for

from runtime.settings import PROJECT
from tests.deployment.conftest import Render, Services

# Kept by its maintainers as a copy of the compose specification's own file (Apache-2.0).
SCHEMA = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
SECRET_NAME = re.compile(r"PASSWORD|SECRET|_KEY$")
LONG_RUNNING = {"kafka", "postgres", "api-server", "scheduler", "dag-processor"}
ONE_SHOTS = {"topics", "airflow-init"}


def test_it_keeps_to_the_schema_of_the_compose_specification(written: dict[str, Any]) -> None:
    schema = msgspec.json.decode(SCHEMA.read_bytes())
    errors = validator_for(schema)(schema).iter_errors(written)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_the_services_are_those_of_the_design(services: Services) -> None:
    assert set(services) == LONG_RUNNING | ONE_SHOTS


def test_compose_refuses_while_a_required_variable_is_empty(
    render: Render, required: frozenset[str]
) -> None:
    filled = {name: f"filled-{name}" for name in required}
    for name in required:
        refused = render({**filled, name: ""})
        assert refused.returncode != 0
        assert f"required variable {name} is missing" in refused.stderr


def test_env_example_documents_every_variable_and_gives_no_secret(
    compose_text: str, required: frozenset[str]
) -> None:
    optional = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", compose_text))
    used = set(re.findall(r"(?<!\$)\$\{?(\w+)", compose_text))
    example = (PROJECT / ".env.example").read_text()
    empty = set(re.findall(r"^(\w+)=$", example, re.MULTILINE))
    offered = dict(re.findall(r"^# ([A-Z_]+)=(.+)$", example, re.MULTILINE))
    assert used == set(required) | set(optional)
    assert empty == required
    assert offered == optional
    assert not [name for name in optional if SECRET_NAME.search(name)]


def test_every_secret_comes_from_the_environment_file(
    services: Services, required: frozenset[str]
) -> None:
    secrets = {
        (service, name): value
        for service, settings in services.items()
        for name, value in settings.get("environment", {}).items()
        if SECRET_NAME.search(name) or re.search(r"://.*@", value)
    }
    assert secrets
    for place, value in secrets.items():
        assert any(f"filled-{name}" in value for name in required), place


def test_only_the_container_of_the_tasks_has_the_pseudonyms_key(services: Services) -> None:
    holders = {
        name
        for name, service in services.items()
        if "filled-ATTACHE_PSEUDONYM_SECRET" in str(service)
    }
    assert holders == {"scheduler"}


def test_a_service_is_watched_and_restarted_or_it_runs_once(services: Services) -> None:
    for name in LONG_RUNNING:
        assert services[name]["healthcheck"]["test"][0] == "CMD", name
        assert services[name]["restart"] == "unless-stopped", name
    for name in ONE_SHOTS:
        assert "healthcheck" not in services[name], name
        assert services[name]["restart"] == "no", name


def test_a_service_waits_until_what_it_needs_is_well_or_done(services: Services) -> None:
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            wanted = (
                "service_healthy" if needed in LONG_RUNNING else "service_completed_successfully"
            )
            assert how["condition"] == wanted, (name, needed)
    assert set(services["scheduler"]["depends_on"]) >= {"api-server", "kafka", "postgres", "topics"}


def test_nothing_listens_beyond_this_machine_unless_told(services: Services) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert [(port["host_ip"], port["target"]) for port in ports] == [("127.0.0.1", 8080)]


def test_images_are_pinned_by_tag_and_ours_run_without_privileges(services: Services) -> None:
    for name, service in services.items():
        tag = service["image"].rpartition(":")[2]
        assert re.search(r"\d", tag), name
        if service["image"].startswith("attache:"):
            assert service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name


@pytest.mark.parametrize(
    ("service", "folder", "volume"),
    [
        ("kafka", "/var/lib/kafka/data", "kafka"),
        ("postgres", "/var/lib/postgresql/data", "postgres"),
        ("scheduler", "/var/lib/attache", "attache-home"),
        ("dag-processor", "/var/lib/attache", "attache-home"),
        ("scheduler", "/opt/airflow/logs", "airflow-logs"),
        ("api-server", "/opt/airflow/logs", "airflow-logs"),
        ("dag-processor", "/opt/airflow/logs", "airflow-logs"),
    ],
)
def test_what_must_last_is_in_a_named_volume(
    services: Services, service: str, folder: str, volume: str
) -> None:
    mounts = {mount["target"]: mount for mount in services[service]["volumes"]}
    assert mounts[folder]["type"] == "volume"
    assert mounts[folder]["source"] == volume
