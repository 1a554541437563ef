"""How many pixels a result has: from its ratio, its resolution, or the medium it is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from runway_flow.kernel.amounts import parse_ratio
from runway_flow.kernel.media import MediaKind

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability
    from runway_flow.emulator.readings import Input

SHORT_SIDES = {"480p": 480, "720p": 720, "768p": 768, "1080p": 1080, "1k": 1024, "2k": 1440, "4k": 2160}
"""Pixels of the shorter side of what a name of a resolution stands for."""
DEFAULT_SIDE = 720
DEFAULT_ASPECT = (16, 9)
LARGEST_SIDE = 8192
PIXELS_FROM = 100
"""`16:9` is a proportion, `1280:720` a size: no size has a side as short as this."""

_RATIO_NAMES = ("ratio", "aspectRatio", "targetAspectRatio", "resolution")


def frame_size(row: Capability, body: Mapping[str, object], inputs: tuple[Input, ...]) -> tuple[int, int]:
    """Give width and height; even for video, as its encoding needs. (0, 0) for sounds and texts."""
    if row.output.kind not in (MediaKind.IMAGE, MediaKind.VIDEO):
        return (0, 0)
    width, height = _asked_size(row, body, inputs)
    longest = max(width, height)
    if longest > LARGEST_SIDE:
        width, height = width * LARGEST_SIDE // longest, height * LARGEST_SIDE // longest
    if row.output.kind is MediaKind.VIDEO:
        width, height = width - width % 2, height - height % 2
    return (max(width, 2), max(height, 2))


def _asked_size(row: Capability, body: Mapping[str, object], inputs: tuple[Input, ...]) -> tuple[int, int]:
    inner = body.get("input")
    place = inner if isinstance(inner, Mapping) else body
    names = {name: _value(row, place, name) for name in _RATIO_NAMES}
    shape = next((found for name in _RATIO_NAMES if (found := parse_ratio(names[name] or ""))), None)
    if shape is not None and min(shape) >= PIXELS_FROM:
        return shape
    source = _source_size(inputs)
    factor = body.get("scaleFactor")
    if source is not None and row.endpoint == "image_upscale":
        times = factor if isinstance(factor, int) else 2
        return (source[0] * times, source[1] * times)
    side = _named_side(names)
    if side is None and source is not None and shape is None:
        return source
    return _scaled(shape or source or DEFAULT_ASPECT, side or DEFAULT_SIDE)


def _value(row: Capability, place: Mapping[str, object], wire: str) -> str | None:
    if wire in place:
        return str(place[wire])
    default = next((param.default for param in row.params if param.wire == wire), None)
    return str(default) if default is not None else None


def _named_side(names: Mapping[str, str | None]) -> int | None:
    """Find a resolution by name: `resolution: 2K`, or `ratio: auto_1080p`."""
    for text in (names["resolution"], names["ratio"]):
        side = SHORT_SIDES.get((text or "").lower().removeprefix("auto_"))
        if side is not None:
            return side
    return None


def _source_size(inputs: tuple[Input, ...]) -> tuple[int, int] | None:
    for item in inputs:
        if item.facts is not None and item.facts.width and item.facts.height:
            return (item.facts.width, item.facts.height)
    return None


def _scaled(aspect: tuple[int, int], side: int) -> tuple[int, int]:
    width, height = aspect
    shorter = min(width, height)
    return (round(width * side / shorter), round(height * side / shorter))
