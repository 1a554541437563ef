"""A price rule in full: every rate with its condition, what is added, and from where it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from runway_flow.catalog.wording import one_of, value_text
from runway_flow.kernel.amounts import in_credits
from runway_flow.report.rule_text import condition_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runway_flow.catalog.capability import Capability

_UNITS = {
    "output_second": "second",
    "output_image": "image",
    "output_frame": "frame of the result",
    "input_second": "second",
    "characters": "character",
}
_PARTS = {1: "the rate", 0.5: "half the rate"}
SAID = frozenset(
    {
        "date", "source", "note", "minimum", "per_call", "flat_without", "seconds_cap", "seconds_of", "round",
        "surcharges", "extras", "omitted", "unknown_with", "large",
    }
)  # fmt: skip
"""The keys of price rules that these lines speak of."""


def price_lines(row: Capability) -> tuple[str, ...]:
    """Say what a row costs, a sentence for each rate and each thing added to it."""
    if row.is_local:
        return ("Free: it is done on this machine.",)
    if row.price.unit is None or not row.price.rates:
        return ("Nobody states the price.", *_notes(row.price.rule))
    rule = cast("Mapping[str, Any]", row.price.rule)
    return (*_rates(row, rule), *_additions(rule), *_bounds(rule), *_notes(rule))


def _credits(number: object) -> str:
    return in_credits(f"{float(str(number)):g}")


def _rates(row: Capability, rule: Mapping[str, Any]) -> Iterator[str]:
    for rate in cast("tuple[Mapping[str, Any], ...]", row.price.rates):
        unit = _unit(str(row.price.unit), rate, rule)
        text = f"{_credits(rate['credits'])} for {unit}"
        if "credits_first" in rate:
            first = f"{_credits(rate['credits_first'])} for the first {rate['first_seconds']:g} s"
            text = f"{first}, then {text}"
        yield f"{text}{_conditions(rate.get('when', {}), rule)}."
    for name, amount in rule.get("flat_without", {}).items():
        yield f"{_credits(amount)} where `{name}` is left out."


def _unit(unit: str, rate: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    per = float(rate.get("per", 1))
    name = _UNITS[unit]
    text = f"each {name}" if per == 1 else f"each {per:g} {name}s"
    if unit == "characters":
        return f"{text} of `prompt_text`"
    return f"{text} of {_names(rule['seconds_of'])}" if "seconds_of" in rule else text


def _conditions(when: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    texts = [_condition(name, wanted, rule) for name, wanted in when.items()]
    return f" {', '.join(texts)}" if texts else ""


def _condition(name: str, wanted: object, rule: Mapping[str, Any]) -> str:
    if name == "tier":
        sizes = wanted if isinstance(wanted, list) else [wanted]
        return f"at {one_of(_size(str(size)) for size in sizes)}"
    if name == "@large":
        return f"where {_large(rule['large'], is_large=bool(wanted))}"
    return condition_text(name, wanted)


def _size(tier: str) -> str:
    """Name a size as ratios do: `1080p`, `2K`; `auto` is the ratio that leaves it open."""
    if tier == "auto":
        return "a ratio of `auto`"
    if tier.endswith("mp"):
        return f"{tier.removesuffix('mp')} MP"
    return f"{tier} px" if tier.isdigit() else tier.replace("k", "K")


def _large(large: Mapping[str, Any], *, is_large: bool) -> str:
    more = "more" if is_large else "no more"
    if "pixels" in large:
        return f"`{large['of']}` has {more} than {large['pixels']:,} pixels"
    return f"`{large['of']}` times `{large['times']}` has {more} than {large['side_px']:,} pixels on a side"


def _additions(rule: Mapping[str, Any]) -> Iterator[str]:
    if "per_call" in rule:
        yield f"{_credits(rule['per_call'])} more for each call."
    for each in rule.get("surcharges", ()):
        over = f" ({each['credits_over_4mp']:g} above 4 million pixels)" if "credits_over_4mp" in each else ""
        condition = _conditions(each["when"], rule)
        yield f"{_credits(each['credits'])} more{over} for each second{condition}."
    for each in rule.get("extras", ()):
        if "each" in each:
            place = " without a `position`" if each.get("unplaced") else ""
            yield f"{_credits(each['credits'])} more for each item of {_names(each['each'])}{place}."
        else:
            part = _PARTS.get(each["fraction"]) or f"{each['fraction']:g} times the rate"
            seconds = f"each second of {_names(each['seconds_of'])}, up to {each['cap']:g} s"
            yield f"{part[0].upper()}{part[1:]} more for {seconds}."


def _bounds(rule: Mapping[str, Any]) -> Iterator[str]:
    if "minimum" in rule:
        yield f"At least {_credits(rule['minimum'])}."
    if "seconds_cap" in rule:
        yield f"At most {rule['seconds_cap']:g} s are charged."
    if rule.get("round") == "unit":
        yield "What is begun counts whole."
    if rule.get("round") == "total":
        yield "The sum is rounded up."
    for name, cases in rule.get("omitted", {}).items():
        counted = [
            f"`{value_text(case['value'])}`{_conditions(case.get('when', {}), rule)}" for case in cases
        ]
        yield f"Where `{name}` is left out it counts as {', else '.join(counted)}."
    for name, wanted in rule.get("unknown_with", {}).items():
        yield f"Nobody states the price {_condition(name, wanted, rule)}."


def _notes(rule: Mapping[str, Any]) -> Iterator[str]:
    if "note" in rule:
        note = str(rule["note"])
        yield f"{note[0].upper()}{note[1:]}."
    if "source" in rule:
        since = f"As of {rule['date']}: " if "date" in rule else "From: "
        yield f"{since}{rule['source']}."


def _names(names: list[str]) -> str:
    return one_of(f"`{name}`" for name in names)
