"""An event loop whose time passes only when everyone waits: hours of waiting cost nothing."""

from __future__ import annotations

import asyncio
import selectors
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

_T = TypeVar("_T")

START = 1_700_000_000.0


class StandsStill(RuntimeError):
    """Everyone waits for something that nothing will bring."""


class _Selector(selectors.SelectSelector):
    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Let time pass instead of waiting."""
        if timeout is None:
            raise StandsStill
        self.loop.now += max(timeout, 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs what is ready; when nothing is, it is at once as late as the next timer."""

    def __init__(self) -> None:
        self.now = 0.0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Give the virtual time."""
        return self.now


@dataclass(slots=True)
class VirtualClock:
    """The clock port on the running loop's time; `offset_s` is the time that earlier loops took."""

    offset_s: float = 0.0

    def now(self) -> float:
        """Give the wall clock."""
        return START + self.monotonic()

    def monotonic(self) -> float:
        """Give seconds that never go back."""
        try:
            return self.offset_s + asyncio.get_running_loop().time()
        except RuntimeError:
            return self.offset_s

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def run_virtual(work: Coroutine[object, object, _T], clock: VirtualClock, limit_s: float = 1e6) -> _T:
    """Run to the end in virtual time; whatever was left running is cancelled, as in a process that ends.

    Raises `TimeoutError` when it took more than `limit_s` virtual seconds, `StandsStill` when nothing can
    happen any more.
    """
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(_limited(work, limit_s))
    finally:
        loop.run_until_complete(_cancel_rest())
        clock.offset_s += loop.time()
        loop.close()


async def _cancel_rest() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


async def _limited(work: Coroutine[object, object, _T], limit_s: float) -> _T:
    async with asyncio.timeout(limit_s):
        return await work
