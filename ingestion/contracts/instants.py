"""Instants of the contract's usual forms, read eight bytes at a time: `2014-01-27T10:00:00+08:00`.

A form with a fraction of a second is not read here; neither is what is no real date.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ingestion.contracts.scan import Integers, Scan, Truths, Words

FIRST_YEAR, LAST_YEAR = 1000, 2999
LARGEST_OFFSET_HOURS = 14
ZULU_BYTES, OFFSET_BYTES = 20, 25
MICROSECONDS = 1_000_000


def read_instants(scan: Scan, at: Integers) -> tuple[Integers, Integers]:
    """Microseconds since 1970 in UTC, and the length of the text up to its quote; 0: not read."""
    year_month, day_hour, seconds = (scan.words(at + step) for step in (0, 8, 16))
    good = _matches(year_month, "dddd-dd-") & _matches(day_hour, "ddTdd:dd")
    offset, length = _read_offset(scan, at, seconds)
    year = _two(year_month, 0) * 100 + _two(year_month, 2)
    month, day = _two(year_month, 5), _two(day_hour, 0)
    hour, minute, second = _two(day_hour, 3), _two(day_hour, 6), _two(seconds, 1)
    good &= (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12)
    good &= (hour < 24) & (minute < 60) & (second < 60)
    starts = _month_starts()
    index = np.where(good, (year - FIRST_YEAR) * 12 + month - 1, 0)
    good &= (day >= 1) & (day <= starts[index + 1] - starts[index])
    of_day = hour * 3600 + minute * 60 + second
    micros = ((starts[index] + day - 1) * 86_400 + of_day - offset) * MICROSECONDS
    return micros, np.where(good, length, 0)


def _read_offset(scan: Scan, at: Integers, seconds: Words) -> tuple[Integers, Integers]:
    """Seconds east of UTC, and the length up to the quote; `seconds` begins with its colon."""
    zulu = _matches(seconds, ':ddZ"...')
    if zulu.all():
        return np.zeros_like(at), np.full_like(at, ZULU_BYTES)
    rest = scan.words(at + 18)  # S+hh:mm"
    east, west = _matches(rest, 'd+dd:dd"'), _matches(rest, 'd-dd:dd"')
    hours, minutes = _two(rest, 2), _two(rest, 5)
    zoned = (east | west) & _matches(seconds, ":dd.....")
    zoned &= (hours <= LARGEST_OFFSET_HOURS) & (minutes < 60)
    offset = np.where(west, -1, 1) * (hours * 3600 + minutes * 60)
    length = np.where(zulu, ZULU_BYTES, np.where(zoned, OFFSET_BYTES, 0))
    return np.where(zulu, 0, offset), length


def _two(words: Words, place: int) -> Integers:
    """The number that two digits at a place of each word make."""
    tens = (words >> np.uint64(8 * place)) & np.uint64(15)
    ones = (words >> np.uint64(8 * place + 8)) & np.uint64(15)
    return (tens * np.uint64(10) + ones).astype(np.int64)


def _matches(words: Words, form: str) -> Truths:
    """Whether each word has this form: `d` is a digit, `.` anything, all else itself."""
    fixed, wanted, digits, threes = _form(form)
    found: NDArray[np.bool_] = (words & fixed) == wanted
    # a digit is 0x30 to 0x39: its upper half is 3, and still so with 6 added
    upper = digits & _UPPER
    found &= (words & upper) == threes
    found &= (((words & digits) + (digits & _SIXES)) & upper) == threes
    return found


_SIXES = np.uint64(0x0606060606060606)
_UPPER = np.uint64(0xF0F0F0F0F0F0F0F0)


@cache
def _form(form: str) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    fixed = wanted = digits = threes = 0
    for place, sign in enumerate(form):
        shift = 8 * place
        if sign == "d":
            digits |= 0xFF << shift
            threes |= 0x30 << shift
        elif sign != ".":
            fixed |= 0xFF << shift
            wanted |= ord(sign) << shift
    return np.uint64(fixed), np.uint64(wanted), np.uint64(digits), np.uint64(threes)


@cache
def _month_starts() -> Integers:
    """Days since 1970 of the first day of each month, and of the one after the last."""
    months = np.arange((LAST_YEAR - FIRST_YEAR + 1) * 12 + 1) + (FIRST_YEAR - 1970) * 12
    days: Integers = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return days
