"""Runway as a `TaskProvider`, over the official SDK; the SDK is imported with the first call."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from runway_flow.providers.runway.access import check_access
from runway_flow.providers.runway.timing import Timing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.engine.attempts import TaskHandle
    from runway_flow.engine.ports import BlobStore, StateStore, TransferProgress
    from runway_flow.engine.service import Account, PreparedRequest, Submission, TaskReport
    from runway_flow.kernel.clock import Clock
    from runway_flow.kernel.media import Artifact
    from runway_flow.plan.action import Action
    from runway_flow.providers.runway.addresses import Resolve
    from runway_flow.providers.runway.downloads import Probe
    from runway_flow.providers.runway.parts import Parts


class RunwayProvider:
    """The remote service at one address with one key.

    `allow_hosts`: hosts beside Runway's own and loopback that may get the key. `realm`: what uploads are
    remembered under, where the address does not tell (several emulators take turns on loopback).
    """

    def __init__(  # noqa: PLR0913 - everything it needs of the world, by name
        self,
        *,
        base_url: str,
        key: str | None,
        blobs: BlobStore,
        state: StateStore,
        clock: Clock,
        probe: Probe,
        allow_hosts: Iterable[str] = (),
        realm: str | None = None,
        timing: Timing | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        """Check address and key; nothing is opened. Raises `ProviderError` as `check_access` does."""
        self.access = check_access(base_url, key, allow_hosts)
        self._blobs = blobs
        self._state = state
        self._clock = clock
        self._probe = probe
        self._realm = realm or self.access.upload_realm
        self._timing = timing or Timing()
        self._resolve = resolve

    @cached_property
    def parts(self) -> Parts:
        """The open clients and what works with them; made with the first call."""
        from runway_flow.providers.runway.parts import build_parts

        return build_parts(
            access=self.access,
            blobs=self._blobs,
            state=self._state,
            clock=self._clock,
            probe=self._probe,
            realm=self._realm,
            timing=self._timing,
            resolve=self._resolve,
        )

    async def account(self) -> Account:
        """Ask for balance and limits. Raises `ProviderError` (`Unreachable` where it may pass)."""
        return await self.parts.questions.account()

    async def prepare(self, action: Action, on_progress: TransferProgress) -> PreparedRequest:
        """Put the action's media where the service reads them. Free; may be repeated.

        Raises `ProviderError` (`Unreachable` where it may pass), `StoreError`.
        """
        return await self.parts.requests.prepare(action, on_progress)

    async def submit(self, request: PreparedRequest) -> Submission:
        """POST once, within `Timing.submit_s`. Never raises for what the service or network did."""
        from runway_flow.providers.runway.submit import submit

        return await submit(
            self.parts.session.submits,
            request,
            deadline_s=self._timing.submit_s,
            clock=self._clock,
            secrets=(self.access.key,),
        )

    async def poll(self, handle: TaskHandle) -> TaskReport:
        """Ask once. Raises `Unreachable` where asking again may help, else `ProviderError`."""
        return await self.parts.questions.poll(handle.task)

    async def fetch(
        self,
        handle: TaskHandle,
        report: TaskReport,
        action: Action | None,
        on_progress: TransferProgress,
    ) -> tuple[Artifact, ...]:
        """Download every output into the blob store, checked, in order; renews links that expired.

        Raises `ProviderError` (`Unreachable` where trying again may help), `StoreError`.
        """
        return await self.parts.downloads.fetch(report, action, lambda: self.poll(handle), on_progress)

    async def cancel(self, handle: TaskHandle) -> None:
        """Cancel or delete the task; one that is gone already is no error. Raises `ProviderError`."""
        await self.parts.questions.cancel(handle.task)

    async def aclose(self) -> None:
        """Close connections, if there are any; the provider can be used again afterwards."""
        parts = self.__dict__.pop("parts", None)
        if parts is not None:
            await parts.session.aclose()
