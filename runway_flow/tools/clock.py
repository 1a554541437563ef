"""The machine's clock."""

from __future__ import annotations

import time

from msgspec import Struct


class SystemClock(Struct, frozen=True):
    """The clock port on the machine's own time."""

    def now(self) -> float:
        """Give the wall clock as seconds since 1970 UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Give seconds that never go back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        import asyncio  # 20 ms that a stored run, which never waits, can do without

        await asyncio.sleep(seconds)
