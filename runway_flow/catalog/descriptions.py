"""What endpoints and parameters mean, in our own words; read when somebody asks, never for a run."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runway_flow.catalog.capability import Capability, Param, Shape
    from runway_flow.kernel.media import MediaKind

_ROUTED = "input."
"""Below it stands what the routers hand on: it means there what it means without."""


class ByPath(Struct, frozen=True):
    """Something said of parameters by their paths: for all rows, and for an endpoint or a row of it."""

    params: Mapping[str, Any]
    of: Mapping[str, Mapping[str, Any]]

    def place(self, row: Capability, path: str) -> tuple[str, str] | None:
        """Give where it is said: the row, its endpoint or (empty) all rows, and the path there."""
        for owner in (f"{row.endpoint}/{row.variant}", row.endpoint):
            if path in self.of.get(owner, {}):
                return owner, path
        bare = path.removeprefix(_ROUTED)
        return ("", bare) if bare in self.params else None

    def find(self, row: Capability, path: str) -> Any:  # noqa: ANN401 - words, or examples of any type
        """Give what is said of a path, the nearest first; None if nothing is."""
        place = self.place(row, path)
        if place is None:
            return None
        owner, name = place
        return self.of[owner][name] if owner else self.params[name]


class Descriptions(Struct, frozen=True):
    """What is said of endpoints and parameters, and the values that examples are made of."""

    endpoints: Mapping[str, str]
    files: Mapping[str, str]
    forms: Mapping[str, str]
    meanings: ByPath
    examples: ByPath


@cache
def load_descriptions() -> Descriptions:
    """Give the words that this version ships with; they are read once in a process."""
    text = Path(__file__).with_name("data").joinpath("descriptions.json").read_text(encoding="utf-8")
    found = json.loads(text)
    meanings, examples = ByPath(**found["meanings"]), ByPath(**found["examples"])
    return Descriptions(found["endpoints"], found["files"], found["forms"], meanings, examples)


def endpoint_text(row: Capability) -> str:
    """Say what the endpoint or the operation of a row does, in a sentence; empty if nobody has said it."""
    return row.description or load_descriptions().endpoints.get(row.endpoint, "")


def parameter_text(row: Capability, path: str) -> str:
    """Say what a parameter, or a part of one, means in a sentence; empty if nobody has said it.

    A path is as `parts_of` gives it: `reference_images[].tag`.
    """
    return load_descriptions().meanings.find(row, path) or ""


def file_text(kind: MediaKind) -> str:
    """Say in which forms and sizes Runway takes a kind of medium; empty if nobody has said it."""
    return load_descriptions().files.get(kind.value, "")


def form_text(pattern: str) -> str:
    """Say what a pattern asks for; the pattern itself if nobody has said it."""
    return load_descriptions().forms.get(pattern, f"the form `{pattern}`")


def parts_of(param: Param, prefix: str = "") -> Iterator[tuple[str, Param | None, Shape]]:
    """Go through a parameter and all that is in it: path, field (None: no field), shape.

    Variants of a union share their paths; a path may come several times.
    """
    path = f"{prefix}{param.name}"
    yield path, param, param.shape
    yield from _parts_below(param.shape, path)


def _parts_below(shape: Shape, path: str) -> Iterator[tuple[str, Param | None, Shape]]:
    for variant in shape.variants:
        yield path, None, variant
        yield from _parts_below(variant, path)
    for field in shape.fields:
        yield from parts_of(field, f"{path}.")
    for mark, inner in (("[]", shape.items), ("{}", shape.values_shape)):
        if inner is not None:
            yield f"{path}{mark}", None, inner
            yield from _parts_below(inner, f"{path}{mark}")
