"""The ministry's register of official accounts: a file, checked row by row, kept in the home.

All of it or nothing: a register with an error stays out, and the one of before stays in force.
Every import is kept; what held when is worked out of them by `int_register_spans`. Until one is
imported, models read the seed that is shipped.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb
import msgspec

from attache.register_columns import COLUMNS, REQUIRED, Checks, Fault
from ingestion.warehouse import open_warehouse
from runtime.errors import WrongUseError
from runtime.settings import Settings


class RowError(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with the file.

    Attributes:
        line: of the file, from 1; where a row takes more than one, its first.
        column: None where it is the line as a whole.
        wrong: what is wrong.
        instead: what to write instead.
    """

    line: int
    column: str | None
    wrong: str
    instead: str

    def __str__(self) -> str:
        place = f"line {self.line}" + (f", {self.column}" if self.column else "")
        return f"{place}: {self.wrong}. {self.instead}."


class RegisterReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did. With errors, nothing was imported.

    Attributes:
        is_new: whether it says anything else than the import before.
    """

    file: str
    account_count: int
    is_new: bool
    errors: list[RowError]


class RegisterRefusedError(WrongUseError):
    """The file has errors; the register of before stays in force."""

    def __init__(self, report: RegisterReport) -> None:
        count = len(report.errors)
        listed = "\n".join(f"  {error}" for error in report.errors)
        super().__init__(
            f"{report.file} has {count} error{'s' * (count > 1)}:\n{listed}",
            "Nothing was imported. Correct the lines and import the file again.",
        )
        self.report = report


Row = dict[str, str]


def import_register(settings: Settings, file: Path, day: date) -> RegisterReport:
    """Take in what a CSV file says of the accounts; what former imports said is kept.

    Args:
        file: UTF-8, with a header; its columns are those of `register_columns.COLUMNS`.
        day: from which changes hold of which the file doesn't say since when.

    Raises:
        RegisterRefusedError: something is wrong with the file; the error has the whole list.
        WrongUseError: there is no such file.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise WrongUseError(
            f"{file} can't be read: {error.strerror}.", "Name a CSV file that is there."
        ) from error
    rows, errors = read_register(content, day)
    report = RegisterReport(file=str(file), account_count=0, is_new=False, errors=errors)
    if errors:
        raise RegisterRefusedError(report)
    with open_warehouse(settings) as warehouse:
        return msgspec.structs.replace(
            report,
            account_count=len({_account(row) for _, row in rows}),
            is_new=_add(warehouse, [row for _, row in rows], day),
        )


def read_register(content: bytes, day: date) -> tuple[list[tuple[int, Row]], list[RowError]]:
    """The rows of a register, each with its line, and everything that is wrong with them."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return [], [_error(line, None, Fault("it is not UTF-8", "Save the file as UTF-8"))]
    lines = list(_lines(text))
    if isinstance(lines[-1][1], Fault):
        return [], [_error(lines[-1][0], None, lines[-1][1])]
    records = [(line, cells) for line, cells in lines if not isinstance(cells, Fault)]
    (_, header), body = records[0], [(line, cells) for line, cells in records[1:] if any(cells)]
    errors = [_error(1, column, fault) for column, fault in _header_faults(header)]
    if not errors and not body:
        errors = [_error(1, None, Fault("it has no account", "Add a line for each account"))]
    if errors:
        return [], errors
    rows = [(line, _row(header, cells)) for line, cells in body if len(cells) == len(header)]
    ragged = [
        _error(line, None, _ragged(len(cells), len(header)))
        for line, cells in body
        if len(cells) != len(header)
    ]
    errors = sorted([*ragged, *_row_errors(rows, day), *_twice(rows)], key=lambda error: error.line)
    return rows, errors


def _lines(text: str) -> Iterator[tuple[int, list[str] | Fault]]:
    """The records of the file with the lines they begin on; the last is a fault if it is no CSV."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        yield line, Fault(f"it is no CSV ({error})", "Close every quote, and double those inside")
        return
    if line == 1:
        yield line, Fault("the file is empty", f"Begin with the header {','.join(COLUMNS)}")


def _header_faults(header: Sequence[str]) -> Iterator[tuple[str, Fault]]:
    for column, count in Counter(header).items():
        if column not in COLUMNS:
            known = f"Use {', '.join(COLUMNS)}"
            yield column, Fault(f"there is no column {column!r} in a register", known)
        elif count > 1:
            yield column, Fault("the header has it twice", "Keep one of them")
    for column in REQUIRED:
        if column not in header:
            yield column, Fault("the header lacks it", "Add the column; it can't be left out")


def _ragged(found: int, wanted: int) -> Fault:
    return Fault(
        f"it has {found} fields, the header {wanted}",
        "Give each column a field; put a value with a comma into double quotes",
    )


def _row(header: Sequence[str], cells: Sequence[str]) -> Row:
    return dict(zip(header, cells, strict=True))


def _row_errors(rows: Sequence[tuple[int, Row]], day: date) -> Iterator[RowError]:
    checks = Checks.load(day)
    for line, row in rows:
        for column, value in row.items():
            fault = checks.fault(column, value)
            if fault:
                yield _error(line, column, fault)


def _twice(rows: Sequence[tuple[int, Row]]) -> Iterator[RowError]:
    first: dict[tuple[str, str, str], int] = {}
    for line, row in rows:
        account = _account(row)
        said = (*account, row.get("valid_from", ""))
        if all(account) and first.setdefault(said, line) != line:
            wrong = f"{':'.join(account)} is on line {first[said]} already"
            instead = "Keep one of the two lines, or say with valid_from since when each holds"
            yield _error(line, "account_id", Fault(wrong, instead))


def _account(row: Row) -> tuple[str, str]:
    return row["platform"], row["account_id"]


def _error(line: int, column: str | None, fault: Fault) -> RowError:
    return RowError(line=line, column=column, wrong=fault.wrong, instead=fault.instead)


def _add(warehouse: duckdb.DuckDBPyConnection, rows: Sequence[Row], day: date) -> bool:
    """Keep an import behind those of before, unless the latest said the same."""
    names, places = ", ".join(COLUMNS), ", ".join("?" * len(COLUMNS))
    values = [tuple(row.get(column) or None for column in COLUMNS) for row in rows]
    latest = "(SELECT coalesce(max(import_id), 0) FROM raw.account_register)"
    said = warehouse.execute(
        f"SELECT {names} FROM raw.account_register WHERE coalesce(import_id, 0) = {latest}"
    ).fetchall()
    if Counter(said) == Counter(values):
        return False
    (last,) = warehouse.execute(f"SELECT {latest}").fetchall()
    warehouse.begin()
    warehouse.executemany(
        f"""INSERT INTO raw.account_register ({names}, import_id, imported_on)
        VALUES ({places}, ?, ?)""",
        [(*row, last[0] + 1, day) for row in values],
    )
    warehouse.commit()
    return True
