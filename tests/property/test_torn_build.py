"""A build that is killed inside a commit leaves half of it, and the next build mends that."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb

from attache.build import build
from ingestion.transactions import ROW_GROUP_RECORDS
from runtime.settings import Settings
from tests.dying import log_of
from tests.erasure import INTERACTION, official
from tests.histories import land_and_build, land_events
from tests.pipeline import RUN
from tests.samples import JSON, event

KILLED_WHEN_INTERACTIONS_ARE_BUILT = """
import os, signal, sys
from pathlib import Path
import dbt.cli.main
from attache.build import build
from runtime.settings import Settings
from tests.pipeline import RUN

class Killed(dbt.cli.main.dbtRunner):
    def __init__(self, manifest=None, callbacks=None):
        super().__init__(manifest, [*(callbacks or []), kill])

def kill(said):
    if said.info.name == "LogModelResult" and said.data.node_info.node_name == "fct_interaction":
        os.kill(os.getpid(), signal.SIGKILL)

dbt.cli.main.dbtRunner = Killed
build(Settings(home=Path(sys.argv[1])), RUN)
"""
ACTIONS = ROW_GROUP_RECORDS + 10_000
LAST_BYTES = 400
STATE = "SELECT count(*), count(DISTINCT interaction_key) FROM marts.fct_interaction"

STANDING = "SELECT count(*) FROM marts.fct_interaction WHERE NOT is_undone"


def test_interactions_that_are_there_as_they_were_and_as_they_are_become_one(
    tmp_path: Path,
) -> None:
    killed, torn = (Settings(home=tmp_path / name) for name in ("killed", "torn"))
    land_and_build(killed, [*official(), *_likes(undone=False)])
    land_events(killed, _likes(undone=True))
    command = [sys.executable, "-c", KILLED_WHEN_INTERACTIONS_ARE_BUILT, str(killed.home)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    shutil.copytree(killed.home, torn.home)
    assert _break_off(killed, torn) == (2 * ACTIONS, ACTIONS)
    assert build(torn, RUN).kind == "repair"
    with duckdb.connect(str(torn.warehouse), read_only=True) as warehouse:
        assert warehouse.execute(STATE).fetchall() == [(ACTIONS, ACTIONS)]
        assert warehouse.execute(STANDING).fetchall() == [(0,)]


def _likes(undone: bool) -> list[JSON]:
    """What ten thousand people did, or that they took it back an hour later."""
    about = {"platform": "weibo", "verb": "like", "object_id": "p1", "object_type": "post"}
    return [
        event(
            INTERACTION,
            f"{'not-' if undone else ''}i{number}",
            about
            | {"actor_id": f"{number % 10_000:032x}", "interaction_id": f"i{number}"}
            | {"created_at": f"2014-01-27T{12 + undone}:00:00+08:00", "undone": undone},
        )
        for number in range(ACTIONS)
    ]


def _break_off(killed: Settings, torn: Settings) -> tuple[int, int]:
    """Cut the log within the last transaction, so that DuckDB keeps half of it.

    Returns:
        How many rows of interactions there are then, and of how many interactions.
    """
    log = log_of(killed).read_bytes()
    for cut in range(len(log) - 1, len(log) - LAST_BYTES, -1):
        log_of(torn).write_bytes(log[:cut])
        with duckdb.connect(str(torn.warehouse), read_only=True) as warehouse:
            rows, interactions = warehouse.execute(STATE).fetchall()[0]
        if rows > interactions:
            return rows, interactions
    raise AssertionError("DuckDB needs no help any more.")
