"""Makes requests for a row of the table from the row's own description: good ones, and some with one fault.

Requests are in the form of a step's `with`: snake_case names, addresses where media belong, no short forms.
The same row, count and seed give the same requests in every process.
"""

from __future__ import annotations

import copy
from random import Random
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from runway_flow.kernel.media import MediaKind, RemoteMedium
from tests.oracles.breaking import broken_rules
from tests.oracles.faults import UNKNOWN_KEY, faults_of, stray_values
from tests.oracles.obeying import obey
from tests.oracles.sites import Path, found, replaced, sites_of
from tests.oracles.values import MEDIA, ValueMaker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runway_flow.catalog.capability import Capability

__all__ = ["MEDIA", "Mutant", "mutants", "open_address", "scrambled_requests", "valid_requests"]

_DENSITIES = (0.0, 0.3, 0.7, 1.0)
_MUTATED = 32
"""How many good requests faults are put into, so that every variant of every union is among them."""

STRUCTURE_FAULTS = (
    "unknown_key",
    "unknown_nested_key",
    "missing",
    "missing_nested",
    "wire_name",
    "wrong_type",
    "wrong_variant",
    "wrong_discriminator",
    "mixed_list",
    "not_in_values",
)
"""Starts of the kinds of fault that types alone show; the rest are limits, texts, kinds of media, rules."""


class Mutant(Struct, frozen=True):
    """A request with one fault: its kind, and the place at fault (of a rule: a parameter that takes part)."""

    kind: str
    request: Mapping[str, Any]
    path: Path

    @property
    def is_structural(self) -> bool:
        """Whether types alone show the fault."""
        return self.kind.startswith(STRUCTURE_FAULTS)


def valid_requests(
    row: Capability, count: int, seed: int, media: Mapping[MediaKind, str] = MEDIA
) -> Iterator[dict[str, Any]]:
    """Make so many requests that the row takes: the first with what is required alone, then more and more."""
    chance = Random(f"{row.uses} {row.variant} {seed}")  # noqa: S311 - chance, not secrecy
    for number in range(count):
        maker = ValueMaker(chance, media, _DENSITIES[number % len(_DENSITIES)])
        request = maker.fields(row.params)
        obey(row, request, maker)
        yield request


def mutants(row: Capability, seed: int, media: Mapping[MediaKind, str] = MEDIA) -> Iterator[Mutant]:
    """Make requests with one fault each: every kind of fault at every place that the row has."""
    seen: set[tuple[str, str]] = set()
    for request in valid_requests(row, _MUTATED, seed, media):
        for label, mutant in _mutants_of(row, request, media):
            if (label, mutant.kind) not in seen:
                seen.add((label, mutant.kind))
                yield mutant
    yield from _rule_mutants(row, seed, media)


def _mutants_of(
    row: Capability, request: dict[str, Any], media: Mapping[MediaKind, str]
) -> Iterator[tuple[str, Mutant]]:
    yield "", Mutant("unknown_key", {**request, UNKNOWN_KEY: "red"}, (UNKNOWN_KEY,))
    for param in row.params:
        if param.name not in request:
            continue
        rest = {name: value for name, value in request.items() if name != param.name}
        if param.required and param.shape.constant is None:
            yield param.name, Mutant("missing", rest, (param.name,))
            yield param.name, Mutant("missing_null", {**rest, param.name: None}, (param.name,))
        if param.wire != param.name:
            renamed = {**rest, param.wire: request[param.name]}
            yield param.name, Mutant("wire_name", renamed, (param.wire,))
    for site in sites_of(row.params, request):
        for kind, value in faults_of(site, found(request, site.path), media):
            yield site.label, Mutant(kind, replaced(request, site.path, value), site.path)


def _rule_mutants(row: Capability, seed: int, media: Mapping[MediaKind, str]) -> Iterator[Mutant]:
    maker = ValueMaker(Random(f"{row.uses} {row.variant} rules {seed}"), media, 0.3)  # noqa: S311
    for request in valid_requests(row, 2, seed, media):
        for kind, name, broken in broken_rules(row, copy.deepcopy(request), maker):
            yield Mutant(kind, broken, tuple(name.split(".")))


def scrambled_requests(
    row: Capability, count: int, seed: int, media: Mapping[MediaKind, str] = MEDIA
) -> Iterator[tuple[dict[str, Any], Path]]:
    """Make so many good requests and put something at one place of each, which may fit there or not.

    Nobody says which of them are good; two judges of the same rules must say the same of each.
    """
    chance = Random(f"{row.uses} {row.variant} scrambled {seed}")  # noqa: S311 - chance, not secrecy
    anything = stray_values(media)
    for request in valid_requests(row, count, seed, media):
        sites = list(sites_of(row.params, request))
        if sites:
            path = chance.choice(sites).path
            other = found(request, chance.choice(sites).path)
            value = chance.choice(anything) if chance.random() < 0.8 else other
            yield replaced(request, path, value), path


def open_address(value: object) -> RemoteMedium:
    """Open an address that was made here: its ending tells the kind. What is no text has none."""
    kinds = {"png": MediaKind.IMAGE, "mp4": MediaKind.VIDEO, "mp3": MediaKind.AUDIO}
    text = str(value)
    return RemoteMedium(text, kinds.get(text.rpartition(".")[2]))
