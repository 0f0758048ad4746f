"""The scorecard of the reference case: each published figure beside what the warehouse says."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ingestion.sources.canadaweibo_2014.published import Measure, load_published
from publication.query import query
from runtime.errors import AttacheError
from runtime.settings import Settings

SCORECARD_SQL = Path(__file__).with_suffix(".sql")


class ScorecardRow(msgspec.Struct, frozen=True, kw_only=True):
    """One measure.

    Attributes:
        is_exact: the warehouse says what was published, to the digit; None where it was published
            in words and there is nothing to compare.
    """

    measure: str
    label: str
    published: str
    measured: str
    is_exact: bool | None


def read_scorecard(settings: Settings) -> list[ScorecardRow]:
    """Every published measure, with the published file's answer.

    Raises:
        AttacheError: the reference case is not in the published file.
    """
    result = query(settings, SCORECARD_SQL.read_text())
    answers = {measure: (number, words) for measure, number, words in result.rows}
    if not answers:
        raise AttacheError(
            "The published file has no canadaweibo-2014.",
            "Run `attache demo`, or `attache replay canadaweibo-2014` and a run of the pipeline.",
        )
    return [
        _row(measure, *answers.get(measure.name, (None, None)))
        for measure in load_published().measures
    ]


def _row(measure: Measure, number: float | None, words: str | None) -> ScorecardRow:
    if measure.value is None:
        measured = words or "no answer"
        return ScorecardRow(
            measure=measure.name,
            label=measure.label,
            published=measure.published,
            measured=measured,
            is_exact=_same_words(measure.published, measured),
        )
    measured = "no answer" if number is None else f"{number:,.{measure.decimals}f}"
    return ScorecardRow(
        measure=measure.name,
        label=measure.label,
        published=measure.published,
        measured=measured,
        is_exact=measured == f"{measure.value:,.{measure.decimals}f}",
    )


def _same_words(published: str, measured: str) -> bool | None:
    """True where each published word is measured, in any order; None where words only describe."""
    wanted = {word.strip() for word in published.split(",")}
    found = {word.strip() for word in measured.split(",")}
    return True if wanted == found else None
