"""Finds the variant of a union that a value means: by its type, its values, its constants, its keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from runway_flow.catalog.capability import ParamType
from runway_flow.catalog.judge_media import is_medium_like, open_if_text, refuse_unclear_kind
from runway_flow.catalog.judge_scalars import refuse_type, refuse_value
from runway_flow.catalog.shorthands import carrying_field, closest_of
from runway_flow.kernel.amounts import parse_seconds
from runway_flow.kernel.patterns import has_form
from runway_flow.kernel.values import Deferred

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runway_flow.catalog.capability import Param, Shape
    from runway_flow.catalog.judging import Judging
    from runway_flow.catalog.verdict import Path
    from runway_flow.kernel.media import MediaKind

_NUMBERS = (ParamType.INTEGER, ParamType.NUMBER)


def choose_variant(shape: Shape, value: object, path: Path, judging: Judging) -> tuple[Shape | None, object]:
    """Give the variant that a value means, and the value, opened where its medium had to be looked at.

    None when it means none: then a finding says so.
    """
    variants = shape.variants
    if isinstance(value, str) and not is_medium_like(value):
        return _variant_of_text(shape, value, path, judging)
    found = _variant_of_plain(variants, value)
    if found is not None:
        return found, value
    if is_medium_like(value):
        return _variant_of_medium(shape, value, path, judging)
    if isinstance(value, Mapping):
        return _variant_of_mapping(shape, value, path, judging)
    refuse_type(shape, value, path, judging)
    return None, value


def _variant_of_plain(variants: Sequence[Shape], value: object) -> Shape | None:
    """Booleans, numbers and lists say by their type which variant they mean."""
    if isinstance(value, bool):
        return _first(variants, ParamType.BOOLEAN)
    if isinstance(value, (int, float)):
        return _first(variants, *_NUMBERS)
    if isinstance(value, (list, tuple)):
        return _first(variants, ParamType.ARRAY)
    return None


def _first(variants: Sequence[Shape], *types: ParamType) -> Shape | None:
    return next((variant for variant in variants if variant.type in types), None)


def _variant_of_text(shape: Shape, value: str, path: Path, judging: Judging) -> tuple[Shape | None, object]:
    text = value.removesuffix("\n")
    variants = shape.variants
    texts = [variant for variant in variants if variant.type is ParamType.STRING]
    objects = [variant for variant in variants if variant.type is ParamType.OBJECT]
    found = _listing(texts, text) or _reading_seconds(variants, text) or _matching(texts, text)
    found = found or _first(variants, ParamType.MEDIA) or _object_of_text(objects, text)
    if found is not None:
        return found, value
    kinds = _kinds(objects)
    if kinds:
        return _variant_of_medium(shape, value, path, judging)
    if texts:
        refuse_value(shape, text, path, judging)
    else:
        refuse_type(shape, value, path, judging)
    return None, value


def _listing(texts: Sequence[Shape], text: str) -> Shape | None:
    return next((variant for variant in texts if variant.values is not None and text in variant.values), None)


def _reading_seconds(variants: Sequence[Shape], text: str) -> Shape | None:
    number = _first(variants, *_NUMBERS)
    is_read = number is not None and number.is_seconds and parse_seconds(text) is not None
    return number if is_read else None


def _matching(texts: Sequence[Shape], text: str) -> Shape | None:
    """Give the variant without a list of values that takes the text's form."""
    for variant in texts:
        if variant.values is None and (variant.pattern is None or has_form(variant.pattern, text)):
            return variant
    return None


def _object_of_text(objects: Sequence[Shape], text: str) -> Shape | None:
    """Give the object that a bare text stands for: a preset that lists it, an id of its form, a text."""
    carried = [(variant, field.shape) for variant in objects if (field := carrying_field(variant))]
    texts = [(variant, below) for variant, below in carried if below.type is ParamType.STRING]
    for variant, below in texts:
        if below.values is not None and text in below.values:
            return variant
    for variant, below in texts:
        if below.pattern is not None and has_form(below.pattern, text):
            return variant
    free = [variant for variant, below in texts if below.values is None and below.pattern is None]
    listed = [variant for variant, below in texts if below.values is not None]
    return next(iter(free), None) or next(iter(listed), None)


def _kinds(objects: Sequence[Shape]) -> dict[MediaKind, Shape]:
    """Map each kind of medium to the object that a bare medium of that kind stands for."""
    found: dict[MediaKind, Shape] = {}
    for variant in objects:
        field = carrying_field(variant)
        if field is not None and field.shape.type is ParamType.MEDIA:
            for kind in field.shape.media:
                found.setdefault(kind, variant)
    return found


def _variant_of_medium(
    shape: Shape, value: object, path: Path, judging: Judging
) -> tuple[Shape | None, object]:
    variants = shape.variants
    bare = _first(variants, ParamType.MEDIA)
    if bare is not None:
        return bare, value
    kinds = _kinds([variant for variant in variants if variant.type is ParamType.OBJECT])
    if not kinds:
        found = _first(variants, ParamType.ARRAY) or _first(variants, ParamType.STRING)
        if found is None:
            refuse_type(shape, value, path, judging)
        return found, value
    if len(set(map(id, kinds.values()))) == 1:
        return next(iter(kinds.values())), value
    return _variant_of_kind(kinds, value, path, judging)


def _variant_of_kind(
    kinds: dict[MediaKind, Shape], value: object, path: Path, judging: Judging
) -> tuple[Shape | None, object]:
    """Look at the medium to tell which object it stands for."""
    medium = open_if_text(value, path, judging)
    if medium is None:
        return None, value
    kind: MediaKind | None = getattr(medium, "kind", None)
    if kind is not None:
        # A kind that none takes is refused by the first of them, in its words.
        return kinds.get(kind, next(iter(kinds.values()))), medium
    if not isinstance(medium, Deferred):
        refuse_unclear_kind(kinds, path, judging)
    return None, medium


def _variant_of_mapping(
    shape: Shape, value: Mapping[str, object], path: Path, judging: Judging
) -> tuple[Shape | None, object]:
    number = _first(shape.variants, *_NUMBERS)
    if number is not None and closest_of(value) is not None:
        return number, value
    objects = [variant for variant in shape.variants if variant.type is ParamType.OBJECT]
    if objects:
        return _variant_of_object(objects, value, path, judging)
    found = _first(shape.variants, ParamType.ARRAY, ParamType.MAP)
    if found is None:
        refuse_type(shape, value, path, judging)
    return found, value


def _variant_of_object(
    objects: Sequence[Shape], value: Mapping[str, object], path: Path, judging: Judging
) -> tuple[Shape | None, object]:
    """Give the object that agrees best; where only its `type` is left out, the medium in it tells."""
    best = max(_agreement(variant, value) for variant in objects)
    agreeing = [variant for variant in objects if _agreement(variant, value) == best]
    constants = {field.name for variant in agreeing for field in variant.fields if _is_constant(field)}
    told = [value[name] for name in constants if value.get(name) is not None]
    if any(isinstance(each, Deferred) for each in told):
        return None, value
    kinds, carrier = _kinds(agreeing), carrying_field(agreeing[0])
    is_open = len(agreeing) > 1 and len(kinds) == len(agreeing) and not told
    if not is_open or carrier is None or value.get(carrier.name) is None:
        return agreeing[0], value
    variant, medium = _variant_of_kind(kinds, value[carrier.name], path, judging)
    return variant, {**value, carrier.name: medium}


def _is_constant(field: Param) -> bool:
    return field.shape.constant is not None


def _agreement(variant: Shape, value: Mapping[str, object]) -> tuple[int, int]:
    """How well a mapping agrees with an object: by its constants first, then by the keys that it has."""
    constants = sum(
        1 if value.get(field.name) == field.shape.constant else -1
        for field in variant.fields
        if field.shape.constant is not None and field.name in value
    )
    return constants, sum(field.name in value for field in variant.fields)
