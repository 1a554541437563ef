"""What an expression may see: the protocol that check, plan and tests give the evaluator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Lookup(Protocol):
    """A value with documented fields (`steps`, a step, an instance, an artifact, `flow`).

    The evaluator asks it for fields and items; nothing else of it is visible to an expression.
    """

    def field_names(self) -> Iterable[str]:
        """Give the names that `get_field` knows, for suggestions."""
        ...

    def get_field(self, name: str) -> object:
        """Give a field's value; may be `Deferred` or `Skipped`. Raises `KeyError` if there is none."""
        ...


class Indexed(Lookup, Protocol):
    """A `Lookup` that also has items by key: a fan-out, by its instances' keys (or by position)."""

    def get_item(self, key: object) -> object:
        """Give the item of a key; may be `Deferred` or `Skipped`. Raises `KeyError` if there is none."""
        ...

    def as_list(self) -> Sequence[object]:
        """Give the items in order, as filters and `foreach` see them."""
        ...


class Scope(Protocol):
    """The names that stand alone in an expression, and `prev`."""

    def names(self) -> Iterable[str]:
        """Give every name that is defined here, for suggestions."""
        ...

    def get(self, name: str) -> object:
        """Give a name's value; may be `Deferred` or `Skipped`. Raises `KeyError` if it is undefined."""
        ...

    def previous_key(self, distance: int) -> str | None:
        """Give the key of the instance `distance` before this one; None before the first.

        Raises `LookupError` outside a fan-out.
        """
        ...
