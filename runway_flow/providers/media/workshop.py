"""Where one operation works: its folder, its inputs under names we made, its runs of ffmpeg, its checks."""

from __future__ import annotations

import asyncio
import math
import threading
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from msgspec import Struct

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.providers.media.commands import GLOBAL, THREADS
from runway_flow.tools.process import Limits, finish, most_memory, run_process
from runway_flow.tools.streams import probe_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from runway_flow.tools.ffmpeg import Ffmpeg

MAX_SECONDS = 3 * 3600.0
"""The longest film that is made: two frames can claim to be a day apart and fill a disk (measured)."""

_START_S = 300.0
_PER_SECOND_S = 240.0
"""Time that is given: a start, and per second of film what 4K takes on one slow core, several times over."""

_BYTES_PER_SECOND = 64 * 1024 * 1024
_COMPLAINT_LINES = 12

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Promise(Struct, frozen=True):
    """What a result must be. `frames` and `size` None: no picture; `sounds` counts its audio streams."""

    seconds: float
    slack_s: float
    sounds: int
    frames: int | None = None
    size: tuple[int, int] | None = None


class Workshop(Struct, frozen=True):
    """One operation's folder and its way to run ffmpeg; `on_progress` gets 0 … 1."""

    folder: Path
    ffmpeg: Callable[[], Ffmpeg]
    on_progress: Callable[[float], None]

    async def blocking(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Do blocking work in a thread; a cancellation waits for it, so that the folder can be removed."""
        return await finish(asyncio.to_thread(work, *args, **kwargs))

    async def stoppable(self, work: Callable[[threading.Event], _T]) -> _T:
        """Do blocking work that looks at an event; a cancellation sets it and waits for the work to end."""
        stop = threading.Event()
        task = asyncio.ensure_future(self.blocking(work, stop))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            stop.set()
            await finish(_end_of(task))
            raise

    async def encode(self, arguments: Sequence[str], seconds: float) -> None:
        """Run ffmpeg in the folder; `seconds` is how long the result will be.

        Raises `MediaError`: MEDIA_FAILED with ffmpeg's last lines, DISK_FULL, FFMPEG_MISSING.
        """
        if seconds > MAX_SECONDS:
            raise MediaError(
                f"the result would be {seconds / 3600:.1f} h long; at most {MAX_SECONDS / 3600:g} h are made",
                hint="a clip may claim a length that it does not have: look at its facts",
            )
        program = await self.blocking(self.ffmpeg)
        wall_s = _START_S + _PER_SECOND_S * seconds
        limits = Limits(
            wall_s,
            math.ceil(wall_s) * THREADS,
            math.ceil((seconds + 60) * _BYTES_PER_SECOND),
            most_memory(),
        )
        try:
            done = await run_process(
                [program.path, *GLOBAL, *arguments],
                self.folder,
                on_line=lambda line: self._note(line, seconds),
                limits=limits,
            )
        except OSError as error:
            raise MediaError(f"{program.path} cannot be started: {error.strerror or error}") from error
        if done.has_timed_out:
            raise MediaError(f"ffmpeg did not end within {wall_s:.0f} s and was stopped")
        if done.code != 0:
            raise _failure(done.code, done.errors, program)

    def _note(self, line: str, seconds: float) -> None:
        share = read_progress(line, seconds)
        if share is not None:
            self.on_progress(share)

    async def check(self, name: str, promise: Promise) -> Path:
        """Give the path of a result once it is what was promised; exit code 0 proves nothing.

        Raises `MediaError` (MEDIA_UNEXPECTED) that says what is different.
        """
        path = self.folder / name
        await self.blocking(check_result, path, promise)
        return path


async def _end_of(task: asyncio.Future[_T]) -> None:
    await asyncio.wait([task])


def read_progress(line: str, seconds: float) -> float | None:
    """Read one line of `-progress` as a share of `seconds`; None if it says nothing about that."""
    key, _, value = line.partition("=")
    if key != "out_time_us" or not value.lstrip("-").isdigit() or seconds <= 0:
        return None
    return min(max(int(value) / 1e6 / seconds, 0.0), 1.0)


def check_result(path: Path, promise: Promise) -> None:
    """Compare a result with what was promised. Raises `MediaError` (MEDIA_UNEXPECTED)."""
    try:
        facts = probe_streams(path, "the result")
    except MediaError as error:
        raise MediaError(error.message, code=codes.MEDIA_UNEXPECTED) from error
    video, audio = facts.video, facts.audio
    found: list[tuple[str, object, object, bool]] = [
        ("audio streams", len(facts.languages), promise.sounds, len(facts.languages) == promise.sounds),
        (
            "a picture",
            video is not None,
            promise.frames is not None,
            (video is None) == (promise.frames is None),
        ),
    ]
    if promise.frames is not None and video is not None:
        near = abs(video.frames - promise.frames) <= 1
        found.append(("frames", video.frames, promise.frames, near))
        found.append(("size", video.shown_size, promise.size, video.shown_size == promise.size))
    seconds = video.seconds if video else (audio.seconds if audio else 0.0)
    found.append(
        ("seconds", seconds, promise.seconds, abs(seconds - promise.seconds) <= promise.slack_s + 1e-3)
    )
    wrong = [f"{what}: {is_}, promised {should}" for what, is_, should, is_right in found if not is_right]
    if wrong:
        raise MediaError(
            "ffmpeg gave something else than promised: " + "; ".join(wrong), code=codes.MEDIA_UNEXPECTED
        )


def _failure(code: int, errors: str, program: Ffmpeg) -> MediaError:
    lines = tuple(line for line in errors.splitlines() if line.strip())[-_COMPLAINT_LINES:]
    if "No space left on device" in errors:
        return MediaError("the disk is full", code=codes.DISK_FULL, hint="make room and run again")
    reason = lines[0] if lines else "it said nothing"
    return MediaError(f"ffmpeg {program.version} failed ({code}): {reason}", notes=lines)
