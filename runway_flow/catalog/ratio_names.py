"""The short names by which a row's ratios may be written: `1280:720` is `16:9`, or `16:9@720p`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.ratios import aspect_name, parse_wanted
from runway_flow.catalog.shorthands import RATIO_NAMES, Chosen, choose_ratio, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runway_flow.catalog.capability import Capability, Param

_SIZES = ("720p", "1080p", "480p", "1K", "2K", "4K")
"""Sizes that people have in mind, as FLOW.md names them."""


def ratio_params(row: Capability) -> Iterator[Param]:
    """Go through the parameters of a row that take ratios or sizes in any form."""
    return (param for param in row.params if param.name in RATIO_NAMES)


def ratio_names(row: Capability, param: Param) -> Mapping[str, str | None]:
    """Give each value of a ratio parameter with the shortest name that means it and nothing else.

    None: the value has no name, and is written as it is.
    """
    return names_beside(param, row.by_name)


def names_beside(param: Param, siblings: Mapping[str, Param]) -> Mapping[str, str | None]:
    """Give the names as `ratio_names` does, for a parameter among others of an object or a row."""
    return {value: _name(siblings, param, value) for value in texts_of(param.shape)}


def _name(siblings: Mapping[str, Param], param: Param, value: str) -> str | None:
    aspect, wanted = aspect_name(value), parse_wanted(value)
    if aspect is None or wanted is None:
        return None
    tier = param.tiers.get(value, _SIZES[0]).replace("k", "K")
    sizes = (tier, *_SIZES, f"{min(wanted.width, wanted.height)}p")
    names = (aspect, *(f"{aspect}@{size}" for size in sizes))
    return next((name for name in names if choose_ratio(param, name, siblings) == Chosen(value)), None)
