"""The names of the measures, as `DESIGN.md` promises them."""

from __future__ import annotations

ACTIONS = ("like", "share", "comment", "reply", "quote")
VERBS = (*ACTIONS, "follow")
CLASSES = ("organic", "incentivised", "coordinated", "ghost", "unassessed")
MEASURES = (*(f"{verb}_count" for verb in VERBS), "action_count")
CLASSED_MEASURES = tuple(f"{measure}_{name}" for measure in MEASURES for name in CLASSES)
