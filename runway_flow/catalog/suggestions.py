"""Help that looks beyond the row at hand: which models and endpoints take what this one does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.capability import ParamType
from runway_flow.catalog.ratios import Ambiguous
from runway_flow.catalog.shapes import kinds_in, media_needed
from runway_flow.catalog.shorthands import Chosen, choose_ratio, texts_of
from runway_flow.catalog.wording import KIND_NAMES, first_of, one_of, value_text

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability, Param, Shape
    from runway_flow.catalog.catalog import Catalog


def models_taking(catalog: Catalog, endpoint: str, name: str, value: object = None) -> tuple[str, ...]:
    """Give the models at an endpoint that take a parameter, or, with `value`, that value of it."""
    found = []
    for row in catalog.at(endpoint):
        param = row.find(name)
        if row.model is not None and param is not None and (value is None or takes(param.shape, value)):
            found.append(row.model)
    return tuple(found)


def takes(shape: Shape, value: object) -> bool:
    """Whether a scalar is among the values, or in the range, that a shape states; not where it has no end."""
    if shape.type is ParamType.UNION:
        return any(takes(variant, value) for variant in shape.variants)
    if shape.values is not None:
        return value in shape.values
    if shape.type in (ParamType.INTEGER, ParamType.NUMBER) and isinstance(value, (int, float)):
        low, high = shape.minimum, shape.maximum
        return high is not None and (low is None or low <= value) and value <= high
    return False


def help_for_value(catalog: Catalog, row: Capability, name: str, value: object) -> str | None:
    """Name the models of the same endpoint that take a value; None if there are none."""
    models = models_taking(catalog, row.endpoint, name, value)
    if not models:
        return None
    flag = f" --ratio {value_text(value)}" if name == "ratio" else f" {row.endpoint}"
    listed = first_of(models)
    return f"{row.endpoint} models that take {value_text(value)}: {listed} (`runway-flow models{flag}`)"


def help_for_ratio(catalog: Catalog, row: Capability, name: str, text: str) -> str | None:
    """Name the models of the same endpoint for which a ratio means something; None if there are none."""
    models = [
        other.model
        for other in catalog.at(row.endpoint)
        if other.model is not None and (param := other.find(name)) is not None and _means(param, text, other)
    ]
    if not models or row.is_local:
        return None
    flag = f" --ratio {text}" if name == "ratio" else f" {row.endpoint}"
    return f"{row.endpoint} models that take {text}: {first_of(models)} (`runway-flow models{flag}`)"


def _means(param: Param, text: str, row: Capability) -> bool:
    values = texts_of(param.shape)
    is_read = text in values or isinstance(choose_ratio(param, text, row.by_name), (Chosen, Ambiguous))
    return bool(values) and is_read


def help_for_missing(catalog: Catalog, row: Capability, param: Param) -> str | None:
    """Where a medium is missing, name what gives the same without one: this model elsewhere, else others."""
    kinds = kinds_in(param.shape)
    if not kinds or row.find("prompt_text") is None:
        return None
    free = [
        other
        for other in catalog.rows
        if other.model is not None
        and other.model not in catalog.retired
        and other.output.kind is row.output.kind
        and not media_needed(other)
    ]
    same = next((other.uses for other in free if other.model == row.model), None)
    if same is not None:
        return f"without {one_of(KIND_NAMES[kind] for kind in sorted(kinds))}: `uses: {same}`"
    models = first_of(other.model for other in free if other.model is not None)
    named = one_of(kind.value for kind in sorted(kinds))
    endpoint = f" (`runway-flow models {free[0].endpoint}`)" if free else ""
    return f"models that need no {named}: {models}{endpoint}" if free else None


def help_for_parameter(catalog: Catalog, row: Capability, name: str) -> str | None:
    """Name the endpoints of the same model, else the models of the same endpoint, that take a parameter."""
    if row.model is None:
        return None
    elsewhere = [other.uses for other in catalog.of_model(row.model) if other.find(name) is not None]
    if elsewhere:
        return f"`{name}` is a parameter of {first_of(elsewhere)}"
    models = models_taking(catalog, row.endpoint, name)
    return f"{row.endpoint} models that take `{name}`: {first_of(models)}" if models else None
