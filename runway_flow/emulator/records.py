"""What the emulator keeps: tasks, uploads, and the media that came with requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from runway_flow.emulator.tasks import Life
    from runway_flow.kernel.digests import Digest
    from runway_flow.kernel.media import MediaFacts


class TaskRecord(Struct, frozen=True):
    """A task as it was accepted.

    `pool` is what it counts against: the model, or the endpoint where there is none.
    `request` is the body as canonical JSON, every medium in it by name; `digest` is that of path and body,
    so equal requests have equal digests. `estimate` and `cost` are credits: the most it may charge, and
    what it charges once it has ended. `created_at` is real time. `is_settled`: its end was seen.
    """

    id: str
    endpoint: str
    variant: str
    pool: str
    request: str
    digest: Digest
    estimate: float
    cost: int
    created_at: float
    life: Life
    failure_code: str | None = None
    is_settled: bool = False
    is_gone: bool = False


class Upload(Struct, frozen=True):
    """An upload: announced, and once its bytes came known by their digest. `expires_at` is real time."""

    id: str
    filename: str
    expires_at: float
    digest: Digest | None = None


class Content(Struct, frozen=True):
    """Bytes that came with an upload or a data URI; `facts` None where they are no medium."""

    digest: Digest
    facts: MediaFacts | None
