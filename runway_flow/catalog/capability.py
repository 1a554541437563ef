"""What one model can do at one endpoint, as a frozen row; our own operations have rows too."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field

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
    ANY = "any"


class Shape(Struct, frozen=True):
    """What a value may be. Fields that do not apply to `type` are empty; a limit that nobody states is None.

    `values`: the accepted scalars. `length_unit`: `characters` or `utf16_code_units`.
    `pattern`: of the whole text.
    `fields` of an object; `items` of an array; `values_shape` of a map; `variants` of a union. Anything is
    taken as it is written, but where it is like one of its `variants` it is read as that.
    `limits`: of a medium `seconds_min seconds_max side_px_min side_px_max aspect_min aspect_max`;
    of a list of media `total_seconds_max` (`seconds_exclusive`, `total_exclusive`: the bounds are outside).
    `is_seconds`: a length or a moment in time, which may also be written `1.5s`.
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
    is_seconds: bool = False

    @property
    def constant(self) -> str | int | float | bool | None:
        """The only value that there is; it is filled in where the author leaves it out."""
        return self.values[0] if self.values is not None and len(self.values) == 1 else None


class Param(Struct, frozen=True):
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


class OutputSpec(Struct, frozen=True):
    """What comes back: kind, how many (a number, or the parameter that says it), and the format.

    `formats` maps values of `format_param` to media types; without one, `media_type` is it.
    `has_audio`: true, false, None (not stated), or `param:NAME` where a parameter decides.
    `kind_of`: the parameter whose media decide the kind: audio if all of them are.
    A count of 0 is one that nobody can tell before the run (workflows).
    """

    kind: MediaKind
    count: int | str = 1
    media_type: str | None = None
    format_param: str | None = None
    formats: Mapping[str, str] = field(default_factory=dict)
    has_audio: bool | str | None = None
    kind_of: str | None = None


class Rule(Struct, frozen=True):
    """A rule across parameters: a kind that `catalog.rules` knows, and what it speaks of."""

    kind: str
    args: Mapping[str, object] = field(default_factory=dict)


class Price(Struct, frozen=True):
    """A price rule as data, its source and date included; `unit` None: nobody states one."""

    unit: str | None
    rates: tuple[Mapping[str, object], ...] = ()
    rule: Mapping[str, object] = field(default_factory=dict)
    """Every further key of the rule: minimum, surcharges, extras, rounding, source …"""

    @property
    def date(self) -> str | None:
        """When the price was stated: a month or a day; None where nobody states one."""
        date = self.rule.get("date")
        return date if isinstance(date, str) else None


class Capability(Struct, frozen=True, dict=True):
    """One row: an endpoint and a variant of it (mostly a model).

    `model` is None where the endpoint has none (recipes, routers, local operations); where it is not,
    it is no parameter: it is filled in. `is_local`: one of our own operations; then `path` is empty and
    `version` counts its meaning.
    """

    endpoint: str
    variant: str
    model: str | None
    path: str
    params: tuple[Param, ...]
    output: OutputSpec
    price: Price
    rules: tuple[Rule, ...] = ()
    is_local: bool = False
    version: int = 1
    since: str | None = None
    description: str = ""
    is_known: bool = True
    """Whether the table has the row; else it was made for a request, of what models of its endpoint share."""
    source: str = ""
    """The user's file that the row or its price comes from; empty: the table that this version ships with."""

    @cached_property
    def by_name(self) -> Mapping[str, Param]:
        """Give the parameters by their names."""
        return {param.name: param for param in self.params}

    @property
    def uses(self) -> str:
        """The name that pins this row in `uses`."""
        return f"{self.endpoint}/{self.model}" if self.model is not None else self.endpoint

    @property
    def title(self) -> str:
        """The name of this row in messages: `gen4.5 (image_to_video)`, `media/concat`."""
        return f"{self.model} ({self.endpoint})" if self.model is not None else self.endpoint

    def find(self, name: str) -> Param | None:
        """Give the parameter of a snake_case name, or None."""
        return self.by_name.get(name)

    @property
    def takes_seed(self) -> bool:
        """Whether the row has a `seed` parameter of its own."""
        return "seed" in self.by_name
