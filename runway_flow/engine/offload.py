"""Blocking calls off the event loop: journal writes in one thread, file work in a few."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")

FILE_THREADS = 4


class Offload(Protocol):
    """Where blocking work is done."""

    async def journal(self, work: Callable[[], _T]) -> _T:
        """Write records; one after the other. A cancellation does not stop what has begun."""
        ...

    async def files(self, work: Callable[[], _T]) -> _T:
        """Read, hash, copy files."""
        ...

    def close(self) -> None:
        """Let go of what it needs, once what has begun is done."""
        ...


class ThreadOffload:
    """Threads of its own, made when first needed: fsyncs wait neither for the loop nor for downloads."""

    def __init__(self) -> None:
        self._journal = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._files = ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="files")

    async def journal(self, work: Callable[[], _T]) -> _T:
        """Write records."""
        return await asyncio.get_running_loop().run_in_executor(self._journal, work)

    async def files(self, work: Callable[[], _T]) -> _T:
        """Read, hash, copy files."""
        return await asyncio.get_running_loop().run_in_executor(self._files, work)

    def close(self) -> None:
        """Wait for what has begun, and end the threads."""
        self._journal.shutdown()
        self._files.shutdown(cancel_futures=True)
