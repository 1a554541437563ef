"""Every name that an expression mentions, with the path that is read from it, in all branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.spec.expressions import (
    Binary,
    Call,
    Compare,
    Conditional,
    DictOf,
    Field,
    Filter,
    Item,
    ListOf,
    Name,
    Test,
    Unary,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runway_flow.spec.expressions import Term


class Reference(Struct, frozen=True):
    """A name and what is read from it: a field's name as text, an item's index as a term.

    `is_guarded`: it stands directly under `default` or `is defined`.
    """

    root: str
    path: tuple[str | Term, ...]
    is_guarded: bool = False


def references_in(term: Term) -> tuple[Reference, ...]:
    """Give every reference of a term in source order, whether it would be reached or not."""
    return tuple(_walk(term, is_guarded=False))


def _walk(term: Term, *, is_guarded: bool) -> Iterator[Reference]:
    if isinstance(term, (Name, Field, Item)):
        yield from _walk_path(term, is_guarded=is_guarded)
        return
    guards = (isinstance(term, Filter) and term.name == "default") or (
        isinstance(term, Test) and term.name in ("defined", "undefined")
    )
    for at, part in enumerate(parts_of(term)):
        yield from _walk(part, is_guarded=guards and at == 0)


def _walk_path(term: Term, *, is_guarded: bool) -> Iterator[Reference]:
    path: list[str | Term] = []
    while isinstance(term, (Field, Item)):
        path.append(term.name if isinstance(term, Field) else term.index)
        term = term.base
    path.reverse()
    if isinstance(term, Name):
        yield Reference(term.name, tuple(path), is_guarded)
    else:
        yield from _walk(term, is_guarded=False)
    for part in path:
        if not isinstance(part, str):
            yield from _walk(part, is_guarded=False)


def parts_of(term: Term) -> tuple[Term, ...]:
    """Give the terms directly inside one, in source order; none for names and constants."""
    rule = _PARTS.get(type(term))
    return rule(term) if rule is not None else ()


_PARTS: dict[type, Callable[..., tuple[Term, ...]]] = {
    ListOf: lambda term: term.items,
    DictOf: lambda term: tuple(part for entry in term.entries for part in entry),
    Field: lambda term: (term.base,),
    Item: lambda term: (term.base, term.index),
    Unary: lambda term: (term.operand,),
    Binary: lambda term: (term.left, term.right),
    Compare: lambda term: (term.first, *(part for _, part in term.rest)),
    Conditional: lambda term: (term.then, term.condition, term.otherwise),
    Filter: lambda term: (term.value, *term.arguments, *(part for _, part in term.named)),
    Test: lambda term: (term.value, *term.arguments),
    Call: lambda term: term.arguments,
}
