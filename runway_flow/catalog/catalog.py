"""The capability table: every row by model and endpoint, the retired models, and what is let through."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from runway_flow.catalog.capability import Capability


class RowSource(Struct, frozen=True):
    """A row that is built when it is first asked for; its names are known before."""

    endpoint: str
    variant: str
    model: str | None
    is_local: bool
    build: Callable[[], Capability]


class Retired(Struct, frozen=True):
    """A model that the API no longer takes: since when, what replaces it, and its rows as last known.

    `stands_for`: the model that a name of older texts means, where the name never was an id of the API.
    """

    model: str
    gone: str | None = None
    replacement: str | None = None
    note: str = ""
    stands_for: str | None = None
    sources: tuple[RowSource, ...] = ()

    @property
    def rows(self) -> tuple[Capability, ...]:
        """The rows as last known."""
        return tuple(source.build() for source in self.sources)


def _itself(row: Capability) -> Capability:
    return row


def _source_of(row: Capability) -> RowSource:
    return RowSource(row.endpoint, row.variant, row.model, row.is_local, partial(_itself, row))


class Catalog:
    """All rows, the retired models, the operations that are planned, and the date of the table.

    Rows are built when they are first asked for, and then kept. `takes_retired`: the rows of retired models
    are among them. `takes_unknown`: a model that has no row may be used all the same.
    """

    __slots__ = (
        "_built",
        "_sources",
        "api_version",
        "date",
        "planned",
        "retired",
        "takes_retired",
        "takes_unknown",
        "typical_seconds",
    )

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
        self.takes_retired = False
        self.takes_unknown = False

    @classmethod
    def of(cls, rows: Iterable[Capability], *, date: str = "", api_version: str = "") -> Catalog:
        """Make a catalogue of rows that are built already."""
        return cls(map(_source_of, rows), date=date, api_version=api_version)

    def admitting(self, *, retired: bool = False, unknown: bool = False) -> Catalog:
        """Give this catalogue with retired models among its rows, or open to models that have none."""
        if not retired and not unknown:
            return self
        sources = self._sources
        if retired:
            sources += tuple(source for entry in self.retired.values() for source in entry.sources)
        found = self._with(sources, self.retired)
        found.takes_retired, found.takes_unknown = retired, unknown
        return found

    def with_rows(self, rows: Iterable[Capability]) -> Catalog:
        """Give this catalogue with own rows: in the place of those of their names, else beside them."""
        own = {(row.endpoint, row.variant): _source_of(row) for row in rows}
        kept = [own.pop((source.endpoint, source.variant), source) for source in self._sources]
        sources = (*kept, *own.values())
        models = {source.model for source in sources}
        return self._with(
            sources, {name: entry for name, entry in self.retired.items() if name not in models}
        )

    def _with(self, sources: Iterable[RowSource], retired: Mapping[str, Retired]) -> Catalog:
        return Catalog(
            sorted(sources, key=lambda source: source.is_local),
            date=self.date,
            api_version=self.api_version,
            retired=retired,
            planned=self.planned,
            typical_seconds=self.typical_seconds,
        )

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
