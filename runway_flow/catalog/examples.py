"""A step to paste for every row: what it needs, and what nearly everybody writes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from runway_flow.catalog.capability import ParamType
from runway_flow.catalog.descriptions import load_descriptions
from runway_flow.catalog.judge import judge
from runway_flow.catalog.pricing import estimate
from runway_flow.catalog.ratios import aspect_name
from runway_flow.catalog.selection import candidates, choose
from runway_flow.catalog.shorthands import carrying_field, closest_number
from runway_flow.catalog.verdict import Finding
from runway_flow.kernel.digests import Digest
from runway_flow.kernel.media import Artifact, MediaFacts, MediaKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runway_flow.catalog.capability import Capability, Param, Shape
    from runway_flow.catalog.catalog import Catalog
    from runway_flow.kernel.amounts import Estimate

EXAMPLE_FILES: Mapping[str, MediaFacts] = {
    "still.png": MediaFacts(MediaKind.IMAGE, "image/png", 1_000_000, 1280, 720),
    "clip.mp4": MediaFacts(MediaKind.VIDEO, "video/mp4", 4_000_000, 1280, 720, 5.0, 24.0, has_audio=True),
    "voice.mp3": MediaFacts(MediaKind.AUDIO, "audio/mpeg", 100_000, duration=5.0),
    "lines.txt": MediaFacts(MediaKind.TEXT, "text/plain", 1_000),
}
"""The files that example steps name, and what they are taken to be."""

_FILE_OF = {facts.kind: name for name, facts in EXAMPLE_FILES.items()}
_PLAINEST = (ParamType.MEDIA, ParamType.OBJECT, ParamType.INTEGER, ParamType.NUMBER, ParamType.STRING)
"""Which variant of a union reads best; lists and mappings are for those who need them."""

_LAST = ("prompt_text", "ratio", "resolution", "duration")
_OF_LANGUAGE = re.compile("^(recipe|workflow)s")
"""The endpoints that the language names in the singular."""

_NUMBERS = (ParamType.INTEGER, ParamType.NUMBER)


class ExampleStep(Struct, frozen=True):
    """A step as its author would write it.

    `is_supported`: false for a row that flows cannot name yet; its `uses` is the name that it will have.
    """

    uses: str
    params: Mapping[str, object]
    is_supported: bool


def example_step(catalog: Catalog, row: Capability) -> ExampleStep:
    """Make the step of a row; a bare model is named where it means this row."""
    params = {
        param.name: _value(row, param.name, param.shape)
        for param in sorted(row.params, key=_place_of)
        if _is_written(row, param.name, param)
    }
    names = [name for name in (row.model, row.uses, _OF_LANGUAGE.sub(r"\1", row.uses)) if name is not None]
    meant = next((name for name in names if _is_meant(catalog, row, name, params)), None)
    return ExampleStep(meant or names[-1], params, meant is not None)


def _place_of(param: Param) -> int:
    """Put media and voices first, then words, shape and length."""
    return _LAST.index(param.name) if param.name in _LAST else -1


def example_price(row: Capability, step: ExampleStep) -> Estimate:
    """Say what the step of a row costs, its media being what `EXAMPLE_FILES` says."""
    return estimate(row, judge(row, step.params, _open_example).params)


def _open_example(name: object) -> Artifact:
    return Artifact(Digest("0" * 64), EXAMPLE_FILES[str(name)])


def _is_meant(catalog: Catalog, row: Capability, name: str, params: Mapping[str, object]) -> bool:
    found = candidates(catalog, name)
    chosen = found if isinstance(found, Finding) else choose(found, frozenset(params))
    return not isinstance(chosen, Finding) and (chosen.endpoint, chosen.variant) == (
        row.endpoint,
        row.variant,
    )


def _value(row: Capability, path: str, shape: Shape) -> object:
    told = load_descriptions().examples.find(row, path)
    if shape.type is ParamType.UNION:
        return _value(row, path, min(shape.variants, key=_how_plain))
    if shape.values is not None:
        return _accepted(shape.values, told)
    if shape.type in _NUMBERS:
        return closest_number(shape, cast("float", told if told is not None else 1))
    if told is not None:
        # Several are kept where values differ from row to row; where any may stand, the first does.
        return told[0] if isinstance(told, list) and shape.type is not ParamType.ARRAY else told
    return _made(row, path, shape)


def _how_plain(variant: Shape) -> int:
    return _PLAINEST.index(variant.type) if variant.type in _PLAINEST else len(_PLAINEST)


def _accepted(values: tuple[object, ...], told: object) -> object:
    """Choose the value that is told, or that has an aspect that is told; else the first."""
    for wanted in told if isinstance(told, list) else [told]:
        for value in values:
            if wanted in (value, aspect_name(str(value))):
                return value
    return values[0]


def _made(row: Capability, path: str, shape: Shape) -> object:
    """Make a value that a shape takes; an object with one thing in it is written as that thing."""
    if shape.type is ParamType.MEDIA:
        return _FILE_OF[shape.media[0]]
    if shape.type is ParamType.OBJECT:
        fields = {
            field.name: _value(row, f"{path}.{field.name}", field.shape)
            for field in _written(row, path, shape)
        }
        carried = carrying_field(shape)
        return fields[carried.name] if carried is not None and len(fields) == 1 else fields
    if shape.type is ParamType.ARRAY and shape.items is not None:
        return [_value(row, f"{path}[]", shape.items)] * max(shape.min_items or 1, 1)
    return {ParamType.BOOLEAN: True, ParamType.MAP: {}}.get(shape.type, "text")


def _written(row: Capability, path: str, shape: Shape) -> Iterator[Param]:
    return (field for field in shape.fields if _is_written(row, f"{path}.{field.name}", field))


def _is_written(row: Capability, path: str, param: Param) -> bool:
    """Whether a parameter stands in the example: what is required, and what an example is kept for."""
    is_needed = param.required and param.shape.constant is None
    return is_needed or load_descriptions().examples.find(row, path) is not None
