"""Each table that readers get declares what a row is, and the gate checks it."""

from __future__ import annotations

from expectations.policy import load_policy
from expectations.suites.grains import MODELS, PUBLISHED, declared_grains
from expectations.suites.marts import KEYS, marts_checks

ONE_ROW = {"dim_horizon"}


def test_every_published_model_declares_its_grain() -> None:
    models = {path.stem for schema in PUBLISHED for path in (MODELS / schema).rglob("*.sql")}
    assert models - set(declared_grains()) == ONE_ROW


def test_the_gate_checks_the_key_of_each_of_them() -> None:
    checks = {check.check_id: check for check in marts_checks(load_policy(), {})}
    for table, grain in declared_grains().items():
        check_id = f"{table}_key_is_whole" if table in KEYS else "published_keys_are_whole"
        assert f"from {grain.schema}.{table} group by {', '.join(grain.key)}" in (
            checks[check_id].offenders
        )


def test_a_key_of_several_columns_says_which_are_never_null() -> None:
    grain = declared_grains()["fct_restatement"]
    assert set(grain.key) - set(grain.whole) == {"post_key"}
