"""How much a step asks for — seconds, images, characters, references — as ranges where it is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

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


def decimal(value: object) -> Decimal:
    """Give a number of the table as an exact decimal."""
    return Decimal(str(value))


class Range(Struct, frozen=True):
    """The least and the most that something may be."""

    low: Decimal
    high: Decimal

    @classmethod
    def exactly(cls, value: Decimal) -> Range:
        """Make the range of a known number."""
        return cls(value, value)

    def plus(self, other: Range) -> Range:
        """Give the range of the sum."""
        return Range(self.low + other.low, self.high + other.high)

    def times(self, factor: Decimal) -> Range:
        """Give the range of the product with a known factor."""
        return Range(self.low * factor, self.high * factor)

    def capped(self, most: Decimal) -> Range:
        """Give the range of what is at most a bound."""
        return Range(min(self.low, most), min(self.high, most))


class Asked(Struct, frozen=True):
    """Canonical parameters, read for what they ask for."""

    capability: Capability
    params: Mapping[str, object]
    seconds_of: SecondsOf | None

    def may_hold(self, when: Mapping[str, object]) -> bool:
        """Whether a rate may be the one: none of its conditions is known to fail."""
        return all(self.may_be(name, wanted) for name, wanted in when.items())

    def must_hold(self, when: Mapping[str, object]) -> bool:
        """Whether a rate is the one, whatever is not known yet."""
        return all(self._possible(name) <= _as_set(wanted) for name, wanted in when.items())

    def may_be(self, name: str, wanted: object) -> bool:
        """Whether a parameter may have one of some values; `given`: any."""
        if wanted == "given":
            return name in self.params
        return bool(self._possible(name) & _as_set(wanted))

    def _possible(self, name: str) -> set[object]:
        """Give every value that a parameter may have when the API reads it, in lower case."""
        if name == "tier":
            return self._possible_tiers()
        if name == "@large":
            return self._possibly_large()
        param = self.capability.find(name)
        value = self.params.get(name)
        if value is None and param is not None:
            omitted = self.capability.price.rule.get("omitted", {})
            if isinstance(omitted, Mapping) and name in omitted:
                return _as_set(omitted[name])
            value = param.default
        if value is not None and not isinstance(value, Deferred):
            return _as_set(value)
        return _as_set(_all_values(param.shape)) if param is not None else set()

    def _possible_tiers(self) -> set[object]:
        tiered = [param for param in self.capability.params if param.tiers]
        if not tiered:
            return set()
        param = tiered[0]
        value = self.params.get(param.name, param.default)
        if isinstance(value, str) and value in param.tiers:
            return {param.tiers[value]}
        return set(param.tiers.values())

    def _possibly_large(self) -> set[object]:
        rule = cast("Mapping[str, Any]", self.capability.price.rule["large"])
        facts = facts_of(next(iter(media_in(self.params.get(str(rule["of"])))), None))
        if facts is None or not facts.width or not facts.height:
            return {True, False}
        if "pixels" in rule:
            return {facts.width * facts.height > rule["pixels"]}
        scale_param = self.capability.find(str(rule["times"]))
        scale = self.params.get(str(rule["times"]), scale_param.default if scale_param else None)
        if not isinstance(scale, int):
            return {True, False}
        return {max(facts.width, facts.height) * scale > rule["side_px"]}

    def count(self) -> Range | None:
        """Give how many outputs are asked for."""
        count = self.capability.output.count
        if isinstance(count, int):
            return Range.exactly(Decimal(count))
        param = self.capability.find(count)
        return _number(self.params.get(count), param, Decimal(1)) if param is not None else None

    def characters(self, name: str) -> Range | None:
        """Give the length of a text; one that is not known yet is as long as its limit."""
        text = self.params.get(name)
        if isinstance(text, str):
            return Range.exactly(Decimal(len(text)))
        param = self.capability.find(name)
        most = param.shape.max_length if param is not None else None
        return Range(Decimal(1), Decimal(most)) if most is not None else None

    def output_seconds(self) -> Range | None:
        """Give the seconds that are asked for; `auto` and what is left out count with their bounds."""
        param = self.capability.find("duration")
        return _number(self.params.get("duration"), param, None) if param is not None else None

    def media_seconds(self, names: Sequence[str]) -> Range | None:
        """Give the seconds of the media that parameters hold together; None where one is not known."""
        total = Range.exactly(Decimal(0))
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
        if told is not None:
            return Range(decimal(told[0]), decimal(told[1]))
        limits = _limits_of_media(shape)
        if "seconds_max" not in limits:
            return None
        return Range(decimal(limits.get("seconds_min", 0)), decimal(limits["seconds_max"]))

    def frames(self, names: Sequence[str]) -> Range | None:
        """Give the frames of the videos that parameters hold; None where one is not known."""
        total = Decimal(0)
        for name in names:
            for medium in media_in(self.params.get(name)):
                facts = facts_of(medium)
                if facts is None or facts.duration is None or facts.fps is None:
                    return None
                total += (decimal(facts.duration) * decimal(facts.fps)).to_integral_value()
        return Range.exactly(total)

    def items(self, names: Sequence[str], *, unplaced: bool) -> Range:
        """Give how many references are given; with `unplaced`, frames that have a position do not count.

        Of one medium alone nobody states whether it is a frame or a reference, so it counts at most.
        """
        low = high = 0
        for name in names:
            value = self.params.get(name)
            if isinstance(value, tuple):
                counted = sum(not (unplaced and _has_position(item)) for item in value)
                low, high = low + counted, high + counted
            elif value is not None:
                low, high = low + (0 if unplaced else 1), high + self._most_items(name)
        return Range(Decimal(low), Decimal(high))

    def _most_items(self, name: str) -> int:
        """Give how many items something not known to be a list may be: a list to come as many as it may."""
        param = self.capability.find(name)
        value = self.params[name]
        if param is None or not isinstance(value, Deferred) or value.kind is not None:
            return 1
        shapes = param.shape.variants or (param.shape,)
        return max([1, *(shape.max_items for shape in shapes if shape.max_items is not None)])

    def output_pixels(self) -> int | None:
        """Give the pixels of what comes back, where the ratio says them."""
        ratio = self.params.get("ratio")
        found = parse_wanted(ratio) if isinstance(ratio, str) else None
        return found.width * found.height if found is not None and found.is_pixels else None


def _as_set(values: object) -> set[object]:
    listed = values if isinstance(values, (list, tuple, set)) else (values,)
    return {value.casefold() if isinstance(value, str) else value for value in listed}


def _all_values(shape: Shape) -> tuple[object, ...]:
    if shape.type is ParamType.BOOLEAN:
        return (True, False)
    return shape.values or ()


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
