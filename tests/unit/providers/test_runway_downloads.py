from __future__ import annotations

import asyncio
import gzip
import io
from typing import TYPE_CHECKING

import pytest
from msgspec import structs
from PIL import Image

from runway_flow.engine.service import TaskReport, TaskState
from runway_flow.kernel import codes
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.errors import ProviderError, StoreError, Unreachable
from runway_flow.kernel.media import Artifact, MediaFacts, MediaKind
from runway_flow.store.memory import MemoryBlobStore, MemoryDraft
from runway_flow.tools.probe import probe
from tests.fakes.http_server import UNSTATED, FakeServer, Reply, Seen, json_reply
from tests.fakes.runway_api import (
    HANDLE,
    QUICK,
    TASK,
    TASK_PATH,
    UNDECODABLE,
    Provider,
    action_of,
    mp4,
    no_progress,
    png,
    provider_at,
    succeeded,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from runway_flow.providers.runway.timing import Timing

PNG = (("Content-Type", "image/png"),)
SLOW = structs.replace(QUICK, grace_s=0.3, min_rate=1000.0)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """Give a server that misbehaves to order."""
    async with FakeServer() as running:
        yield running


def report_of(server: FakeServer, *names: str) -> TaskReport:
    """Give the report of a task whose outputs are at these paths."""
    links = tuple(f"{server.url}{name}?_jwt=SIGNATURE" for name in names)
    return TaskReport(TaskState.SUCCEEDED, links=links)


async def fetch(
    server: FakeServer,
    *replies: Reply,
    kind: MediaKind | None = MediaKind.IMAGE,
    timing: Timing = QUICK,
) -> tuple[Artifact, ...]:
    """Fetch the one output of a task."""
    server.on("GET", "/out/1", *replies)
    async with provider_at(server.url, timing=timing) as provider:
        return await fetch_from(provider, report_of(server, "/out/1"), kind)


async def fetch_from(
    provider: Provider, report: TaskReport, kind: MediaKind | None = MediaKind.IMAGE
) -> tuple[Artifact, ...]:
    """Fetch what a report names."""
    action = None if kind is None else action_of(kind=kind)
    return await provider.fetch(HANDLE, report, action, no_progress)


async def test_an_output_becomes_a_blob(server: FakeServer) -> None:
    """Bytes, digest and facts are those that came; the key does not go to the host of the results."""
    data = png()
    server.on("GET", "/out/1", Reply(200, data, PNG))
    async with provider_at(server.url) as provider:
        found = await fetch_from(provider, report_of(server, "/out/1"))
        assert found == (Artifact(digest_bytes(data), MediaFacts(MediaKind.IMAGE, "image/png", len(data))),)
        assert provider.bytes_of(found[0].digest) == data
    (seen,) = server.seen
    assert seen.header("authorization") is None
    assert seen.header("accept-encoding") == "identity"
    assert seen.target == "/out/1?_jwt=SIGNATURE"


async def test_outputs_keep_their_order(server: FakeServer) -> None:
    """All of them come, as the task lists them; progress counts over all."""
    sizes: list[tuple[int, int | None]] = []
    data = [png(bytes([number])) for number in range(3)]
    for number, body in enumerate(data):
        server.on("GET", f"/out/{number}", Reply(200, body, PNG))
    async with provider_at(server.url) as provider:
        report = report_of(server, "/out/0", "/out/1", "/out/2")
        found = await provider.fetch(HANDLE, report, action_of(), lambda *pair: sizes.append(pair))
        assert [provider.bytes_of(item.digest) for item in found] == data
    total = sum(map(len, data))
    assert sizes == [(len(data[0]), None), (len(data[0]) * 2, None), (total, total)]


async def test_a_large_output_is_written_in_pieces(server: FakeServer) -> None:
    """Memory does not grow with the file; progress comes while it does."""
    data = png(size=1_500_000)
    done: list[int] = []
    pieces: list[int] = []

    class Draft(MemoryDraft):
        def write(self, data: bytes) -> None:
            pieces.append(len(data))
            super().write(data)

    server.on("GET", "/out/1", Reply(200, data, PNG))
    async with provider_at(server.url) as provider:
        provider.blobs.draft = lambda: Draft(provider.blobs._blobs)  # type: ignore[method-assign] # counts writes
        await provider.fetch(HANDLE, report_of(server, "/out/1"), None, lambda count, _: done.append(count))
    assert len(pieces) >= 2
    assert all(size >= 256 * 1024 for size in pieces[:-1])
    assert done[-1] == sum(pieces) == len(data)


async def test_without_an_action_any_medium_is_taken(server: FakeServer) -> None:
    """A task of a flow that changed since is collected all the same."""
    (found,) = await fetch(server, Reply(200, mp4(), (("Content-Type", "video/mp4"),)), kind=None)
    assert found.kind is MediaKind.VIDEO


@pytest.mark.parametrize(
    "media_type",
    ["image/png", "application/octet-stream", "binary/octet-stream", "IMAGE/PNG; x=y", "image/jpeg"],
)
async def test_the_bytes_decide_what_an_image_is(server: FakeServer, media_type: str) -> None:
    """Object stores often state no type or a wrong one; the facts are those of the bytes."""
    (found,) = await fetch(server, Reply(200, png(), (("Content-Type", media_type),)))
    assert found.facts.media_type == "image/png"


async def test_no_type_at_all_is_taken(server: FakeServer) -> None:
    """A missing header is no lie."""
    assert len(await fetch(server, Reply(200, png()))) == 1


async def test_an_svg_behind_its_prologue_is_an_image(server: FakeServer) -> None:
    """Vector models write an XML declaration first."""
    body = b'\xef\xbb\xbf<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'
    (found,) = await fetch(server, Reply(200, body, (("Content-Type", "image/svg+xml"),)))
    assert found.facts.media_type == "image/svg+xml"


DAMAGED = {
    "a page": Reply(200, b"<html>Sign in</html>", (("Content-Type", "text/html"),)),
    "a page called an image": Reply(200, b"<html>Sign in</html>", PNG),
    "json": Reply(200, b"{}", (("Content-Type", "application/json"),)),
    "nothing": Reply(200, b"", PNG),
    "no content": Reply(204),
    "a part": Reply(206, png(), PNG),
    "a redirect": Reply(302, headers=(("Location", "/elsewhere"),)),
    "packed": Reply(200, gzip.compress(png()), (*PNG, ("Content-Encoding", "gzip"))),
    "a manifest": Reply(200, b"#EXTM3U\nfile:///etc/passwd", PNG),
    "undecodable": Reply(200, png() + UNDECODABLE, PNG),
    "another kind": Reply(200, mp4(), (("Content-Type", "video/mp4"),)),
    "another kind called an image": Reply(200, mp4(), PNG),
    "refused": Reply(400, b"no"),
}


@pytest.mark.parametrize("reply", DAMAGED.values(), ids=DAMAGED)
async def test_what_is_not_the_promised_medium_is_not_kept(server: FakeServer, reply: Reply) -> None:
    """Pages, parts and other media end as an error; nothing of them gets into the store."""
    server.on("GET", "/elsewhere", Reply(200, png(), PNG))
    server.on("GET", "/out/1", reply)
    async with provider_at(server.url) as provider:
        with pytest.raises(ProviderError) as caught:
            await fetch_from(provider, report_of(server, "/out/1"))
        assert provider.blobs._blobs == {}
    assert caught.value.code is codes.DOWNLOAD_DAMAGED
    assert not isinstance(caught.value, Unreachable)
    assert len(server.seen) == 1
    assert "SIGNATURE" not in str(caught.value)


BROKEN = {
    "closed too early": (Reply(200, png(), PNG, cut=20), codes.DOWNLOAD_DAMAGED),
    "cut at the source": (Reply(200, png()[:-5], PNG), codes.DOWNLOAD_DAMAGED),
    "cut without a length": (Reply(200, png()[:-5], PNG, length=UNSTATED), codes.DOWNLOAD_DAMAGED),
    "reset": (Reply(200, png(), PNG, cut=20, resets=True), codes.UNAVAILABLE),
    "no answer": (Reply(resets=True), codes.UNAVAILABLE),
    "busy": (Reply(503), codes.UNAVAILABLE),
    "too many": (Reply(429), codes.UNAVAILABLE),
}


@pytest.mark.parametrize(("reply", "code"), BROKEN.values(), ids=BROKEN)
async def test_a_broken_transfer_may_be_tried_again(
    server: FakeServer, reply: Reply, code: codes.Code
) -> None:
    """The task still has its result: asking again is free."""
    server.on("GET", "/out/1", reply)
    async with provider_at(server.url) as provider:
        with pytest.raises(Unreachable) as caught:
            await fetch_from(provider, report_of(server, "/out/1"))
        assert provider.blobs._blobs == {}
    assert caught.value.code is code
    assert "SIGNATURE" not in str(caught.value)


async def test_the_wait_that_was_asked_for_is_passed_on(server: FakeServer) -> None:
    """Hosts of results may be busy too."""
    with pytest.raises(Unreachable) as caught:
        await fetch(server, Reply(503, headers=(("Retry-After", "5"),)))
    assert caught.value.retry_after_s == 5.0


@pytest.mark.parametrize("reply", [Reply(200, png(), PNG, pause_s=0.02), Reply(hangs=True)])
async def test_a_transfer_that_is_too_slow_ends(server: FakeServer, reply: Reply) -> None:
    """Every byte resets a read timeout; the pace does not let itself be reset."""
    started = asyncio.get_running_loop().time()
    with pytest.raises(Unreachable, match="too slow"):
        await fetch(server, reply, timing=SLOW)
    assert asyncio.get_running_loop().time() - started < 3.0


async def test_a_transfer_has_an_end_however_fast_it_is(server: FakeServer) -> None:
    """The total holds even if the pace is kept."""
    timing = structs.replace(QUICK, transfer_s=0.3)
    with pytest.raises(Unreachable, match="too slow"):
        await fetch(server, Reply(200, png(size=1000), PNG, pause_s=0.01), timing=timing)


@pytest.mark.parametrize("length", [None, UNSTATED])
async def test_a_file_beyond_the_cap_is_refused(server: FakeServer, length: int | None) -> None:
    """By its stated length before a byte is read, else as soon as it passes the cap."""
    server.on("GET", "/out/1", Reply(200, png(size=5000), PNG, length=length))
    async with provider_at(server.url) as provider:
        provider.parts.downloads.caps[MediaKind.IMAGE] = 1000
        with pytest.raises(ProviderError, match="larger than 1000 bytes"):
            await fetch_from(provider, report_of(server, "/out/1"))


async def test_a_task_without_outputs_is_an_error(server: FakeServer) -> None:
    """Success with nothing in it is not success."""
    async with provider_at(server.url) as provider:
        with pytest.raises(ProviderError) as caught:
            await fetch_from(provider, TaskReport(TaskState.SUCCEEDED))
    assert caught.value.code is codes.DOWNLOAD_DAMAGED


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_an_expired_link_is_renewed(server: FakeServer, status: int) -> None:
    """The task gives fresh links for nothing; what came before is not fetched again."""
    first, second = png(b"1"), png(b"2")
    server.on("GET", "/out/1", Reply(200, first, PNG))
    server.on("GET", "/out/2", Reply(status))
    server.on("GET", "/fresh/2", Reply(200, second, PNG))
    server.on("GET", TASK_PATH, json_reply(succeeded(server, "/fresh/1", "/fresh/2")))
    async with provider_at(server.url) as provider:
        found = await fetch_from(provider, report_of(server, "/out/1", "/out/2"))
        assert [provider.bytes_of(item.digest) for item in found] == [first, second]
    assert server.count("GET", TASK_PATH) == 1
    assert server.count("GET", "/fresh/1") == 0


async def test_a_link_that_stays_expired_is_given_up(server: FakeServer) -> None:
    """Three renewals, then an error that says what to do."""
    server.on("GET", "/out/1", Reply(403))
    server.on("GET", TASK_PATH, json_reply(succeeded(server, "/out/1")))
    async with provider_at(server.url) as provider:
        with pytest.raises(ProviderError) as caught:
            await fetch_from(provider, report_of(server, "/out/1"))
    assert caught.value.code is codes.OUTPUT_EXPIRED
    assert server.count("GET", TASK_PATH) == 3
    assert server.count("GET", "/out/1") == 4


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (json_reply({"error": "not found"}, 404), codes.TASK_GONE),
        (json_reply({"status": "CANCELLED"}), codes.OUTPUT_EXPIRED),
        (json_reply({"status": "SUCCEEDED", "output": []}), codes.OUTPUT_EXPIRED),
    ],
)
async def test_a_task_that_lost_its_result_says_so(
    server: FakeServer, reply: Reply, code: codes.Code
) -> None:
    """Without the task there are no fresh links."""
    server.on("GET", "/out/1", Reply(410))
    server.on("GET", TASK_PATH, reply)
    async with provider_at(server.url) as provider:
        with pytest.raises(ProviderError) as caught:
            await fetch_from(provider, report_of(server, "/out/1"))
    assert caught.value.code is code


async def test_an_api_on_loopback_cannot_send_us_elsewhere(server: FakeServer) -> None:
    """An emulator's links lead to this machine, or nowhere."""
    async with provider_at(server.url) as provider:
        with pytest.raises(ProviderError) as caught:
            await fetch_from(provider, TaskReport(TaskState.SUCCEEDED, links=("https://cdn.example/a.png",)))
    assert caught.value.code is codes.URL_NOT_ACCEPTED


async def test_runway_cannot_send_us_inside() -> None:
    """A result on a private address is refused before anything is sent."""

    async def resolve(host: str) -> tuple[str, ...]:
        assert host == "cdn.example"
        return ("169.254.169.254",)

    async with provider_at("https://api.dev.runwayml.com", resolve=resolve) as provider:
        for link in ("https://cdn.example/a.png", "http://127.0.0.1/a.png"):
            with pytest.raises(ProviderError) as caught:
                await fetch_from(provider, TaskReport(TaskState.SUCCEEDED, links=(link,)))
            assert caught.value.code is codes.URL_NOT_ACCEPTED


async def test_a_full_disk_leaves_no_draft(server: FakeServer) -> None:
    """The error of the store comes through, after the draft was forgotten."""
    discarded: list[bool] = []

    class Draft(MemoryDraft):
        def write(self, data: bytes) -> None:
            raise StoreError(f"no room for {len(data)} bytes", code=codes.DISK_FULL)

        def discard(self) -> None:
            discarded.append(True)

    class Blobs(MemoryBlobStore):
        def draft(self) -> MemoryDraft:
            return Draft({})

    server.on("GET", "/out/1", Reply(200, png(), PNG))
    async with provider_at(server.url) as provider:
        provider.parts.downloads.blobs = Blobs()
        with pytest.raises(StoreError):
            await fetch_from(provider, report_of(server, "/out/1"))
    assert discarded == [True]


async def test_a_cancelled_transfer_leaves_no_draft(server: FakeServer) -> None:
    """Whoever stops waiting leaves nothing behind."""
    asked = asyncio.Event()
    discarded: list[bool] = []

    class Draft(MemoryDraft):
        def discard(self) -> None:
            discarded.append(True)

    class Blobs(MemoryBlobStore):
        def draft(self) -> MemoryDraft:
            return Draft({})

    def hang(seen: Seen) -> Reply:
        assert seen.method == "GET"
        asked.set()
        return Reply(hangs=True)

    server.on("GET", "/out/1", hang)
    async with provider_at(server.url) as provider:
        provider.parts.downloads.blobs = Blobs()
        task = asyncio.create_task(fetch_from(provider, report_of(server, "/out/1")))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert discarded == [True]


async def test_the_real_probe_tells_the_facts(server: FakeServer) -> None:
    """Size and type are recorded from the bytes themselves."""
    file = io.BytesIO()
    Image.new("RGB", (32, 18)).save(file, "PNG")
    server.on("GET", "/out/1", Reply(200, file.getvalue(), PNG))
    async with provider_at(server.url, probe=probe) as provider:
        (found,) = await fetch_from(provider, report_of(server, "/out/1"))
    assert (found.facts.width, found.facts.height, found.facts.media_type) == (32, 18, "image/png")
    assert TASK not in repr(found)
