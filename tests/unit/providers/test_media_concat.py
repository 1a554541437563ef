"""`media/concat`: what is decided, the command that does it, and what comes out."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.providers.media import concat
from runway_flow.providers.media.concat_copy import can_copy, copy_film, copy_list
from runway_flow.providers.media.concat_plan import (
    Clip,
    Film,
    encode_film,
    film_graph,
    plan_film,
    plan_sound,
    sound_graph,
)
from runway_flow.tools.streams import count_frames, probe_streams
from tests.fakes.clips import clip, cut_off, level_db, listen, look, tone_db, trimmed, turned
from tests.fakes.local_media import LocalMedia, made_sound, made_source, made_video

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.clips import Shown

RED, BLUE, LIME = (253, 0, 0), (0, 0, 254), (0, 254, 0)


def made_clip(number: int = 1, seconds: float = 2.0, **video: Any) -> Clip:  # noqa: ANN401 - the facts a test varies
    """Make a clip with sound that does not exist."""
    stream = made_video(seconds, **video)
    return Clip(
        made_source(f"in{number}.mp4", stream, made_sound(seconds), languages=("und",)), f"clip {number}"
    )


def plan(*clips: Clip, **options: object) -> Film:
    """Plan a film with what a test varies."""
    asked = {
        "size": None,
        "rate": None,
        "fit": "contain",
        "transition": "cut",
        "overlap": 0.0,
        "keeps_sound": True,
        **options,
    }
    return plan_film(clips, **asked)  # type: ignore[arg-type]  # as above


def near(colour: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    """Whether two colours look the same."""
    return all(abs(one - two) <= 12 for one, two in zip(colour, other, strict=True))


def assert_regular(frames: list[Shown], rate: float) -> None:
    """Frames come at a steady rate from 0."""
    assert frames[0].seconds == pytest.approx(0, abs=1e-3)
    for before, after in itertools.pairwise(frames):
        assert after.seconds - before.seconds == pytest.approx(1 / rate, abs=1.5e-3)


# --- what is decided ---------------------------------------------------------------------------


def test_first_clip_decides() -> None:
    """Size and rate are the first clip's unless they are given."""
    film = plan(made_clip(size=(65, 37), fps=Fraction(25)), made_clip(2))
    assert (film.size, film.rate) == ((64, 36), Fraction(25))
    film = plan(made_clip(), size="200:100", rate=Fraction(30))
    assert (film.size, film.rate) == ((200, 100), Fraction(30))


def test_length_is_the_sum_without_overlaps() -> None:
    """A film is as long as its clips together, minus an overlap at each join."""
    film = plan(*(made_clip(n) for n in range(1, 5)), transition="fade", overlap=0.5)
    assert film.frames == 4 * 48 - 3 * 12
    assert film.seconds == 6.5


def test_trim() -> None:
    """A trimmed clip is cut at whole frames."""
    film = plan(replace(made_clip(), start=0.5, end=1.5))
    assert [(span.first, span.count) for span in film.spans] == [(12, 24)]


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (0.0, 2.5, "it cannot end at 2.5 s"),
        (2.0, None, "it cannot start at 2 s"),
        (1.0, 1.0, "nothing is left between 1 s and 1 s"),
    ],
)
def test_trim_that_does_not_fit(start: float, end: float | None, reason: str) -> None:
    """A trim outside its clip is refused; the clip is named and its length told."""
    with pytest.raises(MediaError, match=f"clip 2 is 2.00 s long: {reason}") as caught:
        plan(made_clip(), replace(made_clip(2), start=start, end=end))
    assert caught.value.code is codes.OUT_OF_RANGE


def test_end_may_be_rounded() -> None:
    """An end a little beyond the clip's is its end."""
    assert plan(replace(made_clip(seconds=1.96), end=2.0)).frames == 47


def test_overlap_longer_than_a_clip() -> None:
    """An overlap that a clip is too short for is refused before anything runs; the clip is named."""
    with pytest.raises(
        MediaError, match=r"clip 3 is 0.25 s long, shorter than the overlap of 0.5 s"
    ) as caught:
        plan(made_clip(), made_clip(2), made_clip(3, 0.25), transition="fade", overlap=0.5)
    assert caught.value.hint == "set `overlap` to at most 0.25, or `transition: cut`"


def test_one_clip_has_no_overlap() -> None:
    """A single clip has nothing to overlap with."""
    assert plan(made_clip(seconds=0.1), transition="fade", overlap=0.5).overlap_frames == 0


def test_sound_only_if_there_is_one() -> None:
    """A film has sound if one clip has, unless it is dropped."""
    mute = Clip(made_source("in2.mp4", made_video()), "clip 2")
    assert plan(mute, made_clip()).has_sound
    assert not plan(mute).has_sound
    assert not plan(made_clip(), keeps_sound=False).has_sound


# --- when pictures are taken over as they are ----------------------------------------------------


def test_equal_clips_are_copied() -> None:
    """Clips that were measured equal are joined without encoding."""
    assert can_copy(plan(made_clip(), made_clip(2)))


@pytest.mark.parametrize(
    "other",
    [
        {"codec": "hevc"},
        {"fps": Fraction(25)},
        {"size": (66, 36)},
        {"sar": Fraction(4, 3)},
        {"setup": "y"},
        {"start": 0.5},
    ],
)
def test_unequal_clips_are_encoded(other: dict[str, Any]) -> None:
    """One difference in any clip is enough to encode."""
    assert not can_copy(plan(made_clip(), made_clip(2, **other)))
    assert not can_copy(plan(made_clip(1, **other), made_clip(2)))


@pytest.mark.parametrize(
    "options", [{"size": "32:36"}, {"rate": Fraction(30)}, {"transition": "fade", "overlap": 0.5}]
)
def test_what_changes_the_picture_is_encoded(options: dict[str, object]) -> None:
    """Another size, another rate and a transition cannot be copied."""
    assert not can_copy(plan(made_clip(), made_clip(2), **options))


def test_trimmed_clips_are_encoded() -> None:
    """A copy can only begin at key frames."""
    assert not can_copy(plan(replace(made_clip(), start=0.5)))


@pytest.mark.parametrize(
    ("media_type", "codec"), [("video/x-matroska", "h264"), ("video/quicktime", "prores")]
)
def test_other_containers_and_codecs_are_encoded(media_type: str, codec: str) -> None:
    """Time stamps of Matroska are rounded, and mp4 does not hold every codec."""
    source = made_source("in0.mkv", made_video(codec=codec), None, media_type)
    assert not can_copy(plan(Clip(source, "clip 1")))


def test_sound_does_not_matter_for_the_picture() -> None:
    """Sounds may differ: they are made anew."""
    mute = Clip(made_source("in2.mp4", made_video()), "clip 2")
    assert can_copy(plan(made_clip(), mute))


# --- commands ------------------------------------------------------------------------------------

GUARD = ("-protocol_whitelist", "file", "-format_whitelist")
STEREO = "aformat=sample_fmts=fltp:channel_layouts=stereo"
PICTURE = (
    "scale=w=64:h=36:force_original_aspect_ratio=decrease:force_divisible_by=2,"
    "pad=w=64:h=36:x=(ow-iw)/2:y=(oh-ih)/2,setsar=1,format=yuv420p,"
    "tpad=stop_mode=clone:stop_duration=1"
)


def test_graph_of_cuts() -> None:
    """Every clip is brought to the same rate, size and length, silence where there is none, then joined."""
    mute = Clip(made_source("in2.mp4", made_video(1.0)), "clip 2")
    assert film_graph(plan(made_clip(), mute)).split(";") == [
        f"[0:V:0]fps=fps=24:start_time=0,{PICTURE},trim=start_frame=0:end_frame=48,setpts=PTS-STARTPTS,fps=fps=24[v0]",
        f"[1:V:0]fps=fps=24:start_time=0,{PICTURE},trim=start_frame=0:end_frame=24,setpts=PTS-STARTPTS,fps=fps=24[v1]",
        "[v0][v1]concat=n=2:v=1:a=0[v]",
        (
            f"[0:a:0]aresample=48000:async=1:first_pts=0,{STEREO},apad,"
            "atrim=start_sample=0:end_sample=96000,asetpts=PTS-STARTPTS[a0]"
        ),
        f"anullsrc=r=48000:cl=stereo,{STEREO},atrim=end_sample=48000[a1]",
        "[a0][a1]concat=n=2:v=0:a=1[a]",
    ]


def test_graph_of_fades() -> None:
    """Cross-fades are chained, each where the film so far has its overlap left."""
    film = plan(made_clip(), made_clip(2), made_clip(3), transition="wipeleft", overlap=0.5)
    assert [part for part in film_graph(film).split(";") if "fade" in part] == [
        "[v0][v1]xfade=transition=wipeleft:duration=0.500000:offset=1.500000[vx1]",
        "[vx1][v2]xfade=transition=wipeleft:duration=0.500000:offset=3.000000[v]",
        "[a0][a1]acrossfade=ns=24000[ax1]",
        "[ax1][a2]acrossfade=ns=24000[a]",
    ]


def test_command_that_encodes() -> None:
    """Inputs in order, the graph, its two ends, and one way to encode."""
    arguments = encode_film(plan(made_clip(1), made_clip(2), size="32:32"))
    assert arguments.count("-i") == arguments.count("-protocol_whitelist") == 2
    after = arguments[arguments.index("-filter_complex") + 2 :]
    assert " ".join(after) == (
        "-map [v] -map [a] -c:v libx264 -preset medium -crf 18 -pix_fmt yuv420p -threads 4 "
        "-c:a aac -b:a 192k -ar 48000 -ac 2"
    )


def test_command_that_copies() -> None:
    """The picture comes from the list, with exact lengths, the sound from the clips themselves."""
    film = plan(made_clip(1), made_clip(2))
    assert copy_list(film) == (
        "ffconcat version 1.0\nfile in1.mp4\nduration 2.000000\nfile in2.mp4\nduration 2.000000\n"
    )
    arguments = copy_film(film, "list.ffconcat")
    assert [arguments[n + 1] for n, each in enumerate(arguments) if each == "-i"] == [
        *("file:list.ffconcat", "file:in1.mp4", "file:in2.mp4"),
    ]
    assert "[1:a:0]" in arguments[arguments.index("-filter_complex") + 1]
    assert " ".join(arguments).endswith("-map 0:V:0 -c:v copy -map [a] -c:a aac -b:a 192k -ar 48000 -ac 2")


def test_command_that_copies_without_sound() -> None:
    """Without sound the list is the only input."""
    arguments = copy_film(plan(made_clip(1), keeps_sound=False), "l")
    assert arguments.count("-i") == arguments.count("-copyts") == 1
    assert arguments[-4:] == ("-map", "0:V:0", "-c:v", "copy")


def test_graph_of_sounds() -> None:
    """Sounds are joined by samples."""
    sounds = tuple(
        Clip(made_source(f"in{n}.mp3", None, made_sound(1.0), "audio/mpeg"), f"clip {n}") for n in (1, 2)
    )
    cut = "apad,atrim=start_sample=0:end_sample=48000,asetpts=PTS-STARTPTS"
    chain = f"aresample=48000:async=1:first_pts=0,{STEREO},{cut}"
    both = f"[0:a:0]{chain}[a0];[1:a:0]{chain}[a1];[a0][a1]"
    assert sound_graph(plan_sound(sounds, 0.0)) == f"{both}concat=n=2:v=0:a=1[a]"
    assert sound_graph(plan_sound(sounds, 0.5)) == f"{both}acrossfade=ns=24000[a]"
    assert sound_graph(plan_sound(sounds[:1], 0.5)) == f"[0:a:0]{chain}[a0];[a0]anull[a]"


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
