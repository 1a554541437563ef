"""The argument lists that every operation shares."""

from __future__ import annotations

import pytest

from runway_flow.providers.media.commands import (
    ENCODE_AUDIO,
    ENCODE_VIDEO,
    GLOBAL,
    input_flags,
    list_flags,
    m4a_flags,
    mp4_flags,
    seconds_text,
    video_copy_flags,
)
from runway_flow.tools.containers import DEMUXERS
from tests.fakes.local_media import made_sound, made_source, made_video

FORMATS = "aac,flac,gif,jpeg_pipe,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,ogg,png_pipe,wav,webp_pipe"
GUARD = ("-protocol_whitelist", "file", "-format_whitelist", FORMATS)


def test_video_input() -> None:
    """An input is guarded, its picture bounded, its demuxer given, its name ours and marked as a file."""
    expected = (*GUARD, "-max_pixels", "50000000", "-f", "mov", "-i", "file:in0.mp4")
    assert input_flags(made_source("in0.mp4", made_video())) == expected


def test_sound_input() -> None:
    """A sound has no picture to bound (ffmpeg refuses an option that no stream takes)."""
    source = made_source("in1.mp3", None, made_sound(), "audio/mpeg")
    assert input_flags(source) == (*GUARD, "-f", "mp3", "-i", "file:in1.mp3")


def test_list_input() -> None:
    """Our own list is read in the mode that refuses paths, its files by the same demuxers as all."""
    assert list_flags("l.ffconcat") == (
        *("-protocol_whitelist", "file", "-format_whitelist", f"{FORMATS},concat"),
        *("-f", "concat", "-safe", "1", "-i", "file:l.ffconcat"),
    )


@pytest.mark.parametrize("name", ["hls", "dash", "concat", "tty", "image2", "lavfi", "svg_pipe", "mpegts"])
def test_demuxers_that_follow_or_guess_are_not_listed(name: str) -> None:
    """No demuxer is allowed that reads other files or takes any text."""
    assert name not in FORMATS.split(",")
    assert name not in DEMUXERS.values()


def test_global_flags() -> None:
    """Ffmpeg asks nothing, reports progress, and fails where an input is damaged."""
    assert (
        *("-hide_banner", "-nostdin", "-nostats", "-v", "error", "-progress", "pipe:1", "-xerror", "-y"),
    ) == GLOBAL


def test_encoding() -> None:
    """Films are H.264 and AAC as every player takes them; threads are pinned: they change the bytes."""
    assert " ".join((*ENCODE_VIDEO, *ENCODE_AUDIO)) == (
        "-c:v libx264 -preset medium -crf 18 -pix_fmt yuv420p -threads 4 -c:a aac -b:a 192k -ar 48000 -ac 2"
    )


@pytest.mark.parametrize(("flags", "container"), [(mp4_flags("o"), "mp4"), (m4a_flags("o"), "ipod")])
def test_results_are_repeatable(flags: tuple[str, ...], container: str) -> None:
    """No metadata, times or versions are written, and the index comes first."""
    assert " ".join(flags) == (
        "-map_metadata -1 -map_chapters -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact "
        f"-movflags +faststart -f {container} file:o"
    )


def test_hevc_is_tagged_for_apple() -> None:
    """HEVC that is taken over gets the tag that Apple's players know."""
    assert video_copy_flags("hevc") == ("-c:v", "copy", "-tag:v", "hvc1")
    assert video_copy_flags("h264") == ("-c:v", "copy")


def test_seconds_are_written_to_the_microsecond() -> None:
    """Times have no exponent and six decimals."""
    assert seconds_text(1 / 3) == "0.333333"
    assert seconds_text(1e-7) == "0.000000"
