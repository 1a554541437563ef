"""Credits, times, sizes and numbers of things as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.kernel.amounts import credits_text

if TYPE_CHECKING:
    from runway_flow.kernel.amounts import Estimate

_MINUTE = 60
_HOUR = 3600
_GIGA = 1_000_000_000
_MEGA = 1_000_000
_KILO = 1000


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a number of things: `1 step`, `3 steps`."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def cost_text(estimate: Estimate) -> str:
    """Write an estimate: `60`, `56–280`, `?` where nobody states a price."""
    if not estimate.is_known and not estimate.high:
        return "?"
    low, high = credits_text(estimate.low), credits_text(estimate.high)
    return high if low == high else f"{low}–{high}"


def seconds_text(seconds: float) -> str:
    """Write a length of time: `38 s`, `1 min 50 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        rest = f" {whole % _MINUTE} s" if whole % _MINUTE else ""
        return f"{whole // _MINUTE} min{rest}"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def about_text(seconds: float) -> str:
    """Write a length of time that is only estimated: to 10 s from a minute on, to the minute from ten on."""
    if seconds < _MINUTE:
        return seconds_text(seconds)
    step = 10 if seconds < 10 * _MINUTE else _MINUTE
    return seconds_text(round(seconds / step) * step)


def clock_text(seconds: float) -> str:
    """Write a running time: `0:48`, `12:03`, `1:02:03`; a clock that was set back gives `0:00`."""
    whole = max(int(seconds), 0)
    if whole < _HOUR:
        return f"{whole // _MINUTE}:{whole % _MINUTE:02}"
    return f"{whole // _HOUR}:{whole % _HOUR // _MINUTE:02}:{whole % _MINUTE:02}"


def bytes_text(count: int) -> str:
    """Write a number of bytes: `812 B`, `34 kB`, `8.1 MB`, `2.3 GB`."""
    if count < _KILO:
        return f"{count} B"
    if count < _MEGA:
        return f"{count // _KILO} kB"
    return f"{count / _MEGA:.1f} MB" if count < _GIGA else f"{count / _GIGA:.1f} GB"
