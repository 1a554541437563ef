"""What a task of the emulator costs: the catalogue's price, or a made-up one where nobody states any."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from runway_flow.catalog.pricing import estimate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Capability

MADE_UP_CREDITS = 10
"""Credits for a task whose price nobody states; stands for no real price."""


class Cost(Struct, frozen=True):
    """Credits: the most that a task may charge, and what it will charge if it succeeds."""

    estimate: float
    charge: int


def cost_of(
    row: Capability, params: Mapping[str, object], factors: Mapping[str, float] | None = None
) -> Cost:
    """Price a request; `params` by SDK names, `factors` by what makes a row dearer: its model or `uses`.

    What the catalogue knows only bounds of is announced at its most and charged at its least, but not for
    nothing; a second or other unit that has begun counts whole, which is made up where nobody states it.
    """
    factor = next((value for name, value in (factors or {}).items() if name in (row.uses, row.model)), 1.0)
    rule = {"round": "unit", **row.price.rule}
    known = estimate(replace(row, price=replace(row.price, rule=rule)), params)
    low, high = (known.low, known.high) if known.is_known else (MADE_UP_CREDITS, MADE_UP_CREDITS)
    most = math.ceil(float(high) * factor)
    return Cost(float(most), min(max(math.ceil(float(low) * factor), 1), most))
