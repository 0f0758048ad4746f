"""The audit as one HTML file with pictures: no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from attache.audit.scoring import Audit

COLOURS = {"ghost": "#b3261e", "suspect": "#e0912f", "real": "#2f6f9f", "unassessed": "#b8b8b8"}
NUMBER = ' class="n"'
LEGEND = {"ghost": "ghosts", "suspect": "suspects", "real": "others"}
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}.big{font-size:2.6rem;font-weight:700}
table{border-collapse:collapse;width:100%;font-size:.9rem}
td,th{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #ddd}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
svg{width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:#444}
"""


def write_report(report: Audit, file: Path) -> None:
    """Write the report; an existing file is replaced."""
    parts = [
        f"<h1>Who follows? {escape(report.file)}</h1>",
        _headline(report),
        "<h2>Bands</h2>",
        _bars([(name, count, COLOURS[name]) for name, count in report.bands.items()]),
        "<h2>Scores: 0 is a person, 1 is a ghost</h2>",
        _histogram(report.histogram),
        "<h2>Why, of ghosts and suspects</h2>",
        _bars([(name, count, "#555") for name, count in list(report.reasons.items())[:12]]),
        "<h2>By age of the account</h2>",
        _ages(report.by_age),
        _table(("age", "accounts", "ghosts", "suspects"), [row.values() for row in report.by_age]),
        "<h2>The most suspicious</h2>",
        _table(
            ("account", "score", "band", "reasons", "followers", "following", "posts"),
            [
                [row["account_id"], f"{row['score']:.3f}", row["band"], ", ".join(row["reasons"])]
                + [row[count] for count in ("followers", "following", "posts")]
                for row in report.most_suspicious
            ],
        ),
        "<h2>What was bad in the file</h2>",
        _table(("what", "count"), report.bad.items()) if report.bad else "<p>Nothing.</p>",
        f"<p>Scorecard version {report.model_version}. A score is no verdict.</p>",
    ]
    head = f'<meta charset="utf-8"><title>Follower audit</title><style>{STYLE}</style>'
    page = f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>'
    file.write_text(page, encoding="utf-8")


def _headline(report: Audit) -> str:
    if report.ghost_share is None or report.low is None or report.high is None:
        return f"<p>Too few could be assessed: {report.assessed:,} of {report.accounts:,}.</p>"
    left, right = 600 * report.low, 600 * report.high
    return (
        f'<p class="big">{report.ghost_share:.1%} ghosts</p><p>Between {report.low:.1%} and '
        f"{report.high:.1%} (95 %), of {report.assessed:,} assessed; {report.unassessed:,} could "
        f"not be. Real reach {report.real_reach:,} ({report.real_reach_low:,} to "
        f"{report.real_reach_high:,}).</p>"
        '<svg viewBox="0 0 600 34" role="img" aria-label="share with interval">'
        '<rect width="600" height="12" y="2" fill="#e6e6e6"/>'
        f'<rect x="{left:.1f}" y="2" width="{max(right - left, 1):.1f}" height="12" '
        'fill="#e9b3af"/>'
        f'<rect x="{600 * report.ghost_share - 1:.1f}" y="0" width="3" height="16" fill="#b3261e"/>'
        '<text x="0" y="30">0 %</text><text x="600" y="30" text-anchor="end">100 %</text></svg>'
    )


def _bars(rows: Sequence[tuple[str, int, str]]) -> str:
    longest = max((count for _, count, _ in rows), default=0) or 1
    drawn = "".join(
        f'<text x="0" y="{22 * at + 15}">{escape(name)}</text>'
        f'<rect x="210" y="{22 * at + 4}" width="{300 * count / longest:.1f}" height="14" '
        f'fill="{colour}"/>'
        f'<text x="{216 + 300 * count / longest:.1f}" y="{22 * at + 15}">{count:,}</text>'
        for at, (name, count, colour) in enumerate(rows)
    )
    return f'<svg viewBox="0 0 600 {22 * len(rows) + 4}" role="img">{drawn}</svg>'


def _ages(rows: Sequence[Mapping[str, Any]]) -> str:
    """Who was opened when, by band: bought followers tend to have been opened together."""
    most = max((row["accounts"] for row in rows), default=0) or 1
    drawn = []
    for at, row in enumerate(rows):
        y, x = 22 * at, 210.0
        rest = row["accounts"] - row["ghosts"] - row["suspects"]
        drawn.append(f'<text x="0" y="{y + 15}">{escape(row["age"])}</text>')
        for band, count in (("ghost", row["ghosts"]), ("suspect", row["suspects"]), ("real", rest)):
            width = 300 * count / most
            drawn.append(
                f'<rect x="{x:.1f}" y="{y + 4}" width="{width:.1f}" height="14" '
                f'fill="{COLOURS[band]}"/>'
            )
            x += width
        drawn.append(f'<text x="{x + 6:.1f}" y="{y + 15}">{row["accounts"]:,}</text>')
    foot = 22 * len(rows) + 16
    for at, (band, name) in enumerate(LEGEND.items()):
        x = 210 + 110 * at
        drawn.append(
            f'<rect x="{x}" y="{foot - 9}" width="10" height="10" fill="{COLOURS[band]}"/>'
        )
        drawn.append(f'<text x="{x + 15}" y="{foot}">{name}</text>')
    label = "accounts by age and band"
    return (
        f'<svg viewBox="0 0 600 {foot + 6}" role="img" aria-label="{label}">{"".join(drawn)}</svg>'
    )


def _histogram(counts: Sequence[int]) -> str:
    highest = max(counts, default=0) or 1
    drawn = "".join(
        f'<rect x="{30 * at + 2}" y="{120 - 110 * count / highest:.1f}" width="26" '
        f'height="{110 * count / highest:.1f}" '
        f'fill="{COLOURS["suspect" if at >= 10 else "real"]}"/>'
        for at, count in enumerate(counts)
    )
    ticks = "".join(
        f'<text x="{600 * tick / 4:.0f}" y="136" text-anchor="{anchor}">{tick / 4:g}</text>'
        for tick, anchor in enumerate(("start", "middle", "middle", "middle", "end"))
    )
    return f'<svg viewBox="0 0 600 140" role="img">{drawn}{ticks}</svg>'


def _table(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    cells = [list(row) for row in rows]
    # A header stands over its numbers
    counts = [any(isinstance(row[at], int) for row in cells) for at in range(len(columns))]
    head = "".join(
        f"<th{NUMBER if is_count else ''}>{escape(column)}</th>"
        for column, is_count in zip(columns, counts, strict=True)
    )
    body = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in cells)
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f"<td{NUMBER}>{value:,}</td>"
    return f"<td>{escape('' if value is None else str(value))}</td>"
