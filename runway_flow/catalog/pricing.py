"""What a judged step may cost, by the price rules of its row; what nobody states stays unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, cast

from runway_flow.catalog.amounts import Asked, Range, SecondsOf, decimal
from runway_flow.kernel.amounts import FREE, UNKNOWN_PRICE, ZERO, Credits, Estimate
from runway_flow.kernel.media import MediaKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runway_flow.catalog.capability import Capability

Rate = Mapping[str, object]

_MAX_RATE_PIXELS = 4_000_000


def estimate(
    capability: Capability, params: Mapping[str, object], *, input_seconds: SecondsOf | None = None
) -> Estimate:
    """Give the least and the most that canonical parameters may cost.

    `input_seconds` tells the least and greatest length of a medium whose own facts do not (one to come,
    an address), or None. What is not known yet counts with its stated bounds; where there are none,
    the price is unknown.
    """
    if capability.is_local:
        return FREE
    rule = capability.price.rule
    asked = Asked(capability, params, input_seconds)
    unstated = _mapping(rule, "unknown_with").items()
    if capability.price.unit is None or any(
        name in params and asked.may_be(name, wanted) for name, wanted in unstated
    ):
        return UNKNOWN_PRICE
    rates = [rate for rate in capability.price.rates if asked.may_hold(_mapping(rate, "when"))]
    base = _base(capability.price.unit, rates, rule, asked)
    extra = _extras(rates, rule, asked) if base is not None else None
    if base is None or extra is None:
        return UNKNOWN_PRICE
    total = base.plus(extra).plus(Range.exactly(decimal(rule.get("per_call", 0))))
    least = decimal(rule.get("minimum", 0))
    return Estimate(_billed(max(total.low, least), rule), _billed(max(total.high, least), rule))


def _billed(amount: Credits, rule: Mapping[str, object]) -> Credits:
    return amount.to_integral_value(ROUND_CEILING) if rule.get("round") == "up" else amount


def _mapping(rule: Mapping[str, object], key: str) -> Mapping[str, object]:
    return cast("Mapping[str, object]", rule.get(key, {}))


def _base(unit: str, rates: Sequence[Rate], rule: Mapping[str, object], asked: Asked) -> Range | None:
    """Give the cheapest rate for the least quantity, and the dearest for the most."""
    flat = _mapping(rule, "flat_without")
    for name, credits_ in flat.items():
        if name not in asked.params:
            return Range.exactly(decimal(credits_))
    quantity = _quantity(unit, rule, asked)
    if quantity is None or not rates:
        return None
    low = min(_amount(rate, quantity.low) for rate in rates)
    high = max(_amount(rate, quantity.high) for rate in rates)
    return Range(low, high)


def _quantity(unit: str, rule: Mapping[str, object], asked: Asked) -> Range | None:
    """Give how many units are billed."""
    if unit == "output_image":
        return asked.count()
    if unit == "characters":
        return asked.characters("prompt_text")
    if unit == "output_frame":
        return asked.frames(cast("Sequence[str]", rule.get("seconds_of", ())))
    return _seconds(rule, asked)


def _seconds(rule: Mapping[str, object], asked: Asked) -> Range | None:
    """Give the seconds that are billed: of what goes in where the rule names it, else of what comes out."""
    names = cast("Sequence[str] | None", rule.get("seconds_of"))
    cap = rule.get("seconds_cap")
    found = asked.output_seconds() if names is None else asked.media_seconds(names)
    if cap is None:
        return found
    return (found or Range(Decimal(1), decimal(cap))).capped(decimal(cap))


def _amount(rate: Rate, quantity: Decimal) -> Credits:
    credits_ = decimal(rate["credits"])
    if "first_seconds" in rate:
        beyond = max(ZERO, quantity - decimal(rate["first_seconds"]))
        return decimal(rate["credits_first"]) + credits_ * beyond
    if "per" in rate:
        return credits_ * math.ceil(quantity / decimal(rate["per"]))
    return credits_ * quantity


def _extras(rates: Sequence[Rate], rule: Mapping[str, object], asked: Asked) -> Range | None:
    """Give what comes on top: for formats by the second, for each reference, for seconds of references."""
    total = Range.exactly(ZERO)
    for surcharge in cast("Sequence[Rate]", rule.get("surcharges", ())):
        more = _surcharge(surcharge, rule, asked)
        if more is None:
            return None
        # They are for different formats, so at most one of them is paid.
        total = Range(total.low + more.low, max(total.high, more.high))
    for extra in cast("Sequence[Rate]", rule.get("extras", ())):
        total = total.plus(_extra(extra, rates, asked))
    return total


def _surcharge(surcharge: Rate, rule: Mapping[str, object], asked: Asked) -> Range | None:
    when = _mapping(surcharge, "when")
    if not asked.may_hold(when):
        return Range.exactly(ZERO)
    seconds = _seconds(rule, asked)
    if seconds is None:
        return None
    low = high = decimal(surcharge["credits"])
    if "credits_over_4mp" in surcharge:
        pixels = asked.output_pixels()
        if pixels is None or pixels > _MAX_RATE_PIXELS:
            high = decimal(surcharge["credits_over_4mp"])
            low = low if pixels is None else high
    return Range((low if asked.must_hold(when) else ZERO) * seconds.low, high * seconds.high)


def _extra(extra: Rate, rates: Sequence[Rate], asked: Asked) -> Range:
    if "each" in extra:
        names = cast("Sequence[str]", extra["each"])
        return asked.items(names, unplaced=bool(extra.get("unplaced"))).times(decimal(extra["credits"]))
    cap, fraction = decimal(extra["cap"]), decimal(extra["fraction"])
    names = cast("Sequence[str]", extra["seconds_of"])
    seconds = (asked.media_seconds(names) or Range(ZERO, cap)).capped(cap)
    each = [decimal(rate["credits"]) * fraction for rate in rates]
    return Range(min(each) * seconds.low, max(each) * seconds.high)


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
