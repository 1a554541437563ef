"""Reads an operation's parameters: lengths, sizes, rates, choices; the catalogue has judged them before."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.amounts import parse_ratio, parse_seconds
from runway_flow.kernel.errors import MediaError
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.providers.media.commands import Source
from runway_flow.providers.media.filters import even_size, standard_rate

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_ASPECT_SIDE = 64
"""`16:9` is an aspect, `1280:720` a size: no film has a side below 64."""

_LARGEST_SIDE = 8_192
_HIGHEST_RATE = 240
"""The bound of the catalogue's row."""


def read_source(params: Mapping[str, object], name: str) -> Source:
    """Give the medium of a parameter. Raises `MediaError` if there is none."""
    value = params.get(name)
    if not isinstance(value, Source):
        raise wrong(name, value, "a medium")
    return value


def read_choice(params: Mapping[str, object], name: str, choices: Collection[str], default: str) -> str:
    """Give a parameter that is one of `choices`. Raises `MediaError`."""
    value = params.get(name, default)
    if not isinstance(value, str) or value not in choices:
        raise MediaError(
            f"{name}: {value} is not one of {', '.join(sorted(choices))}",
            code=codes.VALUE_NOT_ACCEPTED,
            hint=did_you_mean(str(value), choices),
        )
    return value


def read_flag(params: Mapping[str, object], name: str, *, default: bool) -> bool:
    """Give a boolean parameter. Raises `MediaError`."""
    value = params.get(name, default)
    if not isinstance(value, bool):
        raise wrong(name, value, "true or false")
    return value


def read_seconds(value: object, name: str) -> float:
    """Give a length in seconds, from a number or `1.5s`. Raises `MediaError` for others and below 0."""
    seconds = parse_seconds(value) if isinstance(value, str) else value
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < float("inf"):
        raise wrong(name, value, "seconds")
    return float(seconds)


def read_rate(value: object) -> Fraction | None:
    """Give frames per second, or None if they are not given. Raises `MediaError`."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= _HIGHEST_RATE:
        raise wrong("fps", value, f"frames per second, up to {_HIGHEST_RATE}")
    return standard_rate(Fraction(str(value)))


def read_size(value: object, own: tuple[int, int]) -> tuple[int, int]:
    """Give the size in pixels that `1280:720`, `16:9` or `16:9@1080p` asks for; None is `own`.

    An aspect keeps `own`'s shorter side, or takes the one that is written after `@`.
    Raises `MediaError`.
    """
    if value is None:
        return even_size(own)
    text, _, tier = str(value).partition("@")
    pair = parse_ratio(text)
    if pair is None:
        raise wrong("size", value, "a size such as 1280:720 or an aspect such as 16:9@1080p")
    short = _TIERS.get(tier.lower()) if tier else min(own)
    if short is None:
        raise wrong("size", value, f"one of {', '.join('@' + each for each in _TIERS)} after the aspect")
    if min(pair) < _ASPECT_SIDE or tier:
        scale = Fraction(short, min(pair))
        pair = (round(pair[0] * scale), round(pair[1] * scale))
    if max(pair) > _LARGEST_SIDE:
        raise wrong("size", value, f"a size of at most {_LARGEST_SIDE} pixels a side")
    return even_size(pair)


_TIERS = {"480p": 480, "720p": 720, "1080p": 1080, "1k": 1024, "2k": 2048, "4k": 2160}


def wrong(name: str, value: object, accepted: str) -> MediaError:
    """Make the error for a parameter that is not what it must be."""
    code = codes.MISSING_PARAMETER if value is None else codes.VALUE_NOT_ACCEPTED
    return MediaError(f"{name}: {value!r} is not {accepted}", code=code)
