"""What a judged step may cost, by the price rules of its row; what nobody states stays unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from runway_flow.catalog.amounts import Asked, Range, SecondsOf, decimal
from runway_flow.catalog.conditions import Conditions
from runway_flow.kernel.amounts import FREE, UNKNOWN_PRICE, ZERO, Estimate
from runway_flow.kernel.media import MediaKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runway_flow.catalog.capability import Capability

Rate = Mapping[str, object]

_MAX_RATE_PIXELS = 4_000_000
_PARTS_OF_A_SECOND = 0.5
"""A clip is seldom exactly as long as it was asked for; ours, nobody states by how much."""


def estimate(
    capability: Capability, params: Mapping[str, object], *, input_seconds: SecondsOf | None = None
) -> Estimate:
    """Give the least and the most whole credits that canonical parameters may cost.

    `input_seconds` tells the least and greatest length of a medium whose own facts do not (one to come,
    an address), or None. What is not known yet counts with its stated bounds; where there are none,
    the price is unknown. Where nobody states how a begun second or other unit is charged, at least its
    part counts and at most the whole: a final cost is a whole number (SDK 5.24.0, `cost.credits`).
    """
    if capability.is_local:
        return FREE
    reading = _Reading(capability, Conditions(capability, params), Asked(capability, params, input_seconds))
    total = reading.total()
    if total is None:
        return UNKNOWN_PRICE
    least = decimal(capability.price.rule.get("minimum", 0))
    low, high = max(total.low, least), max(total.high, least)
    is_rounded_up = capability.price.rule.get("round") == "total"
    return Estimate(Decimal(math.ceil(low) if is_rounded_up else math.floor(low)), Decimal(math.ceil(high)))


class _Reading(Struct, frozen=True):
    """A price rule beside what is asked for; every sum is None where nobody states the price."""

    capability: Capability
    conditions: Conditions
    asked: Asked

    @property
    def rule(self) -> Mapping[str, object]:
        """What the price rule has beside unit and rates."""
        return self.capability.price.rule

    def total(self) -> Range | None:
        """Sum up rates, extras and what every call costs."""
        unstated = cast("Mapping[str, object]", self.rule.get("unknown_with", {})).items()
        price = self.capability.price
        if price.unit is None or any(self.conditions.may_be(name, wanted) for name, wanted in unstated):
            return None
        rates = [rate for rate in price.rates if self.conditions.may_hold(_when(rate))]
        parts = (self._base(price.unit, rates), *self._surcharges(), *self._extras(rates))
        total = Range.exactly(decimal(self.rule.get("per_call", 0)))
        for part in parts:
            if part is None:
                return None
            total = total.plus(part)
        return total

    def _base(self, unit: str, rates: Sequence[Rate]) -> Range | None:
        """Give the cheapest rate for the least quantity, and the dearest for the most."""
        flat = cast("Mapping[str, object]", self.rule.get("flat_without", {}))
        for name, credits_ in flat.items():
            if name not in self.asked.params:
                return Range.exactly(decimal(credits_))
        quantity = self._quantity(unit)
        if quantity is None or not rates:
            return None
        are_begun_units_whole = self.rule.get("round") == "unit"
        low = min(_amount(rate, quantity.low, is_begun_whole=are_begun_units_whole) for rate in rates)
        high = max(_amount(rate, quantity.high, is_begun_whole=True) for rate in rates)
        return Range(low, high)

    def _quantity(self, unit: str) -> Range | None:
        """Give how many units are billed."""
        if unit == "output_image":
            return self.asked.count()
        if unit == "characters":
            return self.asked.characters("prompt_text")
        if unit == "output_frame":
            return self.asked.frames(cast("Sequence[str]", self.rule.get("seconds_of", ())))
        return self._seconds()

    def _seconds(self) -> Range | None:
        """Give the billed seconds: of what goes in where the rule names it, else of what comes out."""
        cap = self.rule.get("seconds_cap")
        found = _lasting(self.capability, self.asked)
        if cap is None:
            return found
        return (found or Range(Decimal(1), decimal(cap))).capped(decimal(cap))

    def _surcharges(self) -> Sequence[Range | None]:
        """Give what formats cost by the second; they exclude each other, so at most one of them is paid."""
        found = [self._surcharge(each) for each in cast("Sequence[Rate]", self.rule.get("surcharges", ()))]
        known = [each for each in found if each is not None]
        if len(known) < len(found):
            return (None,)
        return (
            Range(sum((each.low for each in known), ZERO), max((each.high for each in known), default=ZERO)),
        )

    def _surcharge(self, surcharge: Rate) -> Range | None:
        when = _when(surcharge)
        if not self.conditions.may_hold(when):
            return Range.exactly(0)
        seconds = self._seconds()
        if seconds is None:
            return None
        low = high = decimal(surcharge["credits"])
        if "credits_over_4mp" in surcharge:
            pixels = self.asked.output_pixels()
            if pixels is None or pixels > _MAX_RATE_PIXELS:
                high = decimal(surcharge["credits_over_4mp"])
                low = low if pixels is None else high
        is_certain = self.conditions.must_hold(when)
        return Range(low * seconds.low if is_certain else ZERO, high * seconds.begun().high)

    def _extras(self, rates: Sequence[Rate]) -> Sequence[Range | None]:
        """Give what references cost: each of them, or each of their seconds at a part of the rate."""
        found = []
        for extra in cast("Sequence[Rate]", self.rule.get("extras", ())):
            if "each" in extra:
                names = cast("Sequence[str]", extra["each"])
                items = self.asked.items(names, unplaced=bool(extra.get("unplaced")))
                found.append(items.times(decimal(extra["credits"])) if items is not None else None)
            else:
                found.append(self._reference_seconds(extra, rates))
        return found

    def _reference_seconds(self, extra: Rate, rates: Sequence[Rate]) -> Range:
        cap, fraction = decimal(extra["cap"]), decimal(extra["fraction"])
        names = cast("Sequence[str]", extra["seconds_of"])
        seconds = (self.asked.media_seconds(names) or Range(ZERO, cap)).capped(cap).begun()
        each = [decimal(rate["credits"]) * fraction for rate in rates] or [ZERO]
        return Range(min(each) * seconds.low, max(each) * seconds.high)


def _when(rate: Rate) -> Mapping[str, object]:
    return cast("Mapping[str, object]", rate.get("when", {}))


def _amount(rate: Rate, quantity: Decimal, *, is_begun_whole: bool) -> Decimal:
    credits_ = decimal(rate["credits"])
    if "first_seconds" in rate:
        beyond = max(ZERO, quantity - decimal(rate["first_seconds"]))
        return decimal(rate["credits_first"]) + credits_ * beyond
    units = quantity / decimal(rate.get("per", 1))
    return credits_ * (Decimal(math.ceil(units)) if is_begun_whole else units)


def _lasting(capability: Capability, asked: Asked) -> Range | None:
    """Give the seconds that a price by the second counts; None where nobody bounds them."""
    names = cast("Sequence[str] | None", capability.price.rule.get("seconds_of"))
    return asked.output_seconds() if names is None else asked.media_seconds(names)


def can_be_priced(capability: Capability, params: Mapping[str, object]) -> bool:
    """Whether there will be an estimate once everything is known that is still to come."""
    price = capability.price
    conditions = Conditions(capability, params)
    unstated = cast("Mapping[str, object]", price.rule.get("unknown_with", {})).items()
    has_seconds = "seconds_of" in price.rule or "duration" in capability.by_name
    return capability.is_local or (
        price.unit is not None
        and (price.unit != "output_second" or has_seconds)
        and not any(conditions.must_be(name, wanted) for name, wanted in unstated)
    )


def promised_seconds(
    capability: Capability, params: Mapping[str, object], input_seconds: SecondsOf | None = None
) -> tuple[float, float] | None:
    """Give how long at least and at most what a step makes will be; None where nobody says.

    It is what was asked for, or what goes in where the price rule says that this is what comes out,
    half a second more or less.
    """
    price = capability.price
    if capability.is_local or ("seconds_of" in price.rule and price.unit != "output_second"):
        return None
    if Conditions(capability, params).may_be("mode", ("extend", "edit")):
        return None  # the input's length matters then, and nobody states how
    found = _lasting(capability, Asked(capability, params, input_seconds))
    if found is None:
        return None
    return (max(float(found.low) - _PARTS_OF_A_SECOND, 0.0), float(found.high) + _PARTS_OF_A_SECOND)


def typical_seconds(capability: Capability, params: Mapping[str, object]) -> float | None:
    """Give how long a task usually takes, for critical paths and polling; None for our own operations.

    The figures are ours and rough: the table says so.
    """
    if capability.is_local:
        return None
    from runway_flow.catalog.loader import load_catalog

    kind = capability.output.kind
    figures = load_catalog().typical_seconds[kind.value]
    seconds = Asked(capability, params, None).output_seconds() if kind is MediaKind.VIDEO else None
    asked = float(seconds.high) if seconds is not None else 0.0
    return figures["base"] + figures.get("per_second", 0.0) * asked
