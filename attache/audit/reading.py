"""A file of accounts as the table `accounts`: typed, unknown is null, bad values are counted."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb

from attache.audit.columns import FIELDS, recognise
from attache.audit.values import count, flag, instant, is_prose, quoted, text
from runtime.errors import WrongUseError

COUNTS = ("followers", "following", "posts", "likes_given", "listed", "handle_digits")
CHECKED = (*COUNTS, "created_at", "observed_at")
FLAGS = ("default_avatar", "has_avatar", "has_bio", "has_location", "has_link")
# JSON keeps an account at the top, in an event's data, or with a post as its user
NESTS = ("", ".data", ".user", ".data.public_metrics", ".public_metrics")
SAMPLE = 1_000


def read_accounts(
    db: duckdb.DuckDBPyConnection, file: Path, said: Sequence[str], observed_at: str | None
) -> tuple[dict[str, str], dict[str, int]]:
    """Make the table `accounts`.

    Returns:
        field to column, as recognised; and how many rows or values were bad, by reason.

    Raises:
        WrongUseError: there is no such file, its kind is unknown, or it can't be read at all.
    """
    _look(file)
    # A progress bar would stand before the one JSON document on standard output
    db.execute("set timezone = 'UTC'; set enable_progress_bar = false")
    bad: dict[str, int] = {}
    try:
        columns = _open(db, file, bad)
    except duckdb.Error as error:
        raise WrongUseError(
            f"{file.name} can't be read: {str(error).splitlines()[0]}",
            "It must be CSV with a header, Parquet, or JSON with an account a line.",
        ) from error
    found = recognise(columns, said)
    _typed(db, found, observed_at)
    _count_bad(db, bad)
    for table in ("given", "texts", "typed"):
        db.execute(f"drop table {table}")
    return found, {reason: count for reason, count in bad.items() if count}


def _look(file: Path) -> None:
    """Raise WrongUseError for what no reader needs to try."""
    if file.is_dir():
        raise WrongUseError(f"{file} is a folder.", "Type: attache audit followers.csv")
    if not file.is_file():
        raise WrongUseError(f"There is no file {file}.", "Type: attache audit followers.csv")
    if file.stat().st_size == 0:
        raise WrongUseError(
            f"{file.name} is empty.", "It must have a header and a row for each account."
        )


def _open(db: duckdb.DuckDBPyConnection, file: Path, bad: dict[str, int]) -> list[str]:
    """The table `given`, all text, as the file has it; its columns."""
    name = file.name.lower().removesuffix(".gz").removesuffix(".zst")
    if name.endswith((".parquet", ".pq")):
        db.execute(
            "create temp table given as select * from read_parquet($file)", {"file": str(file)}
        )
    elif name.endswith((".csv", ".tsv", ".txt")):
        _open_csv(db, file, bad)
    elif name.endswith((".json", ".jsonl", ".ndjson")):
        _open_json(db, file, bad)
    else:
        raise WrongUseError(
            f"{file.name}: what kind of file is it?",
            "The name must end in .csv, .tsv, .parquet, .jsonl or .json (or that and .gz).",
        )
    return [row[0] for row in db.execute("select name from pragma_table_info('given')").fetchall()]


def _open_csv(db: duckdb.DuckDBPyConnection, file: Path, bad: dict[str, int]) -> None:
    sql = (
        "create or replace temp table given as select * from read_csv($file, all_varchar = true,"
        " header = true, strict_mode = false, store_rejects = true, rejects_limit = 0,"
        " max_line_size = 16000000)"
    )
    opened = gzip.open if file.suffix == ".gz" else open
    with contextlib.suppress(gzip.BadGzipFile), opened(file, "rb") as given:
        if given.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            _recoded(db, sql, file, "utf-16")
            return
    db.execute(sql, {"file": str(file)})
    counted = dict(
        db.execute(
            "select lower(error_type::varchar), count(distinct line)"
            " from reject_errors group by all"
        ).fetchall()
    )
    if "invalid encoding" in counted:
        # Not UTF-8 throughout: read again with a mark in the place of what can't be read
        db.execute("drop table reject_errors; drop table reject_scans")
        _recoded(db, sql, file, "utf-8")
        bad["row: not UTF-8, read with marks"] = counted.pop("invalid encoding")
    bad.update({f"row: {reason}": count for reason, count in counted.items()})


def _recoded(db: duckdb.DuckDBPyConnection, sql: str, file: Path, encoding: str) -> None:
    """Read a copy in UTF-8 of a file in another encoding, or in several."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as mended:
        opened = gzip.open if file.suffix == ".gz" else open
        with opened(file, "rt", encoding=encoding, errors="replace", newline="") as given:
            shutil.copyfileobj(given, mended)
        mended.flush()
        db.execute(sql, {"file": mended.name})


def _open_json(db: duckdb.DuckDBPyConnection, file: Path, bad: dict[str, int]) -> None:
    with_first = "select json from read_json_objects($file, format = '{}', ignore_errors = {})"
    try:
        sql = with_first.format("newline_delimited", "true")
        db.execute(f"create temp table lines as {sql}", {"file": str(file)})
        first = db.execute(
            "select count(*) filter (where json_type(json) = 'OBJECT'), count(*) from lines"
        ).fetchone()
        if first is None or first[0] * 2 < first[1]:
            raise duckdb.InvalidInputException("not a line an account")
    except duckdb.Error:
        sql = with_first.format("auto", "false")
        db.execute(f"create or replace temp table lines as {sql}", {"file": str(file)})
    is_account = (
        "json_type(json) = 'OBJECT' and coalesce(json ->> '$.type', '') not similar to"
        " 'attache\\.(post|interaction|counters)\\..*'"
    )
    row = db.execute(
        "select count(*) filter (where json is null),"
        f" count(*) filter (where json is not null and not ({is_account})) from lines"
    ).fetchone() or (0, 0)
    bad["row: not JSON"], bad["row: not an account"] = row
    paths = _paths(db, is_account)
    taken = ", ".join(f"v[{at}] as {quoted(key)}" for at, key in enumerate(paths, start=1))
    db.execute(
        f"create temp table given as select {taken or 'null as nothing'} from"
        f" (select json_extract_string(json, $paths) as v from lines where {is_account})",
        {"paths": list(paths.values()) or ["$.nothing"]},
    )
    db.execute("drop table lines")


def _paths(db: duckdb.DuckDBPyConnection, is_account: str) -> dict[str, str]:
    """Keys of the first accounts, and where they are; the deepest wins."""
    paths: dict[str, str] = {}
    for nest in NESTS:
        keys = db.execute(
            "select distinct unnest(json_keys(json, $nest)) from"
            f" (select json from lines where {is_account} limit {SAMPLE})",
            {"nest": f"${nest}"},
        ).fetchall()
        paths |= {key: f'${nest}."{key}"' for (key,) in keys if key and '"' not in key}
    return paths


def _typed(db: duckdb.DuckDBPyConnection, found: dict[str, str], observed_at: str | None) -> None:
    """The table `accounts`: cleaned text first, once, then what it means."""
    texts = ", ".join(f"{text(found.get(field))} as t_{field}" for field in FIELDS)
    db.execute(f"create temp table texts as select {texts} from given")
    counts = ", ".join(f"{count('t_' + name)} as {name}" for name in COUNTS)
    flags = ", ".join(f"{_flag(db, name, name in found)} as {name}" for name in FLAGS)
    observed = instant("t_observed_at")
    if observed_at is not None:
        observed = f"coalesce({observed}, timestamptz '{observed_at}')"
    db.execute(f"""
        create temp table typed as
        select
            coalesce(t_account_id, t_handle, 'row ' || (rowid + 1)::varchar) as account_id,
            t_handle as handle, {counts}, {flags},
            {instant("t_created_at")} as created_at, {observed} as observed_at,
            {", ".join(f"t_{name}" for name in CHECKED)}
        from texts
    """)
    db.execute(f"""
        create temp table accounts as
        select
            * exclude (default_avatar, has_avatar, {", ".join(f"t_{name}" for name in CHECKED)}),
            coalesce(default_avatar, not has_avatar) as default_avatar
        from typed
        -- A spreadsheet makes one id of many: 8.41E+17 names nobody, and none of them is dropped
        qualify regexp_full_match(account_id, '[0-9.]+[eE][+]?[0-9]+') or row_number() over (
            partition by account_id order by observed_at desc nulls last
        ) = 1
    """)


def _count_bad(db: duckdb.DuckDBPyConnection, bad: dict[str, int]) -> None:
    """Values that were stated and say nothing, and accounts that came twice."""
    lost = ", ".join(f"count(t_{name}) filter (where {name} is null)" for name in CHECKED)
    row = db.execute(
        f"select {lost}, count(*) - (select count(*) from accounts) from typed"
    ).fetchone()
    names = [*(f"value: {name}" for name in CHECKED), "row: repeated account"]
    bad.update(zip(names, row or [0] * len(names), strict=True))


def _flag(db: duckdb.DuckDBPyConnection, name: str, is_there: bool) -> str:
    """Yes and no as written; where the column holds the text itself, whether there is any."""
    written = f"t_{name}"
    if not is_there or name in ("default_avatar", "has_avatar"):
        return flag(written)
    # An empty text is no bio; a column that is empty throughout says nothing
    found = db.execute(f"select count(*) from texts where {is_prose(written)}").fetchone()
    return (
        f"coalesce({flag(written)}, {written} is not null)" if found and found[0] else flag(written)
    )
