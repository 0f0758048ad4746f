"""The structs, read as a flat list of fields: the one view that SQL and documents share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import msgspec
from msgspec import inspect

from ingestion.contracts.events import KINDS, Counters, Event
from ingestion.contracts.fields import INSTANT_PATTERN

Shape = Literal["string", "instant", "choice", "integer", "boolean", "strings"]


@dataclass(frozen=True)
class Field:
    """One field of an event, with its bounds.

    Attributes:
        default: the value of an absent optional field; None where absent means null.
        pattern: a regular expression for the whole value, without anchors.
    """

    name: str
    shape: Shape
    description: str
    required: bool
    nullable: bool
    default: str | bool | None = None
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()


@cache
def data_fields(event_type: str) -> tuple[Field, ...]:
    """The fields of `data`, in the order of the struct."""
    return _fields(KINDS[event_type])


@cache
def envelope_fields() -> tuple[Field, ...]:
    """The fields of the envelope, without `data`."""
    return tuple(_field(f) for f in _info(Event[Counters]).fields if f.name != "data")


def _fields(struct: type[msgspec.Struct]) -> tuple[Field, ...]:
    return tuple(_field(field) for field in _info(struct).fields)


def _info(struct: object) -> inspect.StructType:
    info = inspect.type_info(struct)
    if not isinstance(info, inspect.StructType):
        raise TypeError(f"{struct} is no struct")
    return info


def _field(field: inspect.Field) -> Field:
    kind, nullable = _without_null(field.type)
    description = ""
    if isinstance(kind, inspect.Metadata):
        description = str((kind.extra_json_schema or {}).get("description", ""))
        kind = kind.type
    bounds = _bounds(kind)
    default = None if field.required else field.default
    return Field(
        name=field.name,
        description=description,
        required=field.required,
        nullable=nullable,
        default=default if isinstance(default, str | bool) else None,
        **bounds,  # type: ignore[arg-type]
    )


def _without_null(kind: inspect.Type) -> tuple[inspect.Type, bool]:
    if not isinstance(kind, inspect.UnionType):
        return kind, False
    (inner,) = [part for part in kind.types if not isinstance(part, inspect.NoneType)]
    return inner, True


def _bounds(kind: inspect.Type) -> dict[str, object]:
    match kind:
        case inspect.LiteralType(values=values):
            return {"shape": "choice", "choices": tuple(str(value) for value in values)}
        case inspect.StrType(pattern=pattern, min_length=low, max_length=high):
            if pattern == INSTANT_PATTERN:
                return {"shape": "instant", "pattern": _bare(pattern)}
            bare = _bare(pattern) if pattern else None
            return {"shape": "string", "pattern": bare, "min_length": low, "max_length": high}
        case inspect.IntType(ge=low, le=high):
            return {"shape": "integer", "minimum": low, "maximum": high}
        case inspect.BoolType():
            return {"shape": "boolean"}
        case inspect.ListType(item_type=inspect.StrType(max_length=high)):
            return {"shape": "strings", "max_length": high}
    raise TypeError(f"the contract has no shape for {kind}")


def _bare(pattern: str) -> str:
    return pattern.removeprefix("^").removesuffix("$")
