from __future__ import annotations

import asyncio
import base64
import hashlib
import io
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from runway_flow.kernel import codes
from runway_flow.kernel.digests import Digest, digest_bytes
from runway_flow.kernel.errors import InternalError, ProviderError, StoreError, Unreachable
from runway_flow.kernel.media import (
    Artifact,
    FileMedium,
    InlineMedium,
    MediaFacts,
    MediaKind,
    PinnedMedium,
    RemoteMedium,
)
from runway_flow.providers.runway.addresses import Reach
from runway_flow.providers.runway.uploads import GOOD_FOR_S, MAX_BYTES
from runway_flow.store.memory import MemoryBlobStore
from tests.fakes.http_server import FakeServer, Reply, Seen, json_reply
from tests.fakes.runway_api import (
    PATH,
    QUICK,
    UNDECODABLE,
    Provider,
    action_of,
    mp4,
    no_progress,
    png,
    provider_at,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
from typing import BinaryIO

UPLOADS = "/v1/uploads"
PLACE = "/bucket"
URI = "runway://upload-1"
HASTY = structs.replace(QUICK, grace_s=0.3, min_rate=1e9)
LARGE = png(size=300_000)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """Give a server with a place to upload to."""
    async with FakeServer() as running:
        running.on("POST", UPLOADS, place_at(running))
        running.on("POST", PLACE, Reply(204))
        yield running


def place_at(server: FakeServer, **changes: object) -> Reply:
    """Give the API's answer to the first leg."""
    fields = {"key": "tmp/1", "x-amz-signature": 'sig"1'}
    return json_reply(
        {"uploadUrl": f"{server.url}{PLACE}?s=SIGNATURE", "fields": fields, "runwayUri": URI, **changes}
    )


async def prepare(provider: Provider, request: Mapping[str, object]) -> Mapping[str, object]:
    """Prepare a request and give its body."""
    prepared = await provider.prepare(action_of(request), no_progress)
    assert prepared.path == PATH
    return prepared.body


def data_uri(data: bytes, media_type: str = "image/png") -> str:
    """Write bytes as a data URI."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


async def test_scalars_go_out_as_they_are(server: FakeServer) -> None:
    """Names, numbers, booleans and nesting are not touched, and nothing is asked of the network."""
    request = {"promptText": "a", "n": 1.5, "audio": False, "list": ["x", {"y": None}], "tuple": ("a", "b")}
    async with provider_at(server.url) as provider:
        assert await prepare(provider, request) == {**request, "tuple": ["a", "b"]}
    assert server.seen == []


async def test_a_small_medium_goes_inside(server: FakeServer) -> None:
    """Wherever it stands in the request, with its type."""
    data = png()
    async with provider_at(server.url) as provider:
        medium = provider.put(data)
        body = await prepare(provider, {"referenceImages": [{"uri": medium, "tag": "hero"}]})
    assert body == {"referenceImages": [{"uri": data_uri(data), "tag": "hero"}]}
    assert server.seen == []


async def test_files_and_data_uris_are_read_from_the_store(server: FakeServer) -> None:
    """The engine has put their bytes there; they are known by their content."""
    data = png()
    async with provider_at(server.url) as provider:
        stored = provider.put(data)
        file = FileMedium("hero.png", stored.digest, stored.facts)
        inline = InlineMedium(data, stored.digest, stored.facts)
        assert await prepare(provider, {"a": file, "b": inline}) == {"a": data_uri(data), "b": data_uri(data)}


async def test_an_address_for_runway_goes_out_verbatim(server: FakeServer) -> None:
    """We do not fetch what Runway reads by itself."""
    async with provider_at(server.url) as provider:
        body = await prepare(provider, {"a": RemoteMedium("https://x.example/a.png"), "b": RemoteMedium(URI)})
    assert body == {"a": "https://x.example/a.png", "b": URI}


async def test_a_large_medium_is_uploaded_in_two_legs(server: FakeServer) -> None:
    """The form has the fields, then the file, byte by byte; the key stays with the API."""
    progress: list[tuple[int, int | None]] = []
    async with provider_at(server.url) as provider:
        medium = provider.put(LARGE)
        prepared = await provider.prepare(
            action_of({"promptImage": medium}), lambda *pair: progress.append(pair)
        )
    assert prepared.body == {"promptImage": URI}
    first, second = server.seen
    assert first.json() == {"filename": f"{medium.digest[:16]}.png", "type": "ephemeral"}
    assert first.header("authorization") is not None
    assert second.header("authorization") is None
    assert second.header("transfer-encoding") is None
    boundary = (second.header("content-type") or "").removeprefix("multipart/form-data; boundary=")
    parts = second.body.split(f"--{boundary}".encode())
    assert [part.split(b"\r\n\r\n", 1)[0].strip() for part in parts[1:-1]] == [
        b'Content-Disposition: form-data; name="key"',
        b'Content-Disposition: form-data; name="x-amz-signature"',
        f'Content-Disposition: form-data; name="file"; filename="{medium.digest[:16]}.png"\r\n'
        "Content-Type: image/png".encode(),
    ]
    assert parts[3].split(b"\r\n\r\n", 1)[1] == LARGE + b"\r\n"
    assert parts[-1] == b"--\r\n"
    assert progress[-1] == (len(LARGE), len(LARGE))


async def test_an_upload_is_used_until_it_expires(server: FakeServer) -> None:
    """Uploads live for a day; they are remembered a little shorter."""
    async with provider_at(server.url) as provider:
        request = {"promptImage": provider.put(LARGE)}
        await prepare(provider, request)
        provider.clock.time += GOOD_FOR_S - 1
        await prepare(provider, request)
        assert server.count("POST", PLACE) == 1
        provider.clock.time += 2
        await prepare(provider, request)
    assert server.count("POST", PLACE) == 2


async def test_uploads_of_another_account_are_not_used(server: FakeServer) -> None:
    """The realm says whose they are."""
    async with provider_at(server.url, realm="one") as provider:
        medium = provider.put(LARGE)
        provider.state.record_upload(medium.digest, "other", "runway://other", provider.clock.now() + 99)
        assert await prepare(provider, {"a": medium}) == {"a": URI}
        provider.state.record_upload(medium.digest, "one", "runway://mine", provider.clock.now() + 99)
        assert await prepare(provider, {"a": medium}) == {"a": "runway://mine"}


async def test_who_needs_the_same_medium_shares_its_upload(server: FakeServer) -> None:
    """Six languages of one voice are one upload, also when they start at once."""
    async with provider_at(server.url) as provider:
        medium = provider.put(LARGE)
        await asyncio.gather(*(prepare(provider, {"audioUri": medium, "n": number}) for number in range(6)))
    assert server.count("POST", PLACE) == 1


PASSING = {
    "first leg busy": (UPLOADS, Reply(503)),
    "first leg a page": (UPLOADS, Reply(200, b"<html>")),
    "first leg without a place": (UPLOADS, json_reply({"runwayUri": URI})),
    "first leg with another address": (
        UPLOADS,
        json_reply({"runwayUri": "https://x", "uploadUrl": "https://x"}),
    ),
    "second leg busy": (PLACE, Reply(503)),
    "second leg reset": (PLACE, Reply(resets=True)),
    "second leg hangs": (PLACE, Reply(hangs=True)),
}


@pytest.mark.parametrize(("path", "reply"), PASSING.values(), ids=PASSING)
async def test_an_upload_that_broke_may_be_repeated(server: FakeServer, path: str, reply: Reply) -> None:
    """Uploads cost nothing; nothing is remembered of one that failed."""
    server.on("POST", path, reply)
    async with provider_at(server.url, timing=HASTY) as provider:
        medium = provider.put(LARGE)
        with pytest.raises(Unreachable) as caught:
            await prepare(provider, {"a": medium})
        assert provider.state.find_upload(medium.digest, "local", provider.clock.now()) is None
    assert "SIGNATURE" not in str(caught.value)


@pytest.mark.parametrize("status", [302, 307, 400, 403, 413])
async def test_a_refused_upload_is_an_error(server: FakeServer, status: int) -> None:
    """Nothing is sent after a redirect, nothing is repeated."""
    server.on("POST", PLACE, Reply(status, headers=(("Location", f"{server.url}/elsewhere"),)))
    async with provider_at(server.url) as provider:
        with pytest.raises(ProviderError) as caught:
            await prepare(provider, {"a": provider.put(LARGE)})
    assert caught.value.code is codes.UPLOAD_FAILED
    assert not isinstance(caught.value, Unreachable)
    assert len(server.seen) == 2


async def test_media_are_not_sent_to_where_a_local_api_points(server: FakeServer) -> None:
    """An emulator cannot have files sent off this machine."""
    server.on("POST", UPLOADS, place_at(server, uploadUrl="https://evil.example/bucket"))
    async with provider_at(server.url) as provider:
        with pytest.raises(ProviderError) as caught:
            await prepare(provider, {"a": provider.put(LARGE)})
    assert caught.value.code is codes.URL_NOT_ACCEPTED


class LongFile(io.BytesIO):
    """A file whose end is beyond what may be uploaded."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Give where the end would be."""
        return MAX_BYTES + 1 if whence else super().seek(offset)


class LongBlobs(MemoryBlobStore):
    """A store in which every blob is too large."""

    def open(self, digest: Digest) -> BinaryIO:
        """Read a blob."""
        return LongFile(digest.encode())


async def test_too_large_a_medium_is_not_sent(server: FakeServer) -> None:
    """The API's bound is known: no hundreds of megabytes for a refusal."""
    async with provider_at(server.url) as provider:
        medium = provider.put(LARGE)

        provider.parts.requests.uploads.blobs = LongBlobs()
        with pytest.raises(ProviderError) as caught:
            await prepare(provider, {"a": medium})
    assert caught.value.code is codes.UPLOAD_FAILED
    assert server.seen == []


@pytest.mark.parametrize("data", [png(), LARGE])
async def test_wrong_bytes_never_leave_the_store(server: FakeServer, data: bytes) -> None:
    """What is no longer what its digest says is neither sent inside nor uploaded."""
    async with provider_at(server.url) as provider:
        medium = provider.put(data)
        provider.blobs._blobs[medium.digest] = data[:-1] + b"!"
        with pytest.raises(StoreError) as caught:
            await prepare(provider, {"a": medium})
    assert caught.value.code is codes.BLOB_CORRUPT
    assert server.count("POST", PLACE) == 0


async def test_a_blob_that_is_gone_says_so(server: FakeServer) -> None:
    """Whoever called decides where to get it from."""
    facts = MediaFacts(MediaKind.IMAGE, "image/png", 10)
    async with provider_at(server.url) as provider:
        with pytest.raises(StoreError):
            await prepare(provider, {"a": Artifact(Digest("0" * 64), facts)})


@pytest.mark.parametrize("value", [object(), float("nan"), {1, 2}])
async def test_what_is_not_json_is_found_before_anything_is_intended(
    server: FakeServer, value: object
) -> None:
    """A bug of ours must not show between intent and POST."""
    async with provider_at(server.url) as provider:
        with pytest.raises(InternalError):
            await prepare(provider, {"a": value})


async def pinned(server: FakeServer, provider: Provider, data: bytes) -> PinnedMedium:
    """Let the server's host be one that may be fetched from, and pin some content there."""
    provider.parts.requests.pinned_reach = Reach(hosts=frozenset({"127.0.0.1"}))
    return PinnedMedium(f"{server.url}/hero?s=SIGNATURE", digest_bytes(data))


async def test_a_pinned_address_is_fetched_once(server: FakeServer) -> None:
    """Its content is checked, stored and sent like any other medium."""
    data = png()
    server.on("GET", "/hero", Reply(200, data, (("Content-Type", "image/png"),)))
    async with provider_at(server.url) as provider:
        medium = await pinned(server, provider, data)
        for _ in range(2):
            assert await prepare(provider, {"a": medium}) == {"a": data_uri(data)}
        assert provider.blobs.has(medium.digest)
    assert server.count("GET", "/hero") == 1


async def test_a_large_pinned_medium_is_uploaded(server: FakeServer) -> None:
    """By its own type."""
    data = mp4(300_000)
    server.on("GET", "/hero", Reply(200, data))
    async with provider_at(server.url) as provider:
        assert await prepare(provider, {"a": await pinned(server, provider, data)}) == {"a": URI}
    first = server.seen[1].json()
    assert first == {"filename": f"{hashlib.sha256(data).hexdigest()[:16]}.mp4", "type": "ephemeral"}


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(200, png(b"other")), codes.DOWNLOAD_DAMAGED),
        (Reply(200, b"<html>", (("Content-Type", "text/html"),)), codes.DOWNLOAD_DAMAGED),
        (Reply(302, headers=(("Location", "/elsewhere"),)), codes.DOWNLOAD_DAMAGED),
        (Reply(403), codes.URL_NOT_ACCEPTED),
        (Reply(404), codes.URL_NOT_ACCEPTED),
    ],
)
async def test_a_pinned_address_that_gives_something_else_is_an_error(
    server: FakeServer, reply: Reply, code: codes.Code
) -> None:
    """The digest is a promise; what breaks it is not kept."""
    server.on("GET", "/hero", reply)
    async with provider_at(server.url) as provider:
        with pytest.raises(ProviderError) as caught:
            await prepare(provider, {"a": await pinned(server, provider, png())})
        assert provider.blobs._blobs == {}
    assert caught.value.code is code
    assert "SIGNATURE" not in str(caught.value)


async def test_a_pinned_text_is_no_medium(server: FakeServer) -> None:
    """Bytes as promised are still no image."""
    data = b"just words " + UNDECODABLE
    server.on("GET", "/hero", Reply(200, data))
    async with provider_at(server.url) as provider:
        with pytest.raises(ProviderError) as caught:
            await prepare(provider, {"a": await pinned(server, provider, data)})
    assert caught.value.code is codes.FILE_NOT_MEDIA


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/a.png", "https://127.0.0.1/a.png", "https://metadata.example/a"]
)
async def test_a_flow_cannot_make_us_read_this_network(server: FakeServer, url: str) -> None:
    """Not even while the API itself is on loopback."""

    async def resolve(host: str) -> tuple[str, ...]:
        return (host,) if host[0].isdigit() else ("169.254.169.254",)

    async with provider_at(server.url, resolve=resolve) as provider:
        with pytest.raises(ProviderError) as caught:
            await prepare(provider, {"a": PinnedMedium(url, Digest("0" * 64))})
    assert caught.value.code is codes.URL_NOT_ACCEPTED
    assert server.seen == []


async def test_cancelling_an_upload_leaves_the_lock_free(server: FakeServer) -> None:
    """Whoever comes next uploads."""
    asked = asyncio.Event()

    def hang(seen: Seen) -> Reply:
        assert seen.method == "POST"
        asked.set()
        return Reply(hangs=True)

    server.on("POST", PLACE, hang, Reply(204))
    async with provider_at(server.url) as provider:
        request = {"a": provider.put(LARGE)}
        task = asyncio.create_task(prepare(provider, request))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await prepare(provider, request) == {"a": URI}
