"""What may stand where a value of some shape belongs, as a JSON Schema, every short form included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.capability import Capability, Param, ParamType, Shape
from runway_flow.catalog.descriptions import parameter_text
from runway_flow.catalog.editor_parts import (
    EXPRESSION,
    NOTHING,
    PINNED,
    TEXT,
    Definitions,
    Schema,
    any_of,
    described,
    sentence,
    titled,
)
from runway_flow.catalog.editor_ratios import closest, ratio_forms, takes_spellings
from runway_flow.catalog.shorthands import carrying_field, medium_field, naming_field
from runway_flow.catalog.wording import number_text, range_text
from runway_flow.kernel.digests import MAX_SAFE_INTEGER
from runway_flow.kernel.media import MediaKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST_SECONDS = 100
"""Whole seconds that a pattern counts up; beyond, the number is left to `validate`."""
_EXAMPLES = {MediaKind.IMAGE: "still.png", MediaKind.VIDEO: "clip.mp4", MediaKind.AUDIO: "voice.mp3"}
_LENGTH = r"\d+(?:\.\d+)?"


class Values:
    """Writes the schemas of one row's values; equal parts become shared definitions."""

    def __init__(self, row: Capability, definitions: Definitions) -> None:
        self._row = row
        self._definitions = definitions

    def params(self) -> dict[str, Schema]:
        """Give the schema of each parameter of the row."""
        return {param.name: self._field(param, self._row.by_name, "") for param in self._row.params}

    def _field(self, param: Param, siblings: Mapping[str, Param], prefix: str) -> Schema:
        path, shape = f"{prefix}{param.name}", param.shape
        if takes_spellings(param):
            forms = list(ratio_forms(param, siblings))
        else:
            forms = list(self._forms(shape, path))
        left_out = [] if param.required and shape.constant is None else [NOTHING]
        schema = described(
            titled(any_of([*forms, EXPRESSION, *left_out]), param.name),
            title=param.name,
            description=" ".join(filter(None, (parameter_text(self._row, path), limits_text(shape)))),
            default=param.default,
            examples=_examples(shape),
        )
        return self._definitions.share(param.name, schema)

    def _forms(self, shape: Shape, path: str) -> Iterator[Schema]:
        """Give the forms in which a value may be written, without expressions."""
        kind = shape.type
        if kind is ParamType.STRING:
            yield from _text_forms(shape)
        elif kind in (ParamType.INTEGER, ParamType.NUMBER):
            yield from _number_forms(shape)
        elif kind is ParamType.BOOLEAN:
            yield {"type": "boolean"}
        elif kind is ParamType.MEDIA:
            yield TEXT
            yield PINNED
        elif kind is ParamType.OBJECT:
            yield self._object(shape, path)
            yield from self._bare(shape, path)
        elif kind is ParamType.ARRAY and shape.items is not None:
            yield from self._list_forms(shape, shape.items, f"{path}[]")
        elif kind is ParamType.MAP and shape.values_shape is not None:
            yield {
                "type": "object",
                "additionalProperties": self._value(shape.values_shape, f"{path}{{}}", may_be_null=True),
            }
        else:
            for variant in shape.variants:
                yield from self._forms(variant, path)

    def _value(self, shape: Shape, path: str, *, may_be_null: bool) -> Schema:
        forms = [*self._forms(shape, path), EXPRESSION, *([NOTHING] if may_be_null else [])]
        return described(any_of(forms), description=parameter_text(self._row, path))

    def _object(self, shape: Shape, path: str, *, without: str = "") -> Schema:
        """Give the schema of an object; `without` one field that its place fills in."""
        siblings = {field.name: field for field in shape.fields}
        fields = [field for field in shape.fields if field.name != without]
        required = [field.name for field in fields if field.required and field.shape.constant is None]
        return {
            "type": "object",
            "additionalProperties": False,
            **({"required": required} if required else {}),
            "properties": {field.name: self._field(field, siblings, f"{path}.") for field in fields},
        }

    def _bare(self, shape: Shape, path: str) -> Iterator[Schema]:
        """Give the forms of the one field that a bare value stands for."""
        field = carrying_field(shape)
        if field is not None:
            for form in self._forms(field.shape, f"{path}.{field.name}"):
                if form.get("type") != "object":  # a mapping is the object itself
                    yield form

    def _list_forms(self, shape: Shape, items: Shape, path: str) -> Iterator[Schema]:
        """Give a list's forms: the list, one medium or object alone, names of media."""
        counts = {"minItems": shape.min_items or None, "maxItems": shape.max_items}
        limits = {key: value for key, value in counts.items() if value is not None}
        yield {"type": "array", "items": self._value(items, path, may_be_null=True), **limits}
        yield from self._named_media(shape, items, path)
        if (shape.min_items or 0) > 1:
            return
        if items.type is ParamType.MEDIA or medium_field(items) is not None:
            yield from (TEXT, PINNED)
        for item in items.variants or (items,):
            field = medium_field(item)
            if field is not None:
                alone = self._object(item, path)
                required = [*alone.get("required", []), field.name]
                yield {**alone, "required": list(dict.fromkeys(required))}

    def _named_media(self, shape: Shape, items: Shape, path: str) -> Iterator[Schema]:
        name, medium = naming_field(items), medium_field(items)
        if name is None or medium is None:
            return
        item = self._object(items, path, without=name.name)
        counts = {"minProperties": shape.min_items or None, "maxProperties": shape.max_items}
        names = next(_text_forms(name.shape))
        yield {
            "type": "object",
            "propertyNames": {"title": name.name, **names},
            "additionalProperties": described(
                any_of([TEXT, PINNED, item, NOTHING]), examples=_examples(medium.shape)
            ),
            **{key: value for key, value in counts.items() if value is not None},
        }


def _text_forms(shape: Shape) -> Iterator[Schema]:
    if shape.values is not None:
        yield {"type": "string", "enum": list(shape.values)}
        return
    limits = {"minLength": shape.min_length or None, "maxLength": shape.max_length, "pattern": shape.pattern}
    stated = {key: value for key, value in limits.items() if value is not None}
    yield {**TEXT, **stated}
    if "maxLength" in stated or "pattern" in stated:
        # A text loses one newline at its end: that of a block.
        body = shape.pattern.removesuffix("$") if shape.pattern is not None else ""
        longer = {"maxLength": shape.max_length + 1} if shape.max_length is not None else {}
        yield {**TEXT, "pattern": rf"{body}\n(?![\s\S])", **longer}


def _number_forms(shape: Shape) -> Iterator[Schema]:
    number: Schema = {"type": shape.type.value}
    if shape.values is not None:
        yield {**number, "enum": list(shape.values)}
    else:
        number["maximum"] = MAX_SAFE_INTEGER if shape.maximum is None else shape.maximum
        if shape.exclusive_minimum is not None:
            number["exclusiveMinimum"] = shape.exclusive_minimum
        else:
            number["minimum"] = -MAX_SAFE_INTEGER if shape.minimum is None else shape.minimum
        yield number
    if shape.is_seconds:
        yield {**TEXT, "pattern": _seconds_pattern(shape)}
        yield closest(any_of([{"type": "number"}, {**TEXT, "pattern": rf"^\s*{_LENGTH}\s*[a-z]*\s*$"}]))


def _seconds_pattern(shape: Shape) -> str:
    """Write the pattern of seconds as text: `5`, `5s`; other units are left to `validate`."""
    values = shape.values
    if values is None and shape.type is ParamType.INTEGER and shape.maximum is not None:
        low = shape.minimum if shape.minimum is not None else 0
        if shape.maximum - low < _MOST_SECONDS:
            values = tuple(range(int(low), int(shape.maximum) + 1))
    if values is None:
        return rf"^\s*{_LENGTH}\s*(?:ms|s|m|min|h|d)?\s*$"
    words = "|".join(number_text(float(value)).replace(".", r"\.") for value in values)
    return rf"^\s*(?:(?:{words})(?:\.0+)?\s*s?|{_LENGTH}\s*(?:ms|m|min|h|d))\s*$"


def _examples(shape: Shape) -> list[str]:
    """Give what may stand where one medium belongs; such things cannot be listed."""
    kinds = [each.media for each in (shape, *shape.variants) if each.type is ParamType.MEDIA]
    names = [_EXAMPLES[kind] for kind in (kinds[0] if kinds else ()) if kind in _EXAMPLES]
    return [f"assets/{name}" for name in names] + (["${{ steps.NAME.output }}"] if names else [])


def limits_text(shape: Shape) -> str:
    """Say what limits a value in a sentence; empty where its values are listed, or nothing is stated."""
    if shape.variants:
        return " ".join(dict.fromkeys(filter(None, map(limits_text, shape.variants))))
    if shape.values is not None:
        return ""
    if shape.type in (ParamType.INTEGER, ParamType.NUMBER):
        text = range_text(shape)
        return "" if text == "any number" else sentence(text)
    if shape.type is ParamType.MEDIA:
        return sentence(_span(shape.limits, "seconds", " s long"))
    if shape.max_length is not None:
        return f"Up to {shape.max_length:,} characters."
    if shape.max_items is not None:
        return f"Up to {shape.max_items} items."
    return ""


def _span(limits: Mapping[str, float], name: str, unit: str) -> str:
    low, high = limits.get(f"{name}_min"), limits.get(f"{name}_max")
    if low is None and high is None:
        return ""
    if low is None or high is None:
        bound = f"at least {low:g}" if high is None else f"at most {high:g}"
        return f"{bound}{unit}"
    return f"{low:g} to {high:g}{unit}"
