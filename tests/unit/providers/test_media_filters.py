"""Filter graphs and the arithmetic under them."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.providers.media.filters import (
    even_size,
    frame_count,
    picture_chain,
    picture_span,
    sample_count,
    silence,
    sound_chain,
    sound_span,
    tempo_chain,
    whole_rate,
)
from tests.fakes.local_media import made_sound, made_video


@pytest.mark.parametrize(
    ("measured", "meant"),
    [
        (Fraction(24), Fraction(24)),
        (Fraction(2997, 125), Fraction(24000, 1001)),
        (Fraction(29970, 1000), Fraction(30000, 1001)),
        (Fraction(60001, 1000), Fraction(60)),
        (Fraction(13), Fraction(13)),
        (Fraction(240), Fraction(120)),
        (Fraction(1, 2), Fraction(24)),
        (Fraction(1, 50_000), Fraction(24)),
    ],
)
def test_rate(measured: Fraction, meant: Fraction) -> None:
    """A measured rate becomes the one that was meant; a slide show or a damaged clock gets 24."""
    assert whole_rate(measured) == meant


@given(st.tuples(st.integers(1, 9000), st.integers(1, 9000)))
def test_even_size(size: tuple[int, int]) -> None:
    """Sides are even, never zero, and never larger unless they were 1."""
    for asked, made in zip(size, even_size(size), strict=True):
        assert made % 2 == 0
        assert made >= 2
        assert made <= max(asked, 2)
        assert asked - made <= 1


@given(st.floats(0.01, 60), st.sampled_from([Fraction(24), Fraction(30000, 1001), Fraction(60)]))
def test_frames_and_samples_last_the_same(seconds: float, rate: Fraction) -> None:
    """A length in frames is within half a frame, its samples within half a sample of the frames."""
    frames = frame_count(seconds, rate)
    assert frames >= 1
    assert abs(frames / rate - Fraction(seconds)) <= 1 / rate
    assert abs(sample_count(frames, rate) - frames * 48_000 / rate) <= Fraction(1, 2)


@given(st.floats(0.02, 60))
def test_tempo(factor: float) -> None:
    """The steps multiply to the factor, and each is within what `atempo` blends."""
    steps = [float(step.removeprefix("atempo=")) for step in tempo_chain(factor).split(",")]
    assert math.prod(steps) == pytest.approx(factor, rel=1e-6)
    assert all(0.5 <= step <= 2 for step in steps)


@pytest.mark.parametrize(
    ("fit", "filters"),
    [
        ("stretch", "scale=w=90:h=160"),
        (
            "contain",
            (
                "scale=w=90:h=160:force_original_aspect_ratio=decrease:force_divisible_by=2,"
                "pad=w=90:h=160:x=(ow-iw)/2:y=(oh-ih)/2"
            ),
        ),
        ("cover", "scale=w=90:h=160:force_original_aspect_ratio=increase,crop=w=90:h=160"),
        (
            "blur",
            (
                "split[tfar][tnear];"
                "[tfar]scale=w=90:h=160:force_original_aspect_ratio=increase,crop=w=90:h=160,"
                "boxblur=luma_radius=min(w\\,h)/20:luma_power=2:chroma_radius=min(cw\\,ch)/20[tback];"
                "[tnear]scale=w=90:h=160:force_original_aspect_ratio=decrease:force_divisible_by=2[tfront];"
                "[tback][tfront]overlay=x=(W-w)/2:y=(H-h)/2"
            ),
        ),
    ],
)
def test_fits(fit: str, filters: str) -> None:
    """Each way to fit has its filters."""
    chain = picture_chain(made_video(), Fraction(30000, 1001), (90, 160), fit, "t")
    assert chain == f"fps=fps=30000/1001:start_time=0,{filters},setsar=1,format=yuv420p"


def test_pixels_that_are_not_square() -> None:
    """A picture with other pixels is made square before it is fitted."""
    chain = picture_chain(made_video(sar=Fraction(4, 3)), Fraction(24), (64, 36), "stretch", "t")
    assert "scale=w=trunc(iw*sar/2)*2:h=trunc(ih/2)*2,scale=w=64:h=36" in chain


def test_picture_span() -> None:
    """A span is cut by frame numbers, the last frame held where one is missing."""
    assert picture_span(6, 12, hold_s=3) == (
        "tpad=stop_mode=clone:stop_duration=3,trim=start_frame=6:end_frame=18,setpts=PTS-STARTPTS"
    )


def test_sound() -> None:
    """A sound begins at 0, is 48 kHz stereo, and is cut by samples; silence is the same without a source."""
    stereo = "aformat=sample_fmts=fltp:channel_layouts=stereo"
    assert sound_chain(made_sound()) == f"aresample=48000:async=1:first_pts=0,{stereo}"
    assert sound_span(10, 5) == "apad,atrim=start_sample=10:end_sample=15,asetpts=PTS-STARTPTS"
    assert silence(5) == f"anullsrc=r=48000:cl=stereo,{stereo},atrim=end_sample=5"


def test_one_channel_is_put_on_both_sides() -> None:
    """A single channel keeps its level."""
    assert "pan=stereo|c0=c0|c1=c0" in sound_chain(made_sound(channels=1))
