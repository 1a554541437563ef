"""The words in which findings speak: names of kinds, places, shapes and values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.capability import ParamType
from runway_flow.kernel.media import MediaKind
from runway_flow.kernel.values import Deferred

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.catalog.capability import Shape
    from runway_flow.catalog.verdict import Path

KIND_NAMES = {
    MediaKind.IMAGE: "an image",
    MediaKind.VIDEO: "a video",
    MediaKind.AUDIO: "audio",
    MediaKind.TEXT: "a text",
}
"""Each kind of medium with its article."""

_TYPE_NAMES = {
    ParamType.STRING: "text",
    ParamType.INTEGER: "a whole number",
    ParamType.NUMBER: "a number",
    ParamType.BOOLEAN: "true or false",
    ParamType.OBJECT: "a mapping",
    ParamType.ARRAY: "a list",
    ParamType.MAP: "a mapping",
    ParamType.ANY: "anything",
}


def one_of(names: Iterable[str]) -> str:
    """Join names for people: `a`, `a or b`, `a, b or c`."""
    listed = list(dict.fromkeys(names))
    return " or ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else "".join(listed)


def first_of(names: Iterable[str], limit: int = 3) -> str:
    """Name the first few of many: `a, b, c and 6 more`."""
    listed = list(names)
    more = len(listed) - limit
    return f"{', '.join(listed[:limit])} and {more} more" if more > 0 else ", ".join(listed)


def place_name(path: Path) -> str:
    """Write a path as the author would: `clips[0].start`, `reference_images.hero`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def number_text(value: float) -> str:
    """Write a number without needless digits: `5`, `0.5`, `1,000`."""
    return f"{int(value):,}" if value == int(value) else f"{value:g}"


def value_text(value: object) -> str:
    """Write a value as YAML does, cut to a readable length."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    limit = 60
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def described_value(value: object) -> str:
    """Say what a value is: `text`, `a whole number`, `an image`, `a list`, …."""
    kind = getattr(value, "kind", None)
    if isinstance(kind, MediaKind):
        return KIND_NAMES[kind]
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (tuple, list)):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    names = {str: "text", int: "a whole number", float: "a number", Deferred: "not known yet"}
    return names.get(type(value), "a file")


def described_shape(shape: Shape) -> str:
    """Say what a shape takes: `a whole number`, `an image`, `text or a list`."""
    if shape.type is ParamType.MEDIA:
        return one_of(KIND_NAMES[kind] for kind in shape.media)
    if shape.type is ParamType.UNION:
        return one_of(described_shape(variant) for variant in shape.variants)
    if shape.type is ParamType.ARRAY and shape.items is not None and shape.items.type is ParamType.MEDIA:
        return f"a list of {one_of(kind.value for kind in shape.items.media)} media"
    return _TYPE_NAMES[shape.type]


def accepted(shape: Shape) -> tuple[str, ...]:
    """Give the words for everything that a shape accepts: its values, or the range of its numbers."""
    if shape.type is ParamType.UNION:
        return tuple(word for variant in shape.variants for word in accepted(variant))
    if shape.values is not None:
        return tuple(value_text(value) for value in shape.values)
    if shape.type in (ParamType.INTEGER, ParamType.NUMBER):
        return (range_text(shape),)
    if shape.pattern is not None:
        return (f"text of the form {shape.pattern}",)
    return (described_shape(shape),)


def range_text(shape: Shape) -> str:
    """Write the range of a number: `2 to 10`, `at least 0`, `above 0`, `any number`."""
    low, high = shape.minimum, shape.maximum
    if shape.exclusive_minimum is not None:
        text = f"above {number_text(shape.exclusive_minimum)}"
        return text if high is None else f"{text}, up to {number_text(high)}"
    if low is not None and high is not None:
        return f"{number_text(low)} to {number_text(high)}"
    if low is not None:
        return f"at least {number_text(low)}"
    return f"up to {number_text(high)}" if high is not None else "any number"


def accepted_note(shape: Shape) -> str:
    """Write the note that lists what is accepted."""
    words = accepted(shape)
    separator = ", " if any(" " in word for word in words) else " "
    return f"accepted: {separator.join(words)}"
