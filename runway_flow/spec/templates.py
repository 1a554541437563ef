"""Values as the author wrote them, with expressions still unevaluated and every part with its span."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.spec.expressions import Expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.kernel.diagnostics import Span


class Literal(Struct, frozen=True):
    """A value without expressions in it."""

    value: str | int | float | bool | None
    span: Span


class Template(Struct, frozen=True):
    """Text with expressions in it. `is_single`: exactly one expression, so its value keeps its type."""

    parts: tuple[str | Expression, ...]
    span: Span
    is_single: bool


class ListTemplate(Struct, frozen=True):
    """A list of values."""

    items: tuple[ValueTemplate, ...]
    span: Span


class MapTemplate(Struct, frozen=True):
    """A mapping of values: (key, span of the key, value), in source order."""

    entries: tuple[tuple[str, Span, ValueTemplate], ...]
    span: Span


ValueTemplate = Literal | Template | ListTemplate | MapTemplate


def expressions_in(value: ValueTemplate) -> Iterator[Expression]:
    """Go through every expression in a value, in source order."""
    if isinstance(value, Template):
        yield from (part for part in value.parts if isinstance(part, Expression))
    elif isinstance(value, ListTemplate):
        for item in value.items:
            yield from expressions_in(item)
    elif isinstance(value, MapTemplate):
        for _, _, item in value.entries:
            yield from expressions_in(item)


def texts_in(value: ValueTemplate) -> Iterator[tuple[ValueTemplate, str]]:
    """Go through every literal text in a value, with what it is part of, in source order."""
    if isinstance(value, MapTemplate):
        for _, _, item in value.entries:
            yield from texts_in(item)
    elif isinstance(value, ListTemplate):
        for item in value.items:
            yield from texts_in(item)
    elif isinstance(value, Literal):
        if isinstance(value.value, str):
            yield value, value.value
    else:
        yield from ((value, part) for part in value.parts if isinstance(part, str))
