"""What readers have after an erasure: facts, their restatements, and versions that were kept."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pytest

from attache import steps
from attache.explain import explain
from publication.manifest import load_manifest
from publication.publish import publish
from runtime.errors import GateClosedError
from runtime.run import Run
from runtime.settings import Settings
from tests.erasure import GONE, LATE, STAYS, act, erase_them, official, theirs
from tests.histories import differences
from tests.landed import land_events
from tests.pipeline import RUN, ask

DAY = date(2014, 1, 27)
CROWD = [act(100 + n, f"{n:032x}", 30, "comment", text="well") for n in range(100)]
"""So many that a gate which asks where history went finds one person missing no loss."""


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with version 1, then somebody erased, their events landed again, and version 2.

    Of the same run: a late event of a day that they acted on, and one of a day that they didn't.
    """
    settings = Settings(home=tmp_path_factory.mktemp("erased"))
    land_events(settings, RUN, [*official(), *theirs(10, GONE), *theirs(20, STAYS)])
    land_events(settings, RUN, CROWD)
    _publish(settings, RUN)
    erase_them(settings)
    with pytest.raises(GateClosedError, match="erased since"):
        publish(settings, RUN)
    land_events(settings, RUN, [*theirs(10, GONE), *LATE])
    later = Run("test__2", datetime(2014, 4, 6, 1, tzinfo=UTC))
    _publish(settings, later)
    return settings


def _publish(settings: Settings, run: Run) -> None:
    steps.build(settings, run)
    steps.check(settings, run)
    steps.publish(settings, run)


def test_the_facts_are_those_of_a_home_that_never_saw_them(erased: Settings, new_home: Any) -> None:
    reference = new_home("reference")
    land_events(reference, RUN, [*official(), *theirs(20, STAYS), *CROWD, *LATE])
    steps.build(reference, RUN)
    found = differences(erased, reference)
    assert [said for said in found if not said.startswith("reporting.rpt_data_health")] == []
    assert GONE.encode() not in erased.warehouse.read_bytes()


def test_a_day_that_an_erasure_changed_says_so(erased: Settings) -> None:
    causes = dict(
        ask(
            erased,
            """SELECT strftime(activity_date, '%d'), string_agg(DISTINCT cause, ' ')
            FROM fct_restatement WHERE fact = 'fct_post_engagement_daily' GROUP BY ALL""",
        )
    )
    assert causes == {
        "26": "late_events",
        "27": "erased_actor",
        "28": "erased_actor_or_events",
    }
    told = explain(erased, "fct_engagement_daily", "weibo:canadaweibo", DAY)
    likes = next(r for r in told.restatements if r.measure == "like_count")
    assert (likes.old_value, likes.new_value, likes.cause) == (2, 1, "erased_actor")
    assert ask(erased, "SELECT erased_by, actor_count, interaction_count FROM ops_erasure") == [
        ("Jane Roe", 1, 4)
    ]


def test_kept_versions_lose_the_rows_and_keep_the_figures(erased: Settings) -> None:
    kept = erased.published / "versions" / "v000001.duckdb"
    assert GONE.encode() not in kept.read_bytes()
    with duckdb.connect(str(kept), read_only=True) as version:
        people = version.execute(
            "SELECT count(DISTINCT actor_key), count(*) FROM marts.fct_interaction"
        ).fetchone()
        figure = version.execute(
            """SELECT like_count FROM marts.fct_engagement_daily
            WHERE activity_date = '2014-01-27'"""
        ).fetchone()
    assert (people, figure) == ((101, 104), (2,))
    told = explain(erased, "fct_engagement_daily", "weibo:canadaweibo", DAY, version=1)
    assert (told.figures["like_count"], told.is_without_erased) == (2, True)
    served = load_manifest(erased)
    assert served is not None
    assert (served.version, served.erasures) == (2, 1)
