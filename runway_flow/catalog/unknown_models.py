"""Rows for models that the table does not know: only what all models of an endpoint share is checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow.catalog.capability import Capability, OutputSpec, Param, ParamType, Price, Shape
from runway_flow.catalog.shapes import media_needed, merged_param
from runway_flow.catalog.verdict import Finding
from runway_flow.kernel import codes
from runway_flow.kernel.media import MediaKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from runway_flow.catalog.catalog import Catalog

_MEDIA_ENDINGS = {
    "_image": (MediaKind.IMAGE,),
    "_video": (MediaKind.VIDEO,),
    "_audio": (MediaKind.AUDIO,),
    "_uri": (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO),
}
"""How parameters that take media are called throughout the API: so are those of models to come."""


def unknown_row(catalog: Catalog, endpoint: str, model: str, names: Sequence[str] = ()) -> Capability:
    """Make a row for a model that an endpoint of the table may have, with the parameters that are given.

    Those that every model there has are checked for their type, and are there if all require them; others are
    taken as they are written: nothing is filled in for a model of which nothing is known. Nor is its price.
    """
    rows = catalog.at(endpoint)
    shared = _shared_params(rows)
    params = [param for name, param in shared.items() if param.required or name in names]
    params += [_strange_param(name) for name in names if name not in shared]
    return Capability(
        endpoint=endpoint,
        variant=model,
        model=model,
        path=rows[0].path,
        params=tuple(params),
        output=OutputSpec(rows[0].output.kind, _count(rows, frozenset(names))),
        price=Price(None),
        is_known=False,
    )


def model_endpoints(catalog: Catalog) -> tuple[str, ...]:
    """Give the endpoints at which a model is named."""
    return tuple(name for name in catalog.endpoint_names() if catalog.at(name)[0].model is not None)


def find_unknown_row(catalog: Catalog, model: str, names: Sequence[str]) -> Capability | Finding:
    """Tell from the names that are given at which endpoint a model that the table does not know is meant."""
    endpoints = model_endpoints(catalog)
    known = {name for endpoint in endpoints for row in catalog.at(endpoint) for name in row.by_name}
    given = frozenset(names)
    fitting = [endpoint for endpoint in endpoints if _takes(catalog.at(endpoint), given & known, given)]
    if len(fitting) == 1:
        return unknown_row(catalog, fitting[0], model, names)
    listed = ", ".join(fitting or endpoints)
    message = f"`{model}` is not in the table of {catalog.date}, so its parameters must tell its endpoint"
    note = f"they fit {'several' if fitting else 'none'}: {listed}"
    hint = f"pin it: `uses: {(fitting or endpoints)[0]}/{model}`"
    code = codes.SEVERAL_ENDPOINTS_FIT if fitting else codes.NO_ENDPOINT_FITS
    return Finding(code, (), message, hint, (note,))


def _takes(rows: Sequence[Capability], known: AbstractSet[str], names: AbstractSet[str]) -> bool:
    """Whether an endpoint has all names that any model has, and a model there the media that it needs."""
    there = {name for row in rows for name in row.by_name}
    return known <= there and any(all(param.name in names for param in media_needed(row)) for row in rows)


def _shared_params(rows: Sequence[Capability]) -> dict[str, Param]:
    by_name: dict[str, list[Param]] = {}
    for row in rows:
        for param in row.params:
            by_name.setdefault(param.name, []).append(param)
    return {name: _shared_param(params, len(rows)) for name, params in by_name.items()}


def _shared_param(params: Sequence[Param], count: int) -> Param:
    is_common = len(params) == count
    found = merged_param(params, is_required=is_common and all(param.required for param in params))
    if is_common:
        return found
    return replace(found, shape=Shape(ParamType.ANY, variants=found.shape.variants or (found.shape,)))


def _strange_param(name: str) -> Param:
    kinds = next((kinds for ending, kinds in _MEDIA_ENDINGS.items() if name.endswith(ending)), None)
    shape = Shape(ParamType.ANY)
    if kinds is not None:
        shape = Shape(ParamType.ANY, variants=(Shape(ParamType.MEDIA, media=kinds),))
    return Param(name, wire_name(name), shape)


def wire_name(name: str) -> str:
    """Write a snake_case name as the API spells names: `prompt_text` → `promptText`."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)


def sdk_name(wire: str) -> str:
    """Write a name of the API in snake_case: `promptText` → `prompt_text`."""
    return re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", wire)


def _count(rows: Sequence[Capability], names: frozenset[str]) -> int | str:
    """Give the parameter that says how many outputs are asked for, where one of that meaning is given."""
    counts = (row.output.count for row in rows)
    return next((count for count in counts if isinstance(count, str) and count in names), 1)
