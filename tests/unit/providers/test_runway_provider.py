from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from runway_flow.engine.service import Accepted, TaskState
from runway_flow.kernel import codes
from runway_flow.kernel.errors import ProviderError
from runway_flow.providers.runway.transfers import in_thread
from tests.fakes.http_server import FakeServer, Reply, json_reply
from tests.fakes.runway_api import CANARY, HANDLE, PATH, REQUEST, TASK, TASK_PATH, provider_at

if TYPE_CHECKING:
    from runway_flow.engine.ports import TaskProvider

LAZY = """
import sys
from runway_flow.providers.runway.provider import RunwayProvider
RunwayProvider(base_url="http://127.0.0.1:1", key="k", blobs=None, state=None, clock=None, probe=None)
print(sorted({"runwayml", "httpx", "networkx", "av", "PIL"} & set(sys.modules)))
"""


def test_building_a_provider_imports_nothing_heavy() -> None:
    """A run that finds everything stored never asks the service, and never pays for its SDK."""
    done = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_it_is_a_task_provider() -> None:
    """The port is held by type; mypy reads this line."""
    async with provider_at("http://127.0.0.1:1") as provider:
        port: TaskProvider = provider
        assert port is provider


async def test_a_bad_address_is_found_before_anything_is_opened() -> None:
    """The key is not sent anywhere by mistake."""
    with pytest.raises(ProviderError) as caught:
        async with provider_at("https://evil.example"):
            pass
    assert caught.value.code is codes.CONFIGURATION


async def test_the_key_is_in_no_representation() -> None:
    """Printing a provider or its parts shows no key."""
    async with provider_at("http://127.0.0.1:1") as provider:
        shown = repr((provider, provider.access, provider.parts.session, provider.parts))
    assert CANARY not in shown


async def test_no_traceback_shows_the_key() -> None:
    """Errors do not carry the SDK's own, which hold the request with its headers."""
    async with FakeServer() as server, provider_at(server.url) as provider:
        server.on("GET", TASK_PATH, json_reply({"error": CANARY}, 500))
        with pytest.raises(ProviderError) as caught:
            await provider.poll(HANDLE)
    error: BaseException = caught.value
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert CANARY not in str(error)


async def test_closing_twice_is_harmless_and_use_reopens() -> None:
    """A provider that was closed opens new connections when it is asked again."""
    async with FakeServer() as server, provider_at(server.url) as provider:
        server.on("POST", PATH, json_reply({"id": TASK}))
        server.on("GET", TASK_PATH, json_reply({"status": "PENDING"}))
        await provider.aclose()
        assert await provider.submit(REQUEST) == Accepted(TASK)
        await provider.aclose()
        await provider.aclose()
        assert (await provider.poll(HANDLE)).state is TaskState.PENDING


async def test_a_thread_has_ended_before_a_cancellation_goes_on() -> None:
    """Nobody closes a file while a thread still writes to it."""
    started, release = threading.Event(), threading.Event()
    ended: list[bool] = []

    def block() -> None:
        started.set()
        release.wait(5)
        ended.append(True)
        raise OSError("too late to matter")

    task = asyncio.create_task(in_thread(block))
    await asyncio.to_thread(started.wait, 5)
    task.cancel()
    asyncio.get_running_loop().call_later(0.01, release.set)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [True]


async def test_a_hanging_answer_does_not_stop_the_others() -> None:
    """Every call has its own deadline; one loop serves them all."""
    async with FakeServer() as server, provider_at(server.url) as provider:
        server.on("POST", PATH, Reply(hangs=True))
        server.on("GET", TASK_PATH, json_reply({"status": "PENDING"}))
        hanging = asyncio.create_task(provider.submit(REQUEST))
        assert (await provider.poll(HANDLE)).state is TaskState.PENDING
        assert not hanging.done()
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
