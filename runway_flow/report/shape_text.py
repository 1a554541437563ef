"""What a parameter accepts, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.capability import ParamType
from runway_flow.catalog.descriptions import form_text
from runway_flow.catalog.shorthands import carrying_field, medium_field, naming_field
from runway_flow.catalog.wording import number_text, one_of, range_text, value_text
from runway_flow.kernel.media import MediaKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runway_flow.catalog.capability import Shape

_UNITS = {"characters": "characters", "utf16_code_units": "UTF-16 units"}
_COUNTED = {
    ParamType.STRING: "text",
    ParamType.INTEGER: "whole number",
    ParamType.NUMBER: "number",
    ParamType.OBJECT: "mapping",
    ParamType.UNION: "mapping",
}
_MEDIA = {
    MediaKind.IMAGE: "image",
    MediaKind.VIDEO: "video",
    MediaKind.AUDIO: "recording",
    MediaKind.TEXT: "text",
}
_LIMITS = (
    ("seconds", "", " s"),
    ("side_px", "sides of ", " px"),
    ("aspect", "width ÷ height ", ""),
)


def shape_text(shape: Shape, quote: str = "") -> str:
    """Describe a shape: values (each in `quote`), range, length, items, limits of media."""
    shape = unwrapped(shape)
    if shape.values is not None:
        return ", ".join(f"{quote}{value_text(value)}{quote}" for value in shape.values)
    if shape.type is ParamType.UNION:
        return either(shape_text(variant, quote) for variant in shape.variants)
    if shape.type is ParamType.ARRAY:
        return _list_text(shape)
    if shape.type is ParamType.MAP and shape.values_shape is not None:
        return f"mapping of names to {shape_text(shape.values_shape, quote)}"
    if shape.type is ParamType.MEDIA:
        return "".join([one_of(kind.value for kind in shape.media), *_limits(shape.limits)])
    return _scalar_text(shape)


def unwrapped(shape: Shape) -> Shape:
    """Give what an author writes in the place of a mapping that has one thing to say; else the shape."""
    carried = carrying_field(shape) if shape.type is ParamType.OBJECT else None
    if carried is None or any(field.shape.constant is None for field in shape.fields if field is not carried):
        return shape
    return unwrapped(carried.shape)


def either(texts: Iterable[str]) -> str:
    """Join what may stand: `a, b or c`, or `a; or b, c` where a part has commas of its own."""
    listed = list(dict.fromkeys(texts))
    return "; or ".join(listed) if any("," in text for text in listed) else one_of(listed)


def value_list(values: Iterable[object]) -> str:
    """List values in backticks: `` `a`, `b` or `c` ``."""
    return one_of(f"`{value_text(value)}`" for value in values)


def _scalar_text(shape: Shape) -> str:
    if shape.type is ParamType.STRING:
        text = f"text{_length(shape)}"
        if shape.pattern is None:
            return text
        form = form_text(shape.pattern)
        return form if text == "text" else f"{text}: {form}"
    if shape.type in (ParamType.INTEGER, ParamType.NUMBER):
        return f"{_COUNTED[shape.type]}, {range_text(shape)}".removesuffix(", any number")
    return {ParamType.BOOLEAN: "true or false", ParamType.ANY: "anything"}.get(shape.type, "mapping")


def _list_text(shape: Shape) -> str:
    """Count the items by what an author writes for one; media may also be named in a mapping."""
    inner = shape.items
    medium = medium_field(inner) if inner is not None else None
    carried = carrying_field(inner) if inner is not None and medium is not None else None
    media = medium.shape if medium is not None and carried in (medium, None) else inner
    words = ["value"]
    if media is not None:
        is_media = media.type is ParamType.MEDIA
        words = [_MEDIA[kind] for kind in media.media] if is_media else [_COUNTED.get(media.type, "mapping")]
    named = naming_field(inner) if inner is not None and medium is not None else None
    also = f", or mapping of each `{named.name}` to its {one_of(words)}" if named is not None else ""
    return "".join([f"list of {_count(shape, words)}", *_limits(shape.limits), also])


def _count(shape: Shape, words: Iterable[str]) -> str:
    low, high = shape.min_items or 0, shape.max_items
    text = one_of(words if high == 1 else (f"{word}s" for word in words))
    if high is None:
        return f"{low} or more {text}" if low else text
    if low == high:
        return f"{low} {text}"
    return f"{low} to {high} {text}" if low else f"up to {high} {text}"


def _length(shape: Shape) -> str:
    unit, low = _UNITS[shape.length_unit], shape.min_length or 0
    if shape.max_length is None:
        return f" of at least {low:,} {unit}" if low > 1 else ""
    return f" of {f'{low:,} to' if low else 'up to'} {shape.max_length:,} {unit}"


def _limits(limits: Mapping[str, float]) -> Iterable[str]:
    """Say what is stated for media: length, sides, aspect, and length together."""
    for name, before, unit in _LIMITS:
        low, high = limits.get(f"{name}_min"), limits.get(f"{name}_max")
        least, most = ("more than", "less than") if f"{name}_exclusive" in limits else ("at least", "at most")
        if low is not None and high is not None and least == "more than":
            yield f", {before}more than {number_text(low)} and less than {number_text(high)}{unit}"
        elif low is not None and high is not None:
            yield f", {before}{number_text(low)} to {number_text(high)}{unit}"
        elif low is not None:
            yield f", {before}{least} {number_text(low)}{unit}"
        elif high is not None:
            yield f", {before}{most} {number_text(high)}{unit}"
    if "total_seconds_max" in limits:
        bound = "less than" if "total_exclusive" in limits else "at most"
        yield f", {bound} {number_text(limits['total_seconds_max'])} s together"
