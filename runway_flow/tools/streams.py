"""Facts of the streams inside a media file: what decides whether two clips can be joined as they are."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.tools.containers import not_media, open_container, open_source, sniff
from runway_flow.tools.iso_boxes import is_quarter_turned

if TYPE_CHECKING:
    from pathlib import Path

    from av.audio.stream import AudioStream as AvAudio
    from av.container import InputContainer
    from av.video.stream import VideoStream as AvVideo

_ATTACHED_PICTURE = 0x0400
"""AV_DISPOSITION_ATTACHED_PIC: a cover, not a film (libavformat/avformat.h)."""

_MICRO = 1_000_000
_TRUSTED_SLACK_S = 0.1
"""How far an mp3's stated length may be from its packets' sum: encoder delay and padding are below it."""

_COUNTED_TYPES = ("audio/mpeg", "audio/aac", "audio/wav")
"""Formats whose stated length is a guess from the bit rate, or written before the end was known."""

_ISO_TYPES = ("video/mp4", "video/quicktime", "audio/mp4")
_DEFAULT_RATE = Fraction(24)
_MAX_RATE = Fraction(240)


class VideoStream(Struct, frozen=True):
    """A video stream, measured: `frames` are those that are shown, `seconds` is how long they take.

    `width` and `height` are as stored; `is_turned`: shown turned by a quarter. `setup` is a digest of the
    decoder's parameter sets: equal for streams of the same encoder and settings.
    """

    codec: str
    profile: str
    pix_fmt: str
    width: int
    height: int
    sar: Fraction
    fps: Fraction
    time_base: Fraction
    frames: int
    seconds: float
    start: float = 0.0
    is_turned: bool = False
    setup: str = ""

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height on a screen of square pixels."""
        width, height = max(round(self.width * self.sar), 1), self.height
        return (height, width) if self.is_turned else (width, height)


class AudioStream(Struct, frozen=True):
    """An audio stream; `seconds` is its own length."""

    codec: str
    sample_rate: int
    channels: int
    seconds: float
    setup: str = ""


class StreamFacts(Struct, frozen=True):
    """The streams of one file: the first video, the first audio, the language of every audio stream."""

    media_type: str
    video: VideoStream | None
    audio: AudioStream | None
    languages: tuple[str | None, ...]


def probe_streams(path: Path, name: str | None = None) -> StreamFacts:
    """Give the streams of a video or audio file; every packet is looked at, none is decoded.

    `name` is what messages call the file. Raises `MediaError`: FILE_NOT_MEDIA for what cannot be read or
    ends before its index says (ffmpeg reports no failure for that: measured with 9.0.2).
    """
    name = name or path.name
    with open_source(path) as file:
        media_type = sniff(file)
        if media_type is None:
            raise not_media(name, "its bytes are those of no image, video or sound")
        size = file.seek(0, 2)
        turned = media_type in _ISO_TYPES and is_quarter_turned(file)
        file.seek(0)
        with open_container(file, media_type, name) as container:
            video, audio = main_streams(container)
            video_facts = (
                _measure_video(container, video, media_type, name, size, turned=turned) if video else None
            )
            languages = tuple(stream.language for stream in container.streams.audio)
            audio_facts = _audio_facts(container, audio, media_type) if audio else None
    return StreamFacts(media_type, video_facts, audio_facts, languages)


def count_frames(path: Path) -> int:
    """Give how many frames a video shows, without decoding it. Raises `MediaError` as `probe_streams`."""
    video = probe_streams(path).video
    return video.frames if video else 0


def main_streams(container: InputContainer) -> tuple[AvVideo | None, AvAudio | None]:
    """Give the first video stream that is no cover picture, and the first audio stream; each may be None."""
    video = next(
        (
            stream
            for stream in container.streams.video
            if not int(stream.disposition) & _ATTACHED_PICTURE and stream.codec_context is not None
        ),
        None,
    )
    audio = next((stream for stream in container.streams.audio if stream.codec_context is not None), None)
    return video, audio


def frame_rate(stream: AvVideo) -> Fraction:
    """Give the frames per second of a video stream: the average, else what the header suggests."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate and 0 < rate <= _MAX_RATE:
            return Fraction(rate)
    return _DEFAULT_RATE


def stated_seconds(container: InputContainer, stream: AvVideo | AvAudio) -> float | None:
    """Give how long the headers say that a stream is, or the whole file; None if they do not."""
    if stream.duration and stream.time_base:
        return round(float(stream.duration * stream.time_base), 6)
    return container.duration / _MICRO if container.duration else None


def audio_seconds(container: InputContainer, stream: AvAudio, media_type: str) -> float | None:
    """Give how long a sound is; where headers guess (mp3, aac) the packets are summed instead."""
    stated = stated_seconds(container, stream)
    if media_type not in _COUNTED_TYPES:
        return stated
    counted = 0
    for packet in container.demux(stream):
        if packet.size and packet.duration:
            counted += packet.duration
    seconds = float(counted * _time_base(stream))
    if stated is not None and media_type != "audio/aac" and abs(stated - seconds) <= _TRUSTED_SLACK_S:
        return stated
    return round(seconds, 6)


def _measure_video(
    container: InputContainer,
    stream: AvVideo,
    media_type: str,
    name: str,
    size: int,
    *,
    turned: bool,
) -> VideoStream:
    refuse_cut(stream, name, size)
    rate = frame_rate(stream)
    shown, last_end, first = 0, 0.0, 0.0
    for packet in container.demux(stream):
        if packet.size and not packet.is_discard and packet.pts is not None:
            start = float(packet.pts * packet.time_base)
            first = start if shown == 0 else min(first, start)
            last_end = max(last_end, start + float((packet.duration or 0) * packet.time_base))
            shown += 1
    if shown == 0:
        raise not_media(name, "its video stream holds no frame")
    context = stream.codec_context
    return VideoStream(
        codec=context.name,
        profile=str(stream.profile or ""),
        pix_fmt=str(context.pix_fmt or ""),
        width=stream.width,
        height=stream.height,
        sar=Fraction(stream.sample_aspect_ratio or 1),
        fps=rate,
        time_base=_time_base(stream),
        frames=shown,
        seconds=_seconds(shown, rate, last_end - first, media_type),
        start=max(first, 0.0),
        is_turned=turned,
        setup=_digest(context.extradata),
    )


def _seconds(shown: int, rate: Fraction, span: float, media_type: str) -> float:
    """Give the length of a video stream: its frames at its average rate, where that rate is a count.

    In an mp4 the average rate is frames ÷ length, by its index; elsewhere it is guessed from the first
    frames, so that it is held against the time stamps.
    """
    counted = float(shown / rate)
    if media_type in _ISO_TYPES or abs(counted - span) <= 1.5 / float(rate):
        return round(counted, 6)
    return round(span, 6)


def refuse_cut(stream: AvVideo, name: str, size: int) -> None:
    """Raise `MediaError` if the file of `size` bytes ends before the stream's last frame does."""
    entries = stream.index_entries
    if len(entries):
        last = entries[len(entries) - 1]
        if last.pos + last.size > size:
            raise _damaged(name)


def _time_base(stream: AvVideo | AvAudio) -> Fraction:
    return Fraction(stream.time_base or Fraction(1, _MICRO))


def _damaged(name: str) -> MediaError:
    return MediaError(
        f"{name} is damaged: it ends before its own index says",
        code=codes.FILE_NOT_MEDIA,
        hint="it was probably cut off while it was copied or downloaded: get it again",
    )


def _audio_facts(container: InputContainer, stream: AvAudio, media_type: str) -> AudioStream:
    container.seek(0)
    return AudioStream(
        codec=stream.codec_context.name,
        sample_rate=stream.sample_rate or 0,
        channels=stream.channels or 0,
        seconds=audio_seconds(container, stream, media_type) or 0.0,
        setup=_digest(stream.codec_context.extradata),
    )


def _digest(setup: bytes | None) -> str:
    return hashlib.sha256(bytes(setup)).hexdigest()[:16] if setup else ""
