"""Filter graphs that bring any clip to a given size, rate and length, as text for `-filter_complex`."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from runway_flow.providers.media.commands import SAMPLE_RATE

if TYPE_CHECKING:
    from runway_flow.tools.streams import AudioStream, VideoStream

FITS = ("contain", "cover", "blur", "stretch")

_STANDARD_RATES = (
    *(Fraction(n * 1000, 1001) for n in (24, 30, 60, 120)),
    *(Fraction(n) for n in (10, 12, 15, 24, 25, 30, 48, 50, 60, 100, 120)),
)
_RATE_SLACK = Fraction(1, 5000)
_LOWEST_RATE, _HIGHEST_RATE, _USUAL_RATE = 5, 120, Fraction(24)


def whole_rate(rate: Fraction) -> Fraction:
    """Give the frame rate to work at for a measured or asked one.

    A measured average lies a little beside the rate that was meant; below 5 a second it is a slide show
    or a damaged clock, and the usual 24 is used.
    """
    if rate < _LOWEST_RATE:
        return _USUAL_RATE
    return min(standard_rate(rate), Fraction(_HIGHEST_RATE))


def standard_rate(rate: Fraction) -> Fraction:
    """Give the rate that one written or measured with a few digits stands for: 29.97 is 30000/1001."""
    nearest = min(_STANDARD_RATES, key=lambda standard: abs(standard - rate))
    if abs(nearest - rate) <= nearest * _RATE_SLACK:
        return nearest
    return rate.limit_denominator(1001)


def even_size(size: tuple[int, int]) -> tuple[int, int]:
    """Give the largest size within `size` that 4:2:0 video can have."""
    width, height = size
    return max(width // 2 * 2, 2), max(height // 2 * 2, 2)


def frame_count(seconds: float, rate: Fraction) -> int:
    """Give how many frames a length is; a clip is never without one."""
    return max(round(seconds * rate), 1)


def sample_count(frames: int, rate: Fraction) -> int:
    """Give how many samples last as long as `frames` frames."""
    return round(frames * SAMPLE_RATE / rate)


def picture_chain(video: VideoStream, rate: Fraction, size: tuple[int, int], fit: str, tag: str) -> str:
    """Give the filters that bring a picture to a rate and size; `tag` makes labels inside unique.

    `fps` starts at 0, so that a video that begins later than its sound keeps its place.
    """
    square = "scale=w=trunc(iw*sar/2)*2:h=trunc(ih/2)*2," if video.sar != 1 else ""
    return f"fps=fps={rate}:start_time=0,{square}{_fit(size, fit, tag)},setsar=1,format=yuv420p"


def _fit(size: tuple[int, int], fit: str, tag: str) -> str:
    width, height = size
    inside = f"scale=w={width}:h={height}:force_original_aspect_ratio=decrease:force_divisible_by=2"
    outside = f"scale=w={width}:h={height}:force_original_aspect_ratio=increase,crop=w={width}:h={height}"
    match fit:
        case "stretch":
            return f"scale=w={width}:h={height}"
        case "cover":
            return outside
        case "blur":
            radius = "luma_radius=min(w\\,h)/20:luma_power=2:chroma_radius=min(cw\\,ch)/20"
            return (
                f"split[{tag}far][{tag}near];[{tag}far]{outside},boxblur={radius}[{tag}back];"
                f"[{tag}near]{inside}[{tag}front];"
                f"[{tag}back][{tag}front]overlay=x=(W-w)/2:y=(H-h)/2"
            )
    return f"{inside},pad=w={width}:h={height}:x=(ow-iw)/2:y=(oh-ih)/2"


def picture_span(first: int, frames: int, hold_s: int = 1) -> str:
    """Give the filters that cut a picture to exactly `frames` frames from frame `first` on.

    The last frame can be held for `hold_s`: a second is plenty where rounding to the rate left one frame
    too few; what is really missing was found when the clip was measured.
    """
    return (
        f"tpad=stop_mode=clone:stop_duration={hold_s},trim=start_frame={first}:end_frame={first + frames},"
        "setpts=PTS-STARTPTS"
    )


def sound_chain(audio: AudioStream) -> str:
    """Give the filters that bring a sound to 48 kHz stereo, beginning at 0.

    One channel is put on both sides as it is: left to itself ffmpeg takes 3 dB off (measured with 9.0.2).
    """
    sides = "pan=stereo|c0=c0|c1=c0," if audio.channels == 1 else ""
    return (
        f"aresample={SAMPLE_RATE}:async=1:first_pts=0,{sides}aformat=sample_fmts=fltp:channel_layouts=stereo"
    )


def sound_span(first: int, samples: int) -> str:
    """Give the filters that cut a sound to exactly `samples` samples; silence follows what is too short."""
    return f"apad,atrim=start_sample={first}:end_sample={first + samples},asetpts=PTS-STARTPTS"


def silence(samples: int) -> str:
    """Give a source of `samples` samples of silence."""
    return (
        f"anullsrc=r={SAMPLE_RATE}:cl=stereo,aformat=sample_fmts=fltp:channel_layouts=stereo,"
        f"atrim=end_sample={samples}"
    )


_TEMPO_LOW, _TEMPO_HIGH = 0.5, 2.0


def tempo_chain(factor: float) -> str:
    """Give the `atempo` filters that make a sound `factor` times as fast.

    Each takes 0.5 … 2 (above 2 it would skip samples instead of blending them: ffmpeg's filter manual).
    """
    steps: list[float] = []
    while factor > _TEMPO_HIGH:
        steps.append(_TEMPO_HIGH)
        factor /= _TEMPO_HIGH
    while factor < _TEMPO_LOW:
        steps.append(_TEMPO_LOW)
        factor /= _TEMPO_LOW
    return ",".join(f"atempo={step:.9g}" for step in (*steps, factor))
