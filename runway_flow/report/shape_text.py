"""What a parameter accepts, in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.capability import ParamType

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Shape


def shape_text(shape: Shape) -> str:
    """Describe a shape: values, range, length, items."""
    if shape.values is not None:
        return " ".join(str(value) for value in shape.values)
    if shape.type is ParamType.UNION:
        return " | ".join(dict.fromkeys(shape_text(variant) for variant in shape.variants))
    if shape.type is ParamType.ARRAY and shape.items is not None:
        return f"{_count(shape)} of {shape_text(shape.items)}"
    if shape.type is ParamType.OBJECT:
        fields = (field.name + ("" if field.required else "?") for field in shape.fields)
        return f"{{{', '.join(fields)}}}"
    if shape.type is ParamType.MEDIA:
        return " or ".join(kind.value for kind in shape.media)
    return f"{shape.type.value}{_limits(shape)}"


def _count(shape: Shape) -> str:
    low, high = shape.min_items or 0, shape.max_items
    if high is None:
        return f"list of {low} or more" if low else "list"
    return f"list of {low}…{high}"


def _limits(shape: Shape) -> str:
    if shape.max_length is not None:
        return f" of {shape.min_length or 0}…{shape.max_length} characters"
    low = shape.minimum if shape.minimum is not None else shape.exclusive_minimum
    if low is None and shape.maximum is None:
        return ""
    sign = ">" if shape.minimum is None and shape.exclusive_minimum is not None else ""
    start = f"{sign}{_number(low)}" if low is not None else ""
    return f" {start}…{_number(shape.maximum)}" if shape.maximum is not None else f" from {start}"


def _number(value: float) -> str:
    """Write a limit whole: `4294967295`, not `4.29497e+09`."""
    return str(int(value)) if value == int(value) else f"{value:g}"
