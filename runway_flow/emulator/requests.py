"""Reads a request body against its row by wire names: every issue at once, as the API answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow.catalog.capability import ParamType, Shape
from runway_flow.emulator.answers import WireIssue
from runway_flow.emulator.media_limits import check_media_limits
from runway_flow.emulator.readings import MediumUnusable, Reading, joined, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.catalog.capability import Capability, Param
    from runway_flow.emulator.readings import MediaReader, WirePath


def read_body(row: Capability, body: Mapping[str, object], media: MediaReader) -> Reading:
    """Read a body whose row is already chosen; the row's constant (`model`) may stand in it."""
    known = {param.wire for param in row.params}
    constant = {} if "model" in known or "model" not in body else {"model": body["model"]}
    rest = {name: value for name, value in body.items() if name not in constant}
    found = _read_fields(row.params, rest, (), media)
    value = constant | found.value if isinstance(found.value, dict) else constant
    return replace(found, value=value)


def read_value(shape: Shape, value: object, path: WirePath, media: MediaReader) -> Reading:
    """Read one value against its shape."""
    found = _READERS[shape.type](shape, value, path, media)
    return replace(found, issues=found.issues + check_media_limits(shape, found.inputs, path))


def _wrong_type(expected: str, value: object, path: WirePath) -> Reading:
    return refused("invalid_type", path, f"Expected {expected}, received {_type_name(value)}")


_TYPE_NAMES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "boolean"),
    (str, "string"),
    ((int, float), "number"),
    (Mapping, "object"),
    (Sequence, "array"),
)


def _type_name(value: object) -> str:
    return next((name for kind, name in _TYPE_NAMES if isinstance(value, kind)), "null")


def _not_accepted(shape: Shape, value: object, path: WirePath) -> Reading | None:
    if shape.values is None or value in shape.values:
        return None
    accepted = " | ".join(f"'{item}'" for item in shape.values)
    return refused("invalid_enum_value", path, f"Invalid enum value. Expected {accepted}, received '{value}'")


def _read_string(shape: Shape, value: object, path: WirePath, _: MediaReader) -> Reading:
    if not isinstance(value, str):
        return _wrong_type("string", value, path)
    wrong = _not_accepted(shape, value, path)
    if wrong is not None:
        return wrong
    length = (
        len(value.encode("utf-16-le", "surrogatepass")) // 2
        if shape.length_unit != "characters"
        else len(value)
    )
    issues: list[WireIssue] = []
    if shape.min_length is not None and length < shape.min_length:
        message = f"String must contain at least {shape.min_length} character(s)"
        issues.append(WireIssue("too_small", path, message))
    if shape.max_length is not None and length > shape.max_length:
        message = f"String must contain at most {shape.max_length} character(s)"
        issues.append(WireIssue("too_big", path, message))
    if shape.pattern is not None and re.fullmatch(shape.pattern, value) is None:
        issues.append(WireIssue("invalid_string", path, f"String does not match {shape.pattern}"))
    return Reading(value, tuple(issues), texts=(value,))


def _read_number(shape: Shape, value: object, path: WirePath, _: MediaReader) -> Reading:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _wrong_type("number", value, path)
    if shape.type is ParamType.INTEGER and value != int(value):
        return refused("invalid_type", path, "Expected integer, received float")
    wrong = _not_accepted(shape, value, path)
    if wrong is not None:
        return wrong
    issues: list[WireIssue] = []
    if shape.minimum is not None and value < shape.minimum:
        issues.append(WireIssue("too_small", path, f"Number must be at least {shape.minimum:g}"))
    if shape.exclusive_minimum is not None and value <= shape.exclusive_minimum:
        issues.append(
            WireIssue("too_small", path, f"Number must be greater than {shape.exclusive_minimum:g}")
        )
    if shape.maximum is not None and value > shape.maximum:
        issues.append(WireIssue("too_big", path, f"Number must be at most {shape.maximum:g}"))
    return Reading(value, tuple(issues))


def _read_boolean(shape: Shape, value: object, path: WirePath, _: MediaReader) -> Reading:
    if not isinstance(value, bool):
        return _wrong_type("boolean", value, path)
    return _not_accepted(shape, value, path) or Reading(value)


def _read_media(shape: Shape, value: object, path: WirePath, media: MediaReader) -> Reading:
    if not isinstance(value, str):
        return _wrong_type("string", value, path)
    try:
        found = media.read(value)
    except MediumUnusable as error:
        return refused("custom", path, str(error))
    if found.facts is not None and shape.media and found.facts.kind not in shape.media:
        accepted = " or ".join(kind.value for kind in shape.media)
        return refused("custom", path, f"Expected {accepted}, received {found.facts.media_type}")
    return Reading(found.name, inputs=(replace(found, path=path),))


def _read_object(shape: Shape, value: object, path: WirePath, media: MediaReader) -> Reading:
    if not isinstance(value, Mapping):
        return _wrong_type("object", value, path)
    return _read_fields(shape.fields, value, path, media)


def _read_fields(
    fields: tuple[Param, ...], value: Mapping[str, object], path: WirePath, media: MediaReader
) -> Reading:
    parts: dict[str, Reading] = {}
    issues: list[WireIssue] = []
    for field in fields:
        here = (*path, field.wire)
        if field.wire in value:
            parts[field.wire] = read_value(field.shape, value[field.wire], here, media)
        elif field.required:
            issues.append(WireIssue("invalid_type", here, "Required"))
    strangers = [name for name in value if name not in {field.wire for field in fields}]
    if strangers:
        listed = ", ".join(f"'{name}'" for name in strangers)
        issues.append(WireIssue("unrecognized_keys", path, f"Unrecognized key(s) in object: {listed}"))
    kept = {name: part.value for name, part in parts.items()}
    return joined(kept, parts.values(), tuple(issues))


def _read_array(shape: Shape, value: object, path: WirePath, media: MediaReader) -> Reading:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return _wrong_type("array", value, path)
    issues: list[WireIssue] = []
    if shape.min_items is not None and len(value) < shape.min_items:
        message = f"Array must contain at least {shape.min_items} element(s)"
        issues.append(WireIssue("too_small", path, message))
    if shape.max_items is not None and len(value) > shape.max_items:
        message = f"Array must contain at most {shape.max_items} element(s)"
        issues.append(WireIssue("too_big", path, message))
    if shape.items is None:
        return Reading(list(value), tuple(issues))
    parts = [read_value(shape.items, item, (*path, index), media) for index, item in enumerate(value)]
    return joined([part.value for part in parts], parts, tuple(issues))


def _read_map(shape: Shape, value: object, path: WirePath, media: MediaReader) -> Reading:
    if not isinstance(value, Mapping):
        return _wrong_type("object", value, path)
    if shape.values_shape is None:
        return Reading(dict(value))
    parts = {
        str(name): read_value(shape.values_shape, item, (*path, str(name)), media)
        for name, item in value.items()
    }
    return joined({name: part.value for name, part in parts.items()}, parts.values())


def _read_union(shape: Shape, value: object, path: WirePath, media: MediaReader) -> Reading:
    """Take the first variant that fits; if none does, complain as the one that was most likely meant."""
    readings = [read_value(variant, value, path, media) for variant in shape.variants]
    for reading in readings:
        if not reading.issues:
            return reading
    if not readings:
        return Reading(value)

    def distance(reading: Reading) -> tuple[bool, bool, int]:
        wrong_type = any(issue.path == path and issue.code == "invalid_type" for issue in reading.issues)
        wrong_tag = any(issue.path == (*path, "type") for issue in reading.issues)
        return (wrong_type, wrong_tag, len(reading.issues))

    return min(readings, key=distance)


def _read_any(shape: Shape, value: object, path: WirePath, media: MediaReader) -> Reading:
    """Take what nobody describes: as one of the variants if it is like one, else as it stands."""
    for known in shape.variants:
        reading = read_value(known, value, path, media)
        if not reading.issues:
            return reading
    return _read_freely(value, path, media)


def _read_freely(value: object, path: WirePath, media: MediaReader) -> Reading:
    if isinstance(value, Mapping):
        parts = {str(name): _read_freely(item, (*path, str(name)), media) for name, item in value.items()}
        return joined({name: part.value for name, part in parts.items()}, parts.values())
    if isinstance(value, list):
        items = [_read_freely(item, (*path, index), media) for index, item in enumerate(value)]
        return joined([item.value for item in items], items)
    if isinstance(value, str) and value.startswith(("data:", "runway://")):
        return _read_media(Shape(ParamType.MEDIA), value, path, media)
    return Reading(value, texts=(value,) if isinstance(value, str) else ())


_READERS: dict[ParamType, Callable[[Shape, object, WirePath, MediaReader], Reading]] = {
    ParamType.STRING: _read_string,
    ParamType.INTEGER: _read_number,
    ParamType.NUMBER: _read_number,
    ParamType.BOOLEAN: _read_boolean,
    ParamType.MEDIA: _read_media,
    ParamType.OBJECT: _read_object,
    ParamType.ARRAY: _read_array,
    ParamType.MAP: _read_map,
    ParamType.UNION: _read_union,
    ParamType.ANY: _read_any,
}
