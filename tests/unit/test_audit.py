"""`attache audit`: dirty files in, honest figures out; wrong use says what to type."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from attache.audit.html import write_report
from attache.audit.scoring import audit_file
from attache.cli import app
from ghosts.card import load_scorecard
from runtime.errors import WrongUseError

PERSON = {"followers": 300, "following": 280, "posts": 900}
GHOST = {"followers": 4, "following": 900, "posts": 1}


def write_csv(file: Path, rows: list[dict[str, Any]]) -> Path:
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


def crowd(people: int, ghosts: int) -> list[dict[str, Any]]:
    rows = [PERSON] * people + [GHOST] * ghosts
    return [{"id": f"a{at}", **row} for at, row in enumerate(rows)]


def test_a_crowd_of_people_and_ghosts_is_told_apart(tmp_path: Path) -> None:
    scores = tmp_path / "scores.parquet"
    report = audit_file(write_csv(tmp_path / "f.csv", crowd(70, 30)), scores=scores)
    assert (report.assessed, report.unassessed) == (100, 0)
    assert (report.bands["real"], report.bands["ghost"]) == (70, 30)
    assert report.low is not None
    assert report.high is not None
    assert report.low < 0.3 < report.high
    rows = duckdb.execute(
        "select band, count(*) from read_parquet($f) group by all", {"f": str(scores)}
    )
    assert dict(rows.fetchall()) == {"real": 70, "ghost": 30}


def test_events_csv_and_parquet_of_the_same_accounts_score_the_same(tmp_path: Path) -> None:
    rows = crowd(12, 8)
    table = write_csv(tmp_path / "f.csv", rows)
    events = tmp_path / "f.jsonl"
    events.write_text(
        "".join(
            json.dumps({"type": "attache.account.v1", "data": {"account_id": r["id"], **r}}) + "\n"
            for r in rows
        )
    )
    parquet = tmp_path / "f.parquet"
    duckdb.execute(f"copy (select * from read_csv('{table}')) to '{parquet}'")
    first, *others = (audit_file(file).ghost_share for file in (table, events, parquet))
    assert first is not None
    assert others == [pytest.approx(first)] * 2  # sums are added up in another order


def test_bad_rows_and_values_are_counted_and_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "f.jsonl"
    good = json.dumps(
        {"id": "1", "followers_count": "1,2K", "friends_count": 5, "statuses_count": 9}
    )
    odd = json.dumps(
        {"id": "2", "followers_count": -4, "friends_count": "many", "statuses_count": 1}
    )
    post = json.dumps({"type": "attache.post.v1", "data": {"post_id": "9"}})
    file.write_text("\n".join([good, odd, "{broken", post, good]) + "\n")
    report = audit_file(file)
    assert (report.accounts, report.assessed, report.unassessed) == (2, 1, 1)
    assert report.bad == {
        "row: not JSON": 1,
        "row: not an account": 1,
        "row: repeated account": 1,
        "value: followers": 1,
        "value: following": 1,
    }


def test_ids_that_a_spreadsheet_destroyed_stay_apart(tmp_path: Path) -> None:
    rows = [{"id": "8.41E+17", **PERSON}, {"id": "8.41E+17", **GHOST}, {"id": "5", **GHOST}]
    assert audit_file(write_csv(tmp_path / "f.csv", rows)).accounts == 3


@pytest.mark.parametrize(
    "written",
    [
        "Thu Jan 01 00:00:00 +0000 2026",
        "1/1/26",
        "2026-01-01",
        "1767225600",
        "2026-01-01T00:00:00Z",
    ],
)
def test_an_opening_day_is_read_as_usually_written(tmp_path: Path, written: str) -> None:
    file = write_csv(tmp_path / "f.csv", [{"id": "1", "created_at": written, **PERSON}])
    report = audit_file(file, observed_at="2026-01-11T00:00:00+00:00")
    assert [row["age"] for row in report.by_age] == ["under 30 days"]


def test_wrong_use_ends_with_2_and_says_what_to_type(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "f.csv", [{"id": 1, "fans_of_it": 2, "he_follows": 3}])
    for arguments in ([str(tmp_path / "none.csv")], [str(file)], [str(file), "--map", "fans=x"]):
        failed = CliRunner().invoke(app, ["audit", *arguments]).exception
        assert isinstance(failed, WrongUseError)
        assert (failed.exit_code, "map" in failed.hint or "Type" in failed.hint) == (2, True)
    said = ["--map", "followers=fans_of_it", "--map", "following=he_follows", "--json"]
    done = CliRunner().invoke(app, ["audit", str(file), *said])
    assert json.loads(done.stdout)["assessed"] == 1


def test_the_report_is_one_file_that_fetches_nothing(tmp_path: Path) -> None:
    rows = [{**row, "id": f"<script>{row['id']}"} for row in crowd(20, 20)]
    write_report(audit_file(write_csv(tmp_path / "f.csv", rows)), tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert "<svg" in page
    assert "<script" not in page
    assert "http" not in page


# How a vendor would try to pass: see docs/explanation/gaming-the-guard.md
TRICKS: dict[str, dict[str, float | None]] = {
    "aged accounts": {"age_days": 4000.0},
    "filled profiles": {
        "has_bio": 1.0,
        "has_location": 1.0,
        "has_link": 1.0,
        "default_avatar": 0.0,
    },
    "names without digits": {"handle_digits": 0.0},
    "on a list": {"listed": 1.0},
    "a few likes": {"likes_given": 5.0},
}


def test_no_cheap_trick_alone_nor_all_of_them_make_a_bought_follower_a_person() -> None:
    card = load_scorecard()
    bought: dict[str, float | None] = {
        "followers": 4.0,
        "following": 900.0,
        "posts": 1.0,
        "follow_ratio": 900 / 14,
        "follow_pressure": 900 / 15,
        "likes_given": 0.0,
        "listed": 0.0,
        "age_days": 20.0,
        "has_bio": 0.0,
    }
    assert card.band(bought) == "ghost"
    for change in TRICKS.values():
        assert card.band({**bought, **change}) == "ghost"
    everything = {key: value for change in TRICKS.values() for key, value in change.items()}
    assert card.band({**bought, **everything}) in ("ghost", "suspect")


def test_nobody_is_a_ghost_for_one_thing_alone() -> None:
    card = load_scorecard()
    person: dict[str, float | None] = {
        "followers": 150.0,
        "following": 300.0,
        "posts": 200.0,
        "follow_ratio": 300 / 160,
        "follow_pressure": 300 / 360,
        "likes_given": 60.0,
        "listed": 1.0,
        "age_days": 800.0,
        "has_bio": 1.0,
    }
    for one in (
        {"posts": 0.0},
        {"has_bio": 0.0},
        {"age_days": 1.0},
        {"listed": 0.0},
        {"likes_given": 0.0},
        {"default_avatar": 1.0},
        {"handle_digits": 9.0},
    ):
        assert card.band({**person, **one}) == "real"
