"""Judges values of any shape: objects, lists, mappings and unions, and through them everything below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from runway_flow.catalog.capability import Param, ParamType, Shape
from runway_flow.catalog.judge_any import UNLIKE, as_written
from runway_flow.catalog.judge_media import check_medium, check_total_seconds, is_medium_like
from runway_flow.catalog.judge_ratios import FORMS, read_ratio
from runway_flow.catalog.judge_scalars import (
    check_boolean,
    check_number,
    check_text,
    refuse_half_character,
    refuse_type,
)
from runway_flow.catalog.judge_unions import choose_variant
from runway_flow.catalog.judging import Judging
from runway_flow.catalog.shapes import kinds_in, medium_meant, name_meant
from runway_flow.catalog.shorthands import carrying_field, medium_field, naming_field
from runway_flow.catalog.suggestions import help_for_missing, help_for_parameter
from runway_flow.catalog.wording import KIND_NAMES, one_of, place_name, value_text
from runway_flow.kernel import codes
from runway_flow.kernel.media import MediaKind
from runway_flow.kernel.suggest import nearest
from runway_flow.kernel.values import Deferred

if TYPE_CHECKING:
    from runway_flow.catalog.verdict import Path


def check(shape: Shape, value: object, path: Path, judging: Judging) -> object:
    """Judge a value against a shape and give its canonical form."""
    if isinstance(value, Deferred):
        if value.kind is None:
            return value
        if shape.type in _SCALARS:
            if value.kind is not MediaKind.TEXT:
                refuse_type(shape, value, path, judging)
            return value
    return _CHECKS[shape.type](shape, value, path, judging)


def check_fields(
    by_name: Mapping[str, Param],
    values: Mapping[str, object],
    path: Path,
    judging: Judging,
    places: Mapping[str, Path] | None = None,
) -> dict[str, object]:
    """Judge the entries of an object, or a step's parameters, in the row's order; nulls count as absent.

    `places`: where the author wrote a field that a shorthand put there.
    """
    unknown = [name for name, value in values.items() if name not in by_name and value is not None]
    for name in unknown:
        _refuse_unknown(name, by_name, values, path, judging)
    meant = {} if path else {name: medium_meant(name, (judging.capability,), values) for name in unknown}
    canonical: dict[str, object] = {}
    for name, param in by_name.items():
        value = values.get(name)
        if value is not None:
            at = places.get(name) if places else None
            _check_entry(param, values, at if at is not None else (*path, name), judging, by_name, canonical)
        elif name not in canonical and param.required:
            if param.shape.constant is not None:
                canonical[name] = param.shape.constant
            elif not any(name in (nearest(other, by_name), meant.get(other)) for other in unknown):
                _refuse_missing(param, path, judging)
    return canonical


def _check_entry(
    param: Param,
    values: Mapping[str, object],
    path: Path,
    judging: Judging,
    siblings: Mapping[str, Param],
    canonical: dict[str, object],
) -> None:
    value = values[param.name]
    if param.name in FORMS:
        value = read_ratio(param, values, path, judging, siblings, canonical)
        if value is None:
            return
    canonical[param.name] = check(param.shape, value, path, judging)


def _refuse_unknown(
    name: str, by_name: Mapping[str, Param], values: Mapping[str, object], path: Path, judging: Judging
) -> None:
    row = judging.capability
    # A name that exists elsewhere is no slip, so nothing like it is suggested.
    hint = None if path else help_for_parameter(judging.shipped(), row, name)
    free = [other for other in by_name if values.get(other) is None]
    meant = medium_meant(name, (row,), values) if hint else None
    if meant is None and hint is None:
        meant = nearest(name, free) if path else name_meant(name, (row,), values)
        meant = meant or nearest(name, by_name)
    label = f"did you mean `{meant}`?" if meant is not None else None
    where = f"`{place_name(path)}`" if path else row.title
    message = f"`{name}` is not a {'key' if path else 'parameter'} of {where}"
    notes = (f"accepted: {' '.join(by_name)}",)
    judging.refuse(
        codes.UNKNOWN_PARAMETER, (*path, name), message, hint=hint, notes=notes, label=label, on_key=True
    )


def _refuse_missing(param: Param, path: Path, judging: Judging) -> None:
    where = f"`{place_name(path)}` of {judging.capability.title}" if path else judging.capability.title
    kinds = sorted(kinds_in(param.shape)) if not path else ()
    what = one_of(KIND_NAMES[kind] for kind in kinds) if kinds else "it"
    message = f"`{param.name}` is missing: {where} needs {what}"
    values = param.shape.values
    hint = f"`{param.name}:` one of {' '.join(value_text(value) for value in values)}" if values else None
    if not path and not judging.capability.is_local:
        hint = hint or help_for_missing(judging.shipped(), judging.capability, param)
    judging.refuse(codes.MISSING_PARAMETER, path, message, hint=hint)


def check_object(shape: Shape, value: object, path: Path, judging: Judging) -> object:
    """Judge an object; a bare value stands for its only required field."""
    by_name = {field.name: field for field in shape.fields}
    if isinstance(value, Mapping) and not (is_medium_like(value) and "url" not in by_name):
        return check_fields(by_name, value, path, judging)
    field = carrying_field(shape)
    if field is None:
        refuse_type(shape, value, path, judging)
        return value
    return check_fields(by_name, {field.name: value}, path, judging, {field.name: path})


def check_array(shape: Shape, value: object, path: Path, judging: Judging) -> object:
    """Judge a list; a mapping names its media, and one medium or object alone is a list of one."""
    below = cast("Shape", shape.items)
    if isinstance(value, (list, tuple)):
        written = [(item, (*path, index)) for index, item in enumerate(value) if item is not None]
        items = tuple(_check_item(below, item, at, path, judging) for item, at in written)
    elif isinstance(value, Mapping) and not _is_one_item(below, value):
        named = _named_items(below, value, path, judging)
        if named is None:
            refuse_type(shape, value, path, judging)
            return value
        written = [(item, (*path, name)) for name, item in value.items() if item is not None]
        items = named
    elif isinstance(value, Mapping) or is_medium_like(value) or _is_path(below, value):
        written = [(value, path)]
        items = (check(below, value, path, judging),)
    else:
        refuse_type(shape, value, path, judging)
        return value
    for index, (_, at) in enumerate(written):
        judging.places[(*path, index)] = at
    _check_count(shape, len(items), path, judging)
    check_total_seconds(shape, items, path, judging)
    return items


def _check_item(items: Shape, item: object, at: Path, path: Path, judging: Judging) -> object:
    """Judge an item of a list; frames given bare, in order, get the hint that names them."""
    before = len(judging.findings)
    canonical = check(items, item, at, judging)
    name = naming_field(items)
    if (
        name is not None
        and name.required
        and len(judging.findings) > before
        and not isinstance(item, Mapping)
    ):
        del judging.findings[before:]
        names = [value_text(value) for value in name.shape.values or ()]
        message = f"`{place_name(at)}` needs a `{name.name}`: {one_of(names)}"
        hint = f"write a mapping: `{place_name(path)}: {{{', '.join(f'{each}: …' for each in names)}}}`"
        judging.refuse(codes.MISSING_PARAMETER, at, message, hint=hint)
    return canonical


def _is_one_item(items: Shape, value: Mapping[str, object]) -> bool:
    """Whether a mapping in a list's place is one item of it, and not names of media."""
    if is_medium_like(value):
        return True
    shapes = items.variants or (items,)
    return any(
        (field := medium_field(shape)) is not None and field.name in value
        for shape in shapes
        if shape.type is ParamType.OBJECT
    )


def _is_path(items: Shape, value: object) -> bool:
    takes_media = items.type is ParamType.MEDIA or medium_field(items) is not None
    return isinstance(value, str) and takes_media


def _named_items(
    items: Shape, value: Mapping[str, object], path: Path, judging: Judging
) -> tuple[object, ...] | None:
    """Judge `{hero: A, place: B}`: each name is the `tag` or the `position` of its medium."""
    name, medium = naming_field(items), medium_field(items)
    if name is None or medium is None:
        return None
    by_name = {field.name: field for field in items.fields}
    canonical = []
    for key, item in value.items():
        at = (*path, key)
        if item is None:
            continue
        if isinstance(item, Mapping) and not is_medium_like(item):
            canonical.append(check_fields(by_name, {**item, name.name: key}, at, judging, {name.name: at}))
        else:
            entry = {medium.name: item, name.name: key}
            places = {medium.name: at, name.name: at}
            canonical.append(check_fields(by_name, entry, at, judging, places))
    return tuple(canonical)


def _check_count(shape: Shape, count: int, path: Path, judging: Judging) -> None:
    name, title = place_name(path), judging.capability.title
    if shape.max_items is not None and count > shape.max_items:
        message = f"`{name}` has {count} items; {title} takes at most {shape.max_items}"
        judging.refuse(codes.ITEM_COUNT, path, message)
    elif shape.min_items is not None and count < shape.min_items:
        message = f"`{name}` has {count} items; {title} needs at least {shape.min_items}"
        judging.refuse(codes.ITEM_COUNT, path, message)


def check_map(shape: Shape, value: object, path: Path, judging: Judging) -> object:
    """Judge a mapping whose keys are the author's."""
    if not isinstance(value, Mapping):
        refuse_type(shape, value, path, judging)
        return value
    below = cast("Shape", shape.values_shape)
    for key in value:
        refuse_half_character(key, path, judging)
    return {key: check(below, item, (*path, key), judging) for key, item in value.items() if item is not None}


def check_union(shape: Shape, value: object, path: Path, judging: Judging) -> object:
    """Judge a value against the one variant of a union that it can only mean."""
    variant, value = choose_variant(shape, value, path, judging)
    return value if variant is None else check(variant, value, path, judging)


def check_any(shape: Shape, value: object, path: Path, judging: Judging) -> object:
    """Take any value; where it is like what models of the endpoint take, in the form that they take."""
    for known in shape.variants:
        trial = Judging(judging.capability, judging.open_medium, judging.catalog)
        canonical = check(known, value, path, trial)
        if not any(finding.code in UNLIKE for finding in trial.findings):
            # What kind of medium a model that nobody knows takes, nobody knows.
            judging.findings += [each for each in trial.findings if each.code is not codes.MEDIA_KIND]
            judging.places.update(trial.places)
            return canonical
    return as_written(value, path, judging)


_SCALARS = frozenset({ParamType.STRING, ParamType.INTEGER, ParamType.NUMBER, ParamType.BOOLEAN})
_CHECKS = {
    ParamType.STRING: check_text,
    ParamType.INTEGER: check_number,
    ParamType.NUMBER: check_number,
    ParamType.BOOLEAN: check_boolean,
    ParamType.MEDIA: check_medium,
    ParamType.OBJECT: check_object,
    ParamType.ARRAY: check_array,
    ParamType.MAP: check_map,
    ParamType.UNION: check_union,
    ParamType.ANY: check_any,
}
