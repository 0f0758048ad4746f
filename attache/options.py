"""Options that several commands have, told alike everywhere."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
At = Annotated[
    Optional[str],  # noqa: UP045 - typer reads it
    typer.Option("--at", help="Logical time of the run, with an offset. Default: now."),
]
