"""A price rule in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runway_flow.catalog.capability import Price

_UNITS = {
    "output_second": "credits/s",
    "output_image": "credits/image",
    "input_second": "credits/s of input",
    "characters": "credits/characters",
}


def price_text(price: Price) -> str:
    """Describe a price: its rates and unit, then what is added; «price unknown» where nobody states one."""
    if price.unit is None or not price.rates:
        return "price unknown"
    unit = _UNITS.get(price.unit, f"credits per {price.unit.replace('_', ' ')}")
    per = _number(price.rates[0].get("per", 1))
    rates = _span(price.rates, "credits")
    if rates == "1":
        unit = unit.replace("credits", "credit", 1)
    text = f"{rates} {unit}" if per == 1 else f"{rates} {unit.replace('/', f' per {per:g} ')}"
    if "credits_first" in price.rates[0]:
        first = _number(price.rates[0].get("first_seconds"))
        text = f"{_span(price.rates, 'credits_first')} credits for {first:g} s, then {text}"
    return ", ".join([text, *_additions(price.rule)])


def _additions(rule: Mapping[str, object]) -> Iterator[str]:
    if "per_call" in rule:
        yield f"{rule['per_call']} more a call"
    if "minimum" in rule:
        yield f"at least {rule['minimum']}"
    flat = rule.get("flat_without")
    if isinstance(flat, Mapping):
        yield from (f"{credits_} without {name}" for name, credits_ in flat.items())
    for key, words in (("surcharges", "some formats cost more"), ("extras", "references cost more")):
        if rule.get(key):
            yield words


def _span(rates: Sequence[Mapping[str, object]], name: str) -> str:
    amounts = sorted({_number(rate.get(name)) for rate in rates})
    low, high = amounts[0], amounts[-1]
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0
