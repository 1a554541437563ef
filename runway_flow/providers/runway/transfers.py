"""Moves bytes over the network: paced, bounded, with blocking calls in threads."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import httpx
from msgspec import Struct

from runway_flow.kernel import codes
from runway_flow.kernel.errors import ProviderError, Unreachable
from runway_flow.providers.runway.addresses import Reach, Resolve, locate
from runway_flow.providers.runway.answers import retry_after
from runway_flow.providers.runway.failures import describe

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.engine.ports import Draft, TransferProgress
    from runway_flow.kernel.clock import Clock
    from runway_flow.providers.runway.addresses import Place
    from runway_flow.providers.runway.client import Session
    from runway_flow.providers.runway.timing import Timing

P = ParamSpec("P")
T = TypeVar("T")

CHUNK_BYTES = 512 * 1024
"""How much is handed to a thread at once: a switch costs about as much as writing this."""

_OK = 200
_EXPIRED = frozenset({401, 403, 404, 410})
_PASSING = frozenset({408, 425, 429, *range(500, 600)})


class LinkExpired(Exception):
    """The address does not work (any more); a fresh one may."""


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call something that blocks in a thread, and be there when it ends, however often cancelled meanwhile.

    So that nobody closes a file while a thread still writes to it.
    """
    loop = asyncio.get_running_loop()
    future = loop.run_in_executor(None, functools.partial(function, *args, **kwargs))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        while not future.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([future])
        future.exception()  # looked at, so that it is not reported as lost
        raise


async def open_in_thread(make: Callable[[], T], undo: Callable[[T], None]) -> T:
    """Make something in a thread that must be ended; if the caller is cancelled meanwhile, `undo` ends it."""
    made: list[T] = []
    try:
        await in_thread(lambda: made.append(make()))
    except asyncio.CancelledError:
        for one in made:
            undo(one)
        raise
    return made[0]


class Pace:
    """Moves a deadline on as bytes come: a transfer may be long, but never slow."""

    def __init__(self, deadline: asyncio.Timeout, timing: Timing) -> None:
        """Start now."""
        self._deadline = deadline
        self._timing = timing
        self._start = asyncio.get_running_loop().time()
        self.moved(0)

    def moved(self, done: int) -> None:
        """Note how many bytes have been moved in all."""
        timing = self._timing
        allowed = min(timing.grace_s + done / timing.min_rate, timing.transfer_s)
        self._deadline.reschedule(self._start + allowed)


class Received(Struct, frozen=True):
    """What came: how many bytes, their sha256, and their first ones."""

    size: int
    digest: str
    head: bytes


class Carrier(Struct, frozen=True):
    """What every transfer needs: open clients, where they may go, and how long they may take."""

    session: Session
    resolve: Resolve
    timing: Timing
    clock: Clock

    async def place(self, url: str, reach: Reach) -> Place:
        """Check an address. Raises `ProviderError`."""
        return await locate(url, reach, self.resolve)

    def client_of(self, place: Place) -> httpx.AsyncClient:
        """Give the client that leads to a place."""
        return self.session.proxied if place.is_proxied else self.session.direct


_HEAD_BYTES = 1024


async def receive(
    carrier: Carrier, url: str, reach: Reach, draft: Draft, *, cap: int, on_progress: TransferProgress
) -> Received:
    """Stream what is at an address into a draft.

    Raises `LinkExpired`; `Unreachable` where trying again may help (with code `DOWNLOAD_DAMAGED` if it
    broke off); `ProviderError` with code `DOWNLOAD_DAMAGED` for what is not a medium, or
    `URL_NOT_ACCEPTED`. Messages name the host only.
    """
    place = await carrier.place(url, reach)
    host = place.sni or place.url.host
    try:
        async with asyncio.timeout(None) as deadline:
            pace = Pace(deadline, carrier.timing)
            async with carrier.client_of(place).stream(
                "GET", place.url, headers=place.headers, extensions=place.extensions
            ) as response:
                expected = _check_head(response, host, cap, carrier.clock)
                return await _read_body(response, draft, host, expected, cap, pace, on_progress)
    except TimeoutError:
        raise Unreachable(f"the download from {host} was too slow and was given up") from None
    except httpx.RemoteProtocolError as error:
        raise Unreachable(
            f"the download from {host} broke off: {describe(error)}", code=codes.DOWNLOAD_DAMAGED
        ) from None
    except httpx.TransportError as error:
        raise Unreachable(f"the download from {host} failed: {describe(error)}") from None


def _check_head(response: httpx.Response, host: str, cap: int, clock: Clock) -> int | None:
    """Check everything but the bytes; give the promised length."""
    status = response.status_code
    if status in _EXPIRED:
        raise LinkExpired(f"{host} answered {status}")
    if status in _PASSING:
        wait = retry_after(response.headers.get("retry-after"), clock.now())
        raise Unreachable(f"the download failed: {host} answered {status}", retry_after_s=wait)
    if status != _OK:
        raise damaged(f"{host} answered {status}, not with the file itself")
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not _may_be_medium(media_type):
        raise damaged(f"{host} answered with {media_type[:60]!r}, which is not a medium")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise damaged(f"{host} packed the file although it was asked not to")
    length = response.headers.get("content-length", "")
    expected = int(length) if length.isascii() and length.isdigit() else None
    if expected is not None and expected > cap:
        raise _too_large(host, cap)
    return expected


_PLAIN_TYPES = frozenset(
    {
        "",
        "application/octet-stream",
        "binary/octet-stream",
        "application/zip",
        "application/x-zip-compressed",
        "application/mp4",
        "application/ogg",
    }
)


def _may_be_medium(media_type: str) -> bool:
    return media_type in _PLAIN_TYPES or media_type.startswith(("image/", "video/", "audio/"))


def damaged(message: str) -> ProviderError:
    """Make the error for a file that is not what it should be."""
    return ProviderError(message, code=codes.DOWNLOAD_DAMAGED)


def _too_large(host: str, cap: int) -> ProviderError:
    return damaged(f"the file at {host} is larger than {cap} bytes, the most that is taken")


async def _read_body(
    response: httpx.Response,
    draft: Draft,
    host: str,
    expected: int | None,
    cap: int,
    pace: Pace,
    on_progress: TransferProgress,
) -> Received:
    digest = hashlib.sha256()
    head = bytearray()
    count = 0

    def write(data: bytes) -> None:
        digest.update(data)
        draft.write(data)

    buffer = bytearray()
    async for part in response.aiter_raw():
        count += len(part)
        if count > cap:
            raise _too_large(host, cap)
        head += part[: max(_HEAD_BYTES - len(head), 0)]
        buffer += part
        pace.moved(count)
        if len(buffer) >= CHUNK_BYTES:
            await in_thread(write, bytes(buffer))
            buffer.clear()
            on_progress(count, expected)
    if expected is not None and count != expected:  # pragma: no cover - h11 tells first; another might not
        raise Unreachable(f"{host} sent {count} of {expected} bytes", code=codes.DOWNLOAD_DAMAGED)
    if not count:
        raise damaged(f"{host} sent an empty file")
    await in_thread(write, bytes(buffer))
    on_progress(count, expected)
    return Received(count, digest.hexdigest(), bytes(head))
