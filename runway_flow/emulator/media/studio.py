"""Renders results when they are first asked for, one at a time in its own thread, and keeps the latest."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from runway_flow.kernel.media import MediaKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.emulator.sketch import Sketch
    from runway_flow.kernel.digests import Digest

CACHE_BYTES = 64 * 1024 * 1024


def render(sketch: Sketch, read: Callable[[Digest], bytes | None]) -> bytes:
    """Make the bytes of one result."""
    if sketch.kind is MediaKind.IMAGE:
        from runway_flow.emulator.media.images import render_image

        return render_image(sketch, read)
    if sketch.kind is MediaKind.VIDEO:
        from runway_flow.emulator.media.video import render_video

        return render_video(sketch, read)
    from runway_flow.emulator.media.audio import render_audio

    return render_audio(sketch)


class Studio:
    """A cache of rendered results, bounded in bytes; equal requests share one rendering."""

    def __init__(self, read: Callable[[Digest], bytes | None], limit: int = CACHE_BYTES) -> None:
        """Take where the bytes of inputs are found."""
        self._read = read
        self._limit = limit
        self._kept: OrderedDict[tuple[Digest, int], bytes] = OrderedDict()
        self._size = 0
        self._under_way: dict[tuple[Digest, int], asyncio.Future[bytes]] = {}
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="emulator-studio")

    async def result(self, sketch: Sketch) -> bytes:
        """Give the bytes of a result."""
        key = (sketch.digest, sketch.index)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        under_way = self._under_way.get(key)
        if under_way is None:
            loop = asyncio.get_running_loop()
            under_way = loop.run_in_executor(self._threads, render, sketch, self._read)
            self._under_way[key] = under_way
            under_way.add_done_callback(lambda done: self._keep(key, done))
        # A reader that goes away must not take the rendering from the others.
        return await asyncio.shield(under_way)

    def _keep(self, key: tuple[Digest, int], done: asyncio.Future[bytes]) -> None:
        del self._under_way[key]
        if done.cancelled() or done.exception() is not None:
            return
        self._kept[key] = done.result()
        self._size += len(done.result())
        while self._size > self._limit:
            _, dropped = self._kept.popitem(last=False)
            self._size -= len(dropped)

    def close(self) -> None:
        """Stop rendering."""
        self._threads.shutdown(wait=False, cancel_futures=True)
