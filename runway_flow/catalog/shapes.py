"""Shapes in general: what media are in them, and what several of them have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow.catalog.capability import Param, ParamType, Shape
from runway_flow.kernel.media import MediaKind
from runway_flow.kernel.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from runway_flow.catalog.capability import Capability


def kinds_in(shape: Shape) -> frozenset[MediaKind]:
    """Give the kinds of media that may stand in a value of a shape, at any depth."""
    found = set(shape.media)
    for below in (*shape.variants, *(field.shape for field in shape.fields), shape.items, shape.values_shape):
        if below is not None:
            found |= kinds_in(below)
    return frozenset(found)


def media_needed(row: Capability) -> tuple[Param, ...]:
    """Give the parameters without which a row does nothing and in which media stand."""
    return tuple(param for param in row.params if param.required and kinds_in(param.shape))


def medium_meant(name: str, rows: Iterable[Capability], given: Container[str]) -> str | None:
    """Give the medium that rows need and that a name which none of them takes was probably meant to be.

    What one model calls `video_uri` another calls `prompt_video`: a name that says the kind means that.
    """
    said = _kinds_said(name)
    needed = (param for row in rows for param in media_needed(row) if param.name not in given)
    return next((param.name for param in needed if said & kinds_in(param.shape)), None)


def name_meant(name: str, rows: Iterable[Capability], given: Container[str]) -> str | None:
    """Give the parameter that a name which no row takes most likely means, of the kind that it says."""
    listed = tuple(rows)
    said = _kinds_said(name)
    kinds = {
        param.name: kinds_in(param.shape) for row in listed for param in row.params if param.name not in given
    }
    alike = [each for each, found in kinds.items() if not said or said & found]
    others = [each for each, found in kinds.items() if not found]
    return nearest(name, alike) or medium_meant(name, listed, given) or nearest(name, others)


def _kinds_said(name: str) -> frozenset[MediaKind]:
    words = name.split("_")
    return frozenset(kind for kind in MediaKind if kind.value in words)


def merged(shapes: Iterable[Shape]) -> Shape:
    """Give the shape that takes whatever one of several takes: types, keys and media, without any limit.

    Constants stay: they tell objects apart, and are filled in where an author leaves them out.
    """
    variants = _merge_variants([each for shape in shapes for each in shape.variants or (shape,)])
    return variants[0] if len(variants) == 1 else Shape(ParamType.UNION, variants=tuple(variants))


def _merge_variants(shapes: Sequence[Shape]) -> list[Shape]:
    found: list[list[Shape]] = []
    for shape in shapes:
        group = next((group for group in found if _go_together(group[0], shape)), None)
        if group is None:
            found.append([shape])
        else:
            group.append(shape)
    return [_merge_alike(group) for group in found]


_NUMBERS = (ParamType.INTEGER, ParamType.NUMBER)


def _go_together(one: Shape, other: Shape) -> bool:
    """Whether two shapes are of one type, and not objects that a constant tells apart."""
    if one.type in _NUMBERS and other.type in _NUMBERS:
        return True
    constants = {field.name: field.shape.constant for field in one.fields}
    return one.type is other.type and not any(
        field.shape.constant is not None
        and constants.get(field.name, field.shape.constant) != field.shape.constant
        for field in other.fields
    )


def _merge_alike(group: Sequence[Shape]) -> Shape:
    below = [shape.items for shape in group if shape.items is not None]
    values = [shape.values_shape for shape in group if shape.values_shape is not None]
    constants = {shape.constant for shape in group}
    types = {shape.type for shape in group}
    return Shape(
        ParamType.NUMBER if ParamType.NUMBER in types else group[0].type,
        values=group[0].values if len(constants) == 1 and None not in constants else None,
        media=tuple(dict.fromkeys(kind for shape in group for kind in shape.media)),
        fields=_merge_fields(group),
        items=merged(below) if below else None,
        values_shape=merged(values) if values else None,
        is_seconds=any(shape.is_seconds for shape in group),
    )


def _merge_fields(group: Sequence[Shape]) -> tuple[Param, ...]:
    """Merge the fields of objects; one is required where it is in all of them."""
    by_name: dict[str, list[Param]] = {}
    for shape in group:
        for field in shape.fields:
            by_name.setdefault(field.name, []).append(field)
    return tuple(
        merged_param(
            fields, is_required=len(fields) == len(group) and all(field.required for field in fields)
        )
        for fields in by_name.values()
    )


def merged_param(params: Sequence[Param], *, is_required: bool) -> Param:
    """Give the parameter that takes whatever one of several of its name takes."""
    return replace(
        params[0],
        shape=merged(param.shape for param in params),
        required=is_required,
        default=None,
        tiers={},
        only_when={},
    )
