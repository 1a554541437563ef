"""What one model can do at one endpoint, as a frozen row; our own operations have rows too."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.kernel.media import MediaKind


class ParamType(StrEnum):
    """The types that a parameter, a field or an item can have."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    MEDIA = "media"
    OBJECT = "object"
    ARRAY = "array"
    MAP = "map"
    UNION = "union"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value may be. Fields that do not apply to `type` are empty; a limit that nobody states is None.

    `values`: the accepted scalars. `length_unit`: `characters` or `utf16_code_units`.
    `fields` of an object; `items` of an array; `values_shape` of a map; `variants` of a union.
    `media_*`: limits of the medium itself (seconds, pixels of a side, width ÷ height).
    """

    type: ParamType
    values: tuple[str | int | float | bool, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    length_unit: str = "characters"
    pattern: str | None = None
    min_items: int | None = None
    max_items: int | None = None
    media: tuple[MediaKind, ...] = ()
    fields: tuple[Param, ...] = ()
    items: Shape | None = None
    values_shape: Shape | None = None
    variants: tuple[Shape, ...] = ()
    limits: Mapping[str, float] = field(default_factory=dict)
    class_name: str | None = None


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter, or a field of an object: the SDK's snake_case name and the name on the wire.

    `tiers` maps accepted values to the price tier that they fall in (`720p`, `4k`, …).
    `only_when`: parameter (snake_case) → values of it with which alone this one may be given.
    `default` is what the API assumes; it is never sent.
    """

    name: str
    wire: str
    shape: Shape
    required: bool = False
    default: object = None
    tiers: Mapping[str, str] = field(default_factory=dict)
    only_when: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """What comes back: kind, how many (a number, or the parameter that says it), and the format.

    `formats` maps values of `format_param` to media types; without one, `media_type` is it.
    `has_audio`: true, false, None (not stated), or `param:NAME` where a parameter decides.
    """

    kind: MediaKind
    count: int | str = 1
    media_type: str | None = None
    format_param: str | None = None
    formats: Mapping[str, str] = field(default_factory=dict)
    has_audio: bool | str | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """A price rule as data (`facts` of its source and date included); `unit` None: nobody states one."""

    unit: str | None
    rates: tuple[Mapping[str, object], ...] = ()
    rule: Mapping[str, object] = field(default_factory=dict)
    """Every further key of the rule: minimum, surcharges, extras, rounding, source …"""


@dataclass(frozen=True, slots=True)
class Capability:
    """One row: an endpoint and a variant of it (mostly a model).

    `model` is None where the endpoint has none (recipes, routers, local operations).
    `is_local`: one of our own operations; then `path` is empty and `version` counts its meaning.
    `rules`: names of cross-field rules that `catalog.rules` knows.
    """

    endpoint: str
    variant: str
    model: str | None
    path: str
    params: tuple[Param, ...]
    output: OutputSpec
    price: Price
    rules: tuple[str, ...] = ()
    is_local: bool = False
    version: int = 1
    since: str | None = None
    description: str = ""

    @property
    def uses(self) -> str:
        """The name that pins this row in `uses`."""
        return self.endpoint if self.is_local else f"{self.endpoint}/{self.model or self.variant}"

    def find(self, name: str) -> Param | None:
        """Give the parameter of a snake_case name, or None."""
        for param in self.params:
            if param.name == name:
                return param
        return None

    @property
    def takes_seed(self) -> bool:
        """Whether the row has a `seed` parameter of its own."""
        return self.find("seed") is not None


@dataclass(frozen=True, slots=True)
class Retired:
    """A model that the API no longer takes: since when, and what replaces it."""

    model: str
    endpoints: tuple[str, ...]
    gone: str | None
    replacement: str | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Catalog:
    """All rows, the retired models, and the date of the table."""

    rows: tuple[Capability, ...]
    retired: Mapping[str, Retired]
    date: str
    api_version: str
