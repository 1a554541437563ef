"""Credits, estimates, durations and ratios as values."""

from __future__ import annotations

import re
from decimal import Decimal

from msgspec import Struct

Credits = Decimal
"""An amount of Runway credits; one credit costs 0.01 US dollars (API description, 2026-08-08)."""

CREDIT_USD = Decimal("0.01")
ZERO = Decimal(0)


class Estimate(Struct, frozen=True):
    """What something may cost; `is_known` is false where nobody states a price (then 0 is counted)."""

    low: Credits = ZERO
    high: Credits = ZERO
    is_known: bool = True

    def __add__(self, other: Estimate) -> Estimate:
        """Give the estimate of both together."""
        return Estimate(self.low + other.low, self.high + other.high, self.is_known and other.is_known)


FREE = Estimate()
UNKNOWN_PRICE = Estimate(is_known=False)


def credits_number(amount: Credits) -> int | float:
    """Give an amount as a JSON number: an integer where it is whole."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def credits_text(amount: Credits) -> str:
    """Write an amount for people: no trailing zeros, at most two decimals."""
    rounded = amount.quantize(Decimal("0.01"))
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_credits(amount: str) -> str:
    """Name the unit of an amount that is written already: `1 credit`, `56–280 credits`, `? credits`."""
    return f"{amount} credit" if amount == "1" else f"{amount} credits"


_UNITS_S = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)?")


def parse_seconds(text: str) -> float | None:
    """Read `5`, `1.5s`, `20m`, `2h` as seconds; None if the text is no such thing."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        return None
    return float(found.group(1)) * _UNITS_S[found.group(2) or ""]


_UNIT_WORDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
}
_PART = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([a-z]+)[\s,]*")
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{2})")


def find_seconds(text: str) -> float | None:
    """Tell how long `5 seconds`, `1h30m` or `0:05` was meant to be; None if the text is no length at all.

    None of these is a form that we take: this is for advice.
    """
    text = text.strip().lower()
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return float(hours * 3600 + minutes * 60 + seconds)
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text) or any(unit not in _UNIT_WORDS for _, unit in parts):
        return None
    return float(sum(float(number) * _UNIT_WORDS[unit] for number, unit in parts))


def duration_text(seconds: float) -> str:
    """Write a length in one of the forms that `parse_seconds` reads: `90s`, `20m`, `2h`."""
    for unit in ("h", "m"):
        if seconds and seconds % _UNITS_S[unit] == 0:
            return f"{seconds / _UNITS_S[unit]:g}{unit}"
    return f"{seconds:g}s"


_SIZE = re.compile(r"([1-9]\d{0,4})\s*[:x×]\s*([1-9]\d{0,4})")


def parse_ratio(text: str) -> tuple[int, int] | None:
    """Read `1280:720`, `1280x720`, `16:9` as two positive integers; None if it is no such thing."""
    found = _SIZE.fullmatch(text.strip())
    return (int(found.group(1)), int(found.group(2))) if found else None
