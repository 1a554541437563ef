"""What a task of the emulator costs: the catalogue's price, or a made-up one where nobody states any."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import Struct

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


def cost_of(row: Capability, params: Mapping[str, object]) -> Cost:
    """Price a request; `params` by SDK names."""
    known = estimate(row, params)
    if not known.is_known:
        return Cost(float(MADE_UP_CREDITS), MADE_UP_CREDITS)
    return Cost(float(known.high), math.ceil(known.low))
