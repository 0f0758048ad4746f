"""What the scorecard looks at, in which direction, and where its bins end."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from ghosts.macros import render

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Feature:
    """One direction of one column.

    Args:
        column: of an account, stated or derived.
        rises: whether more of it speaks for a ghost; else less of it does.
        edges: where a bin ends and the next begins; a value on an edge is in the upper one.
        reason: what a bin that speaks for a ghost is called, if it should be told.
        reason_below_first: for the first bin, where it has a name of its own.
    """

    column: str
    rises: bool
    edges: tuple[float, ...]
    reason: str
    reason_below_first: str = ""


# Never `verified` or `protected`: one can be bought, the other is a person's right.
FEATURES = (
    Feature(
        "posts", False, (1, 2, 5, 10, 20, 40, 80, 150, 300, 1000, 3000), "few_posts", "no_posts"
    ),
    Feature("follow_ratio", True, (1, 1.5, 2, 3, 5, 8, 12, 20, 40), "follows_many_followed_by_few"),
    # Neither followed nor posting for as much as it follows: both at once, which no sum says
    Feature("follow_pressure", True, (4, 6, 10, 20), "follows_and_little_else"),
    # Below fifty, the ratio says it: a newcomer with few followers isn't a ghost for that
    Feature("followers", False, (50, 100, 200, 500, 1000, 5000, 50_000), "few_followers"),
    Feature("following", False, (1, 3, 10), "follows_hardly_anyone", "follows_nobody"),
    Feature("following", True, (1500, 3000, 6000), "follows_thousands"),
    Feature("listed", False, (1, 3, 10, 30), "on_no_list"),
    Feature("likes_given", False, (1, 3, 10, 50, 200, 1000), "gives_few_likes", "gives_no_likes"),
    Feature("age_days", False, (30, 90, 180, 365, 730), "young_account", "new_account"),
    Feature("posts_per_day", True, (30, 50, 100, 200), "posts_without_pause"),
    Feature("default_avatar", True, (1,), "default_avatar"),
    Feature("has_bio", False, (1,), "no_bio"),
    Feature("has_location", False, (1,), "no_location"),
    Feature("has_link", False, (1,), "no_link"),
    Feature("handle_digits", True, (2, 4, 7), "digits_in_handle"),
)
COLUMNS = tuple(dict.fromkeys(feature.column for feature in FEATURES))


def feature_table(
    connection: duckdb.DuckDBPyConnection,
) -> tuple[list[str], list[str], dict[str, Array]]:
    """Source, language and columns of every row of `labelled`; what is unknown is NaN."""
    columns = ", ".join(f"cast({name} as double) as {name}" for name in COLUMNS)
    fetched = connection.execute(
        f"select source, coalesce(language, '') as language, {columns}"
        f" from (select *, {render('ghost_features')} from labelled)"
        " order by all"  # training hides columns by position: the same rows, the same scorecard
    ).fetchnumpy()
    known = {name: np.ma.filled(fetched[name].astype(np.float64), np.nan) for name in COLUMNS}
    return list(fetched["source"]), list(fetched["language"]), known


def steps(columns: dict[str, Array]) -> tuple[Array, npt.NDArray[np.int64]]:
    """The columns as steps, NaN where unknown: a step is 1 where its edge is passed.

    Returns:
        steps of shape (rows, steps), and the position in `FEATURES` that each belongs to.
    """
    made, owners = [], []
    for position, feature in enumerate(FEATURES):
        values = columns[feature.column]
        for edge in feature.edges:
            passed = values >= edge if feature.rises else values < edge
            made.append(np.where(np.isnan(values), np.nan, passed.astype(np.float64)))
            owners.append(position)
    return np.column_stack(made), np.array(owners)
