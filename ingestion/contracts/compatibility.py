"""A released schema is a promise: only an added optional field may change it.

`released/v1/*.json` are the schemas as they were released; nobody edits them. `python -m
ingestion.contracts.compatibility` holds the structs of now to them and fails where one breaks its
promise; with `--freeze` it releases the present schemas, if they are compatible.
Anything else is a `v2` beside `v1`: docs/decisions/contract-evolution.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import typer

from ingestion.contracts.events import KINDS
from ingestion.contracts.schemas import event_schema, render_schema
from runtime.errors import EXIT_FAILED

RELEASED_FOLDER = Path(__file__).parent / "released"

_WORDS = {"description", "title", "$comment"}
_LOWER_IS_NARROWER = {"maximum", "maxLength", "maxItems", "exclusiveMaximum"}
_HIGHER_IS_NARROWER = {"minimum", "minLength", "minItems", "exclusiveMinimum"}
Schema = dict[str, Any]


def released_file(event_type: str) -> Path:
    """Where the released schema of a type stands: `released/v1/attache.post.v1.json`."""
    return RELEASED_FOLDER / event_type.rsplit(".", 1)[1] / f"{event_type}.json"


def incompatibilities() -> list[str]:
    """What the structs of now break of the promises made; empty where all are kept."""
    found = []
    for file in sorted(RELEASED_FOLDER.glob("*/*.json")):
        event_type = file.stem
        if event_type not in KINDS:
            found.append(f"{event_type}: the kind was removed")
            continue
        released = msgspec.json.decode(file.read_bytes())
        found += [f"{event_type}: {text}" for text in broken(released, event_schema(event_type))]
    return found


def unreleased() -> list[str]:
    """Kinds whose present schema is not, byte for byte, the released one."""
    return [kind for kind in KINDS if not _is_frozen(kind)]


def freeze() -> list[str]:
    """Release the present schemas; returns the kinds whose file changed. Only if compatible."""
    changed = unreleased()
    for kind in changed:
        released_file(kind).parent.mkdir(parents=True, exist_ok=True)
        released_file(kind).write_bytes(render_schema(kind))
    return changed


def broken(released: Schema, present: Schema) -> Iterator[str]:
    """What an event schema breaks of a released one: its envelope, and its data."""
    yield from _object("", released, present)
    before, after = _data(released), _data(present)
    yield from _object("data.", before, after)


def _is_frozen(event_type: str) -> bool:
    file = released_file(event_type)
    return file.exists() and file.read_bytes() == render_schema(event_type)


def _data(schema: Schema) -> Schema:
    """The definition that the envelope's `data` points to."""
    data = schema["properties"]["data"]
    reference = data.get("$ref") or data["allOf"][0]["$ref"]
    definition: Schema = schema["$defs"][reference.rsplit("/", 1)[1]]
    return definition


def _object(place: str, released: Schema, present: Schema) -> Iterator[str]:
    before, after = released["properties"], present["properties"]
    required_before, required_after = set(released["required"]), set(present["required"])
    for name in before:
        field = f"{place}{name}"
        if name not in after:
            yield f"{field} was removed"
            continue
        need_before, need_after = _need(name in required_before), _need(name in required_after)
        if need_before != need_after:
            yield f"{field} was {need_before}, is {need_after}"
        if field != "data":
            yield from _field(field, before[name], after[name])
    for name in [name for name in after if name not in before]:
        if name in required_after:
            yield f"{place}{name} is new and required"
        elif "null" not in _alternatives(after[name]) or after[name].get("default") is not None:
            yield f"{place}{name} is new, and its absence means something else than null"


def _need(is_required: bool) -> str:
    return "required" if is_required else "optional"


def _field(field: str, released: Schema, present: Schema) -> Iterator[str]:
    before, after = _alternatives(released), _alternatives(present)
    if ("null" in before) != ("null" in after):
        when = "was" if "null" in before else "is now"
        yield f"{field}: null {when} allowed; its meaning changed"
    if released.get("default") != present.get("default"):
        yield (
            f"{field}: absent meant {released.get('default')}, now means {present.get('default')}"
        )
    kinds_before, kinds_after = set(before) - {"null"}, set(after) - {"null"}
    if kinds_before != kinds_after:
        yield f"{field}: type was {sorted(kinds_before)}, is {sorted(kinds_after)}"
    for kind in sorted(kinds_before & kinds_after):
        yield from _bounds(field, before[kind], after[kind])


def _alternatives(schema: Schema) -> dict[str, Schema]:
    """Each JSON type that a field may have, with its bounds."""
    parts = schema.get("anyOf", [schema])
    return {str(part.get("type", "choice")): part for part in parts}


def _bounds(field: str, released: Schema, present: Schema) -> Iterator[str]:
    ignored = {*_WORDS, "default", "anyOf", "type"}
    for name in sorted((released.keys() | present.keys()) - ignored):
        before, after = released.get(name), present.get(name)
        if name == "items" and isinstance(before, dict) and isinstance(after, dict):
            yield from _field(f"{field}[]", before, after)
        elif before != after:
            yield f"{field}: {name} {_direction(name, before, after)} from {before} to {after}"


def _direction(name: str, before: Any, after: Any) -> str:
    """Whether a bound was narrowed; widened is no better, as readers count on it."""
    if name == "enum":
        return "narrowed" if set(before or ()) - set(after or ()) else "widened"
    if name in _LOWER_IS_NARROWER | _HIGHER_IS_NARROWER:
        if before is None or after is None:
            return "narrowed" if before is None else "widened"
        return "narrowed" if (after < before) == (name in _LOWER_IS_NARROWER) else "widened"
    return "changed"


def main(
    freeze_: bool = typer.Option(False, "--freeze", help="Release the present schemas."),
) -> None:
    """Hold the structs to the released schemas; exit code 1 where one breaks its promise."""
    found = incompatibilities()
    for text in found:
        typer.echo(text, err=True)
    if found:
        typer.echo("A released schema may only gain optional fields. Make it a v2.", err=True)
        raise typer.Exit(EXIT_FAILED)
    if freeze_:
        typer.echo(f"Released: {', '.join(freeze()) or 'nothing new'}.")
        return
    new = ", ".join(unreleased())
    typer.echo(f"Compatible. {f'Not yet released, run with --freeze: {new}.' if new else ''}")


if __name__ == "__main__":
    typer.run(main)
