"""Leases on action keys: who may submit; kept alive for as long as they are held."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from runway_flow.engine.finishing import unbroken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from runway_flow.engine.offload import Offload
    from runway_flow.engine.setting import Ports, RunOptions
    from runway_flow.plan.action import ActionKey


class LeaseBusy(Exception):
    """Another process has held the lease for longer than the user wants to wait."""


class Leases:
    """The leases of one run."""

    def __init__(self, ports: Ports, options: RunOptions, offload: Offload) -> None:
        self._ports = ports
        self._options = options
        self._offload = offload
        self._held: set[ActionKey] = set()
        self._beat: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def hold(self, key: ActionKey, on_wait: Callable[[], None]) -> AsyncIterator[None]:
        """Hold the lease of an action, waiting for whoever has it. Raises `LeaseBusy`, `StoreError`."""
        try:
            await self._take(key, on_wait)
            yield
        finally:
            # also after a cancelled attempt to take it, which may have gone through in its thread
            await unbroken(self.give_back(key))

    async def try_take(self, key: ActionKey) -> bool:
        """Take a lease if nobody has it. Raises `StoreError`."""
        ports = self._ports

        def work() -> bool:
            return ports.state.acquire_lease(key, ports.owner, ports.clock.now(), ports.is_alive)

        if not await self._offload.journal(work):
            return False
        self._held.add(key)
        if self._beat is None:
            self._beat = asyncio.ensure_future(self._beat_on())
        return True

    async def _take(self, key: ActionKey, on_wait: Callable[[], None]) -> None:
        clock, options = self._ports.clock, self._options
        began: float | None = None
        while not await self.try_take(key):
            if began is None:
                began = clock.monotonic()
                on_wait()
            if options.lease_wait_s is not None and clock.monotonic() - began >= options.lease_wait_s:
                raise LeaseBusy
            await clock.sleep(options.lease_poll_s)

    async def give_back(self, key: ActionKey) -> None:
        """Give a lease back; no change if it is not held. Raises `StoreError`."""
        self._held.discard(key)
        await self._offload.journal(lambda: self._ports.state.release_lease(key, self._ports.owner))

    async def _beat_on(self) -> None:
        ports = self._ports
        while True:
            await ports.clock.sleep(self._options.heartbeat_s)
            if self._held:
                await self._offload.journal(lambda: ports.state.renew_leases(ports.owner, ports.clock.now()))

    async def aclose(self) -> None:
        """End the heartbeat."""
        if self._beat is not None:
            self._beat.cancel()
            await asyncio.wait((self._beat,))
            if not self._beat.cancelled():
                self._beat.exception()  # a heartbeat that failed matters to nobody any more
