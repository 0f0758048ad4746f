"""Lines and rows of a file, gzip or plain, told apart by its first two bytes, never by its name."""

from __future__ import annotations

import csv
import gzip
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedIOBase, TextIOWrapper
from pathlib import Path
from typing import IO, cast

from runtime.errors import AttacheError, WrongUseError

GZIP_MAGIC = b"\x1f\x8b"


@contextmanager
def open_unpacked(path: Path) -> Iterator[BufferedIOBase]:
    """The file's content, unpacked where it is gzip.

    Raises:
        WrongUseError: there's no file to read at this path.
        AttacheError: what is read of it turns out to be a damaged or cut-off gzip.
    """
    try:
        with path.open("rb") as probe:
            packed = probe.read(2) == GZIP_MAGIC
        with gzip.open(path) if packed else path.open("rb") as file:
            yield file
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


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each line with its number, from 1, without its line ending. Blank lines are skipped.

    Raises:
        WrongUseError, AttacheError: as `open_unpacked`.
    """
    with open_unpacked(path) as file:
        for number, line in enumerate(file, start=1):
            content = line.rstrip(b"\r\n")
            if content.strip():
                yield number, content


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The named columns of each row of a CSV file, with the line that it ends on.

    Args:
        columns: those wanted, in the order wanted; the file may have more and in another order.

    Raises:
        WrongUseError, AttacheError: as `open_unpacked`; a column is missing, or a row has more or
            fewer fields than the header, which says that the file is damaged or another one.
    """
    with open_unpacked(path) as file:
        text = TextIOWrapper(cast("IO[bytes]", file), encoding="utf-8-sig", newline="")
        reader = csv.reader(text, strict=True)
        try:
            header = next(reader, [])
            if missing := [name for name in columns if name not in header]:
                raise _not_the_table(path, f"it has no column {', '.join(missing)}")
            wanted = [header.index(name) for name in columns]
            for row in reader:
                if len(row) == len(header):
                    yield reader.line_num, [row[place] for place in wanted]
                elif row:
                    found = (
                        f"line {reader.line_num} has {len(row)} fields, the header {len(header)}"
                    )
                    raise _not_the_table(path, found)
        except (csv.Error, UnicodeDecodeError) as error:
            raise _not_the_table(path, f"after line {reader.line_num}: {error}") from error


def _not_the_table(path: Path, found: str) -> AttacheError:
    return AttacheError(
        f"{path} is not the table it should be: {found}.",
        "Nothing of it was sent. Check that this is the right file, then copy it again.",
    )


def digest_of(path: Path) -> str:
    """SHA-256 of a file as it is, in hexadecimal characters."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
