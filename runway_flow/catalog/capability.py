"""What one model can do at one endpoint, as a frozen row; our own operations have rows too."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property, partial
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

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


class Shape(Struct, frozen=True):
    """What a value may be. Fields that do not apply to `type` are empty; a limit that nobody states is None.

    `values`: the accepted scalars. `length_unit`: `characters` or `utf16_code_units`.
    `pattern`: of the whole text.
    `fields` of an object; `items` of an array; `values_shape` of a map; `variants` of a union.
    `limits`: of a medium `seconds_min seconds_max side_px_min side_px_max aspect_min aspect_max`;
    of a list of media `total_seconds_max` (`total_exclusive`: the bound itself is too long).
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


class Retired(Struct, frozen=True):
    """A model that the API no longer takes: since when, and what replaces it."""

    model: str
    endpoints: tuple[str, ...]
    gone: str | None
    replacement: str | None
    note: str = ""


class RowSource(Struct, frozen=True):
    """A row that is built when it is first asked for; its names are known before."""

    endpoint: str
    variant: str
    model: str | None
    is_local: bool
    build: Callable[[], Capability]


def _itself(row: Capability) -> Capability:
    return row


class Catalog:
    """All rows, the retired models, the operations that are planned, and the date of the table.

    Rows are built when they are first asked for, and then kept.
    """

    __slots__ = ("_built", "_sources", "api_version", "date", "planned", "retired", "typical_seconds")

    def __init__(
        self,
        sources: Iterable[RowSource],
        *,
        date: str,
        api_version: str,
        retired: Mapping[str, Retired] | None = None,
        planned: Iterable[str] = (),
        typical_seconds: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:
        self._sources = tuple(sources)
        self._built: dict[int, Capability] = {}
        self.date = date
        self.api_version = api_version
        self.retired = retired or {}
        self.planned = frozenset(planned)
        self.typical_seconds = typical_seconds or {}

    @classmethod
    def of(cls, rows: Iterable[Capability], *, date: str = "", api_version: str = "") -> Catalog:
        """Make a catalogue of rows that are built already."""
        sources = [
            RowSource(row.endpoint, row.variant, row.model, row.is_local, partial(_itself, row))
            for row in rows
        ]
        return cls(sources, date=date, api_version=api_version)

    def _select(self, wanted: Callable[[RowSource], bool]) -> tuple[Capability, ...]:
        return tuple(self._row(index) for index, source in enumerate(self._sources) if wanted(source))

    def _row(self, index: int) -> Capability:
        if index not in self._built:
            self._built[index] = self._sources[index].build()
        return self._built[index]

    @property
    def rows(self) -> tuple[Capability, ...]:
        """Every row, our own operations last."""
        return self._select(lambda _: True)

    def of_model(self, model: str) -> tuple[Capability, ...]:
        """Give the rows of a model at every endpoint; none if there is no such model."""
        return self._select(lambda source: source.model == model)

    def at(self, endpoint: str) -> tuple[Capability, ...]:
        """Give the rows of an endpoint; none if there is no such endpoint."""
        return self._select(lambda source: source.endpoint == endpoint)

    def find(self, endpoint: str, variant: str) -> Capability | None:
        """Give the row of an endpoint and its variant (mostly a model), or None."""
        found = self._select(lambda source: source.endpoint == endpoint and source.variant == variant)
        return found[0] if found else None

    def operation(self, name: str) -> Capability | None:
        """Give one of our own operations (`media/concat`), or None."""
        found = self._select(lambda source: source.is_local and source.endpoint == name)
        return found[0] if found else None

    def model_names(self) -> tuple[str, ...]:
        """Give every model, in the order of the table, without building a row."""
        return tuple(dict.fromkeys(source.model for source in self._sources if source.model is not None))

    def endpoint_names(self) -> tuple[str, ...]:
        """Give every endpoint of the API, in the order of the table, without building a row."""
        return tuple(dict.fromkeys(source.endpoint for source in self._sources if not source.is_local))

    def operation_names(self) -> tuple[str, ...]:
        """Give our own operations."""
        return tuple(source.endpoint for source in self._sources if source.is_local)
