"""`media/concat`: what is decided, and the command that does it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from msgspec.structs import replace

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
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
from tests.fakes.local_media import made_sound, made_source, made_video


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
    single = "[a0]anull[a]"  # codespell:ignore anull
    assert sound_graph(plan_sound(sounds[:1], 0.5)) == f"[0:a:0]{chain}[a0];{single}"
