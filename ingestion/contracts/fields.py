"""The kinds of field that the contract is made of, each with its bounds.

Structs, JSON Schemas, SQL types, SQL validation and the dictionary all come from these.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

MAX_EVENT_BYTES = 256 * 1024
MAX_TEXT_CHARS = 64 * 1024
MAX_ID_CHARS = 255
MAX_COUNT = 2**53 - 1  # what every JSON reader holds exactly

_HOURS_AND_MINUTES = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_DATE_AND_TIME = (
    rf"[12][0-9]{{3}}-[0-9]{{2}}-[0-9]{{2}}T{_HOURS_AND_MINUTES}:[0-5][0-9](\.[0-9]{{1,6}})?"
)
INSTANT_PATTERN = rf"^{_DATE_AND_TIME}(Z|[+-]{_HOURS_AND_MINUTES})$"

_DATE_TIME: dict[str, Any] = {"format": "date-time"}

Id = Annotated[str, Meta(min_length=1, max_length=MAX_ID_CHARS, pattern=r"^[!-~]+$")]
Pseudonym = Annotated[str, Meta(min_length=1, max_length=MAX_ID_CHARS, pattern=r"^[!-~]+$")]
Instant = Annotated[str, Meta(pattern=INSTANT_PATTERN, extra_json_schema=_DATE_TIME)]
Count = Annotated[int, Meta(ge=0, le=MAX_COUNT)]
Text = Annotated[str, Meta(max_length=MAX_TEXT_CHARS)]
Name = Annotated[str, Meta(max_length=1024)]
Language = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", max_length=35)]
Platform = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$", max_length=32)]
Words = list[Annotated[str, Meta(max_length=2048)]]
