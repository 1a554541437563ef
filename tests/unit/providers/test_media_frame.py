"""`media/frame`: the right frame, upright."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.providers.media.frame import Moment, read_moment, take_frame
from tests.fakes.clips import clip, look, run, trimmed, turned
from tests.fakes.local_media import LocalMedia, made_source, made_video

if TYPE_CHECKING:
    from pathlib import Path

    from runway_flow.tools.streams import VideoStream


@pytest.fixture
def media(tmp_path: Path) -> LocalMedia:
    """Make a provider."""
    return LocalMedia(tmp_path)


def middle(path: Path) -> tuple[int, ...]:
    """Give the colour in the middle of an image."""
    with Image.open(path) as image:
        colour = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(colour, tuple)
    return tuple(int(part) for part in colour)


def video() -> VideoStream:
    """Make a video of two seconds."""
    return made_video(2.0)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("first", 0.0),
        ("last", None),
        (1.5, 1.5),
        ("0.5s", 0.5),
        ("50%", 1.0),
        ("12.5 %", 0.25),
        ("100%", None),
    ],
)
def test_moment(value: object, seconds: float | None) -> None:
    """A moment is named, in seconds, or a share of the length."""
    assert read_moment(value, video()) == Moment(seconds)


@pytest.mark.parametrize(
    ("value", "code"),
    [(2.5, codes.OUT_OF_RANGE), ("110%", codes.VALUE_NOT_ACCEPTED), ("end", codes.VALUE_NOT_ACCEPTED)],
)
def test_moment_that_is_none(value: object, code: object) -> None:
    """A moment after the end and a word that is none are refused."""
    with pytest.raises(MediaError, match="at") as caught:
        read_moment(value, video())
    assert caught.value.code is code


@pytest.mark.parametrize("name", ["ramp", "uneven", "one", "mkv", "webm", "hevc", "prores"])
@pytest.mark.parametrize(("at", "index"), [("first", 0), ("last", -1)])
async def test_ends(media: LocalMedia, name: str, at: str, index: int) -> None:
    """First and last are the first and last frame that decoding gives: B-frames, uneven rates, one frame."""
    path = await media.perform("media/frame", video=media.artifact(clip(name)), at=at)
    assert middle(path) == pytest.approx(look(clip(name))[index].middle, abs=1)


async def test_last_is_the_default(media: LocalMedia) -> None:
    """Without `at` it is the last frame."""
    path = await media.perform("media/frame", video=media.artifact(clip("ramp")))
    assert middle(path) == pytest.approx(look(clip("ramp"))[-1].middle, abs=1)


@pytest.mark.parametrize(
    ("at", "index"), [(0.0, 0), (0.04, 0), (0.042, 1), (0.51, 12), ("50%", 12), (0.99, 23), (1.0, 23)]
)
async def test_moments(media: LocalMedia, at: object, index: int) -> None:
    """A moment gives the frame that is on screen then."""
    path = await media.perform("media/frame", video=media.artifact(clip("ramp")), at=at)
    assert middle(path) == pytest.approx(look(clip("ramp"))[index].middle, abs=1)


async def test_gap_shows_the_frame_before(media: LocalMedia) -> None:
    """In a gap of an uneven video the frame before it is on screen."""
    path = await media.perform("media/frame", video=media.artifact(clip("uneven")), at=0.4)
    assert middle(path) == pytest.approx(look(clip("uneven"))[4].middle, abs=1)


async def test_hidden_frames_are_not_taken(media: LocalMedia) -> None:
    """The first frame is the first that is shown."""
    path = await media.perform("media/frame", video=media.artifact(trimmed()), at="first")
    assert middle(path) == pytest.approx(look(trimmed())[0].middle, abs=1)


async def test_late_picture(media: LocalMedia, tmp_path: Path) -> None:
    """Before a picture that begins late its first frame is taken."""
    late = tmp_path / "late.mkv"
    run("-itsoffset", "0.5", "-i", str(clip("ramp")), "-i", str(clip("music")), "-c", "copy", str(late))
    path = await media.perform("media/frame", video=media.artifact(late), at="first")
    assert middle(path) == pytest.approx(look(clip("ramp"))[0].middle, abs=1)


async def test_upright(media: LocalMedia) -> None:
    """A frame is turned as it is shown: what is stored left comes out at the bottom."""
    path = await media.perform("media/frame", video=media.artifact(turned()))
    with Image.open(path) as image:
        assert image.size == (36, 64)
        top, bottom = image.getpixel((18, 10)), image.getpixel((18, 54))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[2] > 200 > top[0]
    assert bottom[0] > 200 > bottom[2]


async def test_square_pixels(media: LocalMedia) -> None:
    """A frame of other pixels comes out as wide as it is shown."""
    path = await media.perform("media/frame", video=media.artifact(clip("wide_pixels")))
    with Image.open(path) as image:
        assert image.size == (64, 36)


async def test_same_bytes_again(media: LocalMedia) -> None:
    """The same video gives the same bytes."""
    params = {"video": media.artifact(clip("red"))}
    first = await media.perform("media/frame", **params)
    assert first.read_bytes() == (await media.perform("media/frame", **params)).read_bytes()


async def test_sound_has_no_frames(media: LocalMedia) -> None:
    """A sound is refused."""
    with pytest.raises(MediaError, match="no picture"):
        await media.perform("media/frame", video=media.artifact(clip("voice")))


def test_before_the_first_frame(tmp_path: Path) -> None:
    """A moment before the first frame shows the first frame."""
    source = made_source("x.mp4", made_video())
    take_frame(clip("ramp"), source, Moment(-1.0), tmp_path / "out.png", threading.Event())
    assert middle(tmp_path / "out.png") == pytest.approx(look(clip("ramp"))[0].middle, abs=1)


@pytest.mark.parametrize("name", ["voice", "empty"])
def test_no_frame_at_all(tmp_path: Path, name: str) -> None:
    """A file without a frame to take is an error, not an empty image."""
    path = clip("voice")
    source = made_source("x.mp3", made_video(), None, "audio/mpeg")
    if name == "empty":
        whole, path = tmp_path / "whole.mp4", tmp_path / "none.mp4"
        run("-i", str(clip("red")), "-c", "copy", "-movflags", "empty_moov+frag_keyframe", str(whole))
        data = whole.read_bytes()
        path.write_bytes(data[: data.index(b"moof") - 4])
        source = made_source("x.mp4", made_video())
    with pytest.raises(MediaError, match="video"):
        take_frame(path, source, Moment(None), tmp_path / "out.png", threading.Event())
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize("moment", [Moment(None), Moment(0.0), Moment(0.9)])
def test_stopped(tmp_path: Path, moment: Moment) -> None:
    """Once it is told to stop it writes nothing."""
    stop = threading.Event()
    stop.set()
    source = made_source("x.mp4", made_video())
    take_frame(clip("ramp"), source, moment, tmp_path / "out.png", stop)
    assert not (tmp_path / "out.png").exists()
