"""Each check: silent on a good warehouse, red where its own law is broken."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from expectations import gate
from expectations.policy import load_policy
from expectations.published import Offset
from expectations.suites.marts import marts_checks
from expectations.suites.raw import raw_checks
from runtime.settings import Settings
from tests.gate.conftest import Execute
from tests.gate.poisons import DAY, ON_DAY, POISONS, POST
from tests.gate.warehouse import LOGICAL_AT, RUN


@pytest.mark.parametrize("check_id", POISONS)
def test_a_poison_turns_its_check_red_and_is_named(
    check_id: str, settings: Settings, execute: Execute
) -> None:
    policy = load_policy()
    rows = {"marts.dim_date": 40}
    checks = [*raw_checks(policy, LOGICAL_AT), *marts_checks(policy, rows)]
    (offenders,) = [check.offenders for check in checks if check.check_id == check_id]
    assert execute(offenders) == []
    sql, named = POISONS[check_id]
    execute(sql)
    assert named in "; ".join(f"{key} ({detail})" for key, detail in execute(offenders))


CLEAN_DRAIN = """
    INSERT INTO raw.drains VALUES (2, 'r', '2014-03-01 05:30:00Z', now(), now(), 3);
    INSERT INTO raw.batches VALUES (2, 2, 'attache.interactions.v1', 0, 0, 41, 44, 3, 3, 0, now());
"""
BAD_DRAIN = (
    "UPDATE raw.batches SET record_count = 4, row_count = 4 WHERE topic LIKE '%.interactions.v1'"
)
ACCEPTED = """INSERT INTO raw.accepted_dead_letters
    SELECT kafka_topic, kafka_partition, kafka_generation, kafka_offset, reason, 'r', now()
    FROM raw.dead_letters"""


def offending(execute: Execute, published: Sequence[Offset] = ()) -> list[tuple[object, ...]]:
    """What the check of dead letters finds."""
    checks = raw_checks(load_policy(), LOGICAL_AT, published)
    (sql,) = [c.offenders for c in checks if c.check_id == "raw_dead_letters_are_few"]
    return execute(sql)


def test_a_clean_drain_after_a_bad_one_does_not_open_the_gate(execute: Execute) -> None:
    execute(BAD_DRAIN)
    execute(CLEAN_DRAIN)
    assert offending(execute) == [("attache.interactions.v1/0@40", "not_json, one of 1 in 12")]
    assert offending(execute, [Offset("attache.interactions.v1", 0, 0, 40)]) != []


def test_dead_letters_that_are_published_or_accepted_are_not_counted(execute: Execute) -> None:
    execute(BAD_DRAIN)
    execute(CLEAN_DRAIN)
    topics = [f"attache.{table}.v1" for table in ("interactions", "posts", "accounts")]
    published = [Offset(topic, 0, 0, 41) for topic in topics]
    assert offending(execute, published) == []
    made_anew = [Offset("attache.interactions.v1", 0, 0, 41)]
    execute("UPDATE raw.dead_letters SET kafka_generation = 1, kafka_offset = 0")
    assert offending(execute, made_anew) != []
    execute(ACCEPTED)
    assert offending(execute, made_anew) == []


def test_every_hard_check_has_a_poison() -> None:
    stops = {name for name, rule in load_policy().rules.items() if rule.severity == "stop"}
    assert set(POISONS) == stops


@pytest.mark.parametrize(
    ("check_id", "sql", "named"),
    [
        (
            "fct_engagement_daily_is_not_inflated",
            f"""UPDATE marts.fct_engagement_daily
                SET is_inflated = true, inflation_reasons = ['ghosts', 'lockstep'] {ON_DAY}""",
            f"{DAY} (ghosts, lockstep)",
        ),
        (
            "ops_source_findings_are_none",
            """INSERT INTO ops.ops_source_findings VALUES
               ('landed_again', 'weibo', 'p0', 2, 1),
               ('reactions_do_not_add_up', 'weibo', 'p1', 885, 881)""",
            "weibo:p1 (reactions_do_not_add_up: 885 found, 881 expected)",
        ),
        (
            "fct_post_counted_covers_stated",
            f"UPDATE marts.fct_post SET stated_share_count = 4807 {POST}",
            "weibo:p1 (7 shares counted, 4807 stated)",
        ),
    ],
)
def test_a_flag_is_reported_and_does_not_stop(
    check_id: str, sql: str, named: str, settings: Settings, execute: Execute
) -> None:
    execute(sql)
    report = gate.check(settings, RUN)
    assert report.passed
    assert [(r.check_id, str(r.sample[0])) for r in report.failed("flag")] == [(check_id, named)]
