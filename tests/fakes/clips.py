"""Tiny clips made once per process by the bundled ffmpeg, and how to look at and listen to a result."""

from __future__ import annotations

import atexit
import math
import shutil
import subprocess
import tempfile
from array import array
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import av

from runway_flow.tools.ffmpeg import Ffmpeg, find_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL import Image

RATE = 24
_X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
_AAC = ("-c:a", "aac", "-ar", "48000", "-ac", "2")


def _colour(name: str, size: str = "64x36", seconds: float = 1.0, rate: int = RATE) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"color=c={name}:s={size}:r={rate}:d={seconds}")


def _tone(hertz: int, seconds: float = 1.0) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"sine=frequency={hertz}:duration={seconds}:sample_rate=48000")


# Frame n is grey 16 + 8 n, so that a frame tells its number.
_RAMP = ("-f", "lavfi", "-i", f"color=c=black:s=64x36:r={RATE}:d=1,geq=lum=16+8*N:cb=128:cr=128")

CLIPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "red": ("mp4", (*_colour("red"), *_tone(440), *_X264, *_AAC)),
    "blue": ("mp4", (*_colour("blue"), *_tone(880), *_X264, *_AAC)),
    "silent": ("mp4", (*_colour("lime"), *_X264)),
    "silent_twin": ("mp4", (*_colour("yellow"), *_X264)),
    "tall": (
        "mp4",
        (*_colour("white", "36x64", 0.5, 30), *_tone(440, 0.5), *_X264, "-c:a", "aac", "-ac", "1"),
    ),
    "odd": ("mp4", (*_colour("red", "65x37", 0.5, 25), *_X264[:-1], "yuv444p")),
    "wide_pixels": ("mp4", (*_colour("red", "32x36", 0.5), *_X264, "-aspect", "16:9")),
    "ramp": ("mp4", (*_RAMP, "-c:v", "libx264", "-bf", "3", "-g", "12", "-pix_fmt", "yuv420p", "-crf", "10")),
    "uneven": ("mp4", (*_RAMP, "-vf", "select=not(between(n\\,5\\,15))", "-fps_mode", "vfr", *_X264)),
    "one": ("mp4", (*_colour("red", "64x36", 0.04), *_X264, "-frames:v", "1")),
    "webm": ("webm", (*_colour("red"), "-c:v", "libvpx", "-b:v", "100k")),
    "mkv": ("mkv", (*_colour("red"), *_tone(440), *_X264, *_AAC)),
    "hevc": ("mp4", (*_colour("red", "128x72", 0.5), "-c:v", "libx265", "-x265-params", "log-level=none")),
    "prores": ("mov", (*_colour("red", "64x36", 0.5), "-c:v", "prores_ks")),
    "voice": ("mp3", (*_tone(440, 0.5), "-c:a", "libmp3lame", "-ac", "1")),
    "bare": ("mp3", (*_tone(440, 2), "-c:a", "libmp3lame", "-q:a", "9", "-write_xing", "0")),
    "music": ("wav", (*_tone(880, 2), "-ac", "2")),
    "mono": ("wav", (*_tone(440), "-ac", "1")),
    "adts": ("aac", (*_tone(440), "-c:a", "aac")),
    "flac": ("flac", _tone(440)),
    "ogg": ("ogg", (*_tone(440), "-c:a", "libvorbis")),
    "m4a": ("m4a", (*_tone(440), "-c:a", "aac")),
    "sound_only": ("mp4", (*_tone(440), "-c:a", "aac")),
    "sound_webm": ("webm", (*_tone(440), "-c:a", "libopus")),
    "png": ("png", (*_colour("red"), "-frames:v", "1")),
    "jpeg": ("jpg", (*_colour("red"), "-frames:v", "1")),
    "webp": ("webp", (*_colour("red"), "-frames:v", "1")),
    "gif": ("gif", (*_colour("red"), "-frames:v", "2")),
}
"""Name → extension and what ffmpeg makes it with; 64 × 36 and a second long where nothing else is said."""


@lru_cache(maxsize=1)
def program() -> Ffmpeg:
    """Give the ffmpeg that tests use."""
    return find_ffmpeg(None, {})


@lru_cache(maxsize=1)
def folder() -> Path:
    """Make the folder of this process's clips; it goes with the process."""
    made = Path(tempfile.mkdtemp(prefix="clips-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def run(*arguments: str) -> None:
    """Run ffmpeg; a failure is the test's."""
    subprocess.run([program().path, "-v", "error", "-nostdin", "-y", *arguments], check=True)


@lru_cache(maxsize=128)
def clip(name: str) -> Path:
    """Give a clip of `CLIPS`, made when it is first asked for."""
    extension, arguments = CLIPS[name]
    path = folder() / f"{name}.{extension}"
    run(*arguments, str(path))
    return path


@lru_cache(maxsize=8)
def turned() -> Path:
    """Give a clip that is stored lying: red left and blue right, shown turned by 90° to the left."""
    stored, path = folder() / "stored.mp4", folder() / "turned.mp4"
    run(*_colour("red"), *_colour("blue", "32x36"), "-filter_complex", "overlay=x=32", *_X264, str(stored))
    run("-display_rotation", "90", "-i", str(stored), "-c", "copy", str(path))
    return path


@lru_cache(maxsize=8)
def cut_off() -> Path:
    """Give an mp4 whose index is whole and whose last third is missing, as an interrupted download is."""
    whole, path = folder() / "whole.mp4", folder() / "cut.mp4"
    run("-i", str(clip("ramp")), "-c", "copy", "-movflags", "+faststart", str(whole))
    data = whole.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    return path


@lru_cache(maxsize=8)
def trimmed() -> Path:
    """Give a copy of `ramp` cut without encoding: frames before the cut are in the file, but not shown."""
    path = folder() / "trimmed.mp4"
    run("-ss", "0.7", "-i", str(clip("ramp")), "-c", "copy", str(path))
    return path


@dataclass(frozen=True, slots=True)
class Shown:
    """A decoded frame: when it is shown, its size, the colour of its middle."""

    seconds: float
    size: tuple[int, int]
    middle: tuple[int, int, int]


def look(path: Path) -> list[Shown]:
    """Decode every frame."""
    with av.open(str(path)) as container:
        return [
            Shown(float(frame.time or 0.0), (frame.width, frame.height), _middle(frame.to_image()))  # type: ignore[no-untyped-call]  # PyAV types its parameters by **kwargs
            for frame in container.decode(video=0)
        ]


def _middle(image: Image.Image) -> tuple[int, int, int]:
    red, green, blue = image.convert("RGB").resize((1, 1), box=_inner(image)).tobytes()
    return red, green, blue


def _inner(image: Image.Image) -> tuple[int, int, int, int]:
    width, height = image.size
    return (width // 2 - 1, height // 2 - 1, width // 2 + 1, height // 2 + 1)


def listen(path: Path, track: int = 0) -> array[int]:
    """Decode a sound to 48 kHz, one channel (the left), 16 bits."""
    samples: array[int] = array("h")
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=48_000)
    with av.open(str(path)) as container:
        for frame in container.decode(audio=track):
            for part in resampler.resample(frame):
                samples.frombytes(bytes(part.planes[0])[: part.samples * 4])
        for part in resampler.resample(None):
            samples.frombytes(bytes(part.planes[0])[: part.samples * 4])
    return samples[::2]


def level_db(samples: array[int]) -> float:
    """Give the level of samples in dB below full scale (RMS)."""
    if not len(samples):
        return -120.0
    mean = sum(sample * sample for sample in samples) / len(samples)
    return 10 * math.log10(max(mean, 1e-6) / 32768**2)


def tone_db(samples: array[int], hertz: float) -> float:
    """Give the level of one tone in samples (Goertzel's algorithm)."""
    turn = 2 * math.cos(2 * math.pi * hertz / 48_000)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
    power = last * last + before * before - turn * last * before
    return 10 * math.log10(max(power, 1e-6) / (len(samples) * 32768 / 2) ** 2)


@lru_cache(maxsize=3)
def example_file(name: str) -> Path:
    """Give a file that `catalog.examples` speaks of, as it is taken to be: 1280 × 720, or 5 s, or both."""
    path, tone = folder() / f"example-{name}", _tone(440, 5)
    made = {
        "still.png": (*_colour("red", "1280x720"), "-frames:v", "1"),
        "clip.mp4": (*_colour("red", "1280x720", 5), *tone, *_X264, *_AAC),
        "voice.mp3": (*tone, "-c:a", "libmp3lame"),
    }
    run(*made[name], str(path))
    return path
