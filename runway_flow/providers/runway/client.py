"""Builds the HTTP clients so that nothing is retried, redirected, reused or unpacked behind our back."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import httpx
import runwayml
from msgspec import Struct

if TYPE_CHECKING:
    from runway_flow.providers.runway.access import Access
    from runway_flow.providers.runway.timing import Timing

MAX_ANSWER_BYTES = 10_000_000
"""How much of an answer is read. The longest real one, a list of issues, has some kilobytes."""

DAMAGE = "runway_flow_damage"
"""Key in `Response.extensions`: why the body of an answer is not whole."""

_ACCEPT_ENCODING = "identity"
_ZLIB_AUTO_BITS = 47  # gzip or zlib, told by its header
_CONNECT_S = 10.0
_POOL_S = 10.0
_MAX_CONNECTIONS = 100


class BoundedClient(httpx.AsyncClient):
    """An httpx client that reads answers up to a bound and keeps the status of one that broke off.

    The status alone often settles what became of a request, so an answer whose body is cut, too long or
    badly packed is still an answer: with what could be read of its body, and the reason in `DAMAGE`.
    """

    def __init__(self, *, closes: bool, **options: Any) -> None:  # noqa: ANN401 - httpx's own options
        """Take `closes`: each request gets a connection of its own, which ends with it."""
        super().__init__(follow_redirects=False, **options)
        self._closes = closes

    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,  # noqa: ARG002 - what the SDK asks for; answers are always read here
        **options: Any,  # noqa: ANN401 - httpx's own options
    ) -> httpx.Response:
        """Send once and read the answer. Raises what httpx raises until there is a status."""
        request.headers["Accept-Encoding"] = _ACCEPT_ENCODING  # the environment may have set another
        if self._closes:
            request.headers["Connection"] = "close"
        options["follow_redirects"] = False
        response = await super().send(request, stream=True, **options)
        try:
            body, damage = await _read(response, MAX_ANSWER_BYTES)
        finally:
            await response.aclose()
        return _rebuild(response, body, damage)


async def _read(response: httpx.Response, limit: int) -> tuple[bytes, str | None]:
    parts: list[bytes] = []
    count = 0
    try:
        async for part in response.aiter_raw():
            count += len(part)
            if count > limit:
                return b"", "it is longer than 10 MB"
            parts.append(part)
    except httpx.TransportError as error:
        return b"".join(parts), f"it broke off ({type(error).__name__})"
    return _unpack(b"".join(parts), response.headers.get("content-encoding", ""), limit)


def _unpack(body: bytes, encoding: str, limit: int) -> tuple[bytes, str | None]:
    """Undo the packing that we asked not to have, as far as it is harmless: a bomb stays packed."""
    if encoding.lower() in ("", "identity"):
        return body, None
    if encoding.lower() not in ("gzip", "x-gzip", "deflate"):
        return b"", "it is packed in a way that was not asked for"
    try:
        plain = zlib.decompressobj(_ZLIB_AUTO_BITS).decompress(body, limit + 1)
    except zlib.error:
        return b"", "it cannot be unpacked"
    return (plain, None) if len(plain) <= limit else (b"", "it unpacks to more than 10 MB")


_BODY_HEADERS = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def _rebuild(response: httpx.Response, body: bytes, damage: str | None) -> httpx.Response:
    headers = [(name, value) for name, value in response.headers.multi_items() if name not in _BODY_HEADERS]
    return httpx.Response(
        response.status_code,
        headers=headers,
        content=body,
        request=response.request,
        extensions={} if damage is None else {DAMAGE: damage},
    )


class Session(Struct, frozen=True):
    """The open clients of one provider.

    `submits` for what may cost: a connection of its own for every POST. `asks` for everything that may
    be repeated. `direct` and `proxied` for bytes; they never see the key.
    """

    submits: runwayml.AsyncRunwayML
    asks: runwayml.AsyncRunwayML
    direct: httpx.AsyncClient
    proxied: httpx.AsyncClient

    async def aclose(self) -> None:
        """Close every connection."""
        await self.submits.close()
        await self.asks.close()
        await self.direct.aclose()
        await self.proxied.aclose()


def open_session(access: Access, timing: Timing) -> Session:
    """Build the clients; nothing is sent yet.

    The environment's proxies and certificates are used (`HTTPS_PROXY`, `NO_PROXY`, `SSL_CERT_FILE`:
    many users have no other way out), but never for an API on loopback, where a proxy could only read
    along. `RUNWAYML_CUSTOM_HEADERS` is read by the SDK itself: `access.warnings_about` tells of it.
    """
    trusts_environment = not access.is_loopback
    context = httpx.create_ssl_context()  # one for all: loading certificates takes longer than a request

    def bounded(*, closes: bool, answer_s: float) -> BoundedClient:
        return BoundedClient(
            closes=closes,
            verify=context,
            trust_env=trusts_environment,
            timeout=httpx.Timeout(answer_s, connect=_CONNECT_S, pool=_POOL_S),
            limits=httpx.Limits(
                max_connections=_MAX_CONNECTIONS,
                max_keepalive_connections=0 if closes else _MAX_CONNECTIONS,
            ),
        )

    def transfers(*, is_proxied: bool) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=context,
            trust_env=is_proxied,
            timeout=httpx.Timeout(timing.stall_s, connect=_CONNECT_S, pool=None),
            headers={"Accept": "*/*", "Accept-Encoding": _ACCEPT_ENCODING, "User-Agent": "runway-flow"},
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
        )

    return Session(
        submits=_sdk(access, bounded(closes=True, answer_s=timing.submit_s)),
        asks=_sdk(access, bounded(closes=False, answer_s=timing.ask_s)),
        direct=transfers(is_proxied=False),
        proxied=transfers(is_proxied=True),
    )


def _sdk(access: Access, client: httpx.AsyncClient) -> runwayml.AsyncRunwayML:
    # The SDK retries POSTs by itself and sends no idempotency key: two retries would pay three times.
    return runwayml.AsyncRunwayML(
        api_key=access.key,
        base_url=access.base_url,
        max_retries=0,
        timeout=client.timeout,
        http_client=client,
    )
