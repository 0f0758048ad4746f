"""Where the clock is read: at the edge, once a run. Everything below is handed the instant."""

from __future__ import annotations

from datetime import UTC, date, datetime

from runtime.errors import WrongUseError


def now() -> datetime:
    """The present instant in UTC, to the microsecond."""
    return datetime.now(UTC)


def parse_instant(text: str | None) -> datetime:
    """A run's logical time from the command line: ISO 8601 with an offset; None means now.

    Raises:
        WrongUseError: it's no instant, or it has no offset.
    """
    if text is None:
        return now()
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongUseError(
            f"{text!r} is not a time.", "Write it as 2014-03-01T06:00:00+08:00."
        ) from error
    if instant.tzinfo is None:
        raise WrongUseError(f"{text!r} has no offset.", "Write it as 2014-03-01T06:00:00+08:00.")
    return instant.astimezone(UTC)


def parse_day(text: str, option: str) -> date:
    """A day from the command line.

    Args:
        option: that it was given with; the message names it.

    Raises:
        WrongUseError: it's no day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongUseError(f"{option} {text} is no day.", "Write it as 2014-01-27.") from error
