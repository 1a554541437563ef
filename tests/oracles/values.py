"""Makes values that a shape of the table takes, from the shape alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from runway_flow.catalog.capability import ParamType
from runway_flow.kernel.media import MediaKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from runway_flow.catalog.capability import Param, Shape

MEDIA: Mapping[MediaKind, str] = {
    MediaKind.IMAGE: "https://media.example/still.png",
    MediaKind.VIDEO: "https://media.example/clip.mp4",
    MediaKind.AUDIO: "https://media.example/voice.mp3",
}
"""What stands where a medium belongs, unless the caller gives others: an address of each kind."""

_WORDS = (
    "a lamp",
    "on wet rock",
    "at dawn",
    "while",
    "gulls",
    "cross",
    "the bay",
    "and",
    "the tide",
    "turns",
)
_WIDE = "é光🎬"
"""Characters of one, one and two UTF-16 code units."""
_UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
_HEX = "[0-9a-fA-F]"
_PATTERNS: dict[str, tuple[str, ...]] = {
    "^[A-Za-z][A-Za-z0-9_]*$": ("hero", "Ann", "B_2", "place_of_the_sun"),
    "^[a-z][a-z0-9_-]{0,63}$": ("r", "my-router_2", "c" * 64),
    "^#?[0-9a-fA-F]{6}$": ("#FF8800", "00aaff"),
    "^[1-9][0-9]*:[1-9][0-9]*$": ("1280:720",),
    "^(100|[0-9]{1,2})([.][0-9]+)?%$": ("50%", "100%", "0.5%"),
    f"^({_HEX}{{8}}-{_HEX}{{4}}-4{_HEX}{{3}}-[89abAB]{_HEX}{{3}}-{_HEX}{{12}})$": (_UUID, _UUID.upper()),
}
_PLAIN = (ParamType.STRING, ParamType.INTEGER, ParamType.NUMBER, ParamType.BOOLEAN)
_MOST_ITEMS = 4
_FREE_REACH = 8
"""How far numbers go that have no stated maximum: short, so that their sums stay small too."""


class ValueMaker:
    """Makes values by a source of chance; `density` is how likely an optional field is given."""

    def __init__(self, chance: Random, media: Mapping[MediaKind, str], density: float) -> None:
        self.chance = chance
        self.media = media
        self.density = density

    def make(self, shape: Shape) -> object:
        """Make a value that the shape takes, in the SDK's snake_case form."""
        if shape.values is not None:
            return self.chance.choice(shape.values)
        made: dict[ParamType, Callable[[Shape], object]] = {
            ParamType.STRING: self.text,
            ParamType.INTEGER: self._integer,
            ParamType.NUMBER: self._number,
            ParamType.BOOLEAN: lambda _: self.chance.random() < 0.5,
            ParamType.MEDIA: lambda below: self.media[self.chance.choice(below.media)],
            ParamType.OBJECT: lambda below: self.fields(below.fields),
            ParamType.ARRAY: self.items,
            ParamType.MAP: self._map,
            ParamType.UNION: lambda below: self.make(self.chance.choice(below.variants)),
        }
        return made[shape.type](shape)

    def fields(self, fields: tuple[Param, ...]) -> dict[str, object]:
        """Make an object, or the parameters of a row: what is required, and some of the rest."""
        return {
            field.name: self.make(field.shape)
            for field in fields
            if field.required or self.chance.random() < self.density
        }

    def items(self, shape: Shape, count: int | None = None) -> list[object]:
        """Make a list, of `count` items if that is given, else as long as the shape lets it be."""
        assert shape.items is not None
        if count is None:
            least = max(shape.min_items or 0, 1)
            most = shape.max_items if shape.max_items is not None else least + _MOST_ITEMS
            count = most if self.chance.random() < 0.1 else self.chance.randint(least, min(most, least + 2))
        return [self.make(shape.items) for _ in range(count)]

    def _map(self, shape: Shape) -> dict[str, object]:
        assert shape.values_shape is not None
        keys = ("left", "right", "0f8f")[: self.chance.randint(0, 3)]
        return {key: self.make(shape.values_shape) for key in keys}

    def _integer(self, shape: Shape) -> int:
        low, high = whole_bounds(shape)
        return self.chance.choice((low, high, *[self.chance.randint(low, high)] * 4))

    def _number(self, shape: Shape) -> float:
        low = shape.minimum if shape.minimum is not None else 0.5
        high = shape.maximum if shape.maximum is not None else low + _FREE_REACH
        between = round(self.chance.uniform(low, high), 2)
        return self.chance.choice((low, high, *[min(max(between, low), high)] * 4))

    def text(self, shape: Shape) -> str:
        """Make a text of the stated form and length, at times as long as it may be."""
        if shape.pattern is not None:
            fits = [text for text in _PATTERNS[shape.pattern] if takes_length(shape, text)]
            return self.chance.choice(fits)
        least, most = shape.min_length or 1, shape.max_length
        if most is not None and self.chance.random() < 0.1:
            return text_of_length(shape, most)
        text = " ".join(self.chance.choices(_WORDS, k=self.chance.randint(1, 8)))
        text += self.chance.choice(("", "", f" {_WIDE}"))
        text = text[:most] if most is not None else text
        return text.strip() + "x" * (least - len(text.strip()))


def whole_bounds(shape: Shape) -> tuple[int, int]:
    """Give the least and the greatest whole number; a few steps where no greatest is stated."""
    low = 1
    if shape.minimum is not None:
        low = math.ceil(shape.minimum)
    elif shape.exclusive_minimum is not None:
        low = math.floor(shape.exclusive_minimum) + 1
    return low, math.floor(shape.maximum) if shape.maximum is not None else low + _FREE_REACH


def text_of_length(shape: Shape, length: int) -> str:
    """Make a text of exactly so many of the units that a shape counts."""
    if shape.pattern is not None:
        return ("h" * length) if length else ""
    is_units = shape.length_unit != "characters"
    wide = _WIDE if length >= len(_WIDE) + is_units else ""
    return wide + "x" * (length - len(wide) - (is_units and bool(wide)))


def takes_length(shape: Shape, text: str) -> bool:
    """Tell whether a text is as long as the shape wants it."""
    length = len(text.encode("utf-16-le")) // 2 if shape.length_unit != "characters" else len(text)
    return (shape.min_length or 0) <= length and (shape.max_length is None or length <= shape.max_length)


def is_plain(shape: Shape) -> bool:
    """Tell a text, a number or a boolean from everything that is made of something."""
    return shape.type in _PLAIN
