"""Great Expectations: checks become expectations, run in one checkpoint, reported as Data Docs.

Importing this file takes about ten seconds; `gate.py` does so when it runs.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations.core import (
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
    RunIdentifier,
)
from great_expectations.data_context.data_context.abstract_data_context import AbstractDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.data_context.types.resource_identifiers import ExpectationSuiteIdentifier
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.checks import Check, Offender, Outcome
from expectations.datasource import DuckDBDatasource, open_read_only
from expectations.expectation import ExpectNoOffenders
from expectations.policy import Policy

KEPT_RUNS = 30
SAMPLE_SIZE = 5
SEVERITIES = {"stop": FailureSeverity.CRITICAL, "flag": FailureSeverity.WARNING}

Suites = Mapping[str, Sequence[Check]]


class Checkpoint:
    """The gate's checkpoint over one warehouse file.

    Args:
        site: folder of Data Docs.
        store: folder of the validation results that they are made from.
    """

    def __init__(self, warehouse: Path, site: Path, store: Path, threads: int) -> None:
        self.warehouse = warehouse
        self.site = site
        self.store = store
        self.threads = threads

    def run(
        self, suites: Suites, policy: Policy, name: str, logical_at: datetime
    ) -> dict[str, Outcome]:
        """Run every check and write Data Docs.

        Args:
            name: what Data Docs call this run.

        Returns:
            dict: the outcome of each check, by its id; of one that could not run too.
        """
        _prune(self.store)
        with _quiet():
            context = _context(self.site, self.store)
            with open_read_only(context, self.warehouse, self.threads) as datasource:
                definitions = _definitions(context, datasource, suites, policy)
                checkpoint = context.checkpoints.add(
                    gx.Checkpoint(
                        name="gate",
                        validation_definitions=definitions,
                        actions=[],
                        result_format="COMPLETE",
                    )
                )
                result = checkpoint.run(run_id=RunIdentifier(run_name=name, run_time=logical_at))
            # Once for both suites: GX's own action would build the whole site for each.
            pages: list[Any] = [
                *result.run_results,
                *(ExpectationSuiteIdentifier(suite) for suite in suites),
            ]
            context.build_data_docs(resource_identifiers=pages)
        return {o.check_id: o for part in result.run_results.values() for o in _outcomes(part)}


def _context(site: Path, store: Path) -> AbstractDataContext:
    """A context in memory; results and report are the only files, both in the home."""
    defaults = InMemoryStoreBackendDefaults()
    defaults.stores[defaults.validation_results_store_name]["store_backend"] = _folder(store)
    defaults.data_docs_sites = {
        "quality": {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": _folder(site),
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        }
    }
    config = DataContextConfig(
        store_backend_defaults=defaults,
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def _folder(path: Path) -> dict[str, str]:
    path.mkdir(parents=True, exist_ok=True)
    return {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(path)}


def _definitions(
    context: AbstractDataContext, datasource: DuckDBDatasource, suites: Suites, policy: Policy
) -> list[gx.ValidationDefinition]:
    """One validation a suite. Its batch is the warehouse as a whole: a law spans tables."""
    asset = datasource.add_query_asset("warehouse", query="SELECT 1 AS warehouse")
    batch = asset.add_batch_definition("whole")
    definitions = []
    for name, checks in suites.items():
        suite = context.suites.add(gx.ExpectationSuite(name))
        suite.expectations = [_expectation(check, policy) for check in checks]
        suite.save()
        definition = gx.ValidationDefinition(name=name, data=batch, suite=suite)
        definitions.append(context.validation_definitions.add(definition))
    return definitions


def _expectation(check: Check, policy: Policy) -> ExpectNoOffenders:
    rule = policy.rules[check.check_id]
    note = f" Not applicable: {check.not_applicable}." if check.not_applicable else ""
    return ExpectNoOffenders(
        unexpected_rows_query=check.offenders,
        description=f"{check.description}{note} [{check.check_id}, {rule.severity}]",
        severity=SEVERITIES[rule.severity],
        notes=f"{rule.why} Told: {', '.join(rule.tell)}.",
        meta={"check_id": check.check_id},
    )


def _outcomes(suite: ExpectationSuiteValidationResult) -> Iterator[Outcome]:
    for result in suite.results:
        check_id = _check_id(result)
        if "offenders" not in result.result:
            yield Outcome(check_id, False, None, [], _cause(result.exception_info))
            continue
        sample = [Offender(**row) for row in result.result["offenders"][:SAMPLE_SIZE]]
        count = int(result.result["unexpected_count"])
        yield Outcome(check_id, bool(result.success), count, sample)


def _check_id(result: ExpectationValidationResult) -> str:
    config = result.expectation_config
    return str(config.meta["check_id"]) if config and config.meta else ""


def _cause(exception_info: Any) -> str:
    """The first line of the first exception; GX has one record, or one for each metric."""
    records = exception_info.values() if _is_by_metric(exception_info) else [exception_info]
    messages = [str(record.get("exception_message") or "") for record in records]
    first = next((message for message in messages if message), "it could not run")
    return first.splitlines()[0]


def _is_by_metric(exception_info: Mapping[str, Any]) -> bool:
    return all(isinstance(value, dict) for value in exception_info.values())


def _prune(store: Path) -> None:
    """Make room for one more run; Data Docs drop the pages whose results are gone."""
    for suite in store.glob("*/"):
        runs = sorted(suite.glob("*/"), key=lambda run: run.stat().st_mtime, reverse=True)
        for old in runs[KEPT_RUNS - 1 :]:
            shutil.rmtree(old)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep GX's own logs and warnings off standard error: a failed check is told by the gate."""
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
