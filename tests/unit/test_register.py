"""The ministry's register: every wrong line is named at once, and all or nothing is imported."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from attache.cli import app
from attache.dbt_run import DBT_PROJECT
from attache.register import (
    RegisterRefusedError,
    RowError,
    import_register,
    read_register,
)
from ingestion.warehouse import open_warehouse
from runtime.errors import WrongUseError
from runtime.settings import Settings

HEADER = "platform,account_id,mission,time_zone,role,language,opened,registered,country_code"
TODAY = date(2014, 6, 1)
GOOD = f"{HEADER}\nx,mission,Embassy,America/Toronto,own,fr-CA,2014-01-27,2014-02-01,CA\n"


def errors_of(text: str | bytes) -> list[RowError]:
    return read_register(text.encode() if isinstance(text, str) else text, TODAY)[1]


def test_a_good_register_has_no_errors_with_or_without_a_byte_order_mark() -> None:
    for text in (GOOD, "\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD + "\n,,,,,,,,\n"):
        rows, errors = read_register(text.encode(), TODAY)
        assert errors == []
        assert [(line, row["account_id"]) for line, row in rows] == [(2, "mission")]


def test_the_shipped_register_is_a_good_one() -> None:
    content = (DBT_PROJECT / "seeds" / "account_register.csv").read_bytes()
    rows, errors = read_register(content, TODAY)
    assert rows
    assert errors == []


@pytest.mark.parametrize(
    ("column", "value", "instead"),
    [
        ("platform", "Weibo", "small letters"),
        ("platform", "", "Write the platform"),
        ("account_id", "", "Write the account_id"),
        ("account_id", "two words", "without spaces"),
        ("mission", "", "Write the mission"),
        ("time_zone", "America/Tronto", "Write America/Toronto"),
        ("time_zone", "Peking", "Asia/Shanghai"),
        ("role", "owner", "own or peer"),
        ("language", "français", "BCP 47"),
        ("opened", "27.1.2014", "2014-01-27"),
        ("opened", "2014-02-30", "2014-01-27"),
        ("registered", "20140127", "2014-01-27"),
        ("country_code", "Canada", "ISO 3166-1"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_write_instead(
    column: str, value: str, instead: str
) -> None:
    names = HEADER.split(",")
    cells = dict(zip(names, GOOD.splitlines()[1].split(","), strict=True)) | {column: value}
    (error,) = errors_of(GOOD + ",".join(cells[name] for name in names).replace("mission,", "m2,"))
    assert (error.line, error.column) == (3, column)
    assert value in error.wrong
    assert instead in error.instead


def test_what_is_not_required_may_be_empty() -> None:
    assert errors_of("platform,account_id,mission,time_zone,opened\nx,a,Embassy,,\n") == []


def test_an_account_on_two_lines_names_both_and_lines_are_those_of_the_file() -> None:
    text = 'platform,account_id,mission\nx,a,"two\nlines"\nweibo,a,B\nx,a,C\n'
    (error,) = errors_of(text)
    assert (error.line, error.column) == (5, "account_id")
    assert "x:a is on line 2 already" in error.wrong


@pytest.mark.parametrize(
    ("text", "line", "wrong"),
    [
        ("", 1, "empty"),
        (HEADER, 1, "no account"),
        ("platform,account_id\nx,a\n", 1, "lacks"),
        ("platform,account_id,mission,zone\nx,a,M,UTC\n", 1, "no column 'zone'"),
        ("platform,account_id,mission,mission\nx,a,M,M\n", 1, "twice"),
        ("platform,account_id,mission\nx,a,M\nx,b\n", 3, "2 fields, the header 3"),
        ('platform,account_id,mission\nx,a,"M\n', 2, "no CSV"),
        (b"platform,account_id,mission\nx,a,caf\xe9\n", 2, "UTF-8"),
    ],
)
def test_a_file_that_is_no_register(text: str | bytes, line: int, wrong: str) -> None:
    (error,) = errors_of(text)
    assert error.line == line
    assert wrong in error.wrong


def test_all_or_nothing_and_an_import_replaces_the_one_of_before(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "register.csv"
    file.write_text(GOOD)
    assert import_register(settings, file, TODAY).account_count == 1
    file.write_text(GOOD + "x,other,Consulate,Nowhere,own,,,,\nx,,Consulate,,boss,,,,\n")
    with pytest.raises(RegisterRefusedError) as refused:
        import_register(settings, file, TODAY)
    places = [(error.line, error.column) for error in refused.value.report.errors]
    assert places == [(3, "time_zone"), (4, "account_id"), (4, "role")]
    assert _accounts(settings) == ["mission"]
    file.write_text(GOOD + "x,other,Consulate,,peer,,,,\n")
    import_register(settings, file, TODAY)
    assert _accounts(settings) == ["mission", "other"]
    file.write_text(GOOD.replace("x,mission", "x,alone"))
    import_register(settings, file, TODAY)
    assert _accounts(settings) == ["alone"]


def test_lines_of_one_account_tell_since_when_each_holds_and_never_of_the_future() -> None:
    header = "platform,account_id,mission,valid_from"
    assert errors_of(f"{header}\nx,a,Embassy,\nx,a,Consulate,2014-06-01\n") == []
    twice, later = errors_of(f"{header}\nx,a,Embassy,\nx,a,Consulate,\nx,a,Office,2014-06-02\n")
    assert (twice.line, "valid_from" in twice.instead) == (3, True)
    assert (later.line, later.column, later.instead) == (
        *(4, "valid_from"),
        "Import it once it holds",
    )


def test_what_was_imported_before_stays_and_the_same_again_is_nothing_new(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "register.csv"
    for text, is_new in [(GOOD, True), (GOOD, False), (GOOD.replace("Embassy", "Office"), True)]:
        file.write_text(text)
        assert import_register(settings, file, TODAY).is_new is is_new
    with open_warehouse(settings) as warehouse:
        kept = warehouse.execute("SELECT import_id, mission, imported_on FROM raw.account_register")
        assert sorted(kept.fetchall()) == [(1, "Embassy", TODAY), (2, "Office", TODAY)]


def test_a_file_that_is_not_there_is_wrong_use(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="can't be read"):
        import_register(settings, tmp_path / "none.csv", TODAY)


def test_the_command_lists_the_errors_as_one_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTACHE_HOME", str(tmp_path / "home"))
    file = tmp_path / "register.csv"
    file.write_text(GOOD.replace("own", "owner"))
    refused = CliRunner().invoke(app, ["register", "import", str(file), "--json"])
    assert isinstance(refused.exception, RegisterRefusedError)
    assert refused.exception.exit_code == 2
    (error,) = json.loads(refused.stdout)["errors"]
    assert (error["line"], error["column"]) == (2, "role")
    file.write_text(GOOD)
    imported = CliRunner().invoke(app, ["register", "import", str(file), "--json"])
    assert (imported.exit_code, json.loads(imported.stdout)["account_count"]) == (0, 1)


def _accounts(settings: Settings) -> list[str]:
    with open_warehouse(settings) as warehouse:
        rows = warehouse.execute(
            """SELECT account_id FROM raw.account_register
            WHERE import_id = (SELECT max(import_id) FROM raw.account_register) ORDER BY ALL"""
        )
        return [account for (account,) in rows.fetchall()]
