from __future__ import annotations

import gzip
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from runway_flow.engine.service import Account, PoolLimits, TaskReport, TaskState
from runway_flow.kernel import codes
from runway_flow.kernel.errors import ProviderError, Unreachable
from tests.fakes.http_server import FakeServer, Reply, json_reply
from tests.fakes.runway_api import CANARY, HANDLE, QUICK, TASK, TASK_PATH, provider_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HASTY = structs.replace(QUICK, ask_s=0.3)
ORGANIZATION = "/v1/organization"


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """Give a server that misbehaves to order."""
    async with FakeServer() as running:
        yield running


async def poll(server: FakeServer, reply: Reply) -> TaskReport:
    """Ask once, with a short deadline."""
    server.on("GET", TASK_PATH, reply)
    async with provider_at(server.url, timing=HASTY) as provider:
        return await provider.poll(HANDLE)


@pytest.mark.parametrize(
    ("body", "report"),
    [
        ({"status": "PENDING"}, TaskReport(TaskState.PENDING)),
        (
            {"status": "THROTTLED", "estimatedCost": {"credits": 12.5}},
            TaskReport(TaskState.THROTTLED, estimate=Decimal("12.5")),
        ),
        ({"status": "RUNNING", "progress": 0.25}, TaskReport(TaskState.RUNNING, 0.25)),
        ({"status": "RUNNING", "progress": 7}, TaskReport(TaskState.RUNNING, 1.0)),
        ({"status": "RUNNING", "progress": -0.1}, TaskReport(TaskState.RUNNING, 0.0)),
        ({"status": "RUNNING", "progress": "half"}, TaskReport(TaskState.RUNNING)),
        (
            {"status": "SUCCEEDED", "output": ["https://a/1", 5, "https://a/2"], "cost": {"credits": 5}},
            TaskReport(TaskState.SUCCEEDED, links=("https://a/1", "https://a/2"), cost=Decimal(5)),
        ),
        ({"status": "SUCCEEDED", "output": {"node": []}}, TaskReport(TaskState.SUCCEEDED)),
        ({"status": "RUNNING", "output": ["https://a/1"]}, TaskReport(TaskState.RUNNING)),
        (
            {
                "status": "FAILED",
                "failure": "No.",
                "failureCode": "SAFETY.INPUT.TEXT",
                "cost": {"credits": 0},
            },
            TaskReport(TaskState.FAILED, failure="No.", failure_code="SAFETY.INPUT.TEXT", cost=Decimal(0)),
        ),
        ({"status": "FAILED"}, TaskReport(TaskState.FAILED)),
        ({"status": "CANCELLED", "cost": {"credits": 3}}, TaskReport(TaskState.CANCELLED, cost=Decimal(3))),
        ({"status": "REHEARSING"}, TaskReport(TaskState.UNRECOGNISED)),
        ({"status": "GONE"}, TaskReport(TaskState.UNRECOGNISED)),
    ],
)
async def test_a_task_is_reported_as_it_stands(
    server: FakeServer, body: dict[str, object], report: TaskReport
) -> None:
    """All six states, and one that nobody knows yet; what does not belong to a state is not read."""
    assert await poll(server, json_reply({"id": TASK, **body})) == report


async def test_a_task_that_the_api_does_not_know_is_gone(server: FakeServer) -> None:
    """A 404 is an end, not an error."""
    assert await poll(server, json_reply({"error": "not found"}, 404)) == TaskReport(TaskState.GONE)


@pytest.mark.parametrize("reply", [Reply(404), Reply(404, b"<html>Not found</html>")])
async def test_a_404_of_somebody_else_says_nothing_of_the_task(server: FakeServer, reply: Reply) -> None:
    """A proxy or a portal that finds nothing is no end: the task was paid for, and is asked for again."""
    with pytest.raises(Unreachable):
        await poll(server, reply)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_final(server: FakeServer, status: int) -> None:
    """Asking again with the same key would not help."""
    with pytest.raises(ProviderError) as caught:
        await poll(server, json_reply({"error": "who are you"}, status))
    assert caught.value.code is codes.KEY_REJECTED
    assert not isinstance(caught.value, Unreachable)


@pytest.mark.parametrize("status", [302, 408, 409, 429, 500, 502, 503, 504])
async def test_a_busy_or_broken_service_may_recover(server: FakeServer, status: int) -> None:
    """The engine asks again, after the wait that was asked for; the SDK does not do it by itself."""
    with pytest.raises(Unreachable) as caught:
        await poll(server, json_reply({"error": "later"}, status, Retry_After="4"))
    assert caught.value.retry_after_s == 4.0
    assert server.count("GET") == 1


UNREADABLE = {
    "hangs": Reply(hangs=True),
    "resets": Reply(resets=True),
    "breaks off": Reply(200, b'{"status": "RUNNING"}', cut=5),
    "slow loris": Reply(200, b'{"status": "RUNNING"}' + b" " * 100, pause_s=0.05),
    "a page": Reply(200, b"<html>Sign in</html>", (("Content-Type", "text/html"),)),
    "another answer": json_reply({"ok": True}),
    "a status of another type": json_reply({"status": 5}),
    "too much": Reply(200, b" " * 11_000_000),
    "a bomb": Reply(200, gzip.compress(b" " * 30_000_000), (("Content-Encoding", "gzip"),)),
}


@pytest.mark.parametrize("reply", UNREADABLE.values(), ids=UNREADABLE)
async def test_an_answer_that_cannot_be_read_is_asked_for_again(server: FakeServer, reply: Reply) -> None:
    """Networks, portals and bombs end the question, not the task."""
    with pytest.raises(Unreachable):
        await poll(server, reply)


async def test_another_refusal_is_final(server: FakeServer) -> None:
    """A question that the API does not take is not repeated."""
    with pytest.raises(ProviderError) as caught:
        await poll(server, json_reply({"error": "bad id"}, 400))
    assert caught.value.code is codes.REQUEST_REJECTED


@pytest.mark.parametrize("task", ["", "../organization", "a/b", "a b", "ä", "x" * 200, "?x=1"])
async def test_what_cannot_be_an_id_is_not_asked_for(server: FakeServer, task: str) -> None:
    """An id becomes part of an address; nothing else may."""
    async with provider_at(server.url) as provider:
        with pytest.raises(ProviderError) as caught:
            await provider.poll(structs.replace(HANDLE, task=task))
    assert caught.value.code is codes.TASK_GONE
    assert server.seen == []


async def test_failures_are_shown_without_secrets(server: FakeServer) -> None:
    """The service may quote an address that it was given."""
    report = await poll(
        server, json_reply({"status": "FAILED", "failure": f"cannot read https://a/b?s={CANARY}"})
    )
    assert report.failure == "cannot read https://a/b?…"


async def test_links_are_not_in_the_representation(server: FakeServer) -> None:
    """A signed address is as good as the file."""
    report = await poll(server, json_reply({"status": "SUCCEEDED", "output": ["https://a/b?_jwt=SECRET"]}))
    assert "SECRET" not in repr(report)


async def test_questions_share_connections(server: FakeServer) -> None:
    """Polls are many and harmless: they need no connection of their own."""
    server.on("GET", TASK_PATH, json_reply({"status": "PENDING"}))
    async with provider_at(server.url) as provider:
        for _ in range(3):
            await provider.poll(HANDLE)
    assert server.connections == 1
    assert server.seen[0].header("accept-encoding") == "identity"


async def test_the_account_is_read_tolerantly(server: FakeServer) -> None:
    """Null is no limit, and a model may be in one table only."""
    body = {
        "creditBalance": 1250,
        "tier": {
            "models": {
                "gen4.5": {"maxConcurrentGenerations": 2, "maxDailyGenerations": 50},
                "ruby": {"maxConcurrentGenerations": None, "maxDailyGenerations": None},
                "odd": "?",
            }
        },
        "usage": {"models": {"gen4.5": {"dailyGenerations": 7}, "old": {"dailyGenerations": 1}}},
    }
    server.on("GET", ORGANIZATION, json_reply(body))
    async with provider_at(server.url) as provider:
        assert await provider.account() == Account(
            Decimal(1250),
            {
                "gen4.5": PoolLimits(2, 50, 7),
                "ruby": PoolLimits(),
                "odd": PoolLimits(),
                "old": PoolLimits(used_today=1),
            },
        )


async def test_an_empty_account_has_no_known_limits(server: FakeServer) -> None:
    """What is missing is not known."""
    server.on("GET", ORGANIZATION, json_reply({}))
    async with provider_at(server.url) as provider:
        assert await provider.account() == Account(None, {})


async def test_an_account_that_is_not_found_is_an_error(server: FakeServer) -> None:
    """Only tasks may be gone."""
    server.on("GET", ORGANIZATION, json_reply({"error": "?"}, 404))
    async with provider_at(server.url) as provider:
        with pytest.raises(ProviderError) as caught:
            await provider.account()
    assert caught.value.code is codes.REQUEST_REJECTED


@pytest.mark.parametrize("status", [200, 204, 404])
async def test_cancelling_twice_is_harmless(server: FakeServer, status: int) -> None:
    """A task that is gone is as cancelled as can be."""
    server.on("DELETE", TASK_PATH, Reply(status))
    async with provider_at(server.url) as provider:
        await provider.cancel(HANDLE)
    assert server.count("DELETE", TASK_PATH) == 1


async def test_cancelling_tells_that_it_failed(server: FakeServer) -> None:
    """Nobody is to believe that a task was cancelled."""
    server.on("DELETE", TASK_PATH, Reply(500))
    async with provider_at(server.url) as provider:
        with pytest.raises(Unreachable):
            await provider.cancel(HANDLE)
