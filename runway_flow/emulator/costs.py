"""What a task of the emulator costs: the catalogue's price, or a made-up one where nobody states any."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runway_flow.catalog.pricing import estimate
from runway_flow.kernel.media import Artifact, RemoteMedium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.catalog.capability import Capability, Param, Shape
    from runway_flow.emulator.readings import Input
    from runway_flow.kernel.media import Medium

MADE_UP_CREDITS = 10
"""Credits for a task whose price nobody states; stands for no real price."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Credits: the most that a task may charge, and what it will charge if it succeeds."""

    estimate: float
    charge: int


def cost_of(row: Capability, body: Mapping[str, object], inputs: tuple[Input, ...]) -> Cost:
    """Price a request that was accepted."""
    media: dict[str, Medium] = {
        item.name: Artifact(item.digest, item.facts)
        if item.digest is not None and item.facts is not None
        else RemoteMedium(item.name)
        for item in inputs
    }
    names = dict(_names(row.params))
    params = _renamed({name: value for name, value in body.items() if name in names}, names, media)
    known = estimate(row, params) if isinstance(params, Mapping) else None
    if known is None or not known.is_known:
        return Cost(float(MADE_UP_CREDITS), MADE_UP_CREDITS)
    return Cost(float(known.high), math.ceil(known.low))


def _names(params: Sequence[Param]) -> Iterator[tuple[str, str]]:
    for param in params:
        yield param.wire, param.name
        yield from _inner_names(param.shape)


def _inner_names(shape: Shape) -> Iterator[tuple[str, str]]:
    yield from _names(shape.fields)
    for inner in (shape.items, shape.values_shape, *shape.variants):
        if inner is not None:
            yield from _inner_names(inner)


def _renamed(value: object, names: Mapping[str, str], media: Mapping[str, Medium]) -> object:
    """Give a body by the SDK's names, its media as media."""
    if isinstance(value, Mapping):
        return {names.get(name, name): _renamed(item, names, media) for name, item in value.items()}
    if isinstance(value, str):
        return media.get(value, value)
    if isinstance(value, Sequence):
        return [_renamed(item, names, media) for item in value]
    return value
