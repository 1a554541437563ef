"""Writes a good request as an author would who knows the short forms of the language; it means the same."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from runway_flow.catalog.capability import ParamType
from runway_flow.catalog.shorthands import carrying_field, medium_field, naming_field
from tests.oracles.generator import MEDIA, valid_requests
from tests.oracles.sites import variant_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runway_flow.catalog.capability import Capability, Param, Shape
    from runway_flow.kernel.media import MediaKind

_SHORTENED = 0.7
"""How likely each place is written in a short form, if it has one."""


def short_requests(
    row: Capability, count: int, seed: int, media: Mapping[MediaKind, str] = MEDIA
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Make so many good requests, each in short forms and as it is meant."""
    shortener = Shortener(Random(f"{row.uses} {row.variant} short {seed}"))  # noqa: S311 - chance, not secrecy
    for request in valid_requests(row, count, seed, media):
        yield shortener.fields(row.params, request), request


class Shortener:
    """Writes values in short forms, by a source of chance."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def fields(self, params: tuple[Param, ...], given: Mapping[str, Any]) -> dict[str, Any]:
        """Write an object, or the parameters of a row; what is left out may be written as null."""
        short: dict[str, Any] = {}
        for param in params:
            if param.name in given:
                short[param.name] = self.value(param.shape, given[param.name])
            elif not param.required and self.chance.random() < 0.1:
                short[param.name] = None
        return short

    def value(self, shape: Shape, value: Any, *, in_union: bool = False) -> Any:  # noqa: ANN401
        """Write a value in a short form of its shape, or as it is."""
        if shape.type is ParamType.UNION:
            return self.value(variant_of(shape, value), value, in_union=True)
        if shape.type is ParamType.MAP and shape.values_shape is not None:
            return {key: self.value(shape.values_shape, item) for key, item in value.items()}
        if shape.type is ParamType.OBJECT:
            return self._object(shape, value)
        if shape.type is ParamType.ARRAY:
            return self._list(shape, value, in_union=in_union)
        if self.chance.random() > _SHORTENED:
            return value
        if shape.type in (ParamType.INTEGER, ParamType.NUMBER):
            return self._number(shape, value)
        is_free_text = shape.type is ParamType.STRING and shape.values is None
        return f"{value}\n" if is_free_text and not value.endswith("\n") else value

    def _number(self, shape: Shape, value: float) -> object:
        if shape.is_seconds:
            return self.chance.choice((f"{value}s", f"{value}", {"closest": value}, value))
        return float(value)

    def _object(self, shape: Shape, value: dict[str, Any]) -> object:
        kept = {
            name: item
            for name, item in value.items()
            if not self._is_dropped(next(field for field in shape.fields if field.name == name))
        }
        field = carrying_field(shape)
        if field is not None and set(kept) == {field.name} and self._may_be_bare(field):
            return self.value(field.shape, value[field.name])
        return self.fields(tuple(field for field in shape.fields if field.name in kept), kept)

    def _is_dropped(self, field: Param) -> bool:
        return field.shape.constant is not None and self.chance.random() < _SHORTENED

    def _may_be_bare(self, field: Param) -> bool:
        return field.shape.type in (ParamType.MEDIA, ParamType.STRING) and self.chance.random() < _SHORTENED

    def _list(self, shape: Shape, value: list[Any], *, in_union: bool) -> object:
        assert shape.items is not None
        names, medium = naming_field(shape.items), medium_field(shape.items)
        if names is not None and medium is not None and self._is_named(names, value):
            return {item[names.name]: self._named(shape.items, names, medium, item) for item in value}
        items = [self.value(shape.items, item) for item in value]
        is_alone = len(items) == 1 and isinstance(items[0], dict) and medium is not None
        is_bare = len(items) == 1 and isinstance(items[0], str) and not in_union
        takes_media = medium is not None or shape.items.type is ParamType.MEDIA
        if takes_media and (is_alone or is_bare) and self.chance.random() < _SHORTENED:
            return items[0]
        if self.chance.random() < 0.1:
            items.insert(self.chance.randint(0, len(items)), None)
        return items

    def _is_named(self, names: Param, items: list[Any]) -> bool:
        given = [item.get(names.name) for item in items]
        is_whole = bool(given) and None not in given and len(set(given)) == len(given)
        return is_whole and self.chance.random() < _SHORTENED

    def _named(self, items: Shape, names: Param, medium: Param, item: dict[str, Any]) -> object:
        rest = {name: value for name, value in item.items() if name != names.name}
        if set(rest) == {medium.name} and self.chance.random() < _SHORTENED:
            return item[medium.name]
        return self.fields(tuple(field for field in items.fields if field.name in rest), rest)
