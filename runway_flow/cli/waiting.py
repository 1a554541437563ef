"""Questions to the service outside of a run: asked in an event loop of their own, which costs to import."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

_T = TypeVar("_T")


def wait_for(work: Coroutine[object, object, _T]) -> _T:
    """Do some work to its end. Raises what it raises."""
    import asyncio

    return asyncio.run(work)
