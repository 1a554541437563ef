"""Ratios as people write them, and the value of a row that they mean; all derived from the row's values.

`16:9@1080p` names an aspect and a size. An aspect fits a value that is within 3 % of it; `1080p` is the
short side, `2K` the square of 2048 that Runway's image models count from (or the name of the row's tier).
"""

from __future__ import annotations

import re
from math import log
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ASPECT_TOLERANCE = 0.03
_SIDE_TOLERANCE = 0.015
_AREA_REACH = 1.6
_SMALLEST_SIDE = 100
"""Numbers below it are an aspect, from it on pixels: no model gives outputs so small."""

_WANTED = re.compile(r"\s*(\d{1,5})\s*[:x×]\s*(\d{1,5})\s*(?:@\s*(\d{1,4})\s*([pk]))?\s*", re.IGNORECASE)
_NAMED_ASPECTS = ((21, 9), (2, 1), (16, 9), (3, 2), (4, 3), (5, 4), (1, 1))


class Wanted(Struct, frozen=True):
    """What was written: two numbers, and the size after `@` (`1080p`, `2k`) if there is one."""

    width: int
    height: int
    size: str | None = None

    @property
    def is_pixels(self) -> bool:
        """Whether the numbers are pixels and not an aspect."""
        return min(self.width, self.height) >= _SMALLEST_SIDE

    @property
    def aspect(self) -> float:
        """Width divided by height."""
        return self.width / self.height

    @property
    def text(self) -> str:
        """The form in which Runway writes it, without the size."""
        return f"{self.width}:{self.height}"


class Ambiguous(Struct, frozen=True):
    """Several values fit what was written."""

    values: tuple[str, ...]


class NoFit(Struct, frozen=True):
    """No value fits; `instead`: those that would with another size, or the sizes that there are."""

    instead: tuple[str, ...] = ()


def parse_wanted(text: str) -> Wanted | None:
    """Read `1280:720`, `1280x720`, `16:9`, `16:9@1080p`; None if the text is no such thing."""
    found = _WANTED.fullmatch(text)
    if found is None or not int(found[1]) or not int(found[2]):
        return None
    size = f"{int(found[3])}{found[4].lower()}" if found[3] else None
    return Wanted(int(found[1]), int(found[2]), size)


def pick_value(wanted: Wanted, values: Iterable[str], tiers: Mapping[str, str]) -> str | Ambiguous | NoFit:
    """Choose the value that is meant; pixels are taken literally, aspects by their nearness."""
    listed = tuple(values)
    if wanted.size is None and wanted.text in listed:
        return wanted.text
    fitting = of_aspect(listed, wanted.aspect)
    if wanted.is_pixels and wanted.size is None:
        return NoFit()
    if wanted.size is not None:
        sized = _of_size(fitting, wanted.size, tiers)
        return sized[0] if sized else NoFit(fitting)
    if len(fitting) > 1:
        return Ambiguous(fitting)
    return fitting[0] if fitting else NoFit()


def of_aspect(values: Iterable[str], aspect: float) -> tuple[str, ...]:
    """Give the values whose aspect is within the tolerance of one."""
    return tuple(value for value in values if _fits_aspect(value, aspect))


def pick_closest(wanted: Wanted, values: Iterable[str], tiers: Mapping[str, str]) -> str | None:
    """Choose the value nearest in aspect, then in size; the row's own order decides between equals."""
    parsed = [(value, found) for value in values if (found := parse_wanted(value)) is not None]
    if not parsed:
        return None
    best = min(_distance(found.aspect, wanted.aspect) for _, found in parsed)
    # Who writes pixels cares for the size more than for the last percent of the aspect.
    slack = ASPECT_TOLERANCE if wanted.is_pixels else 0.0
    nearest = [
        (value, found) for value, found in parsed if _distance(found.aspect, wanted.aspect) <= best + slack
    ]
    if wanted.size is not None:
        sized = _of_size(tuple(value for value, _ in nearest), wanted.size, tiers)
        return sized[0] if sized else nearest[0][0]
    if wanted.is_pixels:
        area = wanted.width * wanted.height
        return min(nearest, key=lambda item: _distance(item[1].width * item[1].height, area))[0]
    return nearest[0][0]


def pixels_of(wanted: Wanted) -> str | None:
    """Give the size in pixels that is meant where there is no table: `16:9@1080p` → `1920:1080`."""
    if wanted.is_pixels and wanted.size is None:
        return wanted.text
    # In video 2K and 4K are names of short sides, as 1080p is.
    sides = {"2k": 1440, "4k": 2160}
    if wanted.is_pixels or wanted.size is None or (wanted.size.endswith("k") and wanted.size not in sides):
        return None
    short = sides.get(wanted.size) or int(wanted.size[:-1])
    long = _even(short * max(wanted.aspect, 1 / wanted.aspect))
    return f"{long}:{short}" if wanted.aspect >= 1 else f"{short}:{long}"


def aspect_name(value: str) -> str | None:
    """Name the aspect of a value: `1280:720` → `16:9`; None if it has no usual name."""
    wanted = parse_wanted(value)
    if wanted is None or not wanted.is_pixels:
        return None
    names = [*_NAMED_ASPECTS, *((height, width) for width, height in _NAMED_ASPECTS)]
    near = min(names, key=lambda name: _distance(name[0] / name[1], wanted.aspect))
    return f"{near[0]}:{near[1]}" if _distance(near[0] / near[1], wanted.aspect) <= ASPECT_TOLERANCE else None


def _even(length: float) -> int:
    return round(length / 2) * 2


def _distance(one: float, other: float) -> float:
    return abs(log(one / other))


def _fits_aspect(value: str, aspect: float) -> bool:
    found = parse_wanted(value)
    return found is not None and abs(found.aspect / aspect - 1) <= ASPECT_TOLERANCE


def _of_size(values: tuple[str, ...], size: str, tiers: Mapping[str, str]) -> tuple[str, ...]:
    """Order the values that have a size, best first."""
    if size.endswith("p"):
        side = int(size[:-1])
        near = sorted((gap, value) for value in values if (gap := abs(_short_side(value) / side - 1)) < 1)
        by_side = tuple(value for gap, value in near if gap <= _SIDE_TOLERANCE)
        return by_side or tuple(value for _, value in near if tiers.get(value) == size)
    area = (int(size[:-1]) * 1024) ** 2
    named = [value for value in values if tiers.get(value) == size]
    reachable = named or [value for value in values if _distance(_area(value), area) <= log(_AREA_REACH)]
    return tuple(sorted(reachable, key=lambda value: _distance(_area(value), area)))


def _short_side(value: str) -> int:
    found = parse_wanted(value)
    return min(found.width, found.height) if found else 0


def _area(value: str) -> int:
    found = parse_wanted(value)
    return found.width * found.height if found else 1
