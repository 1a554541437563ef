"""A price rule in a few signs, for tables."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from runway_flow.kernel.amounts import credits_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runway_flow.catalog.capability import Capability


_UNITS = {
    "output_second": "s",
    "output_image": "image",
    "output_frame": "frame",
    "input_second": "s",
    "characters": "characters",
}
_MORE = ("per_call", "surcharges", "extras")


def short_price(row: Capability) -> str:
    """Give the credits of a row: `12/s`, `5–8/image`, `1 per 50 characters`, `16/s, at least 64`.

    `?`: nobody states a price. A plus at the end: some formats, references or calls cost more. Where the
    first seconds have a price of their own, it stands first: `200–216 for 4 s, then 36–40/s`.
    """
    price = row.price
    if row.is_local:
        return "free"
    if price.unit is None or not price.rates:
        return "?"
    per = _decimal(price.rates[0].get("per", 1))
    unit = _UNITS[price.unit]
    rates = _span(price.rates, "credits")
    text = f"{rates}/{unit}" if per == 1 else f"{rates} per {per:g} {unit}"
    if "credits_first" in price.rates[0]:
        seconds = price.rates[0]["first_seconds"]
        text = f"{_span(price.rates, 'credits_first')} for {seconds} s, then {text}"
    least = f", at least {price.rule['minimum']}" if "minimum" in price.rule else ""
    return f"{text}{least}{' +' if any(price.rule.get(key) for key in _MORE) else ''}"


def _span(rates: Sequence[Mapping[str, object]], name: str) -> str:
    amounts = [_decimal(rate[name]) for rate in rates]
    low, high = credits_text(min(amounts)), credits_text(max(amounts))
    return low if low == high else f"{low}–{high}"


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))
