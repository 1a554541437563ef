"""A price rule in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Price

_UNITS = {
    "output_second": "credits/s",
    "output_image": "credits/image",
    "input_second": "credits/s of input",
    "characters": "credits/character",
}


def price_text(price: Price) -> str:
    """Describe a price: the range of its rates and the unit; «price unknown» where nobody states one."""
    if price.unit is None or not price.rates:
        return "price unknown"
    rates = sorted({_rate(rate) for rate in price.rates})
    low, high = rates[0], rates[-1]
    per = _per(price.rates[0])
    amount = f"{low:g}" if low == high else f"{low:g}–{high:g}"
    unit = _UNITS.get(price.unit, f"credits per {price.unit.replace('_', ' ')}")
    text = f"{amount} {unit}" if per == 1 else f"{amount} {unit.replace('/', f' per {per:g} ')}"
    minimum = price.rule.get("minimum")
    return f"{text}, at least {minimum}" if minimum is not None else text


def _rate(rate: Mapping[str, object]) -> float:
    value = rate.get("credits")
    return float(value) if isinstance(value, (int, float)) else 0.0


def _per(rate: Mapping[str, object]) -> float:
    value = rate.get("per", 1)
    return float(value) if isinstance(value, (int, float)) else 1.0
