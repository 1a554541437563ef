"""How much a step asks for — seconds, images, characters, references — as ranges where it is not known."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.catalog.capability import ParamType, Shape
from runway_flow.catalog.judge_media import facts_of, media_in
from runway_flow.catalog.ratios import parse_wanted
from runway_flow.kernel.values import Deferred

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability, Param

SecondsOf = Callable[[object], tuple[float, float] | None]
"""Tells the least and greatest length of a medium whose own facts do not."""

_NUMBERS = (ParamType.INTEGER, ParamType.NUMBER)


@lru_cache(maxsize=1024)
def decimal(value: object) -> Decimal:
    """Give a number of the table as an exact decimal."""
    return Decimal(str(value))


class Range(Struct, frozen=True):
    """The least and the most that something may be."""

    low: Decimal
    high: Decimal

    @classmethod
    def exactly(cls, value: Decimal | int) -> Range:
        """Make the range of a known number."""
        return cls(Decimal(value), Decimal(value))

    def plus(self, other: Range) -> Range:
        """Give the range of the sum."""
        return Range(self.low + other.low, self.high + other.high)

    def times(self, factor: Decimal) -> Range:
        """Give the range of the product with a known factor."""
        return Range(self.low * factor, self.high * factor)

    def capped(self, most: Decimal) -> Range:
        """Give the range of what is at most a bound."""
        return Range(min(self.low, most), min(self.high, most))

    def begun(self) -> Range:
        """Count at most every second, or other unit, that has begun."""
        return Range(self.low, Decimal(math.ceil(self.high)))


class Asked(Struct, frozen=True):
    """Canonical parameters, read for how much they ask for."""

    capability: Capability
    params: Mapping[str, object]
    seconds_of: SecondsOf | None

    def count(self) -> Range | None:
        """Give how many outputs are asked for."""
        count = self.capability.output.count
        if isinstance(count, int):
            return Range.exactly(count)
        param = self.capability.find(count)
        return _number(self.params.get(count), param, Decimal(1)) if param is not None else None

    def characters(self, name: str) -> Range | None:
        """Give the length of a text; one that is not known yet is as long as its limit.

        Nobody states what is counted as a character outside of Unicode's first 65,536: one, or the two
        code units that limits count.
        """
        text = self.params.get(name)
        if isinstance(text, str):
            return Range(Decimal(len(text)), Decimal(len(text.encode("utf-16-le", "surrogatepass")) // 2))
        param = self.capability.find(name)
        most = param.shape.max_length if param is not None else None
        return Range(Decimal(1), Decimal(most)) if most is not None else None

    def output_seconds(self) -> Range | None:
        """Give the seconds that are asked for; `auto` and what is left out count with their bounds."""
        param = self.capability.find("duration")
        return _number(self.params.get("duration"), param, None) if param is not None else None

    def media_seconds(self, names: Sequence[str]) -> Range | None:
        """Give the seconds of the media that parameters hold together; None where one is not known."""
        total = Range.exactly(0)
        for name in names:
            param = self.capability.find(name)
            if param is None or name not in self.params:
                continue
            for medium in media_in(self.params[name]):
                found = self._medium_seconds(medium, param.shape)
                if found is None:
                    return None
                total = total.plus(found)
        return total

    def _medium_seconds(self, medium: object, shape: Shape) -> Range | None:
        facts = facts_of(medium)
        if facts is not None and facts.duration is not None:
            return Range.exactly(decimal(facts.duration))
        told = self.seconds_of(medium) if self.seconds_of is not None else None
        limits = _limits_of_media(shape)
        if told is not None:
            most = min(told[1], limits.get("seconds_max", told[1]))
            return Range(decimal(min(told[0], most)), decimal(most))
        if "seconds_max" not in limits:
            return None
        return Range(decimal(limits.get("seconds_min", 0)), decimal(limits["seconds_max"]))

    def frames(self, names: Sequence[str]) -> Range | None:
        """Give the frames of the videos that parameters hold; None where one is not known."""
        total = Range.exactly(0)
        for name in names:
            for medium in media_in(self.params.get(name)):
                facts = facts_of(medium)
                if facts is None or facts.duration is None or facts.fps is None:
                    return None
                frames = decimal(facts.duration) * decimal(facts.fps)
                total = total.plus(Range(Decimal(max(math.floor(frames), 1)), Decimal(math.ceil(frames))))
        return total

    def items(self, names: Sequence[str], *, unplaced: bool) -> Range | None:
        """Give how many references are given; with `unplaced`, frames that have a position do not count.

        Of one medium alone nobody states whether it is a frame or a reference, so it counts at most.
        None where a list is to come whose length nobody bounds.
        """
        total = Range.exactly(0)
        for name in names:
            value = self.params.get(name)
            if isinstance(value, tuple):
                total = total.plus(
                    Range.exactly(sum(not (unplaced and _has_position(item)) for item in value))
                )
            elif value is not None:
                most = self._most_items(name)
                if most is None:
                    return None
                least = 0 if unplaced or (isinstance(value, Deferred) and value.kind is None) else 1
                total = total.plus(Range(Decimal(least), Decimal(most)))
        return total

    def _most_items(self, name: str) -> int | None:
        """Give how many items something not known to be a list may be: a list to come as many as it may."""
        param = self.capability.find(name)
        value = self.params[name]
        if param is None or not isinstance(value, Deferred) or value.kind is not None:
            return 1
        lists = [shape for shape in param.shape.variants or (param.shape,) if shape.type is ParamType.ARRAY]
        bounds = [shape.max_items for shape in lists]
        return None if None in bounds else max([1, *(bound for bound in bounds if bound is not None)])

    def output_pixels(self) -> int | None:
        """Give the pixels of what comes back, where the ratio says them."""
        ratio = self.params.get("ratio")
        found = parse_wanted(ratio) if isinstance(ratio, str) else None
        return found.width * found.height if found is not None and found.is_pixels else None


def _has_position(item: object) -> bool:
    return isinstance(item, Mapping) and item.get("position") is not None


def _number(value: object, param: Param, otherwise: Decimal | None) -> Range | None:
    """Give a number, or the bounds that are stated for it; `otherwise` where it is left out."""
    if value is None:
        value = param.default
    if value is None and otherwise is not None:
        return Range.exactly(otherwise)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Range.exactly(decimal(value))
    shapes = [shape for shape in (param.shape.variants or (param.shape,)) if shape.type in _NUMBERS]
    bounds = [bound for shape in shapes for bound in _bounds(shape)]
    return Range(min(bounds), max(bounds)) if bounds else None


def _bounds(shape: Shape) -> Iterable[Decimal]:
    if shape.values is not None:
        return [decimal(value) for value in shape.values]
    if shape.minimum is None or shape.maximum is None:
        return []
    return [decimal(shape.minimum), decimal(shape.maximum)]


def _limits_of_media(shape: Shape) -> Mapping[str, float]:
    """Give the limits of the first medium below a shape."""
    if shape.type is ParamType.MEDIA:
        return shape.limits
    below = [*shape.variants, *(field.shape for field in shape.fields)]
    below += [shape.items] if shape.items is not None else []
    return next((limits for each in below if (limits := _limits_of_media(each))), {})
