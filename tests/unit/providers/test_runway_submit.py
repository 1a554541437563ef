from __future__ import annotations

import asyncio
import gzip
import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from runway_flow.engine.service import Accepted, Ambiguous, PreparedRequest, Refused, Rejected, Submission
from tests.fakes.http_server import UNSTATED, FakeServer, Reply, Seen, json_reply
from tests.fakes.runway_api import CANARY, PATH, QUICK, REQUEST, TASK, provider_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GOOD = json.dumps({"id": TASK, "estimatedCost": {"credits": 60}}).encode()
JSON = (("Content-Type", "application/json"),)
HASTY = structs.replace(QUICK, submit_s=0.3)
BOMB = gzip.compress(b"0" * 30_000_000)
GZIP = (*JSON, ("Content-Encoding", "gzip"))


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """Give a server that misbehaves to order."""
    async with FakeServer() as running:
        yield running


async def submit(server: FakeServer, *replies: Reply) -> Submission:
    """Submit once, with a short deadline, and check that exactly one POST came."""
    server.on("POST", PATH, *replies)
    async with provider_at(server.url, timing=HASTY) as provider:
        found = await provider.submit(REQUEST)
    assert server.count("POST") == 1
    assert server.connections == 1
    return found


@pytest.mark.parametrize("status", [200, 201, 202])
async def test_a_task_id_is_acceptance(server: FakeServer, status: int) -> None:
    """Any 2xx with a task's id in it is a task."""
    assert await submit(server, Reply(status, GOOD, JSON)) == Accepted(TASK, Decimal(60))


@pytest.mark.parametrize(
    ("body", "estimate"),
    [
        ({"id": TASK}, None),
        ({"id": TASK, "estimatedCost": {"credits": 12.5}}, Decimal("12.5")),
        ({"id": TASK, "routing": {"model": "gen4.5", "estimatedCost": {"credits": 7}}}, Decimal(7)),
        ({"id": TASK, "estimatedCost": "much"}, None),
    ],
)
async def test_the_estimate_is_where_the_endpoint_puts_it(
    server: FakeServer, body: dict[str, object], estimate: Decimal | None
) -> None:
    """Routers say it inside, some endpoints do not say it at all."""
    assert await submit(server, json_reply(body)) == Accepted(TASK, estimate)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_service_created_nothing(server: FakeServer, status: int) -> None:
    """Documented; the engine waits as long as it was asked to."""
    found = await submit(server, json_reply({"error": "slow down"}, status, Retry_After="3"))
    assert found == Refused(f"the API answered {status}: slow down", 3.0, is_busy=True)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 422])
async def test_a_refused_request_created_nothing(server: FakeServer, status: int) -> None:
    """A clear no is a no, with its issues."""
    body = {"error": "no", "issues": [{"path": ["ratio"], "message": "bad"}]}
    found = await submit(server, json_reply(body, status))
    assert isinstance(found, Rejected)
    assert (found.status, found.issues[0].path) == (status, ("ratio",))


@pytest.mark.parametrize("status", [408, 409, 410, 413, 418, 425, 500, 501, 502, 504, 507])
async def test_other_errors_are_ambiguous(server: FakeServer, status: int) -> None:
    """A task may have been created before them; the SDK would have sent some of them three times."""
    assert isinstance(await submit(server, json_reply({"error": "oops"}, status)), Ambiguous)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(server: FakeServer, status: int) -> None:
    """A 307 would send the prompt, and a second POST, to anywhere."""
    server.on("POST", "/elsewhere", Reply(200, GOOD, JSON))
    found = await submit(server, Reply(status, headers=(("Location", f"{server.url}/elsewhere"),)))
    assert isinstance(found, Ambiguous)
    assert len(server.seen) == 1


LOST = {
    "hangs": Reply(hangs=True),
    "resets": Reply(resets=True),
    "half an answer, then a reset": Reply(200, GOOD, JSON, cut=20, resets=True),
    "half an answer, then closed": Reply(200, GOOD, JSON, cut=20),
    "half an answer without a length": Reply(200, GOOD[:20], JSON, length=UNSTATED),
    "slow loris": Reply(200, GOOD, JSON, pause_s=0.05),
    "a page": Reply(200, b"<html>Sign in</html>", (("Content-Type", "text/html"),)),
    "nothing": Reply(200, b""),
    "no content": Reply(204),
    "a list": Reply(200, b"[]", JSON),
    "no id": json_reply({"status": "PENDING"}),
    "a number for an id": json_reply({"id": 5}),
    "an id that is none": json_reply({"id": "task-1"}),
    "endless": Reply(200, b" " * 11_000_000, JSON),
    "a gzip bomb": Reply(200, BOMB, GZIP),
    "broken gzip": Reply(200, b"\x1f\x8bnonsense", GZIP),
    "an encoding of its own": Reply(200, GOOD, (*JSON, ("Content-Encoding", "br"))),
}


@pytest.mark.parametrize("reply", LOST.values(), ids=LOST)
async def test_a_lost_answer_is_ambiguous(server: FakeServer, reply: Reply) -> None:
    """One POST, no second one, and a reason in words; the deadline of the whole call holds."""
    started = asyncio.get_running_loop().time()
    found = await submit(server, reply)
    assert isinstance(found, Ambiguous)
    assert found.reason
    assert asyncio.get_running_loop().time() - started < 5.0


async def test_the_deadline_is_named(server: FakeServer) -> None:
    """The reason says how long was waited."""
    assert await submit(server, Reply(hangs=True)) == Ambiguous("no complete answer came within 0.3 s")


async def test_a_packed_answer_is_still_read(server: FakeServer) -> None:
    """A proxy that packs although it was asked not to must not cost a task."""
    assert await submit(server, Reply(200, gzip.compress(GOOD), GZIP)) == Accepted(TASK, Decimal(60))


@pytest.mark.parametrize(("status", "kind"), [(429, Refused), (400, Rejected), (500, Ambiguous)])
async def test_the_status_counts_even_if_the_body_broke_off(
    server: FakeServer, status: int, kind: type[Submission]
) -> None:
    """What is settled by the status needs no body."""
    found = await submit(server, Reply(status, b'{"error": "long text"}', JSON, cut=9))
    assert isinstance(found, kind)
    assert not isinstance(found, Accepted)
    assert "it broke off" in found.reason


async def test_no_listener_means_nothing_was_sent() -> None:
    """A refused connection is provably harmless."""
    async with FakeServer() as server:
        url = server.url
    async with provider_at(url) as provider:
        found = await provider.submit(REQUEST)
    assert isinstance(found, Refused)
    assert not found.is_busy


async def test_a_proxy_that_refuses_the_tunnel_means_nothing_was_sent(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy sees the host's name, never the request or the key."""
    monkeypatch.setenv("HTTPS_PROXY", server.url)
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    server.on("CONNECT", "api.dev.runwayml.com:443", Reply(407))
    async with provider_at("https://api.dev.runwayml.com") as provider:
        found = await provider.submit(REQUEST)
    assert isinstance(found, Refused)
    assert [item.method for item in server.seen] == ["CONNECT"]
    assert CANARY not in repr(server.seen)


async def test_loopback_is_reached_past_the_proxy(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy of the environment is not for this machine."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert isinstance(await submit(server, Reply(200, GOOD, JSON)), Accepted)


async def test_what_is_sent_is_what_was_prepared(server: FakeServer) -> None:
    """Our wire names go out as they are, with the key and the API's version, asking for plain bytes."""
    await submit(server, Reply(200, GOOD, JSON))
    (seen,) = server.seen
    assert seen.json() == dict(REQUEST.body)
    assert seen.header("authorization") == f"Bearer {CANARY}"
    assert seen.header("x-runway-version") == "2024-11-06"
    assert seen.header("accept-encoding") == "identity"
    assert seen.header("connection") == "close"
    assert seen.header("x-stainless-retry-count") == "0"


async def test_headers_of_the_environment_cannot_ask_for_packing(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK reads them by itself; what guards us stays."""
    monkeypatch.setenv("RUNWAYML_CUSTOM_HEADERS", "accept-encoding: gzip\nX-Team: lamp")
    await submit(server, Reply(200, GOOD, JSON))
    (seen,) = server.seen
    assert seen.header("accept-encoding") == "identity"
    assert seen.header("x-team") == "lamp"


async def test_the_address_of_the_environment_is_not_used(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the caller says where the key goes."""
    monkeypatch.setenv("RUNWAYML_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("RUNWAYML_API_SECRET", "another")
    assert isinstance(await submit(server, Reply(200, GOOD, JSON)), Accepted)


async def test_every_post_has_a_connection_of_its_own(server: FakeServer) -> None:
    """A reused connection may be dead already, which cannot be told from a lost answer."""
    server.on("POST", PATH, Reply(200, GOOD, JSON))
    async with provider_at(server.url) as provider:
        for _ in range(3):
            await provider.submit(REQUEST)
    assert [seen.connection for seen in server.seen] == [1, 2, 3]


async def test_a_base_path_is_kept(server: FakeServer) -> None:
    """An API behind a prefix is reached there."""
    server.on("POST", f"/runway{PATH}", Reply(200, GOOD, JSON))
    async with provider_at(f"{server.url}/runway/") as provider:
        assert isinstance(await provider.submit(REQUEST), Accepted)


async def test_cancellation_passes_through(server: FakeServer) -> None:
    """Whoever cancels knows that the outcome is not known."""
    asked = asyncio.Event()

    def hang(seen: Seen) -> Reply:
        assert seen.method == "POST"
        asked.set()
        return Reply(hangs=True)

    server.on("POST", PATH, hang)
    async with provider_at(server.url) as provider:
        task = asyncio.create_task(provider.submit(REQUEST))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert server.count("POST") == 1


async def test_an_error_of_our_own_is_not_lost(server: FakeServer) -> None:
    """Whatever happens after the intent was written is an outcome, not an exception."""
    async with provider_at(server.url) as provider:
        found = await provider.submit(PreparedRequest(PATH, {"model": object()}))
    assert isinstance(found, Ambiguous)


@pytest.mark.parametrize(
    "reply",
    [json_reply({"error": f"no such key: {CANARY}"}, status) for status in (400, 401, 429, 500)]
    + [Reply(500, CANARY.encode(), (("Content-Type", f"text/{CANARY}"),)), Reply(200, CANARY.encode())],
)
async def test_no_outcome_shows_the_key(server: FakeServer, reply: Reply) -> None:
    """Even a service that repeats the key does not get it into our words."""
    assert CANARY not in repr(await submit(server, reply))
