"""The report that a person opens: one page, readable without a network, with Data Docs behind it.

Great Expectations' own first page is drawn by scripts from the web, and knows no history.
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from pathlib import Path

from expectations.checks import CheckReport, CheckResult
from expectations.inflated_days import InflatedDay
from expectations.picture import STYLE as PICTURE_STYLE
from expectations.picture import draw_days
from expectations.policy import Policy
from runtime.settings import Settings

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
section { border-left: 4px solid #999; padding-left: 1rem; margin: 1.5rem 0; }
section.stop { border-color: #b00020; } section.flag { border-color: #c77700; }
summary h2 { display: inline; font-size: 1.2rem; } ul.plain { list-style: none; padding: 0; }
h2 { overflow-wrap: anywhere; }
code { overflow-wrap: anywhere; } small { color: #555; }
"""


def report_folder(settings: Settings) -> Path:
    """Everything that the gate shows to people; `index.html` comes first."""
    return settings.home / "reports" / "quality"


def write_report(
    folder: Path, report: CheckReport, policy: Policy, inflated: tuple[list[InflatedDay], int]
) -> None:
    """Write `index.html`: what failed, where, since when, by which keys and why it matters.

    Args:
        inflated: the latest inflated days, and how many there are in all.
    """
    failed = [*report.failed("stop"), *report.failed("flag")]
    held = [result for result in report.results if result.success]
    verdict = "open" if report.passed else "closed"
    head = (
        f"<p>Run {escape(report.run_id)}, for {_instant(report.logical_at)}: {len(held)} of "
        f"{len(report.results)} checks hold. <small>{escape(report.check_run_id)}, state "
        f"{escape(report.state_fingerprint)}</small></p>"
    )
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<title>The gate is {verdict}</title><style>{STYLE}{PICTURE_STYLE}</style>",
        f"<h1>The gate is {verdict}</h1>",
        head,
        *(_failure(result, policy) for result in failed),
        _overrides(report),
        _told(report),
        draw_days(*inflated),
        f"<details><summary><h2>What holds ({len(held)})</h2></summary><ul>",
        *(f"<li>{escape(result.description)} {_note(result)}</li>" for result in held),
        "</ul></details><h2>Each check in full</h2><ul>",
        *(f"<li><a href='{page}'>{escape(page)}</a></li>" for page in _pages(folder, report)),
        "</ul>",
    ]
    part = folder / "index.html.part"
    part.write_text("\n".join(parts))
    part.replace(folder / "index.html")


def utc(instant: datetime) -> str:
    """An instant as reports and messages write it."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _failure(result: CheckResult, policy: Policy) -> str:
    rule = policy.rules[result.check_id]
    meaning = "stops publication" if result.severity == "stop" else "is published with the facts"
    items = [f"<li><code>{escape(str(offender))}</code></li>" for offender in result.sample]
    more = (result.unexpected_count or 0) - len(result.sample)
    found = f"{result.unexpected_count:,} found" if result.unexpected_count else "It could not run"
    return f"""<section class='{result.severity}'>
<h2>{escape(result.check_id)}</h2>
<p>{escape(result.description)}</p>
<p><strong>{found}</strong> in <code>{escape(result.table)}</code>, since
{_instant(result.failing_since)}; {meaning}. {escape(result.cause)}</p>
<ul>{"".join(items)}{f"<li>and {more:,} more</li>" if more > 0 else ""}</ul>
<p><small>{escape(rule.why)} To be told: {escape(", ".join(rule.tell))}.</small></p>
</section>"""


def _overrides(report: CheckReport) -> str:
    said: dict[str, list[str]] = {}
    for result in report.results:
        for one in result.overrides:
            said.setdefault(one, []).append(result.check_id)
    items = "".join(
        f"<li class='override'>{escape(one)} <small>{escape(', '.join(ids))}</small></li>"
        for one, ids in said.items()
    )
    return f"<h2>Overridden</h2><ul class='plain'>{items}</ul>" if said else ""


def _told(report: CheckReport) -> str:
    items = "".join(f"<li>{escape(str(message))}</li>" for message in report.told)
    return f"<h2>Messages</h2><ul>{items}</ul>" if items else ""


def _note(result: CheckResult) -> str:
    text = f", not applicable: {result.not_applicable}" if result.not_applicable else ""
    return f"<small>{escape(result.check_id + text)}</small>"


def _instant(instant: datetime | None) -> str:
    return f"<time>{utc(instant)}</time>" if instant else ""


def _pages(folder: Path, report: CheckReport) -> list[str]:
    """This run's pages of Data Docs, then their own first page, which has the earlier runs."""
    docs = folder / "data_docs"
    mine = sorted(docs.glob(f"validations/*/{report.check_run_id}/*/*.html"))
    return [page.relative_to(folder).as_posix() for page in [*mine, docs / "index.html"]]
