"""Blocking calls in threads, and callers that are cancelled while one is under way."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field

import pytest

from runway_flow.providers.runway.transfers import in_thread, open_in_thread


@dataclass
class Slow:
    """A call that ends when it is let go; `made` and `ended` tell what became of it."""

    gate: threading.Event = field(default_factory=threading.Event)
    began: threading.Event = field(default_factory=threading.Event)
    made: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def call(self) -> str:
        """Make something, in its own time."""
        self.began.set()
        assert self.gate.wait(30)
        self.made.append("it")
        return "it"

    async def is_under_way(self) -> None:
        """Wait until the thread is in the call."""
        await asyncio.to_thread(self.began.wait, 30)


async def cancel_twice(task: asyncio.Task[str], slow: Slow) -> None:
    """Cancel a caller twice while its thread works; it ends only when the thread does."""
    await slow.is_under_way()
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not task.done()
    slow.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert slow.made == ["it"]


async def test_a_cancelled_caller_is_there_when_its_thread_ends() -> None:
    """Nobody closes a file that a thread still writes to, however often the user asks for the end."""
    slow = Slow()
    await cancel_twice(asyncio.create_task(in_thread(slow.call)), slow)


async def test_what_a_cancelled_caller_opened_is_closed() -> None:
    """A draft that came to be while its caller was cancelled is discarded, not left behind."""
    slow = Slow()
    await cancel_twice(asyncio.create_task(open_in_thread(slow.call, slow.ended.append)), slow)
    assert slow.ended == ["it"]


async def test_what_was_opened_is_given() -> None:
    """Without a cancellation nothing is undone; a failure is the caller's."""
    slow = Slow()
    slow.gate.set()
    assert await open_in_thread(slow.call, slow.ended.append) == "it"
    assert not slow.ended
    with pytest.raises(ZeroDivisionError):
        await open_in_thread(lambda: 1 // 0, lambda _: None)
