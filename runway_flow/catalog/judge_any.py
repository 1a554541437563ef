"""Takes values that no row describes: as they are written, media and numbers made fit to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from runway_flow.catalog.capability import ParamType, Shape
from runway_flow.catalog.judge_media import is_medium_like, open_if_text
from runway_flow.catalog.judge_scalars import check_number, check_text, refuse_half_character
from runway_flow.catalog.unknown_models import wire_name
from runway_flow.kernel import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.catalog.judging import Judging
    from runway_flow.catalog.verdict import Path

UNLIKE = (
    codes.PARAMETER_TYPE,
    codes.MISSING_PARAMETER,
    codes.UNKNOWN_PARAMETER,
    codes.VALUE_NOT_ACCEPTED,
    codes.PARAMETER_COMBINATION,
)
"""Findings by which a value shows that it is something else than what it was compared with."""

_TEXT, _NUMBER = Shape(ParamType.STRING), Shape(ParamType.NUMBER)


def as_written(value: object, path: Path, judging: Judging) -> object:
    """Give the canonical form of a value of which nothing is known; a text stays a text."""
    if isinstance(value, str):
        return check_text(_TEXT, value, path, judging)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return check_number(_NUMBER, value, path, judging)
    if is_medium_like(value):
        medium = open_if_text(value, path, judging)
        return value if medium is None else medium
    if isinstance(value, (list, tuple)):
        return tuple(as_written(item, (*path, index), judging) for index, item in enumerate(value))
    if isinstance(value, Mapping):
        for key in value:
            refuse_half_character(key, path, judging)
        return {key: as_written(item, (*path, key), judging) for key, item in value.items()}
    return value


def any_to_wire(shape: Shape, value: object) -> object:
    """Rename the keys of objects as the API spells them: as its variants do, else by the usual rule."""
    return _renamed(value, dict(_wires(shape)))


def _renamed(value: object, wires: Mapping[str, str]) -> object:
    if isinstance(value, tuple):
        return tuple(_renamed(item, wires) for item in value)
    if isinstance(value, Mapping):
        return {wires.get(key) or wire_name(key): _renamed(item, wires) for key, item in value.items()}
    return value


def _wires(shape: Shape) -> Iterator[tuple[str, str]]:
    for field in shape.fields:
        yield field.name, field.wire
        yield from _wires(field.shape)
    for below in (*shape.variants, shape.items, shape.values_shape):
        if below is not None:
            yield from _wires(below)
