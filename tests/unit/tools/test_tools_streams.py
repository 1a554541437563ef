"""What is measured in a file's streams."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.tools.streams import AudioStream, count_frames, frame_rate, probe_streams, stated_seconds
from tests.fakes.clips import clip, cut_off, look, run, trimmed, turned

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer
    from av.video.stream import VideoStream


def test_video_and_audio() -> None:
    """Codec, format, size, rate and sound of a clip are known, and how many frames it shows."""
    facts = probe_streams(clip("red"))
    video, audio = facts.video, facts.audio
    assert video is not None
    assert (video.codec, video.pix_fmt, video.width, video.height) == ("h264", "yuv420p", 64, 36)
    assert (video.fps, video.frames, video.seconds, video.start) == (Fraction(24), 24, 1.0, 0.0)
    assert video.setup
    assert audio is not None
    assert (audio.codec, audio.sample_rate, audio.channels) == ("aac", 48_000, 2)
    assert facts.languages == ("und",)


@pytest.mark.parametrize("name", ["red", "ramp", "uneven", "one", "webm", "mkv", "hevc", "prores"])
def test_frames_are_those_that_decode(name: str) -> None:
    """Frames counted without decoding are those that decoding gives: B-frames, uneven rates, one frame."""
    assert count_frames(clip(name)) == len(look(clip(name)))


def test_frames_before_a_cut_do_not_count() -> None:
    """Frames that an edit list hides are not counted, and the length is that of the others."""
    video = probe_streams(trimmed()).video
    assert video is not None
    assert video.frames == len(look(trimmed())) < 24
    assert video.seconds == pytest.approx(video.frames / 24, abs=1e-5)


def test_uneven_rate() -> None:
    """The length of a clip with uneven frames is what its index says."""
    video = probe_streams(clip("uneven")).video
    assert video is not None
    assert video.frames == 13
    assert video.seconds == pytest.approx(1.0, abs=0.05)


def test_uneven_matroska(tmp_path: Path) -> None:
    """Where the rate is only guessed the time stamps decide the length."""
    path = tmp_path / "uneven.mkv"
    run("-i", str(clip("uneven")), "-c", "copy", str(path))
    video = probe_streams(path).video
    assert video is not None
    assert video.seconds == pytest.approx(1.0, abs=0.3)


def test_shown_size() -> None:
    """The shown size has rotation and pixel shape applied."""
    lying, wide = probe_streams(turned()).video, probe_streams(clip("wide_pixels")).video
    assert lying is not None
    assert wide is not None
    assert (lying.width, lying.height, lying.shown_size) == (64, 36, (36, 64))
    assert (wide.width, wide.sar, wide.shown_size) == (32, Fraction(2), (64, 36))


def test_same_encoder_same_setup() -> None:
    """Clips of one encoder and its settings have the same parameter sets, others have not."""
    red, blue, ramp = (probe_streams(clip(name)).video for name in ("red", "blue", "ramp"))
    assert red is not None
    assert blue is not None
    assert ramp is not None
    assert red.setup == blue.setup != ramp.setup


def test_sound_alone() -> None:
    """A sound has no video stream."""
    facts = probe_streams(clip("music"))
    assert facts.video is None
    assert facts.audio == AudioStream("pcm_s16le", 48_000, 2, 2.0)
    assert count_frames(clip("music")) == 0


def test_cut_off_is_refused() -> None:
    """A file that ends before its index says is refused by the name that the caller has for it."""
    with pytest.raises(MediaError, match="clip 3 is damaged") as caught:
        probe_streams(cut_off(), "clip 3")
    assert caught.value.code is codes.FILE_NOT_MEDIA


def test_text_is_refused(tmp_path: Path) -> None:
    """Text is no medium."""
    path = tmp_path / "a.mp4"
    path.write_text("hello")
    with pytest.raises(MediaError, match="no image, video or sound"):
        probe_streams(path)


def test_film_without_frames(tmp_path: Path) -> None:
    """A file that announces a picture and holds none is no film."""
    whole, path = tmp_path / "whole.mp4", tmp_path / "none.mp4"
    run("-i", str(clip("red")), "-c", "copy", "-movflags", "empty_moov+frag_keyframe", str(whole))
    data = whole.read_bytes()
    path.write_bytes(data[: data.index(b"moof") - 4])
    with pytest.raises(MediaError, match="holds no frame"):
        probe_streams(path)


def test_archive_is_refused(tmp_path: Path) -> None:
    """What nothing here decodes has no streams."""
    path = tmp_path / "frames.zip"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(MediaError, match="nothing here decodes application/zip"):
        probe_streams(path)


def test_rate_that_no_header_states() -> None:
    """Without any usable rate 24 is assumed."""
    stream = SimpleNamespace(average_rate=None, guessed_rate=Fraction(0), base_rate=Fraction(90_000))
    assert frame_rate(cast("VideoStream", stream)) == 24


def test_length_that_no_header_states() -> None:
    """Without any stated length there is none."""
    stream = SimpleNamespace(duration=None, time_base=Fraction(1, 1000))
    container = SimpleNamespace(duration=None)
    assert stated_seconds(cast("InputContainer", container), cast("VideoStream", stream)) is None
