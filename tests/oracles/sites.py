"""Walks a request side by side with the shapes of its row, to every place that a fault can be put at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from runway_flow.catalog.capability import Param, ParamType, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]
_TYPES: dict[ParamType, tuple[type, ...]] = {
    ParamType.STRING: (str,),
    ParamType.INTEGER: (int,),
    ParamType.NUMBER: (int, float),
    ParamType.BOOLEAN: (bool,),
    ParamType.MEDIA: (str,),
    ParamType.OBJECT: (dict,),
    ParamType.ARRAY: (list,),
    ParamType.MAP: (dict,),
}


class Site(NamedTuple):
    """A place in a request: its path, the same without positions and keys, and what it takes.

    `label` is written as in `overlay.json`: `keyframes[]|at.range.end_seconds`. A union gives two sites,
    one for the union and one for the variant that the value belongs to, which knows its `union`.
    """

    path: Path
    label: str
    shape: Shape
    union: Shape | None = None


def sites_of(params: tuple[Param, ...], request: Mapping[str, Any], path: Path = ()) -> Iterator[Site]:
    """Give every place of a valid request, outer ones first."""
    for param in params:
        if param.name in request:
            yield from _sites_at(param.shape, request[param.name], (*path, param.name), param.name)


def _sites_at(
    shape: Shape,
    value: Any,  # noqa: ANN401
    path: Path,
    label: str,
    union: Shape | None = None,
) -> Iterator[Site]:
    yield Site(path, label, shape, union)
    if shape.type is ParamType.UNION:
        variant = variant_of(shape, value)
        yield from _sites_at(variant, value, path, f"{label}|{name_of(variant)}", shape)
    elif shape.type is ParamType.ARRAY:
        assert shape.items is not None
        for index, item in enumerate(value):
            yield from _sites_at(shape.items, item, (*path, index), f"{label}[]")
    elif shape.type is ParamType.MAP:
        assert shape.values_shape is not None
        for key, item in value.items():
            yield from _sites_at(shape.values_shape, item, (*path, key), f"{label}{{}}")
    elif shape.type is ParamType.OBJECT:
        for field in shape.fields:
            if field.name in value:
                below = (*path, field.name)
                yield from _sites_at(field.shape, value[field.name], below, f"{label}.{field.name}")


def variant_of(shape: Shape, value: object) -> Shape:
    """Give the variant of a union that a valid value belongs to."""
    return next(variant for variant in shape.variants if is_of(variant, value))


def is_of(shape: Shape, value: object) -> bool:
    """Tell whether a valid value of some variant is one of this shape: by type, listed values, and keys."""
    if not isinstance(value, _TYPES[shape.type]):
        return False
    if shape.type is not ParamType.BOOLEAN and isinstance(value, bool):
        return False
    if shape.values is not None:
        return value in shape.values
    if shape.type is ParamType.OBJECT and isinstance(value, dict):
        fields = {field.name: field.shape for field in shape.fields}
        required = {field.name for field in shape.fields if field.required}
        known = required <= set(value) <= set(fields)
        return known and all(fields[key].constant in (None, item) for key, item in value.items())
    return True


def name_of(variant: Shape) -> str:
    """Name a variant of a union: its constant, its first required field, `values`, or its type."""
    constants = [str(field.shape.constant) for field in variant.fields if field.shape.constant is not None]
    required = [field.name for field in variant.fields if field.required]
    if variant.fields:
        return (constants or required)[0]
    return "values" if variant.values is not None else str(variant.type)


def all_labels(params: tuple[Param, ...], above: str = "") -> Iterator[str]:
    """Give the label of every place that a row has, whether or not a request reaches it."""
    for param in params:
        yield from _labels_at(param.shape, f"{above}{param.name}")


def _labels_at(shape: Shape, label: str) -> Iterator[str]:
    yield label
    for variant in shape.variants:
        yield from _labels_at(variant, f"{label}|{name_of(variant)}")
    if shape.items is not None:
        yield from _labels_at(shape.items, f"{label}[]")
    if shape.values_shape is not None:
        yield from _labels_at(shape.values_shape, f"{label}{{}}")
    yield from all_labels(shape.fields, f"{label}.")


def replaced(request: Mapping[str, Any], path: Path, value: object) -> dict[str, Any]:
    """Give a copy of a request with another value at a path; the request itself stays as it is."""
    copy: Any = _copied(request, path, value)
    changed: dict[str, Any] = copy
    return changed


def _copied(above: Any, path: Path, value: object) -> object:  # noqa: ANN401 - a list or an object
    if not path:
        return value
    copy = dict(above) if isinstance(above, dict) else list(above)
    is_new = isinstance(copy, dict) and path[0] not in copy
    copy[path[0]] = _copied({} if is_new else copy[path[0]], path[1:], value)  # type: ignore[index]
    return copy


def found(request: Mapping[str, Any], path: Path) -> Any:  # noqa: ANN401 - whatever stands there
    """Give what stands at a path."""
    value: Any = request
    for part in path:
        value = value[part]
    return value
