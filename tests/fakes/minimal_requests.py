"""The smallest body that a row of the catalogue takes, made from its shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.capability import ParamType
from runway_flow.kernel.media import MediaKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Capability, Param, Shape


def minimal_body(row: Capability, media: Mapping[MediaKind, str]) -> dict[str, object]:
    """Give a body by wire names with the required parameters alone; `media` gives a URI of each kind."""
    body = {param.wire: minimal_value(param.shape, media) for param in row.params if param.required}
    return {"model": row.model, **body} if row.model is not None else body


def minimal_value(shape: Shape, media: Mapping[MediaKind, str]) -> object:
    """Give the first value that a shape takes."""
    if shape.values is not None:
        return shape.values[0]
    if shape.type is ParamType.OBJECT:
        return _fields(shape.fields, media)
    if shape.type is ParamType.ARRAY:
        count = max(shape.min_items or 0, 1)
        return [minimal_value(shape.items, media) if shape.items else "x"] * count
    if shape.type is ParamType.UNION:
        return minimal_value(shape.variants[0], media)
    if shape.type is ParamType.MEDIA:
        return media[shape.media[0] if shape.media else MediaKind.IMAGE]
    return _scalar(shape)


def _fields(fields: tuple[Param, ...], media: Mapping[MediaKind, str]) -> dict[str, object]:
    return {field.wire: minimal_value(field.shape, media) for field in fields if field.required}


def _scalar(shape: Shape) -> object:
    if shape.type is ParamType.STRING:
        return "a" * max(shape.min_length or 1, 1)
    if shape.type is ParamType.BOOLEAN:
        return True
    if shape.type is ParamType.MAP:
        return {}
    least = shape.minimum if shape.minimum is not None else 5
    return int(least) if shape.type is ParamType.INTEGER else least
