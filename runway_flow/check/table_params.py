"""Reads parameters of a table of the user's own: over a parameter that there is, or new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from runway_flow.catalog.capability import Param, ParamType, Shape
from runway_flow.catalog.unknown_models import wire_name
from runway_flow.check.table_values import (
    MEDIA_LIMITS,
    first_line,
    is_null,
    read_boolean,
    read_choice,
    read_count,
    read_kinds,
    read_number,
    read_pattern,
    read_scalar,
    read_scalars,
    read_text,
)
from runway_flow.spec.document import Mapping as MappingNode
from runway_flow.spec.document import Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runway_flow.check.table_values import Findings
    from runway_flow.spec.document import Entry, Node

_LIMITS: dict[str, tuple[str, Callable[[Node], object]]] = {
    "values": ("values", read_scalars),
    "min": ("minimum", read_number),
    "max": ("maximum", read_number),
    "above": ("exclusive_minimum", read_number),
    "min_length": ("min_length", read_count),
    "max_length": ("max_length", read_count),
    "unit": ("length_unit", read_choice("characters", "utf16_code_units")),
    "pattern": ("pattern", read_pattern),
    "min_items": ("min_items", read_count),
    "max_items": ("max_items", read_count),
    "media": ("media", read_kinds),
    "seconds": ("is_seconds", read_boolean),
}
"""Key → field of `Shape`, and what it takes. `null` takes a limit away."""
_PARTS = {
    "fields": "fields",
    "items": "items",
    "map": "values_shape",
    "variants": "variants",
    "limits": "limits",
}
"""Key → field of `Shape` that holds something of several parts."""

_NUMBER = ("values", "min", "max", "above", "seconds")
_OF_TYPE = {
    ParamType.STRING: ("values", "min_length", "max_length", "unit", "pattern"),
    ParamType.INTEGER: _NUMBER,
    ParamType.NUMBER: _NUMBER,
    ParamType.BOOLEAN: (),
    ParamType.MEDIA: ("media", "limits"),
    ParamType.OBJECT: ("fields",),
    ParamType.ARRAY: ("items", "min_items", "max_items", "limits"),
    ParamType.MAP: ("map",),
    ParamType.UNION: ("variants",),
    ParamType.ANY: (),
}
_NEEDED = {
    ParamType.MEDIA: "media",
    ParamType.OBJECT: "fields",
    ParamType.ARRAY: "items",
    ParamType.MAP: "map",
    ParamType.UNION: "variants",
}
_SHAPE_KEYS = ("type", *_LIMITS, *_PARTS)
_PARAM_KEYS = (*_SHAPE_KEYS, "required", "default", "wire", "tiers", "only_when", "description")
_TYPES_OF_VALUES: dict[ParamType, tuple[type, ...]] = {
    ParamType.STRING: (str,),
    ParamType.INTEGER: (int,),
    ParamType.NUMBER: (int, float),
}
_ORDERED = (("min", "max"), ("min_length", "max_length"), ("min_items", "max_items"))


def read_params(at: Entry, known: Mapping[str, Param], findings: Findings) -> tuple[Param, ...]:
    """Read a mapping of names to parameters over those that are known; `null` takes one away."""
    params = dict(known)
    entries = findings.entries(at.value, f"`{at.key}`", example=f"{at.key}: {{duration: {{max: 20}}}}")
    for name, entry in entries.items():
        if is_null(entry.value):
            if name not in params:
                findings.refuse(entry.key_span, f"there is no parameter `{name}` to take away")
            params.pop(name, None)
            continue
        param = _read_param(entry, known.get(name), findings)
        if param is not None:
            params[name] = param
    for param in params.values():
        for name in param.only_when:
            if name not in params:
                message = f"`{param.name}` goes only with some values of `{name}`, which is not there"
                findings.refuse(at.key_span, message, hint=f"write `{param.name}: null` too")
    return tuple(params.values())


def _read_param(entry: Entry, known: Param | None, findings: Findings) -> Param | None:
    owner = f"the parameter `{entry.key}`"
    if not isinstance(entry.value, MappingNode):
        findings.entries(entry.value, owner, (), f"{entry.key}: {{type: string}}")
        return None
    entries = findings.entries(entry.value, owner, _PARAM_KEYS, f"{entry.key}: {{type: string}}")
    base = known or Param(entry.key, wire_name(entry.key), Shape(ParamType.ANY))
    shape = _read_shape(entry, entries, known.shape if known is not None else None, findings)
    if shape is None:
        return None
    changes: dict[str, Any] = {"shape": shape}
    for key, read in (("required", read_boolean), ("wire", read_text), ("description", read_text)):
        if key in entries:
            changes[key] = findings.take(entries[key], read)
    if "default" in entries:
        changes["default"] = _read_default(entries["default"], shape, findings)
    if "tiers" in entries:
        changes["tiers"] = _read_tiers(entries["tiers"], findings)
    if "only_when" in entries:
        changes["only_when"] = _read_lists(entries["only_when"], findings)
    return replace(base, **changes)


def _read_default(entry: Entry, shape: Shape, findings: Findings) -> object:
    if is_null(entry.value):
        return None
    value = findings.take(entry, read_scalar)
    listed = [value for each in (shape.variants or (shape,)) for value in each.values or ()]
    is_free = not listed or any(each.values is None for each in (shape.variants or (shape,)))
    if value is not None and not is_free and value not in listed:
        findings.refuse(first_line(entry.value), f"the default `{value}` is not among the values")
    return value


def _read_tiers(entry: Entry, findings: Findings) -> dict[str, str]:
    """Read `{1080p: [1920:1080, …]}` as what each value falls in."""
    return {str(value): tier for tier, values in _read_lists(entry, findings).items() for value in values}


def _read_lists(entry: Entry, findings: Findings) -> dict[str, tuple[object, ...]]:
    entries = findings.entries(entry.value, f"`{entry.key}`")
    lists = {name: findings.take(each, read_scalars) for name, each in entries.items()}
    return {name: values for name, values in lists.items() if isinstance(values, tuple)}


def _read_shape(
    at: Entry, entries: Mapping[str, Entry], known: Shape | None, findings: Findings
) -> Shape | None:
    """Read a shape: from its `type` anew, else over the one that is known."""
    shape = known
    if "type" in entries:
        name = findings.take(entries["type"], read_choice(*ParamType))
        shape = Shape(ParamType(str(name))) if name is not None else None
        if shape is None:
            return None
    if shape is None:
        hint = f"what the table does not have needs one: {', '.join(ParamType)}"
        findings.refuse(at.key_span, f"`{at.key}` has no `type`", hint=hint)
        return None
    for key, entry in entries.items():
        if key in _LIMITS or key in _PARTS:
            shape = _changed(shape, key, entry, findings)
    return _complete(at, entries, shape, findings)


def _changed(shape: Shape, key: str, entry: Entry, findings: Findings) -> Shape:
    """Set one key of a shape; of a union, in the only variant that it can be meant for."""
    if key in _OF_TYPE[shape.type]:
        return _set(shape, key, entry, findings)
    places = [at for at, variant in enumerate(shape.variants) if key in _OF_TYPE[variant.type]]
    if len(places) != 1:
        kind = "one of several types" if shape.variants else f"of the type {shape.type}"
        accepted = (*_OF_TYPE[shape.type], "type")
        note = f"keys for it: {' '.join(accepted)}"
        findings.refuse(entry.key_span, f"`{key}` does not apply to what is {kind}", notes=(note,))
        return shape
    variants = list(shape.variants)
    variants[places[0]] = _set(variants[places[0]], key, entry, findings)
    return replace(shape, variants=tuple(variants))


def _set(shape: Shape, key: str, entry: Entry, findings: Findings) -> Shape:
    if key in _PARTS:
        return replace(shape, **{_PARTS[key]: _read_part(key, entry, shape, findings)})
    attribute, read = _LIMITS[key]
    if is_null(entry.value):
        return replace(shape, **{attribute: getattr(Shape(shape.type), attribute)})
    value = findings.take(entry, read)
    if value is None:
        return shape
    if key == "values" and not _are_of_type(value, shape.type):
        message = f"the values of what is of the type {shape.type} are all of that type"
        findings.refuse(first_line(entry.value), message)
        return shape
    return replace(shape, **{attribute: value})


def _are_of_type(values: object, kind: ParamType) -> bool:
    types = _TYPES_OF_VALUES[kind]
    return isinstance(values, tuple) and all(
        isinstance(value, types) and not isinstance(value, bool) for value in values
    )


def _read_part(key: str, entry: Entry, shape: Shape, findings: Findings) -> object:
    if key == "fields":
        return read_params(entry, {field.name: field for field in shape.fields}, findings)
    if key == "limits":
        entries = findings.entries(entry.value, "`limits`", MEDIA_LIMITS, "limits: {seconds_max: 30}")
        limits = {name: findings.take(each, read_number) for name, each in entries.items()}
        return {name: limit for name, limit in limits.items() if limit is not None}
    if key != "variants":
        return _read_nested(entry, entry.value, findings)
    items = entry.value.items if isinstance(entry.value, Sequence) else ()
    if not items:
        findings.refuse(first_line(entry.value), "`variants` takes a list of shapes")
    found = [_read_nested(entry, item, findings) for item in items]
    return tuple(each for each in found if each is not None)


def _read_nested(entry: Entry, node: Node, findings: Findings) -> Shape | None:
    entries = findings.entries(node, f"`{entry.key}`", _SHAPE_KEYS, f"{entry.key}: {{type: string}}")
    return _read_shape(entry, entries, None, findings)


def _complete(at: Entry, entries: Mapping[str, Entry], shape: Shape, findings: Findings) -> Shape | None:
    """Refuse a shape that lacks what its type cannot be without, or whose limits contradict each other."""
    needed = _NEEDED.get(shape.type)
    part = getattr(shape, _PARTS.get(needed, needed)) if needed is not None else True
    if not part:
        if needed not in entries:
            findings.refuse(at.key_span, f"`{at.key}` is of the type {shape.type} and has no `{needed}`")
        return None
    for low_key, high_key in _ORDERED:
        low, high = getattr(shape, _LIMITS[low_key][0]), getattr(shape, _LIMITS[high_key][0])
        if low is not None and high is not None and low > high:
            findings.refuse(at.key_span, f"`{at.key}`: `{low_key}` {low:g} is above `{high_key}` {high:g}")
    return shape
