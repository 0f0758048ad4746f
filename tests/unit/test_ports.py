"""Ports of a home: stable, each service its own, and free when they are chosen."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import get_args

from msgspec.structs import replace

from runtime.ports import PortName, port_of
from runtime.settings import Settings

NAMES: tuple[PortName, ...] = get_args(PortName)


def test_a_home_remembers_its_ports_and_each_service_has_its_own(settings: Settings) -> None:
    ports = {name: port_of(settings, name) for name in NAMES}
    assert len(set(ports.values())) == len(NAMES)
    assert {name: port_of(settings, name) for name in reversed(NAMES)} == ports


def test_those_who_ask_at_once_are_told_the_same(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda n: (n, port_of(settings, n)), list(NAMES) * 16))
    assert len(set(told)) == len(NAMES)
    assert len(dict(told).values()) == len(set(dict(told).values()))


def test_a_port_in_the_settings_is_used_and_nothing_is_written(settings: Settings) -> None:
    given = replace(settings, airflow_port=4711)
    assert port_of(given, "airflow") == 4711
    assert not settings.home.exists()


def test_a_chosen_port_can_be_had(new_home: Callable[[str], Settings]) -> None:
    for name in NAMES:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", port_of(new_home("home"), name)))
