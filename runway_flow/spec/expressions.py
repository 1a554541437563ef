"""Expressions as values: our own small tree, made from what Jinja2 parses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from runway_flow.kernel.diagnostics import Span


class Constant(Struct, frozen=True):
    """A literal: text, integer, number, boolean, null."""

    value: str | int | float | bool | None


class Hole(Struct, frozen=True):
    """What could not be read, which a finding tells of: its value is not known."""


class ListOf(Struct, frozen=True):
    """A list literal."""

    items: tuple[Term, ...]


class DictOf(Struct, frozen=True):
    """A mapping literal."""

    entries: tuple[tuple[Term, Term], ...]


class Name(Struct, frozen=True):
    """A name that the scope gives a meaning."""

    name: str


class Field(Struct, frozen=True):
    """`base.name`."""

    base: Term
    name: str


class Item(Struct, frozen=True):
    """`base[index]`."""

    base: Term
    index: Term


class Unary(Struct, frozen=True):
    """`not x`, `-x`, `+x`."""

    operator: str
    operand: Term


class Binary(Struct, frozen=True):
    """`+ - * / // %`, `and`, `or`, and `~` (text joined)."""

    operator: str
    left: Term
    right: Term


class Compare(Struct, frozen=True):
    """`a == b`, `a < b <= c`, `a in b`, `a not in b`."""

    first: Term
    rest: tuple[tuple[str, Term], ...]


class Conditional(Struct, frozen=True):
    """`then if condition else otherwise`; without `else` null."""

    condition: Term
    then: Term
    otherwise: Term


class Filter(Struct, frozen=True):
    """`value | name(arguments)`."""

    name: str
    value: Term
    arguments: tuple[Term, ...]
    named: tuple[tuple[str, Term], ...]


class Test(Struct, frozen=True):
    """`value is name(arguments)`: `defined`, `none`, …; `is not` is a `Unary` around it."""

    name: str
    value: Term
    arguments: tuple[Term, ...]


class Call(Struct, frozen=True):
    """A function: `range(n)`, `prev(n)`."""

    name: str
    arguments: tuple[Term, ...]


Term = (
    Constant
    | Hole
    | ListOf
    | DictOf
    | Name
    | Field
    | Item
    | Unary
    | Binary
    | Compare
    | Conditional
    | Filter
    | Test
    | Call
)


class Expression(Struct, frozen=True):
    """One `${{ … }}`: its text without the braces, its tree, its place (braces included)."""

    source: str
    term: Term
    span: Span
