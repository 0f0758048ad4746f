"""Pictures of an inflated day as inline SVG: no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from expectations.inflated_days import InflatedDay
from expectations.suites.measures import CLASSES

# Told apart by those who see few colours too, dark enough for white or beside black.
COLOURS = {
    "organic": "#2b7a4b",
    "incentivised": "#3b6fb6",
    "coordinated": "#7b3f98",
    "ghost": "#b3261e",
    "unassessed": "#b9bdc2",
}
STYLE = """
article.day { border: 1px solid #d8dbe0; border-radius: 8px;
  padding: 1rem 1.25rem; margin: 1.5rem 0; }
article.day h3 { margin: 0 0 .25rem; font-size: 1.15rem; }
article.day h4 { margin: 1.1rem 0 .3rem; }
article.day svg { display: block; width: 100%; height: auto; }
article.day svg text { font: 12px system-ui, sans-serif; fill: #444; }
.legend span { display: inline-block; margin-right: 1rem; white-space: nowrap;
  font-size: .85rem; }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 2px;
  margin-right: .35em; }
.parts { display: flex; height: 1.1rem; border-radius: 3px; overflow: hidden; background: #eee; }
.row { display: grid; grid-template-columns: 6rem 1fr 5rem; gap: .6rem; align-items: center;
  font-size: .9rem; margin: .3rem 0; }
.row b { text-align: right; font-weight: 500; font-variant-numeric: tabular-nums; }
.override { background: #fff6dd; border-left: 4px solid #c77700; padding: .4rem .8rem; }
.facts { padding-left: 1.2rem; margin: .2rem 0; } .facts li { margin: .2rem 0; }
@media (max-width: 34rem) { .row { grid-template-columns: 5rem 1fr 3.6rem; gap: .4rem; }
  article.day { padding: .8rem; } article.day svg text { font-size: 18px; } }
"""
REASONS = {
    "unusual_volume": "More than its own past explains",
    "unusual_peak": "More at once than its own past explains",
    "unusual_mix": "Another mix of actions than usual",
    "unusual_stretch": "With the days of lockstep around it, more than its own past explains",
    "follower_jump": "The stated followers jumped",
    "ghost_share": "Many ghosts among those assessed",
    "ghosts_gathered": "Ghosts where its people are not",
    "lockstep_share": "Accounts that act in lockstep",
    "counters_without_events": "Counters grew with nobody seen to act",
}
WIDTH, HEIGHT, TOP, FOOT = 720, 150, 30, 22


def draw_days(days: list[InflatedDay], count: int) -> str:
    """A section with a picture of each day; nothing where no day is inflated."""
    if not days:
        return ""
    rest = count - len(days)
    more = f"<p>{rest:,} earlier inflated days are in <code>fct_engagement_daily</code>.</p>"
    legend = "".join(
        f"<span><i style='background:{colour}'></i>{name}</span>"
        for name, colour in COLOURS.items()
    )
    return (
        f"<h2>Inflated days</h2><p>{count:,} in all. Each is published with its classes; quote "
        f"the organic part first.</p><p class='legend'>{legend}</p>"
        f"{''.join(map(_day, days))}{more if rest else ''}"
    )


def _day(day: InflatedDay) -> str:
    override = (
        f"<p class='override'>Overridden by {escape(day.override)}</p>" if day.override else ""
    )
    return (
        f"<article class='day'><h3>{escape(day.account_key)}, {day.activity_date}</h3>"
        f"<p>{_headline(day)}</p>{override}{_series(day)}"
        f"<h4>The day by class</h4>{''.join(_bars(day))}"
        f"<h4>Why it is called inflated</h4><ul class='facts'>{''.join(_reasons(day))}</ul>"
        f"{_groups(day)}{_ghosts(day)}</article>"
    )


def _headline(day: InflatedDay) -> str:
    parts = day.classes.get(day.measure, {})
    total = sum(parts.values())
    told = [f"{count:,} {name}" for name, count in parts.items() if count or name == "organic"]
    return f"<strong>{total:,} {day.measure}s</strong>: {', '.join(told)}" if total else ""


def _series(day: InflatedDay) -> str:
    """A bar for each day; the inflated one stands out, with its date and count."""
    if not day.series:
        return ""
    highest = max(total for _, total in day.series) or 1
    step = WIDTH / len(day.series)
    drawn = []
    for place, (on, total) in enumerate(day.series):
        tall = HEIGHT * total / highest
        is_it = on == day.activity_date
        colour = COLOURS["ghost"] if is_it else "#9aa3ad"
        drawn.append(
            f"<rect x='{place * step + 1:.1f}' y='{TOP + HEIGHT - tall:.1f}' "
            f"width='{max(step - 2, 1):.1f}' height='{tall:.1f}' fill='{colour}'>"
            f"<title>{on}: {total:,}</title></rect>"
        )
        if is_it:
            middle = min(max((place + 0.5) * step, 60), WIDTH - 60)
            drawn.append(
                f"<line x1='{(place + 0.5) * step:.1f}' x2='{(place + 0.5) * step:.1f}' "
                f"y1='{TOP - 4}' y2='{TOP + HEIGHT - tall:.1f}' stroke='{colour}' "
                f"stroke-dasharray='3 3'/><text x='{middle:.1f}' y='{TOP - 10}' "
                f"text-anchor='middle'>{on}: {total:,}</text>"
            )
    foot = TOP + HEIGHT
    label = f"{day.measure}s of {day.account_key} by day, {day.activity_date} marked"
    return (
        f"<svg viewBox='0 0 {WIDTH} {foot + FOOT}' role='img' aria-label='{escape(label)}'>"
        f"{''.join(drawn)}<line x1='0' x2='{WIDTH}' y1='{foot}' y2='{foot}' stroke='#888'/>"
        f"<text x='0' y='{foot + 17}'>{day.series[0][0]}</text>"
        f"<text x='{WIDTH}' y='{foot + 17}' text-anchor='end'>{day.series[-1][0]}</text></svg>"
    )


def _bars(day: InflatedDay) -> Iterator[str]:
    for verb, parts in day.classes.items():
        total = sum(parts.values())
        pieces = "".join(
            f"<span style='width:{100 * parts[name] / total:.2f}%;background:{COLOURS[name]}' "
            f"title='{name}: {parts[name]:,}'></span>"
            for name in CLASSES
            if parts[name]
        )
        said = ", ".join(f"{parts[name]:,} {name}" for name in CLASSES if parts[name])
        name = "all actions" if verb == "action" else "replies" if verb == "reply" else f"{verb}s"
        yield (
            f"<div class='row'><span>{name}</span><div class='parts' role='img' "
            f"aria-label='{said}'>{pieces}</div><b>{total:,}</b></div>"
        )


def _reasons(day: InflatedDay) -> Iterator[str]:
    for reason, seen in day.evidence.items():
        words = REASONS.get(reason, reason)
        tail = f": {escape(seen)}" if seen else ""
        yield f"<li><strong>{words}</strong>{tail} <small>{escape(reason)}</small></li>"


def _groups(day: InflatedDay) -> str:
    if not day.groups:
        return ""
    groups = "".join(
        f"<li>{group.active_count:,} of a group of {group.member_count:,} did "
        f"{group.action_count:,} actions; the group met on {group.target_count:,} posts and "
        f"accounts{_apart(group.median_apart_seconds)}. <code>{escape(group.key)}</code></li>"
        for group in day.groups
    )
    meetings = "".join(
        f"<li>{meeting.member_count:,} members on <code>{escape(meeting.target_key)}</code>, "
        f"{meeting.first_at:%Y-%m-%d %H:%M:%S} to {meeting.last_at:%H:%M:%S} UTC"
        f"{_apart(meeting.median_apart_seconds)}</li>"
        for meeting in day.meetings
    )
    return (
        f"<h4>Largest lockstep groups</h4><ul class='facts'>{groups}</ul>"
        f"<h4>Where they met</h4><ul class='facts'>{meetings}</ul>"
    )


def _apart(seconds: float | None) -> str:
    return "" if seconds is None else f", {seconds:,.0f} s apart in the median"


def _ghosts(day: InflatedDay) -> str:
    if not day.ghost_reasons:
        return ""
    items = "".join(
        f"<li>{escape(reason.replace('_', ' '))}: {count:,}</li>"
        for reason, count in day.ghost_reasons
    )
    return (
        f"<h4>What speaks against its {day.ghost_count:,} ghosts</h4><ul class='facts'>{items}</ul>"
    )
