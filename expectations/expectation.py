"""The one kind of expectation that the gate needs: a query for offenders finds none.

Importing this file takes about ten seconds.
"""

from __future__ import annotations

from typing import Any

from great_expectations.compatibility import pydantic
from great_expectations.execution_engine.execution_engine import ExecutionEngine
from great_expectations.expectations.core.unexpected_rows_expectation import (
    UnexpectedRowsExpectation,
)


class ExpectNoOffenders(UnexpectedRowsExpectation):
    """Passes where a select of `key` and `detail` finds no row; its report shows those it finds.

    The query is over the whole warehouse, not over a batch: laws span tables.
    """

    @pydantic.validator("unexpected_rows_query")
    def _validate_query(cls, query: str) -> str:  # noqa: N805
        """Replaces GX's validator of this name, which prints where a query names no batch."""
        return query

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine[Any] | None = None,
    ) -> dict[str, Any]:
        offenders: list[dict[str, Any]] = metrics["unexpected_rows_query.table"]
        count: int = metrics["unexpected_rows_query.row_count"]
        return {
            "success": count == 0,
            "result": {
                "observed_value": f"{count:,} offenders" if count else "none offends",
                "unexpected_count": count,
                "partial_unexpected_list": [f"{o['key']}: {o['detail']}" for o in offenders[:20]],
                "offenders": offenders[:20],
            },
        }
