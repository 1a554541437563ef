"""Argument lists for ffmpeg that every operation shares: guarded inputs, one encoding, repeatable bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.tools.containers import DEMUXERS, FORMAT_WHITELIST, MAX_PIXELS

if TYPE_CHECKING:
    from runway_flow.tools.streams import StreamFacts

SAMPLE_RATE = 48_000
"""Samples per second of every sound that is written: what video players and AAC in mp4 expect."""

THREADS = 4
"""Pinned, because x264's output depends on it: 1, 4 and the default give three files (measured)."""

GLOBAL = (
    *("-hide_banner", "-nostdin", "-nostats", "-v", "error"),
    *("-progress", "pipe:1", "-xerror", "-y"),
)
"""`-xerror`: a damaged input is a failure; without it ffmpeg ends with 0 and a short film (measured)."""

_REPEATABLE = (
    *("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"),
    *("-flags:v", "+bitexact", "-flags:a", "+bitexact"),
)
_MP4 = ("-movflags", "+faststart", "-f", "mp4")

ENCODE_VIDEO = (
    *("-c:v", "libx264", "-preset", "medium", "-crf", "18", "-pix_fmt", "yuv420p", "-threads", str(THREADS)),
)
ENCODE_AUDIO = ("-c:a", "aac", "-b:a", "192k", "-ar", str(SAMPLE_RATE), "-ac", "2")
COPY_VIDEO = ("-c:v", "copy")

MP4_VIDEO_CODECS = frozenset({"h264", "hevc", "av1", "mpeg4"})
"""Codecs, by libavcodec's names, that an mp4 file can hold and that players take from there (VP9 not)."""


class Source(Struct, frozen=True):
    """A medium in the work folder, under a name that we made, with the streams that were measured in it."""

    name: str
    streams: StreamFacts

    @property
    def media_type(self) -> str:
        """The type that its bytes have."""
        return self.streams.media_type


def input_flags(source: Source) -> tuple[str, ...]:
    """Give what stands before and with one `-i`: no protocol but files, no demuxer but the right one.

    The guard belongs to the input that follows it, so that each input has its own.
    """
    return (
        *guard(FORMAT_WHITELIST),
        *(("-max_pixels", str(MAX_PIXELS)) if source.streams.video else ()),
        *("-f", DEMUXERS[source.media_type], "-i", f"file:{source.name}"),
    )


def list_flags(list_name: str) -> tuple[str, ...]:
    """Give the input flags for our own list of files that are joined without decoding."""
    return (
        *guard(f"{FORMAT_WHITELIST},concat"),
        *("-f", "concat", "-safe", "1", "-i", f"file:{list_name}"),
    )


def guard(formats: str) -> tuple[str, ...]:
    """Give the flags that keep an input from reading anything but its own file."""
    return ("-protocol_whitelist", "file", "-format_whitelist", formats)


def mp4_flags(name: str) -> tuple[str, ...]:
    """Give what ends a command that writes an mp4: same input, same tool, same bytes."""
    return (*_REPEATABLE, *_MP4, f"file:{name}")


def m4a_flags(name: str) -> tuple[str, ...]:
    """Give what ends a command that writes sound only."""
    return (*_REPEATABLE, "-movflags", "+faststart", "-f", "ipod", f"file:{name}")


def video_copy_flags(codec: str) -> tuple[str, ...]:
    """Give the flags that take a video stream over as it is; Apple's players know HEVC as `hvc1` only."""
    return (*COPY_VIDEO, "-tag:v", "hvc1") if codec == "hevc" else COPY_VIDEO


def seconds_text(seconds: float) -> str:
    """Write seconds as filters take them: microseconds are their unit."""
    return f"{seconds:.6f}"
