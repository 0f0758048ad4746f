"""Lines of a file, gzip or plain, told apart by the first two bytes and never by the name."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path

from runtime.errors import AttacheError, WrongUseError

GZIP_MAGIC = b"\x1f\x8b"


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each line with its number, from 1, without its line ending. Blank lines are skipped.

    Raises:
        WrongUseError: there's no file to read at this path.
        AttacheError: the file is a damaged or cut-off gzip.
    """
    try:
        with path.open("rb") as probe:
            packed = probe.read(2) == GZIP_MAGIC
        with gzip.open(path) if packed else path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                content = line.rstrip(b"\r\n")
                if content.strip():
                    yield number, content
    except FileNotFoundError as error:
        raise WrongUseError(f"There is no file {path}.", "Check the path.") from error
    except IsADirectoryError as error:
        raise WrongUseError(f"{path} is a folder.", "Name one file in it.") from error
    except PermissionError as error:
        raise WrongUseError(f"{path} may not be read.", "Check its permissions.") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise AttacheError(
            f"{path} is not a whole gzip file: {error}.",
            "Nothing of it is taken as complete. Copy or download it again.",
        ) from error


def digest_of(path: Path) -> str:
    """SHA-256 of a file as it is, in hexadecimal characters."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
