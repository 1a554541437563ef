"""How values and terms are named in messages, and what kind of value one is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeGuard

from runway_flow.kernel.media import Artifact, FileMedium, InlineMedium, PinnedMedium, RemoteMedium
from runway_flow.spec.expressions import Constant, Field, Item, Name

if TYPE_CHECKING:
    from runway_flow.spec.expressions import Term
    from runway_flow.spec.scope import Indexed, Lookup

MEDIA = (Artifact, FileMedium, InlineMedium, RemoteMedium, PinnedMedium)
_WORDS: dict[type, str] = {
    type(None): "null",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    str: "text",
    tuple: "a list",
    list: "a list",
    dict: "a mapping",
}


def is_lookup(value: object) -> TypeGuard[Lookup]:
    """Whether a value has documented fields."""
    return hasattr(value, "get_field")


def is_indexed(value: object) -> TypeGuard[Indexed]:
    """Whether a value is a fan-out: instances by key, and a list of them."""
    return hasattr(value, "as_list")


def describe_value(value: object) -> str:
    """Name the kind of a value, with its article: `text`, `a list`, `an instance`."""
    word = _WORDS.get(type(value))
    if word is not None:
        return word
    if isinstance(value, MEDIA):
        return "a medium" if value.kind is None else f"a medium ({value.kind.value})"
    for kind in (str, tuple):
        if isinstance(value, kind):
            return _WORDS[kind]
    if isinstance(value, Mapping):
        return "a mapping"
    if is_indexed(value):
        return "a fan-out"
    return "a step or an instance" if is_lookup(value) else "a file"


def write_path(term: Term) -> str | None:
    """Write a path as its author did (`inputs.shots[0].look`); None for every other term."""
    if isinstance(term, Name):
        return term.name
    if isinstance(term, Field):
        base = write_path(term.base)
        return None if base is None else f"{base}.{term.name}"
    if isinstance(term, Item):
        base, index = write_path(term.base), term.index
        key = repr(index.value) if isinstance(index, Constant) else write_path(index)
        return None if base is None or key is None else f"{base}[{key}]"
    return None
