"""What tests of the Runway provider share: a provider over a fake server, actions, small media."""

from __future__ import annotations

import contextlib
import hashlib
import struct
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

from runway_flow.catalog.capability import Capability, OutputSpec, Price
from runway_flow.engine.attempts import TaskHandle
from runway_flow.engine.service import PreparedRequest
from runway_flow.kernel import codes
from runway_flow.kernel.digests import Digest
from runway_flow.kernel.errors import MediaError
from runway_flow.kernel.media import SNIFF_BYTES, Artifact, MediaFacts, MediaKind, kind_of, sniff_media_type
from runway_flow.plan.action import Action, ActionKey
from runway_flow.providers.runway.provider import RunwayProvider
from runway_flow.providers.runway.timing import Timing
from runway_flow.store.memory import MemoryBlobStore, MemoryStateStore
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.fakes.http_server import FakeServer

TASK = "17f20503-6c24-4c16-946b-35dbbce2af2f"
PATH = "/v1/text_to_video"
TASK_PATH = f"/v1/tasks/{TASK}"
CANARY = "key_" + "c0ffee42" * 16
HANDLE = TaskHandle(TASK, "text_to_video", "gen4.5", 0.0)
REQUEST = PreparedRequest(PATH, {"model": "gen4.5", "promptText": "a lamp"})
QUICK = Timing(submit_s=5.0, ask_s=5.0, stall_s=5.0, transfer_s=10.0, grace_s=5.0, min_rate=1.0)

UNDECODABLE = b"UNDECODABLE"


def fake_probe(file: BinaryIO, hint: str | None) -> MediaFacts:
    """Say what a medium is by its first bytes; one that holds `UNDECODABLE` cannot be decoded."""
    data = file.read()
    media_type = sniff_media_type(data[:SNIFF_BYTES]) or hint or ""
    kind = kind_of(media_type)
    if kind is None or UNDECODABLE in data:
        raise MediaError("it cannot be decoded", code=codes.FILE_NOT_MEDIA)
    return MediaFacts(kind, media_type, len(data))


class Provider(RunwayProvider):
    """A provider whose parts of the world tests can look at."""

    blobs: MemoryBlobStore
    state: MemoryStateStore
    clock: FakeClock

    def put(self, data: bytes, media_type: str = "image/png") -> Artifact:
        """Store bytes and give them as an artifact."""
        draft = self.blobs.draft()
        draft.write(data)
        kind = kind_of(media_type)
        assert kind is not None
        return Artifact(draft.keep(), MediaFacts(kind, media_type, len(data)))

    def bytes_of(self, digest: str) -> bytes:
        """Read a blob."""
        with self.blobs.open(Digest(digest)) as file:
            return file.read()


@contextlib.asynccontextmanager
async def provider_at(url: str, key: str = CANARY, **options: Any) -> AsyncIterator[Provider]:  # noqa: ANN401 - the provider's own options
    """Give a provider with a store in memory; close it afterwards."""
    blobs = MemoryBlobStore()
    state = MemoryStateStore(blobs.has)
    clock = FakeClock()
    options = {"timing": QUICK, "probe": fake_probe, **options}
    provider = Provider(base_url=url, key=key, blobs=blobs, state=state, clock=clock, **options)
    provider.blobs, provider.state, provider.clock = blobs, state, clock
    try:
        yield provider
    finally:
        await provider.aclose()
        state.close()


def action_of(
    request: Mapping[str, object] | None = None,
    kind: MediaKind = MediaKind.IMAGE,
    path: str = PATH,
) -> Action:
    """Give an action of a model that gives one medium of a kind."""
    row = Capability(
        endpoint=path.rpartition("/")[2],
        variant="gen4.5",
        model="gen4.5",
        path=path,
        params=(),
        output=OutputSpec(kind),
        price=Price(None),
    )
    return Action(ActionKey("0" * 64), {}, row, request or {}, {})


def png(seed: bytes = b"", size: int = 0) -> bytes:
    """Give a whole PNG of one pixel; `size` bytes of padding make it larger."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    noise = hashlib.shake_128(seed).digest(size + len(seed))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"prVt", noise) + pixels + chunk(b"IEND", b"")


def mp4(size: int = 64) -> bytes:
    """Give the boxes of an mp4: whole as a file, with nothing to decode."""
    return (
        struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0)
        + struct.pack(">I4s", size + 8, b"mdat")
        + b"\0" * size
    )


def no_progress(done: int, total: int | None) -> None:
    """Listen to no progress."""


def succeeded(server: FakeServer, *names: str) -> dict[str, object]:
    """Give the answer for a task whose outputs are at paths of the server, signed."""
    links = [f"{server.url}{name}?_jwt=SIGNATURE" for name in names]
    return {"id": TASK, "status": "SUCCEEDED", "output": links, "cost": {"credits": 5}}
