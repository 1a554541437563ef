"""Ratios as people write them, and the value of a row that they mean; all derived from the row's values.

`16:9@1080p` names an aspect and a size. An aspect fits a value that is within 3 % of it, unless another
value of about that size is plainly nearer; `1080p` is the short side, `2K` the square of 2048 that Runway's
image models count from (or the name of the row's tier).
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
_TIER_REACH = 1.4
_SAME_SIZE = 1.2
_PLAINLY_NEARER = 0.02
_SMALLEST_SIDE = 100
"""Numbers below it are an aspect, from it on pixels: no model gives outputs so small."""

_WANTED = re.compile(r"\s*(\d{1,5})\s*[:x×]\s*(\d{1,5})\s*(?:@\s*(\d{1,4})\s*([pk]))?\s*", re.IGNORECASE)
_SIZE = re.compile(r"(\d{1,4})p")
_SIDES = {"1k": 1024, "2k": 1440, "4k": 2160, "8k": 4320}
"""In video these are names of short sides, as 1080p is."""
_NAMED_ASPECTS = ((21, 9), (2, 1), (16, 9), (3, 2), (4, 3), (5, 4), (1, 1))


class Wanted(Struct, frozen=True):
    """What was written: two numbers, and the size after `@` (`1080p`, `2k`) if there is one."""

    width: int
    height: int
    size: str | None = None

    @property
    def is_pixels(self) -> bool:
        """Whether the numbers are pixels and not an aspect."""
        return self.short_side >= _SMALLEST_SIDE

    @property
    def aspect(self) -> float:
        """Width divided by height."""
        return self.width / self.height

    @property
    def short_side(self) -> int:
        """The lesser of width and height."""
        return min(self.width, self.height)

    @property
    def area(self) -> int:
        """Width times height."""
        return self.width * self.height

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
    if size in ("0p", "0k"):
        return None
    return Wanted(int(found[1]), int(found[2]), size)


_WORDS = {
    **dict.fromkeys(("landscape", "horizontal", "widescreen", "wide"), "16:9"),
    **dict.fromkeys(("portrait", "vertical", "tall", "story"), "9:16"),
    "square": "1:1",
}


def read_loosely(text: str) -> Wanted | None:
    """Tell which ratio `landscape`, `16/9` or `1920 by 1080` was meant to be: for advice only."""
    text = text.strip().lower()
    return parse_wanted(re.sub(r"\s*(?:[:/x×*]|by|to)\s*", ":", _WORDS.get(text, text)))


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
    """Give the values whose aspect is within the tolerance of one; of two of about one size only the nearer.

    20:9 and 19.5:9 lie within each other's tolerance, and there are models that take both.
    """
    near = [
        (value, found, gap)
        for value in values
        if (found := parse_wanted(value)) is not None
        and (gap := _distance(found.aspect, aspect)) <= log(1 + ASPECT_TOLERANCE)
    ]
    return tuple(
        value
        for value, found, gap in near
        if not any(
            other_gap + _PLAINLY_NEARER <= gap and _distance(other.area, found.area) <= log(_SAME_SIZE)
            for _, other, other_gap in near
        )
    )


def pick_closest(wanted: Wanted, values: Iterable[str], tiers: Mapping[str, str]) -> str | None:
    """Choose the value nearest in aspect, then in size; the row's own order decides between equals."""
    parsed = [(value, found) for value in values if (found := parse_wanted(value)) is not None]
    if not parsed:
        return None
    best = min(_distance(found.aspect, wanted.aspect) for _, found in parsed)
    # Who names a size cares for it more than for the last percent of the aspect.
    area = _area_wanted(wanted)
    slack = ASPECT_TOLERANCE if area is not None else 0.0
    nearest = [
        (value, found) for value, found in parsed if _distance(found.aspect, wanted.aspect) <= best + slack
    ]
    sized = _of_size(tuple(value for value, _ in nearest), wanted.size, tiers) if wanted.size else ()
    if sized or area is None:
        return sized[0] if sized else nearest[0][0]
    return min(nearest, key=lambda item: _distance(item[1].area, area))[0]


def _area_wanted(wanted: Wanted) -> float | None:
    """Give the pixels that are asked for, if any are."""
    if wanted.size is None:
        return wanted.area if wanted.is_pixels else None
    number = int(wanted.size[:-1])
    if wanted.size.endswith("k"):
        return float((number * 1024) ** 2)
    return number * number * max(wanted.aspect, 1 / wanted.aspect)


def pixels_of(wanted: Wanted) -> str | None:
    """Give the size in pixels that is meant where there is no table: `16:9@1080p` → `1920:1080`."""
    if wanted.is_pixels and wanted.size is None:
        return wanted.text
    short = short_side_of(wanted.size) if wanted.size is not None else None
    if wanted.is_pixels or short is None:
        return None
    long = _even(short * max(wanted.aspect, 1 / wanted.aspect))
    return f"{long}:{short}" if wanted.aspect >= 1 else f"{short}:{long}"


def short_side_of(size: str) -> int | None:
    """Give the short side that the name of a size means in video: `1080p` → 1080, `4K` → 2160."""
    named = _SIZE.fullmatch(size.casefold())
    return _SIDES.get(size.casefold()) if named is None or named[1] is None else int(named[1]) or None


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


def _of_size(values: tuple[str, ...], size: str, tiers: Mapping[str, str]) -> tuple[str, ...]:
    """Order the values that have a size, best first."""
    parsed = [(value, found) for value in values if (found := parse_wanted(value)) is not None]
    if size.endswith("p"):
        side = int(size[:-1])
        near = sorted((abs(found.short_side / side - 1), value, found) for value, found in parsed)
        by_side = tuple(value for gap, value, _ in near if gap <= _SIDE_TOLERANCE)
        # The tiers are made of pixel counts: one that is far from what 16:9 has there is not that size.
        area = side * side * 16 / 9
        return by_side or tuple(
            value
            for _, value, found in near
            if tiers.get(value) == size and _distance(found.area, area) <= log(_TIER_REACH)
        )
    area = (int(size[:-1]) * 1024) ** 2
    named = [item for item in parsed if tiers.get(item[0]) == size]
    reachable = named or [item for item in parsed if _distance(item[1].area, area) <= log(_AREA_REACH)]
    return tuple(value for value, _ in sorted(reachable, key=lambda item: _distance(item[1].area, area)))
