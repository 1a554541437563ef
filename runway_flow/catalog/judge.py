"""The judge: parameters as written against one row, to a canonical form, a request and findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from runway_flow.catalog.capability import Param, ParamType, Shape
from runway_flow.catalog.judge_any import any_to_wire
from runway_flow.catalog.judge_values import check_fields
from runway_flow.catalog.judging import Judging, OpenMedium
from runway_flow.catalog.rules import check_rules
from runway_flow.catalog.verdict import Verdict
from runway_flow.kernel.values import Deferred

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog

__all__ = ["OpenMedium", "judge"]


def judge(
    capability: Capability,
    given: Mapping[str, object],
    open_medium: OpenMedium,
    *,
    catalog: Catalog | None = None,
) -> Verdict:
    """Make parameters canonical and judge them; findings carry paths into what was written.

    `open_medium` is asked for every text, file or pinned address that stands where a medium belongs.
    `catalog` serves help texts; without it they speak of the table that this version ships with.
    """
    judging = Judging(capability, open_medium, catalog)
    params = check_fields(capability.by_name, given, (), judging)
    check_rules(_without_faults(params, judging), judging)
    if capability.is_local:
        params = _with_defaults(capability, params)
    elif list(params) != [name for name in capability.by_name if name in params]:
        params = {name: params[name] for name in capability.by_name if name in params}
    request = {param.wire: _to_wire(param.shape, params[name]) for name, param in _given(capability, params)}
    if capability.model is not None:
        request = {"model": capability.model, **request}
    return Verdict(params, request, tuple(judging.findings))


def _without_faults(params: dict[str, object], judging: Judging) -> dict[str, object]:
    """Hide values that are refused already: rules count them as given, but as not known."""
    faulty = {finding.path[0] for finding in judging.findings if finding.path}
    if not faulty:
        return params
    hidden = {name: Deferred() for name in judging.capability.by_name if name in faulty}
    return {**params, **hidden}


def _given(capability: Capability, params: Mapping[str, object]) -> Iterable[tuple[str, Param]]:
    return ((name, capability.by_name[name]) for name in params)


def _with_defaults(capability: Capability, params: Mapping[str, object]) -> dict[str, object]:
    """Fill in the defaults of our own operations: they are part of what is done, so of its identity."""
    filled = {
        param.name: params.get(param.name, param.default)
        for param in capability.params
        if param.name in params or param.default is not None
    }
    return {
        name: value
        for name, value in filled.items()
        if name in params
        or all(filled.get(other) in values for other, values in capability.by_name[name].only_when.items())
    }


def _to_wire(shape: Shape, value: object) -> object:
    """Rename the keys of objects as the API spells them."""
    kind = type(value)
    if shape.type is ParamType.ANY:
        return any_to_wire(shape, value)
    if kind is tuple and shape.items is not None:
        return tuple(_to_wire(shape.items, item) for item in value)  # type: ignore[attr-defined]
    if kind is not dict and kind is not tuple:
        return value
    if shape.type is ParamType.UNION:
        return _union_to_wire(shape, value)
    if not isinstance(value, Mapping):
        return value
    if shape.type is ParamType.MAP and shape.values_shape is not None:
        return {key: _to_wire(shape.values_shape, item) for key, item in value.items()}
    fields = {field.name: field for field in shape.fields}
    return {
        fields[key].wire: _to_wire(fields[key].shape, item) for key, item in value.items() if key in fields
    }


def _union_to_wire(shape: Shape, value: object) -> object:
    """Rename by the variant that the canonical value belongs to: the one that has all of its keys."""
    wanted = (ParamType.ARRAY,) if isinstance(value, tuple) else (ParamType.OBJECT, ParamType.MAP)
    variants = [variant for variant in shape.variants if variant.type in wanted]
    for variant in variants:
        names = {field.name for field in variant.fields}
        if variant.type is not ParamType.OBJECT or (isinstance(value, Mapping) and names >= set(value)):
            return _to_wire(variant, value)
    return value
