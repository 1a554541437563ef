"""Brings a task's outputs into the blob store: whole, of the promised kind, decodable."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from runway_flow.engine.service import TaskState
from runway_flow.kernel import codes
from runway_flow.kernel.digests import Digest
from runway_flow.kernel.errors import MediaError, ProviderError, Unreachable
from runway_flow.kernel.media import Artifact, MediaFacts, MediaKind, kind_of, sniff_media_type
from runway_flow.providers.runway.transfers import (
    LinkExpired,
    damaged,
    in_thread,
    open_in_thread,
    receive,
)
from runway_flow.providers.runway.wholeness import is_cut

if TYPE_CHECKING:
    from runway_flow.engine.ports import BlobStore, Draft, TransferProgress
    from runway_flow.engine.service import TaskReport
    from runway_flow.plan.action import Action
    from runway_flow.providers.runway.addresses import Reach
    from runway_flow.providers.runway.transfers import Carrier, Received

Probe = Callable[[BinaryIO, str | None], MediaFacts]
"""Says what some bytes are: the open file, and a media type that counts only for what has no signature.
Raises `MediaError` for what cannot be decoded."""

Ask = Callable[[], Awaitable["TaskReport"]]
"""Asks for the task once more: its report has fresh links."""

RENEWALS = 3
"""How often a task is asked for fresh links before a result counts as expired."""

_MIB = 1024 * 1024
_CAPS = {
    MediaKind.VIDEO: 8192 * _MIB,  # an image sequence in EXR or a ProRes master is large
    MediaKind.IMAGE: 512 * _MIB,
    MediaKind.AUDIO: 1024 * _MIB,
    MediaKind.TEXT: 64 * _MIB,
}
_MAX_CAP = max(_CAPS.values())


@dataclass(slots=True)
class Downloads:
    """Fetches outputs. `reach`: where results may lie; `cap`: bytes that replace the caps by kind."""

    carrier: Carrier
    reach: Reach
    blobs: BlobStore
    probe: Probe
    caps: dict[MediaKind, int] = field(default_factory=lambda: dict(_CAPS))

    async def fetch(
        self, report: TaskReport, action: Action | None, ask: Ask, on_progress: TransferProgress
    ) -> tuple[Artifact, ...]:
        """Download every output, in order; renew links that expired, at most `RENEWALS` times in all.

        Raises `Unreachable` where trying again may help, else `ProviderError` (`DOWNLOAD_DAMAGED`,
        `OUTPUT_EXPIRED`, `TASK_GONE`, `URL_NOT_ACCEPTED`), or `StoreError`.
        """
        if not report.links:
            raise damaged("the task succeeded, but the API names no output")
        expected = action.capability.output.kind if action is not None else None
        links = report.links
        found: list[Artifact] = []
        renewals = 0
        while len(found) < len(links):
            try:
                found.append(
                    await self._fetch_one(links[len(found)], expected, found, len(links), on_progress)
                )
            except LinkExpired as expired:
                if renewals >= RENEWALS:
                    raise ProviderError(
                        f"the link to output {len(found) + 1} stays expired: {expired}",
                        code=codes.OUTPUT_EXPIRED,
                        hint="run again later: the task is asked for fresh links each time",
                    ) from None
                renewals += 1
                links = _renewed(await ask(), len(found))
        return tuple(found)

    async def _fetch_one(
        self,
        link: str,
        expected: MediaKind | None,
        before: list[Artifact],
        total: int,
        on_progress: TransferProgress,
    ) -> Artifact:
        base = sum(item.facts.bytes for item in before)
        is_last = len(before) + 1 == total

        def progress(done: int, all_: int | None) -> None:
            on_progress(base + done, base + all_ if is_last and all_ is not None else None)

        draft = await open_in_thread(self.blobs.draft, lambda made: made.discard())
        try:
            cap = self.caps[expected] if expected is not None else _MAX_CAP
            received = await receive(self.carrier, link, self.reach, draft, cap=cap, on_progress=progress)
            facts = await in_thread(_inspect, draft, received, expected, self.probe)
            digest = await in_thread(draft.keep)
        finally:
            await in_thread(draft.discard)
        return Artifact(Digest(digest), facts)


def _renewed(report: TaskReport, done: int) -> tuple[str, ...]:
    if report.state is TaskState.GONE:
        raise ProviderError(
            "the task is gone, and its result with it, before the result was downloaded", code=codes.TASK_GONE
        )
    if report.state is not TaskState.SUCCEEDED or len(report.links) <= done:
        raise ProviderError(f"the task gives no fresh link (it is {report.state})", code=codes.OUTPUT_EXPIRED)
    return report.links


def _inspect(draft: Draft, received: Received, expected: MediaKind | None, probe: Probe) -> MediaFacts:
    """Look at what came. Raises `ProviderError` (`DOWNLOAD_DAMAGED`) for what is not whole or not it."""
    sniffed = sniff(received.head)
    if sniffed is None and expected is not MediaKind.TEXT:
        raise damaged("the bytes of an output are those of no image, video or sound")
    with contextlib.closing(draft.open()) as file:
        if sniffed is not None and is_cut(file, sniffed):
            raise Unreachable("an output arrived without its end", code=codes.DOWNLOAD_DAMAGED)
        file.seek(0)
        try:
            facts = probe(file, sniffed or "text/plain")
        except MediaError as error:
            raise damaged(f"an output cannot be decoded: {error.message}") from error
    if expected is not None and facts.kind is not expected:
        raise damaged(f"the model was to give {expected}, but an output is {facts.kind}")
    return facts


def sniff(head: bytes) -> str | None:
    """Recognise a medium by its first bytes, an SVG behind its prologue too."""
    found = sniff_media_type(head)
    if found is None and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml") and b"<svg" in head:
        return "image/svg+xml"
    return found if found is not None and kind_of(found) is not None else None
