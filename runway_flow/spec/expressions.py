"""Expressions as values: our own small tree, made from what Jinja2 parses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runway_flow.kernel.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: text, integer, number, boolean, null."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list literal."""

    items: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class DictOf:
    """A mapping literal."""

    entries: tuple[tuple[Term, Term], ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A name that the scope gives a meaning."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """`base.name`."""

    base: Term
    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """`base[index]`."""

    base: Term
    index: Term


@dataclass(frozen=True, slots=True)
class Unary:
    """`not x`, `-x`, `+x`."""

    operator: str
    operand: Term


@dataclass(frozen=True, slots=True)
class Binary:
    """`+ - * / // %`, `and`, `or`, and `~` (text joined)."""

    operator: str
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Compare:
    """`a == b`, `a < b <= c`, `a in b`, `a not in b`."""

    first: Term
    rest: tuple[tuple[str, Term], ...]


@dataclass(frozen=True, slots=True)
class Conditional:
    """`then if condition else otherwise`; without `else` null."""

    condition: Term
    then: Term
    otherwise: Term


@dataclass(frozen=True, slots=True)
class Filter:
    """`value | name(arguments)`."""

    name: str
    value: Term
    arguments: tuple[Term, ...]
    named: tuple[tuple[str, Term], ...]


@dataclass(frozen=True, slots=True)
class Test:
    """`value is name(arguments)`: `defined`, `none`, …; `is not` is a `Unary` around it."""

    name: str
    value: Term
    arguments: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function: `range(n)`, `prev(n)`."""

    name: str
    arguments: tuple[Term, ...]


Term = (
    Constant
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


@dataclass(frozen=True, slots=True)
class Expression:
    """One `${{ … }}`: its text without the braces, its tree, its place (braces included)."""

    source: str
    term: Term
    span: Span
