"""Readers see whole versions, whoever publishes meanwhile or is killed when."""

from __future__ import annotations

import signal

import duckdb
import pytest

from publication.publish import publish
from runtime.settings import Settings
from tests.processes import python
from tests.publishing import PUBLISHER, RUN, assert_coherent, make_state, states

READER = """
import sys
from publication.query import query
from runtime.settings import load_settings

seen, opened = [], 0
settings = load_settings()
print("reading", flush=True)
while not seen or seen[-1] < int(sys.argv[1]):
    (state, rows, sizes), = query(settings, "SELECT max(state), count(*), max(size) FROM t").rows
    assert (rows, sizes) == (100 * state, 100 * state), (state, rows, sizes)
    seen = seen if seen[-1:] == [state] else [*seen, state]
    opened += 1
print(*seen)
"""


def test_readers_never_fail_and_an_open_one_keeps_its_version(settings: Settings) -> None:
    make_state(settings, 1)
    publish(settings, RUN)
    with (
        duckdb.connect(str(settings.published / "current.duckdb"), read_only=True) as held,
        python(settings, READER, "6") as reader,
    ):
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"
        for state in range(2, 7):
            make_state(settings, state)
            publish(settings, RUN)
        seen, _ = reader.communicate()
        assert reader.returncode == 0
        assert held.execute("SELECT DISTINCT state FROM marts.t").fetchall() == [(1,)]
    numbers = [int(number) for number in seen.split()]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 6


@pytest.mark.parametrize(
    ("seam", "served"),
    [
        ("while the version is copied", 1),
        ("before the version is described", 1),
        ("before it is served", 1),
        ("between file and manifest", 2),
        ("after it is served", 2),
    ],
)
def test_a_kill_leaves_a_whole_version_and_the_next_publication_mends_the_rest(
    settings: Settings, seam: str, served: int
) -> None:
    make_state(settings, 1)
    publish(settings, RUN)
    make_state(settings, 2)
    with python(settings, PUBLISHER, seam) as publisher:
        publisher.communicate()
    assert publisher.returncode == -signal.SIGKILL
    assert states(settings) == [(served,)]
    report = publish(settings, RUN)
    assert report.is_new == (served == 1)
    assert states(settings) == [(2,)]
    manifest = assert_coherent(settings)
    assert manifest.version == report.version
    assert manifest.state_fingerprint == "state-2"
    assert not list(settings.published.rglob("*.part*"))
