"""Short forms that authors may write, turned into the forms that the rows describe."""

from __future__ import annotations

import math
from collections.abc import Mapping
from math import log
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.catalog.capability import ParamType
from runway_flow.catalog.ratios import (
    Ambiguous,
    NoFit,
    Wanted,
    of_aspect,
    parse_wanted,
    pick_closest,
    pick_value,
    pixels_of,
    short_side_of,
)
from runway_flow.kernel.amounts import find_seconds, parse_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runway_flow.catalog.capability import Param, Shape

RATIO_NAMES = frozenset({"ratio", "aspect_ratio", "target_aspect_ratio", "size"})
"""Parameters that take ratios or sizes in any form that `catalog.ratios` reads."""
RESOLUTION = "resolution"
"""The parameter that takes the name of a size alone; beside a ratio it may be said with that."""

_CLOSEST = "closest"
_NAMING_FIELDS = ("tag", "position", "role")


class Chosen(Struct, frozen=True):
    """The value that a ratio means, and the one that it means for `resolution` beside it."""

    value: str
    resolution: str | None = None


def closest_of(value: object) -> object:
    """Give X of `{closest: X}`, or None if the value is no such thing."""
    if isinstance(value, Mapping) and len(value) == 1:
        return value.get(_CLOSEST)
    return None


def choose_ratio(
    param: Param, value: object, siblings: Mapping[str, Param]
) -> Chosen | Ambiguous | NoFit | None:
    """Choose the value that a ratio means; None: it is no ratio of ours, judge it as it stands."""
    target = closest_of(value)
    text = value if target is None else target
    if not isinstance(text, str):
        return None
    values = texts_of(param.shape)
    wanted = parse_wanted(text)
    if text in values or wanted is None:
        return Chosen(text) if target is not None and text in values else None
    if not values:
        return _free_size(param, wanted)
    if target is not None:
        return _choose_closest(wanted, param, values, siblings.get(RESOLUTION))
    if any((parsed := parse_wanted(item)) is not None and not parsed.is_pixels for item in values):
        return _choose_named(wanted, values, siblings.get(RESOLUTION))
    return _choose_pixels(param, wanted, values)


def _choose_closest(
    wanted: Wanted, param: Param, values: Sequence[str], resolution: Param | None
) -> Chosen | NoFit:
    """Choose the nearest value; where values are aspects, the size is for the nearest `resolution`."""
    found = pick_closest(wanted, values, param.tiers)
    if found is None:
        return NoFit()
    size = wanted.size or (f"{wanted.short_side}p" if wanted.is_pixels else None)
    if size is None or resolution is None:
        return Chosen(found)
    near = choose_resolution(resolution, {_CLOSEST: size})
    return Chosen(found, near.value if isinstance(near, Chosen) else None)


def _choose_pixels(param: Param, wanted: Wanted, values: Sequence[str]) -> Chosen | Ambiguous | NoFit | None:
    picked = pick_value(wanted, values, param.tiers)
    if isinstance(picked, str):
        return Chosen(picked)
    if wanted.is_pixels and isinstance(picked, NoFit) and wanted.size is None:
        return Chosen(wanted.text)
    return picked


def _free_size(param: Param, wanted: Wanted) -> Chosen | NoFit:
    """Where any size may stand, pixels are written as Runway does; only `size` is worked out from a name."""
    if param.name != "size":
        return Chosen(wanted.text) if wanted.size is None else NoFit()
    pixels = pixels_of(wanted)
    return Chosen(pixels) if pixels is not None else NoFit()


def _choose_named(wanted: Wanted, values: Sequence[str], resolution: Param | None) -> Chosen | NoFit:
    """Choose among values that are aspects; a size belongs to the parameter `resolution`."""
    names = of_aspect(values, wanted.aspect)
    if not names:
        return NoFit()
    name = wanted.text if wanted.text in names else names[0]
    if wanted.size is None and not wanted.is_pixels:
        return Chosen(name)
    sizes = texts_of(resolution.shape) if resolution is not None else ()
    found = _of_name(sizes, wanted.size or f"{wanted.short_side}p")
    return Chosen(name, found) if found is not None else NoFit(sizes)


def choose_resolution(param: Param, value: object) -> Chosen | NoFit | None:
    """Choose the size that a text means: `1080P`, `1920x1080`, `16:9@1080p`, `{closest: 900p}`.

    None: it is no size of ours, judge it as it stands.
    """
    target = closest_of(value)
    text = value if target is None else target
    values = texts_of(param.shape)
    if not isinstance(text, str) or not values or (text in values and target is None):
        return None
    size = _size_in(text)
    found = _of_name(values, size)
    if found is not None:
        return Chosen(found)
    side = short_side_of(size)
    if side is None:
        return None if target is None else NoFit()
    if target is None:
        return NoFit()
    sides = [(abs(log(known / side)), value) for value in values if (known := short_side_of(value))]
    return Chosen(min(sides, key=lambda item: item[0])[1]) if sides else NoFit()


def _size_in(text: str) -> str:
    """Give the size that a ratio names beside its aspect, or by its pixels; any other text itself."""
    wanted = parse_wanted(text)
    if wanted is None or not (wanted.size or wanted.is_pixels):
        return text.strip().casefold()
    return wanted.size or f"{wanted.short_side}p"


def _of_name(sizes: Sequence[str], name: str) -> str | None:
    """Give the size of a name, whatever its case."""
    return name if name in sizes else next((size for size in sizes if size.casefold() == name), None)


def texts_of(shape: Shape) -> tuple[str, ...]:
    """Give the texts among the accepted values of a shape and its variants."""
    shapes = shape.variants or (shape,)
    return tuple(value for each in shapes for value in each.values or () if isinstance(value, str))


def read_seconds(value: object) -> object:
    """Read `"5"` and `5s` as a number where seconds are wanted; anything else comes back as it is."""
    if not isinstance(value, str):
        return value
    seconds = parse_seconds(value)
    return value if seconds is None else whole(seconds)


def help_for_seconds(text: str) -> str:
    """Say how seconds are written; with the number, where a text is understood."""
    seconds = find_seconds(text)
    number = 5 if seconds is None else whole(seconds)
    return f"write seconds: `{number}` or `{number}s`"


def whole(number: float) -> int | float:
    """Give an integer where a number has no fraction."""
    return int(number) if math.isfinite(number) and number == int(number) else number


def closest_number(shape: Shape, target: float) -> int | float:
    """Give the accepted number that is nearest; the lower of two equally near."""
    if shape.values is not None:
        numbers = [value for value in shape.values if isinstance(value, (int, float))]
        return min(numbers, key=lambda value: (abs(value - target), value))
    near = target if shape.minimum is None else max(target, shape.minimum)
    near = near if shape.maximum is None else min(near, shape.maximum)
    is_rounded = shape.type is ParamType.INTEGER and isinstance(near, float)
    return math.floor(near + 0.5) if is_rounded else near


def carrying_field(shape: Shape) -> Param | None:
    """Give the field that a bare value stands for: the only required one that is not a constant."""
    fields = [field for field in shape.fields if field.required and field.shape.constant is None]
    return fields[0] if len(fields) == 1 else None


def naming_field(shape: Shape) -> Param | None:
    """Give the field that the names of a mapping of media fill: `tag`, `position` or `role`."""
    by_name = {field.name: field for field in shape.fields}
    return next((by_name[name] for name in _NAMING_FIELDS if name in by_name), None)


def medium_field(shape: Shape) -> Param | None:
    """Give the first field of an object that takes a medium."""
    return next((field for field in shape.fields if field.shape.type is ParamType.MEDIA), None)
