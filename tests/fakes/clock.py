"""A clock that moves only when a test says so, or when everyone sleeps."""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass, field


@dataclass
class FakeClock:
    """Time as a number; `sleep` returns once `advance` has passed the moment."""

    time: float = 1_000_000.0
    start: float = 1_000_000.0
    sleepers: list[tuple[float, int, asyncio.Future[None]]] = field(default_factory=list)
    count: int = 0

    def now(self) -> float:
        """Give the fake wall clock."""
        return self.time

    def monotonic(self) -> float:
        """Give the fake monotonic clock."""
        return self.time - self.start

    async def sleep(self, seconds: float) -> None:
        """Wait until the fake time has passed."""
        future = asyncio.get_running_loop().create_future()
        self.count += 1
        heapq.heappush(self.sleepers, (self.time + max(seconds, 0.0), self.count, future))
        await future

    async def advance(self, seconds: float) -> None:
        """Move time on, waking sleepers in order and letting each run before the next."""
        until = self.time + seconds
        await settle()
        while self.sleepers and self.sleepers[0][0] <= until:
            moment, _, future = heapq.heappop(self.sleepers)
            self.time = max(self.time, moment)
            if not future.done():
                future.set_result(None)
            await settle()
        self.time = until


async def settle(turns: int = 50) -> None:
    """Let everything that can run do so."""
    for _ in range(turns):
        await asyncio.sleep(0)
