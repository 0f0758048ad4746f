"""Ports of a home: the one that the settings name, else a free one that the home remembers."""

from __future__ import annotations

import fcntl
import socket
from typing import Literal

import msgspec

from runtime.settings import Settings

PortName = Literal["kafka", "kafka_controller", "airflow"]


def port_of(settings: Settings, name: PortName) -> int:
    """The port of one service on 127.0.0.1: stable for a home, its own for each service."""
    wanted: int = getattr(settings, f"{name}_port")
    if wanted:
        return wanted
    settings.home.mkdir(parents=True, exist_ok=True)
    path = settings.home / "ports.json"
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        text = file.read()
        ports = msgspec.json.decode(text, type=dict[str, int]) if text else {}
        if name not in ports:
            ports[name] = _free_port(set(ports.values()))
            file.truncate(0)
            file.write(msgspec.json.encode(ports))
        return ports[name]


def _free_port(taken: set[int]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port
