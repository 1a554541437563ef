"""A body by the SDK's names with its media as media: what the catalogue's prices and rules speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from runway_flow.kernel.media import Artifact, RemoteMedium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.catalog.capability import Capability, Param, Shape
    from runway_flow.emulator.readings import Input, WirePath
    from runway_flow.kernel.media import Medium


def sdk_params(row: Capability, body: Mapping[str, object], inputs: tuple[Input, ...]) -> dict[str, object]:
    """Give the parameters of a body that was read, canonical as the catalogue's judge makes them."""
    names = dict(_names(row.params))
    media = {item.name: _medium(item) for item in inputs}
    return {
        param.name: _renamed(body[param.wire], names, media) for param in row.params if param.wire in body
    }


def wire_path(row: Capability, path: tuple[str | int, ...]) -> WirePath:
    """Give a path of SDK names by wire names."""
    wires = {name: wire for wire, name in _names(row.params)}
    return tuple(wires.get(step, step) if isinstance(step, str) else step for step in path)


def _medium(item: Input) -> Medium:
    if item.digest is not None and item.facts is not None:
        return Artifact(item.digest, item.facts)
    return RemoteMedium(item.name)


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
    if isinstance(value, Mapping):
        return {names.get(name, name): _renamed(item, names, media) for name, item in value.items()}
    if isinstance(value, str):
        return media.get(value, value)
    if isinstance(value, Sequence):
        return tuple(_renamed(item, names, media) for item in value)
    return value
