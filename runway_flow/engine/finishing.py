"""Work that a cancellation must not cut in two: a POST with its journal entry, a download with its record."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from runway_flow.kernel.clock import Clock

_T = TypeVar("_T")


async def unbroken(work: Coroutine[object, object, _T]) -> _T:
    """Do `work` to its end even if the caller is cancelled, and only then be cancelled.

    A second cancellation ends it at once.
    """
    inner = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(inner)
    except asyncio.CancelledError:
        await _see_to_end(inner, ())
        raise


async def with_grace(work: Coroutine[object, object, _T], clock: Clock, grace_s: float) -> _T:
    """Do `work`; if the caller is cancelled it gets `grace_s` more, and what it gives is still given.

    Past that, or at a second cancellation, it is cancelled with the caller.
    """
    inner = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(inner)
    except asyncio.CancelledError:
        await _see_to_end(inner, (asyncio.ensure_future(clock.sleep(grace_s)),))
        if inner.done() and not inner.cancelled() and inner.exception() is None:
            return inner.result()
        raise


async def _see_to_end(inner: asyncio.Future[_T], timers: tuple[asyncio.Future[None], ...]) -> None:
    """Wait until `inner` is done or a timer is; then end what is left, and let it clean up.

    A cancellation meanwhile ends it at once; no cancellation leaves it behind while it cleans up.
    """
    try:
        futures: list[asyncio.Future[_T] | asyncio.Future[None]] = [inner, *timers]
        await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
    finally:
        inner.cancel()
        for timer in timers:
            timer.cancel()
        while not inner.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait((inner,))
        if not inner.cancelled():
            inner.exception()  # looked at: whoever was cancelled cannot be told
