"""Child processes: found by anybody, taken over from the dead only, stopped with all they started.

The child here is a small Python that starts one of its own; both wait for a signal.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from runtime.child import Child, ChildFailedError

PATIENCE_SECONDS = 60  # only ends a test that has already failed

PARENT = """
import signal, subprocess, sys
WAIT = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); " \\
       "signal.pause()"
grandchild = subprocess.Popen([sys.executable, "-c", WAIT], stdout=subprocess.PIPE)
grandchild.stdout.readline()
print("up", grandchild.pid, flush=True)
signal.pause()
"""
OWNER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.unit.test_child import child_in, start
start(child_in(Path(sys.argv[1])))
os.kill(os.getpid(), signal.SIGKILL)
"""

DYING_IN_PARTS = """
import ctypes, os, socket, threading, time
listener = socket.create_server(("127.0.0.1", 0))
def last_thread():
    print("up", listener.getsockname()[1], flush=True)
    time.sleep(0.5)
    os._exit(0)
threading.Thread(target=last_thread).start()
ctypes.CDLL(None).pthread_exit(None)
"""


def child_in(folder: Path) -> Child:
    return Child("The child", folder / "run" / "child.pid", folder / "logs" / "child.log")


def start(child: Child) -> int:
    """Start it, wait until it and its own child are up, and return the grandchild's id."""
    child.start([sys.executable, "-u", "-c", PARENT], os.environ)
    child.wait_until(lambda: b"up" in child.log_file.read_bytes(), PATIENCE_SECONDS)
    return int(child.log_file.read_text().split()[-1])


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    one = child_in(tmp_path)
    yield one
    one.adopt()
    one.stop(grace_seconds=0)


def test_a_started_child_is_found_by_whoever_looks_and_nobody_takes_it_from_its_owner(
    child: Child, tmp_path: Path
) -> None:
    assert child.find() is None
    start(child)
    found = child_in(tmp_path).find()
    assert found is not None
    assert found == child.find()
    assert not child_in(tmp_path).adopt()


def test_a_child_whose_owner_was_killed_is_taken_over(child: Child, tmp_path: Path) -> None:
    project = Path(__file__).parents[2]
    owner = subprocess.run([sys.executable, "-c", OWNER, tmp_path, project], check=False)
    assert owner.returncode == -signal.SIGKILL
    left = child.find()
    assert left is not None
    assert child.adopt()
    assert not child_in(tmp_path).adopt()
    child.stop(grace_seconds=0.2)
    assert child.find() is None
    assert not _alive(left)


def test_stopping_ends_a_grandchild_that_will_not_listen(child: Child) -> None:
    grandchild = psutil.Process(start(child))
    assert _alive(grandchild)
    child.stop(grace_seconds=0.2)
    assert not _alive(grandchild)
    assert child.find() is None
    assert not child.pid_file.exists()


def test_stopping_ends_what_a_child_that_died_first_left_behind(child: Child) -> None:
    grandchild = psutil.Process(start(child))
    parent = child.find()
    assert parent is not None
    parent.kill()
    psutil.wait_procs([parent], PATIENCE_SECONDS)
    assert child.find() is None
    assert _alive(grandchild)
    child.stop(grace_seconds=0.2)
    assert not _alive(grandchild)


def test_a_process_that_was_given_the_same_id_is_not_the_child(child: Child) -> None:
    start(child)
    record = child.pid_file.read_text()
    process = child.find()
    assert process is not None
    older = record.replace(str(process.create_time()), str(process.create_time() - 60))
    assert older != record
    child.pid_file.write_text(older)
    assert child.find() is None
    child.stop(grace_seconds=0)
    assert _alive(process)
    child.pid_file.write_text(record)


def test_a_child_that_ends_while_it_starts_shows_the_end_of_its_log(child: Child) -> None:
    child.start([sys.executable, "-c", "raise SystemExit('no such luck')"], os.environ)
    with pytest.raises(ChildFailedError, match="no such luck"):
        child.wait_until(lambda: False, PATIENCE_SECONDS)


def test_a_child_that_does_not_answer_in_time_is_reported(child: Child) -> None:
    start(child)
    with pytest.raises(ChildFailedError, match="did not answer"):
        child.wait_until(lambda: False, timeout_seconds=0)


def _alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_a_child_has_ended_when_its_last_thread_has_and_its_port_is_free(child: Child) -> None:
    child.start([sys.executable, "-u", "-c", DYING_IN_PARTS], os.environ)
    child.wait_until(lambda: b"\n" in child.log_file.read_bytes(), PATIENCE_SECONDS)
    port = int(child.log_file.read_text().split()[-1])
    while child.find() is not None:
        continue
    with socket.create_server(("127.0.0.1", port)) as listener:
        assert listener.getsockname()[1] == port
