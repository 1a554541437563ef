"""`media/mux`: what is decided, the command that does it, and what comes out."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.providers.media.mux import Mux, Track, encode_mux, mux_graph, plan_mux
from runway_flow.tools.streams import probe_streams
from tests.fakes.clips import clip, level_db, listen, look, tone_db, trimmed, turned
from tests.fakes.local_media import LocalMedia, made_sound, made_source, made_video

if TYPE_CHECKING:
    from pathlib import Path

STEREO = "aformat=sample_fmts=fltp:channel_layouts=stereo"
CHAIN = f"aresample=48000:async=1:first_pts=0,{STEREO}"


def track(seconds: float, number: int = 1, language: str | None = None) -> Track:
    """Make a track that does not exist."""
    sound = made_sound(seconds)
    return Track(made_source(f"in{number}.mp3", None, sound, "audio/mpeg"), sound, language)


def plan(*tracks: Track, fit: str = "pad", replaces: bool = True, codec: str = "h264") -> Mux:
    """Plan a mux with a video of two seconds with sound."""
    source = made_source("in0.mp4", made_video(2.0, codec=codec), made_sound(2.0))
    return plan_mux(source, tracks, fit=fit, replaces=replaces)


@pytest.fixture
def media(tmp_path: Path) -> LocalMedia:
    """Make a provider."""
    return LocalMedia(tmp_path)


# --- what is decided and how it is written -------------------------------------------------------


@pytest.mark.parametrize("fit", ["pad", "trim", "stretch"])
@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_length_is_the_videos(fit: str, seconds: float) -> None:
    """Padded, trimmed or stretched, the sound lasts as long as the video, whose frames are taken over."""
    mux = plan(track(seconds), fit=fit)
    assert (mux.seconds, mux.samples, mux.rate, mux.frames) == (2.0, 96_000, None, 48)


def test_extend_holds_the_last_frame() -> None:
    """A longer sound makes the film as long as it is, to the whole frame; the longest of several counts."""
    mux = plan(track(2.5), track(3.01, 2), fit="extend")
    assert (mux.frames, mux.rate) == (73, Fraction(24))
    assert mux.seconds == pytest.approx(73 / 24)


def test_extend_with_a_shorter_sound() -> None:
    """A shorter sound needs nothing held: the picture is taken over."""
    assert plan(track(1.0), fit="extend").rate is None


def test_rounding_error_is_no_frame() -> None:
    """A sound that ends with a frame does not begin another."""
    assert plan(track(2.5000001), fit="extend").frames == 60


def test_command_that_copies() -> None:
    """The picture is taken over; the sound is brought to the video's length and encoded."""
    arguments = encode_mux(plan(track(1.0, language="spa")))
    assert arguments.count("-i") == arguments.count("-protocol_whitelist") == 2
    assert " ".join(arguments[arguments.index("-filter_complex") :]) == (
        f"-filter_complex [1:a:0]{CHAIN},apad,atrim=start_sample=0:end_sample=96000,asetpts=PTS-STARTPTS[m0] "
        "-map 0:V:0 -c:v copy -map [m0] -c:a aac -b:a 192k -ar 48000 -ac 2 "
        "-disposition:a:0 default -metadata:s:a:0 language=spa"
    )


def test_command_with_languages() -> None:
    """Each language is a track with its code; the first is the one that plays."""
    text = " ".join(encode_mux(plan(track(1.0, 1, "spa"), track(1.0, 2, "fra"))))
    assert "-map [m0] -map [m1]" in text
    assert "-disposition:a:0 default -metadata:s:a:0 language=spa" in text
    assert "-disposition:a:1 0 -metadata:s:a:1 language=fra" in text


def test_graph_that_stretches() -> None:
    """A sound of another length is made faster or slower."""
    assert f"{CHAIN},atempo=1.5,apad" in mux_graph(plan(track(3.0), fit="stretch"))
    assert f"{CHAIN},atempo=0.5,atempo=0.5,apad" in mux_graph(plan(track(0.5), fit="stretch"))


def test_graph_that_mixes() -> None:
    """The own sound is split for each track and mixed at its level, with a limiter after."""
    cut = "apad,atrim=start_sample=0:end_sample=96000,asetpts=PTS-STARTPTS"
    mixed = f"amix=inputs=2:duration=longest:normalize=0,alimiter=limit=0.95:level=0,{cut}"
    assert mux_graph(plan(track(1.0), track(1.0, 2), replaces=False)).split(";") == [
        f"[0:a:0]{CHAIN},{cut},asplit=2[o0][o1]",
        f"[1:a:0]{CHAIN},{cut}[n0]",
        f"[o0][n0]{mixed}[m0]",
        f"[2:a:0]{CHAIN},{cut}[n1]",
        f"[o1][n1]{mixed}[m1]",
    ]


def test_graph_that_extends() -> None:
    """The last frame is held long enough, and the picture cut to whole frames."""
    graph = mux_graph(plan(track(4.5), fit="extend"))
    assert "[0:V:0]fps=fps=24:start_time=0,scale=w=64:h=36,setsar=1,format=yuv420p," in graph
    assert "tpad=stop_mode=clone:stop_duration=4,trim=start_frame=0:end_frame=108" in graph


def test_codec_that_mp4_does_not_hold_is_encoded() -> None:
    """A picture that players would not take from an mp4 is encoded again."""
    assert "libx264" in encode_mux(plan(track(1.0), codec="prores"))
    assert "hvc1" in encode_mux(plan(track(1.0), codec="hevc"))


# --- results -------------------------------------------------------------------------------------


@pytest.mark.parametrize("fit", ["pad", "trim"])
async def test_pad_and_trim(media: LocalMedia, fit: str) -> None:
    """A short sound is followed by silence, a long one ends with the picture; no frame is lost."""
    video = media.artifact(clip("ramp"))
    short = await media.perform("media/mux", video=video, audio=media.artifact(clip("voice")), fit=fit)
    long = await media.perform("media/mux", video=video, audio=media.artifact(clip("music")), fit=fit)
    for path in (short, long):
        assert [frame.middle for frame in look(path)] == [frame.middle for frame in look(clip("ramp"))]
        assert look(path)[0].seconds == 0
        assert len(listen(path)) == pytest.approx(48_000, abs=1_100)
    samples = listen(short)
    assert level_db(samples[2_400:21_600]) > -30
    assert level_db(samples[28_800:45_600]) < -70


@pytest.mark.parametrize(("name", "hertz"), [("music", 880), ("voice", 440)])
async def test_stretch(media: LocalMedia, name: str, hertz: int) -> None:
    """A stretched sound fills the picture at the same pitch."""
    params = {"video": media.artifact(clip("silent")), "audio": media.artifact(clip(name))}
    samples = listen(await media.perform("media/mux", **params, fit="stretch"))
    assert len(samples) == pytest.approx(48_000, abs=1_100)
    assert level_db(samples[38_400:45_600]) > -30
    assert tone_db(samples[9_600:38_400], hertz) > tone_db(samples[9_600:38_400], hertz * 1.5) + 20


async def test_extend(media: LocalMedia) -> None:
    """The last frame stays until the sound ends."""
    params = {"video": media.artifact(clip("ramp")), "audio": media.artifact(clip("music"))}
    path = await media.perform("media/mux", **params, fit="extend")
    frames = look(path)
    assert len(frames) == 48
    assert abs(frames[-1].middle[0] - look(clip("ramp"))[-1].middle[0]) <= 4
    assert len(listen(path)) == pytest.approx(96_000, abs=1_100)


async def test_own_sound_is_replaced(media: LocalMedia) -> None:
    """By default nothing of the video's own sound is left."""
    params = {"video": media.artifact(clip("red")), "audio": media.artifact(clip("music"))}
    samples = listen(await media.perform("media/mux", **params))[4_800:43_200]
    assert tone_db(samples, 880) > tone_db(samples, 440) + 40


async def test_own_sound_is_mixed(media: LocalMedia) -> None:
    """Mixed under, both sounds are there, as loud as they were."""
    params = {"video": media.artifact(clip("red")), "audio": media.artifact(clip("music"))}
    mixed = listen(await media.perform("media/mux", **params, replace=False))[4_800:43_200]
    assert tone_db(mixed, 440) == pytest.approx(tone_db(listen(clip("red"))[4_800:43_200], 440), abs=1)
    assert tone_db(mixed, 880) == pytest.approx(tone_db(listen(clip("music"))[4_800:43_200], 880), abs=1)


async def test_nothing_to_mix_with(media: LocalMedia) -> None:
    """A silent video has nothing to mix the new sound with."""
    params = {"video": media.artifact(clip("silent")), "audio": media.artifact(clip("music"))}
    assert level_db(listen(await media.perform("media/mux", **params, replace=False))) > -30


async def test_languages(media: LocalMedia) -> None:
    """Each language is a track, found by its code."""
    audio = {"es": media.artifact(clip("voice")), "fr-CA": media.artifact(clip("music"))}
    path = await media.perform("media/mux", video=media.artifact(clip("red")), audio=audio, replace=False)
    assert probe_streams(path).languages == ("spa", "fra")
    assert tone_db(listen(path, 1)[4_800:43_200], 880) > tone_db(listen(path, 0)[4_800:43_200], 880) + 20


@pytest.mark.parametrize("name", ["uneven", "one", "mkv", "hevc", "wide_pixels", "odd"])
async def test_pictures_are_taken_over(media: LocalMedia, name: str) -> None:
    """Any picture that an mp4 holds comes out frame by frame as it went in."""
    params = {"video": media.artifact(clip(name)), "audio": media.artifact(clip("voice"))}
    path = await media.perform("media/mux", **params)
    before, after = probe_streams(clip(name)).video, probe_streams(path).video
    assert before is not None
    assert after is not None
    assert [frame.middle for frame in look(path)] == [frame.middle for frame in look(clip(name))]
    assert (after.codec, after.sar, after.frames) == (before.codec, before.sar, before.frames)


@pytest.mark.parametrize("name", ["webm", "prores"])
async def test_pictures_are_encoded(media: LocalMedia, name: str) -> None:
    """A picture that an mp4 does not hold comes out as H.264, as many frames as before."""
    params = {"video": media.artifact(clip(name)), "audio": media.artifact(clip("voice"))}
    video = probe_streams(await media.perform("media/mux", **params)).video
    assert video is not None
    assert (video.codec, video.frames) == ("h264", len(look(clip(name))))


async def test_turned_video_stays_turned(media: LocalMedia) -> None:
    """A picture that is taken over is shown as before."""
    params = {"video": media.artifact(turned()), "audio": media.artifact(clip("voice"))}
    video = probe_streams(await media.perform("media/mux", **params)).video
    assert video is not None
    assert video.shown_size == (36, 64)


async def test_hidden_frames_stay_hidden(media: LocalMedia) -> None:
    """Frames that an edit list hides are not shown by the result either."""
    params = {"video": media.artifact(trimmed()), "audio": media.artifact(clip("music"))}
    path = await media.perform("media/mux", **params)
    assert len(look(path)) == len(look(trimmed()))


async def test_same_bytes_again(media: LocalMedia) -> None:
    """The same video and sound give the same bytes."""
    params = {"video": media.artifact(clip("red")), "audio": media.artifact(clip("music"))}
    first = await media.perform("media/mux", **params)
    assert first.read_bytes() == (await media.perform("media/mux", **params)).read_bytes()


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("video", "audio", "code"),
    [
        ("voice", "voice", codes.MEDIA_KIND),
        ("red", "silent", codes.MEDIA_KIND),
        ("red", None, codes.MISSING_PARAMETER),
        (None, "voice", codes.MISSING_PARAMETER),
    ],
)
async def test_media_that_do_not_fit(
    media: LocalMedia, video: str | None, audio: str | None, code: object
) -> None:
    """A video needs a picture, a sound needs a sound."""
    with pytest.raises(MediaError) as caught:
        await media.perform(
            "media/mux",
            video=media.artifact(clip(video)) if video else None,
            audio=media.artifact(clip(audio)) if audio else None,
        )
    assert caught.value.code is code


@pytest.mark.parametrize("audio", [{}, {"es": "words"}, "words"])
async def test_audio_that_is_none(media: LocalMedia, audio: object) -> None:
    """What is no sound is refused."""
    with pytest.raises(MediaError, match="audio"):
        await media.perform("media/mux", video=media.artifact(clip("red")), audio=audio)
