"""`media/frame`: one frame of a video as a PNG, found by decoding: seeking from the end misses frames."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.providers.media.settings import read_seconds, read_source, wrong
from runway_flow.tools.containers import MAX_PIXELS, open_container, open_source
from runway_flow.tools.streams import main_streams

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping
    from pathlib import Path

    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream as AvVideo
    from PIL.Image import Image

    from runway_flow.providers.media.commands import Source
    from runway_flow.providers.media.workshop import Workshop
    from runway_flow.tools.streams import VideoStream

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_PERCENT_WHOLE = 100.0
_SEEK_BACK_S = 1.0
_MICROSECOND = Fraction(1, 1_000_000)
_PNG = "out.png"


class Moment(Struct, frozen=True):
    """Which frame: the one that is shown at `seconds`; None is the last one."""

    seconds: float | None


async def perform(params: Mapping[str, object], shop: Workshop) -> tuple[Path, ...]:
    """Give the frame of `video` that is shown `at` a moment. Raises `MediaError`."""
    source = read_source(params, "video")
    video = source.streams.video
    if video is None:
        raise MediaError("video has no picture", code=codes.MEDIA_KIND)
    moment = read_moment(params.get("at", "last"), video)
    path = shop.folder / _PNG
    await shop.stoppable(partial(take_frame, shop.folder / source.name, source, moment, path))
    return (path,)


def read_moment(value: object, video: VideoStream) -> Moment:
    """Read `first`, `last`, seconds or `50%`. Raises `MediaError` for a moment after the end."""
    if value == "last":
        return Moment(None)
    if value == "first":
        return Moment(0.0)
    share = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if share is not None:
        percent = float(share.group(1))
        if percent > _PERCENT_WHOLE:
            raise wrong("at", value, "a share of at most 100%")
        return Moment(None) if percent == _PERCENT_WHOLE else Moment(percent / _PERCENT_WHOLE * video.seconds)
    seconds = read_seconds(value, "at")
    if seconds > video.seconds:
        raise MediaError(
            f"at: the video is {video.seconds:.2f} s long and shows nothing at {seconds:g} s",
            code=codes.OUT_OF_RANGE,
            hint="`last` is its last frame",
        )
    return Moment(seconds)


def take_frame(path: Path, source: Source, moment: Moment, target: Path, stop: threading.Event) -> None:
    """Decode the frame and write it as a PNG, turned as it is shown, with square pixels.

    Raises `MediaError` if it cannot be decoded; ends early, writing nothing, once `stop` is set.
    """
    with open_source(path) as file, open_container(file, source.media_type, "video") as container:
        stream, _ = main_streams(container)
        if stream is None or stream.width * stream.height > MAX_PIXELS:
            raise MediaError(
                f"video: pictures of more than {MAX_PIXELS // 1_000_000} million pixels are not read"
            )
        stream.thread_type = "AUTO"
        frame = _find(container, stream, moment, stop)
        if frame is None:
            if stop.is_set():
                return
            raise MediaError("video: no frame could be decoded", code=codes.MEDIA_UNEXPECTED)
        image = _upright(frame, source.streams.video.sar if source.streams.video else None)
    image.save(target, format="PNG")


def _find(
    container: InputContainer, stream: AvVideo, moment: Moment, stop: threading.Event
) -> VideoFrame | None:
    """Seek to before the moment and decode up to it; from the start if the seek went too far."""
    start = stream.start_time or 0
    time_base = stream.time_base or _MICROSECOND
    limit: int | None = None
    if moment.seconds is not None:
        goal = limit = start + round(moment.seconds / time_base)
    else:
        length = stream.duration or round((container.duration or 0) * _MICROSECOND / time_base)
        goal = start + length - round(_SEEK_BACK_S / time_base)
    if goal > start:
        container.seek(goal, stream=stream, backward=True)
        found = _decode(container, stream, limit, stop)
        if found is not None or stop.is_set():
            return found
        container.seek(start, stream=stream, backward=True)
    return _decode(container, stream, limit, stop, is_from_start=True)


def _decode(
    container: InputContainer,
    stream: AvVideo,
    limit: int | None,
    stop: threading.Event,
    *,
    is_from_start: bool = False,
) -> VideoFrame | None:
    """Give the last frame that is shown at or before `limit`, or the very last; None if there is none.

    From the start there is one before every moment: the first.
    """
    found: VideoFrame | None = None
    for frame in container.decode(stream):
        if stop.is_set():
            return None
        if limit is not None and frame.pts is not None and frame.pts > limit:
            return found or (frame if is_from_start else None)
        found = frame
    return found


def _upright(frame: VideoFrame, sar: Fraction | None) -> Image:
    from PIL.Image import Resampling, Transpose

    image: Image = frame.to_image()  # type: ignore[no-untyped-call]  # PyAV types its parameters by **kwargs
    if sar and sar != 1:
        image = image.resize((max(round(image.width * sar), 1), image.height), Resampling.LANCZOS)
    turns = {90: Transpose.ROTATE_90, 180: Transpose.ROTATE_180, 270: Transpose.ROTATE_270}
    turn = turns.get(frame.rotation % 360)
    return image.transpose(turn) if turn is not None else image
