"""Which row of the catalogue a request is judged by: the endpoint's, and of those the one its model names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.capability import ParamType
from runway_flow.catalog.unknown_models import sdk_name, unknown_row
from runway_flow.emulator.answers import WireIssue, declined_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog


def rows_by_path(catalog: Catalog) -> dict[str, tuple[Capability, ...]]:
    """Give the rows of every path of the API; `{id}` stands for a segment."""
    paths: dict[str, tuple[Capability, ...]] = {}
    for row in catalog.rows:
        if not row.is_local:
            paths[row.path] = (*paths.get(row.path, ()), row)
    return paths


def select_row(
    rows: tuple[Capability, ...], body: Mapping[str, object], catalog: Catalog | None = None
) -> Capability:
    """Choose the row by the body's `model`, or by the constant in which the endpoint's rows differ.

    Where the catalogue is open to models that it does not know, one is made for any other model.
    Raises `RequestDeclined`, which lists what is accepted.
    """
    if len(rows) == 1 and rows[0].model is None:
        return rows[0]
    name = "model" if rows[0].model is not None else _discriminator(rows)
    accepted = {_constant(row, name): row for row in rows}
    given = body.get(name)
    if isinstance(given, str) and given in accepted:
        return accepted[given]
    if isinstance(given, str) and given and name == "model" and catalog is not None and catalog.takes_unknown:
        return unknown_row_of(catalog, rows[0].endpoint, given, body)
    listed = " | ".join(f"'{value}'" for value in accepted)
    received = f", received '{given}'" if name in body else ""
    message = f"Invalid discriminator value. Expected {listed}{received}"
    raise declined_body(WireIssue("invalid_union_discriminator", (name,), message))


def unknown_row_of(catalog: Catalog, endpoint: str, model: str, body: Mapping[str, object]) -> Capability:
    """Make the row of a request for a model that the catalogue does not know."""
    names = {param.wire: param.name for row in catalog.at(endpoint) for param in row.params}
    given = [names.get(wire) or sdk_name(wire) for wire in body if wire != "model"]
    return unknown_row(catalog, endpoint, model, given)


def _discriminator(rows: tuple[Capability, ...]) -> str:
    names = (
        param.wire
        for param in rows[0].params
        if param.shape.type is ParamType.STRING and param.shape.values is not None
    )
    return next(name for name in names if len({_constant(row, name) for row in rows}) == len(rows))


def _constant(row: Capability, wire: str) -> str:
    if wire == "model" and row.model is not None:
        return row.model
    values = next((param.shape.values for param in row.params if param.wire == wire), None)
    return str(values[0]) if values else ""
