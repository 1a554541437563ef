"""What every effect of one run shares: the ports, who is told, what has been submitted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from runway_flow.engine import recovery, retry
from runway_flow.engine.announcer import Announcer
from runway_flow.engine.drift import DriftWatch
from runway_flow.engine.leases import Leases
from runway_flow.engine.offload import ThreadOffload
from runway_flow.kernel import codes
from runway_flow.kernel.errors import StoreError, Unreachable
from runway_flow.kernel.media import Artifact, FileMedium, InlineMedium, PinnedMedium

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from runway_flow.engine.drift import Figure, TablePrice
    from runway_flow.engine.events import EarlierTask
    from runway_flow.engine.ports import TaskProvider
    from runway_flow.engine.setting import Ports, RunOptions
    from runway_flow.kernel.amounts import Credits
    from runway_flow.kernel.media import Medium
    from runway_flow.plan.action import Action
    from runway_flow.plan.plan import Plan

_T = TypeVar("_T")

_FATAL = (codes.DISK_FULL, codes.STORE_UNUSABLE, codes.STORE_NEWER, codes.STORE_BUSY)


class Shell:
    """One run's effects.

    `tasks`: instance → the task that goes on for it at the service. `looks`: task → when it was last
    looked at (monotonic seconds). `unjournaled`: what to say of tasks whose ids the store did not take.
    """

    def __init__(self, plan: Plan, ports: Ports, options: RunOptions) -> None:
        self.plan = plan
        self.ports = ports
        self.options = options
        self.announce = Announcer(ports.events, ports.clock)
        self.offload = ports.offload or ThreadOffload()
        self.leases = Leases(ports, options, self.offload)
        self.drift = DriftWatch()
        self.submits = asyncio.Semaphore(options.submit_parallel)
        self.tasks: dict[str, str] = {}
        self.looks: dict[str, float] = {}
        self.unjournaled: list[str] = []
        self.earlier: list[EarlierTask] = []
        self.is_halted = False
        self._provider: TaskProvider | None = None

    @property
    def provider(self) -> TaskProvider:
        """The remote service, opened with the first use. Raises `ProviderError`."""
        if self._provider is None:
            self._provider = self.ports.tasks()
        return self._provider

    def compare_price(
        self, price: TablePrice, figure: Figure, amount: Credits | None, *, step: str, task: str
    ) -> None:
        """Warn if what the service says of a price is not what the table says; once for each row."""
        found = self.drift.compare(price, figure, amount, step=step, task=task)
        if found is not None:
            self.announce.found(found)

    def look(self, action: Action) -> recovery.Finding:
        """Look an action up in the store. Raises `StoreError`."""
        state = self.ports.state
        stored = state.find_result(action.key)
        attempt = None if action.is_local else state.find_open_attempt(action.key)
        hold = None if action.is_local or attempt is not None else state.find_hold(action.key)
        return recovery.decide_recovery(stored, attempt, hold, is_local=action.is_local)

    async def patiently(
        self,
        call: Callable[[], Awaitable[_T]],
        on_wait: Callable[[Unreachable, float], None],
        *,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        at_least_s: float = 0.0,
    ) -> _T:
        """Do what is free until it gets through. Raises the last `Unreachable` when patience is over."""
        tries, began = 0, 0.0
        while True:
            try:
                return await call()
            except Unreachable as error:
                now = self.ports.clock.monotonic()
                began = now if tries == 0 else began
                wait = self.next_try(tries, now - began, error.retry_after_s, at_least_s)
                if wait is None:
                    raise
                on_wait(error, wait)
                tries += 1
            await (sleep or self.ports.clock.sleep)(wait)

    def next_try(
        self, tries: int, since_s: float, retry_after_s: float | None, at_least_s: float = 0.0
    ) -> float | None:
        """Give the seconds until the next try of what cost nothing, or None: it was tried long enough."""
        trouble = retry.Trouble(tries, since_s, self.ports.draw(), retry_after_s)
        decision = retry.decide(trouble, self.options.patience_s, at_least_s)
        return decision.seconds if isinstance(decision, retry.Wait) else None

    async def ingest(self, action: Action) -> None:
        """Bring the user's media into the store. Raises `StoreError`, also for a file that changed."""
        media = [item for item in find_media(action.request) if isinstance(item, (FileMedium, InlineMedium))]
        if media:
            await self.offload.files(lambda: self._put(media))

    def _put(self, media: Sequence[FileMedium | InlineMedium]) -> None:
        from pathlib import Path

        blobs = self.ports.blobs
        for medium in media:
            if blobs.has(medium.digest):
                continue
            if isinstance(medium, FileMedium):
                blobs.put_file(Path(medium.path), medium.digest)
                continue
            draft = blobs.draft()
            try:
                draft.write(medium.data)
                draft.keep()
            finally:
                draft.discard()

    async def aclose(self) -> None:
        """End the heartbeat, the connections, the threads."""
        try:
            await self.leases.aclose()
            if self._provider is not None:
                await self._provider.aclose()
        finally:
            if self.ports.offload is None:
                self.offload.close()


def find_media(value: object) -> Iterator[Medium]:
    """Give the media in a request whose bytes the service must be given, however deep they stand."""
    if isinstance(value, (FileMedium, InlineMedium, Artifact, PinnedMedium)):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from find_media(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from find_media(item)


def is_fatal(error: Exception) -> bool:
    """Whether the store can take nothing any more, so that nothing may be submitted."""
    return isinstance(error, StoreError) and error.code in _FATAL
