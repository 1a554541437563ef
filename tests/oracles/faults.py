"""The faults that one value can have, by the shape of its place: of its type, its form, its limits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

from runway_flow.catalog.capability import ParamType, Shape
from runway_flow.catalog.shorthands import carrying_field
from runway_flow.kernel.media import MediaKind
from tests.oracles.sites import is_of
from tests.oracles.values import is_plain, text_of_length

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runway_flow.catalog.capability import Param
    from tests.oracles.sites import Site

Fault = tuple[str, object]
"""A kind of fault, and the value that has it."""

_STRAY: tuple[object, ...] = (5, 5.5, True, "stray text", [7], {"stray": 7}, math.nan, math.inf, -math.inf)
"""Values of every type, to be put where another type belongs."""
UNKNOWN_KEY = "colour"


def stray_values(media: Mapping[MediaKind, str]) -> tuple[object, ...]:
    """Give values of all sorts: every type, short forms, things that belong at some places alone."""
    image, video, audio = (media[kind] for kind in (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO))
    numbers = (*_STRAY, 0, -1, 5.0, 2**60, 10**400)
    texts = ("", "5", "5s", "true", "auto", "first", "16:9", "16:9@1080p", "1280x720", "Maya", "\ud800")
    lists: tuple[object, ...] = (
        [],
        [image],
        [video, audio],
        [[image]],
        [None],
        [5],
        ["x"],
        [{"uri": image}],
        [{"uri": 5}],
    )
    frames = (
        [{"uri": image, "position": "first"}],
        [{"seconds": 1, "uri": image}],
        [{"at": 0.5, "uri": image}],
    )
    named: tuple[object, ...] = (
        {"hero": image},
        {"first": image, "last": image},
        {"uri": image},
        {"uri": 5},
        {"uri": None},
        {},
    )
    typed = [{"type": kind.value, "uri": uri} for kind, uri in media.items()]
    presets = ({"type": "preset", "preset_id": "victoria"}, {"type": "runway-preset", "preset_id": "Maya"})
    others: tuple[object, ...] = (
        {"closest": 5},
        {"closest": 10**400},
        {"closest": "16:9"},
        {"type": "no"},
        {"type": "text", "text": "x"},
        {"x": {}},
        None,
    )
    return (*numbers, *texts, image, video, audio, *lists, *frames, *named, *typed, *presets, *others)


def faults_of(site: Site, value: Any, media: Mapping[MediaKind, str]) -> Iterator[Fault]:  # noqa: ANN401
    """Give values with one fault each for a place that now holds a valid value."""
    shape = site.shape
    if site.union is None:
        yield from _of_type(shape, value)
    if shape.type in (ParamType.STRING, ParamType.MEDIA):
        yield "surrogate", "half \ud83d of a character"
    elif shape.type is ParamType.MAP:
        yield "surrogate_key", {**value, "\ud83d": next(iter(value.values()), {})}
    if shape.type is ParamType.STRING:
        yield from _of_text(shape, takes_others=_takes_any_text(site.union))
    elif shape.type in (ParamType.INTEGER, ParamType.NUMBER):
        yield from _of_number(shape)
    elif shape.type is ParamType.MEDIA:
        wrong = next(kind for kind in media if kind not in shape.media)
        yield "wrong_medium", media[wrong]
    elif shape.type is ParamType.ARRAY:
        yield from _of_list(shape, value)
    elif shape.type is ParamType.OBJECT:
        yield from _of_object(shape.fields, value)


def _of_type(shape: Shape, value: object) -> Iterator[Fault]:
    kind = "wrong_variant" if shape.type is ParamType.UNION else "wrong_type"
    for stray in _STRAY:
        if not could_mean(shape, stray):
            yield f"{kind}_{_name_of(stray)}", stray
    if shape.type in (ParamType.INTEGER, ParamType.NUMBER):
        yield f"{kind}_quoted", "x" if shape.is_seconds else f"{value}"


def _name_of(stray: object) -> str:
    is_number = isinstance(stray, float) and not math.isfinite(stray)
    return str(stray) if is_number else type(stray).__name__


def could_mean(shape: Shape, value: object) -> bool:
    """Tell whether a value of this type may stand at a place: itself, or as a short form of what belongs.

    What is of the right type and yet refused for another reason is not told from what is good.
    """
    if shape.type is ParamType.UNION:
        return any(could_mean(variant, value) for variant in shape.variants)
    if isinstance(value, float) and not math.isfinite(value):
        return False
    if is_plain(shape) and shape.values is not None:
        is_text = isinstance(value, str) and isinstance(shape.values[0], str)
        return is_text or (value in shape.values and not isinstance(value, bool))
    if shape.type is ParamType.MEDIA:
        return isinstance(value, str)
    if shape.type is ParamType.OBJECT:
        field = carrying_field(shape)
        return isinstance(value, dict) or (field is not None and could_mean(field.shape, value))
    if shape.type is ParamType.ARRAY:
        items = cast("Shape", shape.items)
        is_one = isinstance(value, str) and _takes_media(items)
        return is_one or isinstance(value, (list, dict))
    if shape.type is ParamType.INTEGER and isinstance(value, float):
        return False
    return is_of(shape, value)


def _takes_media(items: Shape) -> bool:
    return items.type is ParamType.MEDIA or any(field.shape.type is ParamType.MEDIA for field in items.fields)


def _takes_any_text(union: Shape | None) -> bool:
    variants = union.variants if union is not None else ()
    return any(each.type is ParamType.STRING and each.values is None for each in variants)


def _of_text(shape: Shape, *, takes_others: bool) -> Iterator[Fault]:
    if shape.values is not None and takes_others:
        return
    if shape.values is not None:
        yield "not_in_values", "no_such_value"
        yield "not_in_values_empty", ""
        return
    if shape.min_length:
        yield "too_short", text_of_length(shape, shape.min_length - 1)
    if shape.max_length is not None:
        yield "too_long", text_of_length(shape, shape.max_length + 1)
    if shape.pattern is not None:
        length = max(shape.min_length or 1, 3)
        yield "pattern", "?" * length
        yield "pattern_start", "9" + "a" * (length - 1)
        yield "pattern_line", "hero\n\n"


def _of_number(shape: Shape) -> Iterator[Fault]:
    numbers = [cast("float", value) for value in shape.values or ()]
    if numbers:
        yield "not_in_values", max(numbers) + 1
        yield "not_in_values_below", min(numbers) - 1
        return
    step = 1 if shape.type is ParamType.INTEGER else 0.001
    if shape.maximum is not None:
        yield "above_maximum", shape.maximum + step
    if shape.minimum is not None:
        yield "below_minimum", shape.minimum - step
    if shape.exclusive_minimum is not None:
        yield "at_exclusive_minimum", shape.exclusive_minimum
    yield "huge", 2**53 if shape.type is ParamType.INTEGER else 2**53 + 2


def _of_list(shape: Shape, value: list[object]) -> Iterator[Fault]:
    items = cast("Shape", shape.items)
    strays: tuple[object, ...] = (7, True, [[]])
    for stray in strays:
        if not could_mean(items, stray):
            yield f"mixed_list_{type(stray).__name__}", [*value[: (shape.max_items or 9) - 1], stray]
    if shape.max_items is not None:
        yield "too_many", (value * (shape.max_items + 1))[: shape.max_items + 1]
    if shape.min_items:
        yield "too_few", value[: shape.min_items - 1]


def _of_object(fields: tuple[Param, ...], value: dict[str, object]) -> Iterator[Fault]:
    yield "unknown_nested_key", {**value, UNKNOWN_KEY: "red"}
    for field in fields:
        if field.name not in value:
            continue
        rest = {name: item for name, item in value.items() if name != field.name}
        if field.shape.constant is not None:
            yield "wrong_discriminator", {**value, field.name: "no_such_type"}
        elif field.required:
            yield f"missing_nested_{field.name}", rest
        if field.wire != field.name:
            yield f"wire_name_{field.name}", {**rest, field.wire: value[field.name]}
