"""`attache audit` on files as people have them: read where they can be, else told what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from attache.audit.scoring import Audit, audit_file
from attache.cli import app
from runtime.errors import WrongUseError

GHOST_AND_PERSON = "id,followers,following,posts\na,1,900,2\nb,300,200,90\n"


def audited(folder: Path, content: str | bytes, name: str = "f.csv") -> Audit:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return audit_file(file, observed_at="2021-01-01T00:00:00+00:00")


@pytest.mark.parametrize(
    "content",
    [
        GHOST_AND_PERSON.encode("utf-8-sig"),
        GHOST_AND_PERSON.encode("utf-16"),
        GHOST_AND_PERSON.replace("id", "Größe,id").replace("\n", "\né,", 2)[:-3].encode("latin-1"),
        GHOST_AND_PERSON.replace(",", ";").encode(),
        GHOST_AND_PERSON.replace(",", "\t").encode(),
        GHOST_AND_PERSON.replace(",", "|").encode(),
        GHOST_AND_PERSON.replace("\n", "\r\n").encode(),
    ],
    ids=["bom", "utf-16", "latin-1", "semicolon", "tab", "pipe", "crlf"],
)
def test_encodings_and_separators_change_nothing(tmp_path: Path, content: bytes) -> None:
    bands = audited(tmp_path, content).bands
    assert (bands["ghost"], bands["real"]) == (1, 1)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1204", 1204),
        ("1204.0", 1204),
        ('"1,204"', 1204),
        ("1.204", 1204),
        ("1.204.567", 1_204_567),
        ('"1,204,567.0"', 1_204_567),
        ("1 204", 1204),
        ("1\u202f204", 1204),
        ("1\u00a0204", 1204),
        ("1'204", 1204),
        ("1.2K", 1200),
        ('"1,2K"', 1200),
        ("0.5", 0),
        ("-5", None),
        ("nan", None),
        ("many", None),
        ("99999999999999999999", None),
    ],
)
def test_a_count_is_read_as_it_was_meant(tmp_path: Path, written: str, meant: int | None) -> None:
    report = audited(tmp_path, f"id,followers,following,posts\na,{written},900,2\nb,7,7,7\n")
    read = {row["account_id"]: row["followers"] for row in report.most_suspicious}
    assert read.get("a") == meant
    is_bad = meant is None and written != "nan"
    assert report.bad == ({"value: followers": 1} if is_bad else {})


@pytest.mark.parametrize(
    "day", ["2020/06/03", "03.06.2020", "3 Jun 2020", "Jun 3 2020", '"June 3, 2020"', "03/06/2020"]
)
def test_days_are_read_with_the_day_first(tmp_path: Path, day: str) -> None:
    report = audited(tmp_path, f"id,followers,following,joined\na,1,9,{day}\n")
    assert [row["age"] for row in report.by_age] == ["under 365 days"]


def test_a_day_that_never_was_is_counted_and_the_age_unknown(tmp_path: Path) -> None:
    report = audited(tmp_path, "id,followers,following,joined\na,1,9,31/31/2020\n")
    assert report.bad == {"value: created_at": 1}
    assert [row["age"] for row in report.by_age] == ["unknown"]


def test_yes_and_no_in_several_ways_say_the_same(tmp_path: Path) -> None:
    rows = [("yes", "no"), ("1", "0"), ("True", "FALSE"), ("t", "f"), ("Y", "N"), ("1.0", "0.0")]
    lines = [f"r{at},9,90,2,{yes},{no}" for at, (yes, no) in enumerate(rows)]
    head = "id,followers,following,posts,default_profile_image,has_bio"
    report = audited(tmp_path, "\n".join([head, *lines]) + "\n")
    scores = {row["score"] for row in report.most_suspicious}
    assert len(scores) == 1
    assert report.reasons["default_avatar"] == len(rows)


def test_repeated_accounts_count_once_and_those_without_an_id_each(tmp_path: Path) -> None:
    report = audited(tmp_path, GHOST_AND_PERSON + "a,1,900,2\n,300,200,90\n,300,200,90\n")
    assert (report.accounts, report.bad) == (4, {"row: repeated account": 1})


def test_a_header_alone_is_a_list_of_nobody(tmp_path: Path) -> None:
    report = audited(tmp_path, "id,followers,following,posts\n")
    assert (report.accounts, report.assessed, report.ghost_share) == (0, 0, None)


def test_without_whom_they_follow_nobody_can_be_assessed(tmp_path: Path) -> None:
    report = audited(tmp_path, "id,followers,following,posts\na,1,,2\nb,,9,90\nc,5,9,\n")
    assert (report.assessed, report.unassessed) == (1, 2)


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        ("", "f.csv", "empty"),
        ("", "f.jsonl", "empty"),
        ("a,1,900,2\nb,300,200,90\n", "f.csv", "Followers and following"),
        ("id,followers,posts\na,1,2\n", "f.csv", "Followers and following"),
        ("hello", "f.parquet", "can't be read"),
        ("hello", "f.csv.gz", "can't be read"),
        ("[]", "f.json", "Followers and following"),
        ("id,followers\n", "f.xlsx", "what kind"),
    ],
)
def test_what_can_t_be_read_ends_with_2_and_says_why(
    tmp_path: Path, content: str, name: str, says: str
) -> None:
    (tmp_path / name).write_text(content)
    failed = CliRunner().invoke(app, ["audit", str(tmp_path / name)]).exception
    assert isinstance(failed, WrongUseError)
    assert failed.exit_code == 2
    assert says in str(failed)


@pytest.mark.parametrize(
    "content",
    ["id,followers,following,posts\n\x1b[31mred,1,900,2\n", "\x1b]0;title\x07,b\n1,2\n"],
    ids=["account", "column"],
)
def test_nothing_in_a_file_steers_the_terminal(tmp_path: Path, content: str) -> None:
    file = tmp_path / "f.csv"
    file.write_text(content)
    shown = subprocess.run(
        [Path(sys.executable).with_name("attache"), "audit", file], capture_output=True, text=True
    )
    assert "\\x1b" in shown.stdout + shown.stderr
    assert "\x1b" not in shown.stdout + shown.stderr


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="is a folder"):
        audit_file(tmp_path)
