"""`media/concat`: what comes out, decoded."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.providers.media import concat
from runway_flow.tools.streams import count_frames, probe_streams
from tests.fakes.clips import clip, cut_off, level_db, listen, look, tone_db, trimmed, turned
from tests.fakes.local_media import LocalMedia

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.clips import Shown

RED, BLUE, LIME = (253, 0, 0), (0, 0, 254), (0, 254, 0)


def near(colour: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    """Whether two colours look the same."""
    return all(abs(one - two) <= 12 for one, two in zip(colour, other, strict=True))


def assert_regular(frames: list[Shown], rate: float) -> None:
    """Frames come at a steady rate from 0."""
    assert frames[0].seconds == pytest.approx(0, abs=1e-3)
    for before, after in itertools.pairwise(frames):
        assert after.seconds - before.seconds == pytest.approx(1 / rate, abs=1.5e-3)


# --- results -------------------------------------------------------------------------------------


@pytest.fixture
def media(tmp_path: Path) -> LocalMedia:
    """Make a provider."""
    return LocalMedia(tmp_path)


async def test_copy_joins_exactly(media: LocalMedia) -> None:
    """Equal clips: every frame there, in order, at a steady rate, the sounds one after the other."""
    path = await media.perform(
        "media/concat", clips=(media.artifact(clip("red")), media.artifact(clip("blue")))
    )
    frames = look(path)
    assert len(frames) == 48
    assert_regular(frames, 24)
    assert near(frames[23].middle, RED)
    assert near(frames[24].middle, BLUE)
    samples = listen(path)
    assert len(samples) == pytest.approx(96_000, abs=2_048)
    assert tone_db(samples[4_800:43_200], 440) > tone_db(samples[4_800:43_200], 880) + 30
    assert tone_db(samples[52_800:91_200], 880) > tone_db(samples[52_800:91_200], 440) + 30
    source, result = probe_streams(clip("red")).video, probe_streams(path).video
    assert source is not None
    assert result is not None
    assert source.setup == result.setup, "the picture was encoded again"


async def test_copy_that_is_not_exact_is_encoded(media: LocalMedia) -> None:
    """A clip whose hidden frames a copy would show is encoded after all."""
    film = (media.artifact(trimmed()), media.artifact(trimmed()))
    path = await media.perform("media/concat", clips=film)
    assert len(look(path)) == 2 * count_frames(trimmed())


async def test_mixed_clips(media: LocalMedia) -> None:
    """Sizes, rates, orientations, missing sound, odd sides, uneven rates and single frames go together."""
    names = ("red", "tall", "silent", "odd", "uneven", "one", "webm", "wide_pixels", "mkv", "prores")
    paths = [*(clip(name) for name in names), turned()]
    path = await media.perform("media/concat", clips=tuple(media.artifact(each) for each in paths))
    expected = sum(
        round(video.seconds * 24) for each in paths if (video := probe_streams(each).video) is not None
    )
    frames = look(path)
    assert len(frames) == pytest.approx(expected, abs=1)
    assert_regular(frames, 24)
    assert {frame.size for frame in frames} == {(64, 36)}
    assert len(listen(path)) == pytest.approx(expected * 2_000, abs=2_048)


async def test_missing_sound_is_silence_at_its_place(media: LocalMedia) -> None:
    """The sound of the third clip does not slip under the second, which has none."""
    names = ("red", "silent", "blue")
    path = await media.perform(
        "media/concat", clips=tuple(media.artifact(clip(name)) for name in names), fps=30
    )
    samples = listen(path)
    assert level_db(samples[52_800:91_200]) < -70
    assert level_db(samples[100_800:139_200]) > -30
    assert len(look(path)) == 90


@pytest.mark.parametrize("transition", ["fade", "wipeleft", "circleopen"])
async def test_cross_fade(media: LocalMedia, transition: str) -> None:
    """With a transition the film is shorter by the overlap, and its ends are untouched."""
    clips = tuple(media.artifact(clip(name)) for name in ("red", "blue", "silent"))
    path = await media.perform("media/concat", clips=clips, transition=transition, overlap=0.25)
    frames = look(path)
    assert len(frames) == 72 - 12
    assert_regular(frames, 24)
    assert near(frames[0].middle, RED)
    assert near(frames[30].middle, BLUE)
    assert near(frames[-1].middle, LIME)
    assert len(listen(path)) == pytest.approx(60 * 2_000, abs=2_048)


async def test_fade_mixes_in_the_middle(media: LocalMedia) -> None:
    """Half way through a fade the picture is half of both."""
    clips = (media.artifact(clip("red")), media.artifact(clip("blue")))
    frames = look(await media.perform("media/concat", clips=clips, transition="fade", overlap=1.0))
    assert len(frames) == 24
    red, _, blue = frames[12].middle
    assert 90 < red < 165
    assert 90 < blue < 165


async def test_overlap_as_long_as_a_clip(media: LocalMedia) -> None:
    """An overlap may be all of a clip, also of one frame."""
    clips = tuple(media.artifact(clip(name)) for name in ("red", "one", "blue"))
    path = await media.perform("media/concat", clips=clips, transition="fade", overlap=1 / 24)
    assert len(look(path)) == 24 + 1 + 24 - 2


async def test_trimmed_clip_is_exact(media: LocalMedia) -> None:
    """A trim begins and ends at the frames that were asked for."""
    clips = ({"media": media.artifact(clip("ramp")), "start": 0.25, "end": "0.5s"},)
    frames = look(await media.perform("media/concat", clips=clips))
    source = look(clip("ramp"))
    assert len(frames) == 6
    assert near(frames[0].middle, source[6].middle)
    assert near(frames[-1].middle, source[11].middle)


async def test_single_clip(media: LocalMedia) -> None:
    """One clip is a film; of one frame, too."""
    assert len(look(await media.perform("media/concat", clips=(media.artifact(clip("one")),)))) == 1


@pytest.mark.parametrize(
    ("fit", "corner"), [("contain", (0, 0, 0)), ("cover", RED), ("stretch", RED), ("blur", RED)]
)
async def test_fit(media: LocalMedia, fit: str, corner: tuple[int, int, int]) -> None:
    """A wide clip in a tall frame: black bars, cut, stretched, or over a blur of itself."""
    clips = (media.artifact(clip("red")),)
    path = await media.perform("media/concat", clips=clips, size="90:160", fit=fit)
    still = await media.perform("media/frame", video=media.artifact(path), at="first")
    from PIL import Image

    with Image.open(still) as image:
        assert image.size == (90, 160)
        top = image.convert("RGB").getpixel((45, 4))
    assert isinstance(top, tuple)
    assert near((int(top[0]), int(top[1]), int(top[2])), corner)


async def test_turned_clip_stands_upright(media: LocalMedia) -> None:
    """A clip that is stored lying gives a film as it is shown."""
    path = await media.perform("media/concat", clips=(media.artifact(turned()),), fps=25)
    video = probe_streams(path).video
    assert video is not None
    assert (video.width, video.height, video.is_turned) == (36, 64, False)


async def test_dropped_sound(media: LocalMedia) -> None:
    """`audio: drop` leaves the picture alone."""
    path = await media.perform("media/concat", clips=(media.artifact(clip("red")),), audio="drop")
    assert probe_streams(path).audio is None


async def test_sounds(media: LocalMedia) -> None:
    """Sounds of any format give one sound as long as they are together, minus the overlaps."""
    names = ("voice", "music", "mono", "adts", "flac", "ogg")
    clips = tuple(media.artifact(clip(name)) for name in names)
    path = await media.perform("media/concat", clips=clips, transition="fade", overlap=0.1)
    assert probe_streams(path).video is None
    total = sum(audio.seconds for name in names if (audio := probe_streams(clip(name)).audio))
    assert len(listen(path)) / 48_000 == pytest.approx(total - 0.5, abs=0.05)


async def test_mono_keeps_its_level(media: LocalMedia) -> None:
    """A sound of one channel, a sine at an eighth of full scale, is as loud on both sides as it was."""
    path = await media.perform("media/concat", clips=(media.artifact(clip("mono")),))
    assert level_db(listen(path)) == pytest.approx(-21.1, abs=0.3)


async def test_same_bytes_again(media: LocalMedia) -> None:
    """The same clips give the same bytes with the same tool."""
    clips = (media.artifact(clip("red")), media.artifact(clip("tall")))
    first = await media.perform("media/concat", clips=clips, transition="fade", overlap=0.25)
    second = await media.perform("media/concat", clips=clips, transition="fade", overlap=0.25)
    assert first.read_bytes() == second.read_bytes()


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"clips": ()}, codes.MISSING_PARAMETER),
        ({}, codes.MISSING_PARAMETER),
        ({"clips": "red"}, codes.VALUE_NOT_ACCEPTED),
        ({"clips": (3,)}, codes.VALUE_NOT_ACCEPTED),
        ({"clips": ({"start": 1},)}, codes.VALUE_NOT_ACCEPTED),
    ],
)
async def test_clips_that_are_none(media: LocalMedia, params: dict[str, object], code: object) -> None:
    """What is no list of clips is refused."""
    with pytest.raises(MediaError) as caught:
        await media.perform("media/concat", **params)
    assert caught.value.code is code


async def test_unknown_transition(media: LocalMedia) -> None:
    """A transition that ffmpeg 5.1 does not know never reaches a filter graph."""
    clips = (media.artifact(clip("red")), media.artifact(clip("blue")))
    with pytest.raises(MediaError, match="transition") as caught:
        await media.perform("media/concat", clips=clips, transition="fadeout;movie=/etc/passwd")
    assert caught.value.code is codes.VALUE_NOT_ACCEPTED


async def test_sound_among_videos(media: LocalMedia) -> None:
    """A sound cannot stand between videos."""
    clips = (media.artifact(clip("red")), media.artifact(clip("voice")))
    with pytest.raises(MediaError, match="clip 2 is a sound") as caught:
        await media.perform("media/concat", clips=clips)
    assert caught.value.code is codes.MEDIA_KIND


async def test_sounds_without_sound(media: LocalMedia) -> None:
    """Dropping the sound of sounds leaves nothing."""
    with pytest.raises(MediaError, match="leaves nothing"):
        await media.perform("media/concat", clips=(media.artifact(clip("voice")),), audio="drop")


async def test_damaged_clip(media: LocalMedia) -> None:
    """A clip that was cut off is refused, not padded."""
    from runway_flow.kernel.media import Artifact

    whole = media.artifact(clip("ramp"))
    damaged = Artifact(media.blobs.put_file(cut_off()), whole.facts)
    with pytest.raises(MediaError, match=r"clips\[1\] is damaged"):
        await media.perform("media/concat", clips=(whole, damaged))


def test_transitions_are_ffmpegs() -> None:
    """Every transition is one of the program's own."""
    import subprocess

    from tests.fakes.clips import program

    text = subprocess.run(
        [program().path, "-hide_banner", "-h", "filter=xfade"], capture_output=True, text=True, check=True
    ).stdout
    known = {line.split()[0] for line in text.splitlines() if line.startswith("     ")}
    assert known >= concat.TRANSITIONS
