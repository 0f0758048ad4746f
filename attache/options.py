"""Options that several commands have, told alike everywhere."""

from __future__ import annotations

from typing import Annotated, Optional

import typer
from typer._click import Context
from typer._click.core import Command, Parameter
from typer._coercion import PassThroughRuntimeParam
from typer.core import TyperCommand, TyperGroup, TyperOption

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
At = Annotated[
    Optional[str],  # noqa: UP045 - typer reads it
    typer.Option("--at", help="Logical time of the run, with an offset. Default: now."),
]


class _Plain(Command):
    """Texts and flags are taken as they are: to coerce them typer would import pydantic.

    That takes as long as all else that `attache land` does before it reads its settings. Options
    of other types are coerced as ever.
    """

    def get_params(self, ctx: Context) -> list[Parameter]:
        params = super().get_params(ctx)
        for param in params:
            if isinstance(param, TyperOption) and param.type_descriptor.annotation in (str, bool):
                param._runtime_param = PassThroughRuntimeParam(
                    annotation=param.type_descriptor.annotation,
                    parameter_info=param.type_descriptor.parameter_info,
                )
        return params


class PlainCommand(_Plain, TyperCommand):
    """A command of texts and flags."""


class PlainGroup(_Plain, TyperGroup):
    """The commands, and the flags before them."""
