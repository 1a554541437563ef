"""Deferred and skipped values: how they win over others, and where they hide in containers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from runway_flow.kernel.values import Deferred, Skipped

if TYPE_CHECKING:
    from collections.abc import Callable

Unknown = Deferred | Skipped
"""A value that is not there: not yet, or not at all."""


def strongest(*values: object) -> Unknown | None:
    """Give what several operands come to if any is unknown; None if all are known.

    Skipped wins over deferred, since it is final; several deferred values wait for all that any waits for.
    """
    needs: frozenset[str] | None = None
    for value in values:
        if isinstance(value, Skipped):
            return value
        if isinstance(value, Deferred):
            needs = value.needs if needs is None else needs | value.needs
    return None if needs is None else Deferred(needs)


def find_skipped(value: object) -> Skipped | None:
    """Give the first skipped value in a tree of lists and mappings, or None."""
    if isinstance(value, Skipped):
        return value
    for part in _parts(value):
        found = find_skipped(part)
        if found is not None:
            return found
    return None


def find_deferred(value: object) -> frozenset[str] | None:
    """Give the instances that a tree of values waits for; None when nothing in it is deferred."""
    if isinstance(value, Deferred):
        return value.needs
    needs: frozenset[str] | None = None
    for part in _parts(value):
        found = find_deferred(part)
        if found is not None:
            needs = found if needs is None else needs | found
    return needs


def unknown_in(charge: Callable[[int], None], *values: object) -> Unknown | None:
    """Do as `strongest`, over everything inside the values too; `charge` is told of each item looked at.

    Raises what `charge` raises.
    """
    needs: frozenset[str] | None = None
    pending: list[object] = [*reversed(values)]
    while pending:
        value = pending.pop()
        if isinstance(value, Skipped):
            return value
        if isinstance(value, Deferred):
            needs = value.needs if needs is None else needs | value.needs
            continue
        parts = _parts(value)
        if parts:
            charge(len(parts))
            pending.extend(reversed(parts))
    return None if needs is None else Deferred(needs)


_NO_PARTS: tuple[object, ...] = ()


def _parts(value: object) -> tuple[object, ...] | list[object]:
    if isinstance(value, (tuple, list)):
        return value
    if isinstance(value, Mapping):
        return tuple(value.values())
    return _NO_PARTS
