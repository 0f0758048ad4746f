"""The audit itself: the scorecard over the table `accounts`, and what it adds up to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from attache.audit.reading import read_accounts
from ghosts.card import load_scorecard
from ghosts.macros import render
from ghosts.shares import estimate_share

MOST_SUSPICIOUS = 20
AGES = (30, 90, 365, 1095)


class Audit(msgspec.Struct, frozen=True):
    """What a list of followers is worth. Shares are of those assessed, 0 to 1.

    `low` and `high` bound the 95 % interval. `real_reach` counts assessed accounts that are
    somebody. Of `unassessed` accounts there was not enough to tell.
    """

    file: str
    accounts: int
    assessed: int
    unassessed: int
    assessed_share: float | None
    ghost_share: float | None
    low: float | None
    high: float | None
    unlike_share: float | None
    real_reach: int | None
    real_reach_low: int | None
    real_reach_high: int | None
    bands: dict[str, int]
    reasons: dict[str, int]
    by_age: list[dict[str, Any]]
    histogram: list[int]
    most_suspicious: list[dict[str, Any]]
    columns: dict[str, str]
    bad: dict[str, int]
    model_version: int


def audit_file(
    file: Path, said: Sequence[str] = (), observed_at: str | None = None, scores: Path | None = None
) -> Audit:
    """Score every account of a file and estimate the share of ghosts.

    Args:
        file: contract account events or profiles as JSON, CSV or Parquet.
        said: `field=column` for columns that aren't recognised.
        observed_at: ISO instant at which the profiles were read, where the file doesn't say it.
        scores: Parquet to write: account_id, score, band, reasons.

    Raises:
        WrongUseError: the file can't be read, or has too little to tell a ghost by.
    """
    card = load_scorecard()
    with duckdb.connect() as db:
        columns, bad = read_accounts(db, file, said, observed_at)
        db.execute(_scored())
        if scores is not None:
            db.table("scored").select("account_id, score, band, reasons").write_parquet(str(scores))
        weight, doubt_of = (
            render(macro, "score", calibration=card.constants)
            for macro in ("ghost_share_weight", "ghost_share_doubt")
        )
        total, assessed, mean, doubt = db.execute(
            "select count(*), count(score), coalesce(avg(weight), 0), coalesce(avg(doubt), 0)"
            f" from (select score, {weight} as weight, {doubt_of} as doubt from scored)"
        ).fetchone() or (0, 0, 0.0, 0.0)
        share = estimate_share(assessed, mean, doubt, card.constants)
        return Audit(
            file=file.name,
            accounts=total,
            assessed=assessed,
            unassessed=total - assessed,
            assessed_share=assessed / total if total else None,
            ghost_share=share.share,
            low=share.low,
            high=share.high,
            unlike_share=share.unlike_share,
            real_reach=_left(assessed, share.share),
            real_reach_low=_left(assessed, share.high),
            real_reach_high=_left(assessed, share.low),
            bands=dict.fromkeys(("ghost", "suspect", "real", "unassessed"), 0)
            | dict(db.execute("select band, count(*) from scored group by all").fetchall()),
            reasons=dict(db.execute(_REASONS).fetchall()),
            by_age=_rows(db, _by_age()),
            histogram=[row[0] for row in db.execute(_HISTOGRAM).fetchall()],
            most_suspicious=_rows(db, _MOST),
            columns=columns,
            bad=bad,
            model_version=int(card.constants["model_version"]),
        )


def _scored() -> str:
    card = load_scorecard()
    inputs = render("ghost_inputs").replace("as handle_digits", "as digits_of_handle")
    return f"""
        create temp table scored as
        with inputs as (select *, {inputs} from accounts),
        whole as (
            select
                * replace (coalesce(handle_digits, digits_of_handle) as handle_digits)
            from inputs
        ),
        features as (select *, {render("ghost_features")} from whole),
        pointed as (
            select
                *, {render("ghost_score", card.rows())} as score,
                {render("ghost_reasons", card.rows())} as why
            from features
        )
        select
            account_id, handle, followers, following, posts, age_days, score,
            {render("ghost_band", "score", card.constants)} as band,
            case when score is null then ['too_little_known'] else why end as reasons
        from pointed
    """


_REASONS = """
    select reason, count(*) as accounts
    from (select unnest(reasons) as reason from scored where band in ('ghost', 'suspect'))
    group by all order by accounts desc, reason
"""
_HISTOGRAM = """
    select count(score) from range(20) bins (bin)
    left join scored on least(floor(score * 20), 19) = bin group by bin order by bin
"""
_MOST = f"""
    select account_id, handle, score, band, reasons, followers, following, posts
    from scored where score is not null
    order by band = 'ghost' desc, score desc, account_id limit {MOST_SUSPICIOUS}
"""


def _by_age() -> str:
    """Accounts by age when they were seen: bought followers tend to have been opened together."""
    names = "".join(f" when age_days < {days} then 'under {days} days'" for days in AGES)
    return f"""
        select
            case{names} when age_days is not null then '{AGES[-1]} days or more'
                else 'unknown' end as age,
            count(*) as accounts,
            count(*) filter (where band = 'ghost') as ghosts,
            count(*) filter (where band = 'suspect') as suspects
        from scored group by age order by min(age_days) nulls last
    """


def _left(assessed: int, share: float | None) -> int | None:
    return None if share is None else round(assessed * (1 - share))


def _rows(db: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    cursor = db.execute(sql)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
