"""`media/mux`: lays one sound, or one for each language, under a video whose frames are kept as they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.providers.media.commands import (
    ENCODE_AUDIO,
    ENCODE_VIDEO,
    MP4_VIDEO_CODECS,
    SAMPLE_RATE,
    Source,
    input_flags,
    mp4_flags,
    video_copy_flags,
)
from runway_flow.providers.media.filters import (
    even_size,
    frame_count,
    picture_chain,
    picture_span,
    sound_chain,
    sound_span,
    tempo_chain,
    whole_rate,
)
from runway_flow.providers.media.languages import language_code
from runway_flow.providers.media.settings import read_choice, read_flag, read_source, wrong
from runway_flow.providers.media.workshop import Promise

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

    from runway_flow.providers.media.workshop import Workshop
    from runway_flow.tools.streams import AudioStream, VideoStream

FITS = ("pad", "trim", "stretch", "extend")
_FILM = "out.mp4"
_LIMITER = "alimiter=limit=0.95:level=0"


class Track(Struct, frozen=True):
    """A sound to lay under: its medium and the code of its language, if it has one."""

    source: Source
    audio: AudioStream
    language: str | None = None


class Mux(Struct, frozen=True):
    """A video with its new sounds, decided. `frames` and `rate` set: the picture is encoded again."""

    source: Source
    video: VideoStream
    tracks: tuple[Track, ...]
    fit: str
    is_mixed: bool
    seconds: float
    rate: Fraction | None
    frames: int

    @property
    def size(self) -> tuple[int, int]:
        """The size of the result: even if it is encoded, else as it is."""
        return even_size(self.video.shown_size) if self.rate else self.video.shown_size

    @property
    def samples(self) -> int:
        """How many samples each sound has."""
        return round(self.seconds * SAMPLE_RATE)


async def perform(params: Mapping[str, object], shop: Workshop) -> tuple[Path, ...]:
    """Give `video` with `audio` under it as one mp4. Raises `MediaError`."""
    mux = plan_mux(
        read_source(params, "video"),
        read_tracks(params.get("audio")),
        fit=read_choice(params, "fit", FITS, "pad"),
        replaces=read_flag(params, "replace", default=True),
    )
    await shop.encode((*encode_mux(mux), *mp4_flags(_FILM)), mux.seconds)
    slack_s = float(1 / (mux.rate or mux.video.fps))
    return (await shop.check(_FILM, Promise(mux.seconds, slack_s, len(mux.tracks), mux.frames, mux.size)),)


def read_tracks(value: object) -> tuple[Track, ...]:
    """Read `audio`: a medium, or language → medium. Raises `MediaError` if one has no sound."""
    if isinstance(value, Source):
        return (_track(value, "audio", None),)
    if not isinstance(value, Mapping) or not value:
        raise wrong("audio", value or None, "a sound, or a mapping of languages to sounds")
    return tuple(_track(source, f"audio.{key}", str(key)) for key, source in value.items())


def _track(source: object, place: str, language: str | None) -> Track:
    if not isinstance(source, Source):
        raise wrong(place, source, "a sound")
    if source.streams.audio is None:
        raise MediaError(f"{place} has no sound", code=codes.MEDIA_KIND)
    return Track(source, source.streams.audio, language_code(language) if language else None)


def plan_mux(source: Source, tracks: tuple[Track, ...], *, fit: str, replaces: bool) -> Mux:
    """Decide the length and whether the picture is encoded again. Raises `MediaError` without a picture."""
    video = source.streams.video
    if video is None:
        raise MediaError("video has no picture", code=codes.MEDIA_KIND)
    longest = max(track.audio.seconds for track in tracks)
    rate: Fraction | None = None
    frames, seconds = video.frames, video.seconds
    is_extended = fit == "extend" and longest > seconds
    if is_extended or video.codec not in MP4_VIDEO_CODECS:
        rate = whole_rate(video.fps)
        frames = frame_count(seconds, rate)
        if is_extended:
            # A frame that is begun is shown whole; a rounding error is no frame.
            frames = max(math.ceil(round(longest * rate, 3)), frames)
        seconds = float(frames / rate)
    is_mixed = not replaces and source.streams.audio is not None
    return Mux(source, video, tracks, fit, is_mixed, seconds, rate, frames)


def encode_mux(mux: Mux) -> tuple[str, ...]:
    """Give the arguments that make the film, up to the container's."""
    inputs = [flag for source in (mux.source, *_sources(mux)) for flag in input_flags(source)]
    picture = (
        ("-map", "[v]", *ENCODE_VIDEO) if mux.rate else ("-map", "0:V:0", *video_copy_flags(mux.video.codec))
    )
    sounds = [flag for index in range(len(mux.tracks)) for flag in ("-map", f"[m{index}]")]
    return (*inputs, "-filter_complex", mux_graph(mux), *picture, *sounds, *ENCODE_AUDIO, *_track_flags(mux))


def _sources(mux: Mux) -> tuple[Source, ...]:
    return tuple(track.source for track in mux.tracks)


def _track_flags(mux: Mux) -> list[str]:
    flags: list[str] = []
    for index, track in enumerate(mux.tracks):
        flags += [f"-disposition:a:{index}", "default" if index == 0 else "0"]
        if track.language:
            flags += [f"-metadata:s:a:{index}", f"language={track.language}"]
    return flags


def mux_graph(mux: Mux) -> str:
    """Give the filter graph: the picture as `[v]` if it is encoded, the sounds as `[m0]`, `[m1]`."""
    parts: list[str] = []
    if mux.rate:
        chain = picture_chain(mux.video, mux.rate, mux.size, "stretch", "p")
        # The last frame stands for as long as the sound goes on; `tpad` must be long enough for that.
        hold = math.ceil(mux.seconds - mux.video.seconds) + 1
        span = picture_span(0, mux.frames, hold_s=hold)
        parts.append(f"[0:V:0]{chain},{span}[v]")
    own = mux.source.streams.audio
    if mux.is_mixed and own is not None:
        count = len(mux.tracks)
        copies = "".join(f"[o{index}]" for index in range(count))
        parts.append(f"[0:a:0]{sound_chain(own)},{sound_span(0, mux.samples)},asplit={count}{copies}")
    for index, track in enumerate(mux.tracks):
        parts += _track_parts(mux, index, track)
    return ";".join(parts)


def _track_parts(mux: Mux, index: int, track: Track) -> list[str]:
    chain = f"[{index + 1}:a:0]{sound_chain(track.audio)}"
    if mux.fit == "stretch" and track.audio.seconds > 0:
        chain += f",{tempo_chain(track.audio.seconds / mux.video.seconds)}"
    chain += f",{sound_span(0, mux.samples)}"
    if not mux.is_mixed:
        return [f"{chain}[m{index}]"]
    # `normalize=0`: else amix takes 6 dB off both; the limiter catches what then goes over (measured).
    mixed = f"[o{index}][n{index}]amix=inputs=2:duration=longest:normalize=0,{_LIMITER}"
    return [f"{chain}[n{index}]", f"{mixed},{sound_span(0, mux.samples)}[m{index}]"]
