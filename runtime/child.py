"""Child processes: started, watched and stopped by their id, and found again after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import psutil

from runtime.errors import AttacheError

POLL_SECONDS = 0.1
LOG_TAIL_LINES = 15


class ChildFailedError(AttacheError):
    """A child process ended, or didn't answer in time; the message holds the end of its log."""


class Stamp(msgspec.Struct, frozen=True):
    """A process, told apart from a later one that was given the same id."""

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> Stamp:
        return cls(pid, psutil.Process(pid).create_time())

    def process(self) -> psutil.Process | None:
        """The process, or None where it has ended."""
        try:
            process = psutil.Process(self.pid)
            alive = abs(process.create_time() - self.created) < 1 and not _has_ended(process)
        except psutil.NoSuchProcess:
            return None
        return process if alive else None

    def session(self) -> list[psutil.Process]:
        """All that it started, and itself: the members of the session that it leads.

        They may outlive it. Its id isn't given away as long as one of them lives, so where another
        process has the id, none does.
        """
        try:
            if abs(psutil.Process(self.pid).create_time() - self.created) >= 1:
                return []
        except psutil.NoSuchProcess:
            pass
        return [process for process in psutil.process_iter() if _session_of(process) == self.pid]


class Record(msgspec.Struct, frozen=True):
    """What the pid file says: the child, and who started it."""

    child: Stamp
    owner: Stamp


class Child:
    """One long-running process of a home.

    Its pid file lets another command find it; the next one adopts it where its owner was killed.
    """

    def __init__(self, name: str, pid_file: Path, log_file: Path) -> None:
        self.name = name
        self.pid_file = pid_file
        self.log_file = log_file

    def start(self, argv: Sequence[str], env: Mapping[str, str], cwd: Path | None = None) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches it through us only."""
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as log:
            popen = subprocess.Popen(
                list(argv),
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._write(Stamp.of(popen.pid))

    def find(self) -> psutil.Process | None:
        """The running process, whoever started it."""
        record = self._read()
        return record.child.process() if record else None

    def adopt(self) -> bool:
        """Take over a running child whose owner is gone. True where it is ours now."""
        record = self._read()
        if record is None or record.child.process() is None or record.owner.process() is not None:
            return False
        self._write(record.child)
        return True

    def stop(self, grace_seconds: float = 20) -> None:
        """Ask it to end, then make it; its whole session goes with it, even where it died first."""
        record = self._read()
        if record is None:
            return
        process = record.child.process()
        if process is not None:
            _signal([process], signal.SIGTERM)
        members = record.child.session()
        _, alive = psutil.wait_procs(members, timeout=grace_seconds if process else 0)
        _signal(alive, signal.SIGKILL)
        psutil.wait_procs(alive, timeout=grace_seconds)
        self.pid_file.unlink(missing_ok=True)

    def wait_until(self, ready: Callable[[], bool], timeout_seconds: float) -> None:
        """Return when `ready` says so.

        Raises:
            ChildFailedError: the process ended first, or the time ran out.
        """
        deadline = time.monotonic() + timeout_seconds
        while not ready():
            if self.find() is None:
                raise ChildFailedError(f"{self.name} ended while it started.", self._log_tail())
            if time.monotonic() > deadline:
                raise ChildFailedError(
                    f"{self.name} did not answer within {timeout_seconds:.0f} s.", self._log_tail()
                )
            time.sleep(POLL_SECONDS)

    def _write(self, child: Stamp) -> None:
        part = self.pid_file.with_suffix(f".{os.getpid()}")
        part.write_bytes(msgspec.json.encode(Record(child, Stamp.of(os.getpid()))))
        part.replace(self.pid_file)

    def _read(self) -> Record | None:
        try:
            return msgspec.json.decode(self.pid_file.read_bytes(), type=Record)
        except FileNotFoundError:
            return None

    def _log_tail(self) -> str:
        lines = self.log_file.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return "\n".join([f"The end of its log, {self.log_file}:", *lines])


def _has_ended(process: psutil.Process) -> bool:
    """Whether nobody but a parent that has not waited for it keeps it in the list of processes.

    Of a process that was killed the first thread may be gone while others are still being ended,
    and its ports are theirs until then. It is a matter of moments: wait for the last of them.
    """
    while process.status() == psutil.STATUS_ZOMBIE:
        if process.num_threads() <= 1:
            return True
        time.sleep(POLL_SECONDS / 10)
    return False


def _session_of(process: psutil.Process) -> int | None:
    """The session of a process; None where it has ended, or nobody has waited for it yet."""
    try:
        return None if _has_ended(process) else os.getsid(process.pid)
    except (psutil.Error, ProcessLookupError, PermissionError):
        return None


def _signal(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue
