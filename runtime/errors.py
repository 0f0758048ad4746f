"""Errors that a person is meant to read: each says what happened and what to do about it."""

from __future__ import annotations

EXIT_FAILED = 1
EXIT_WRONG_USE = 2
EXIT_GATE_CLOSED = 3


class AttacheError(Exception):
    """A failure with a cause and a next step.

    Args:
        message: what happened, in one sentence.
        hint: what to do now, as a sentence or a command; may be empty.
    """

    exit_code = EXIT_FAILED

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class WrongUseError(AttacheError):
    """The command was called with something that can't work."""

    exit_code = EXIT_WRONG_USE


class GateClosedError(AttacheError):
    """A hard check failed: nothing was published, the earlier version is still served."""

    exit_code = EXIT_GATE_CLOSED
