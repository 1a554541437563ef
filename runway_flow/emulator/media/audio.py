"""Speech-like sound: syllables of decaying formants at a voice's pitch, in words with pauses between them."""

from __future__ import annotations

import array
import hashlib
import io
import math
import sys
import wave
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, cast

import av
from av.audio.resampler import AudioResampler
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.audio.stream import AudioStream

    from runway_flow.emulator.sketch import Sketch

RATE = 44_100
MP3_FRAME = 1152
"""Samples in one frame of MPEG-1 layer 3."""
FLAC_FRAME = 4096
OPUS_RATE, OPUS_FRAME = 48_000, 960
"""Opus knows 48 kHz and frames of 20 ms."""
LOUDEST = 16_000
LEVELS = (0.25, 0.6, 1.0, 0.9, 0.75, 0.55, 0.3, 0.1)
"""How loud a syllable is as it passes."""
FORMANTS = (
    (730.0, 1090.0, 2440.0),
    (270.0, 2290.0, 3010.0),
    (300.0, 870.0, 2240.0),
    (530.0, 1840.0, 2480.0),
    (570.0, 840.0, 2410.0),
)
"""Formants of five English vowels in hertz (Peterson and Barney 1952, men)."""
LOWEST_HZ, HIGHEST_HZ = 95.0, 215.0


class Tone(Struct, frozen=True):
    """A voice: its pitch in hertz, and the number that its syllables follow from."""

    pitch: float
    seed: str


def tone_of(sketch: Sketch) -> Tone:
    """Give the voice of a request: by its language where it has one, else by the request itself."""
    basis = sketch.language or sketch.digest
    share = int(hashlib.sha256(basis.encode()).hexdigest()[:4], 16) / 0xFFFF
    return Tone(LOWEST_HZ + (HIGHEST_HZ - LOWEST_HZ) * share, f"{sketch.digest}/{sketch.index}")


def render_audio(sketch: Sketch) -> bytes:
    """Speak for as long as the sketch says, in its format; the same sketch gives the same bytes."""
    samples = speak(tone_of(sketch), sketch.words if sketch.spoken else "", sketch.seconds)
    return _pack_wav(samples) if sketch.format == "wav" else _pack(samples, _PACKINGS[sketch.format])


def speak(tone: Tone, words: str, seconds: float) -> bytes:
    """Give mono 16-bit samples of exactly that length, in the machine's byte order."""
    wanted = round(seconds * RATE) * 2
    parts: list[bytes] = []
    have = 0
    for part in _sounds(tone, words):
        parts.append(part)
        have += len(part)
        if have >= wanted:
            break
    return b"".join(parts)[:wanted]


def _sounds(tone: Tone, words: str) -> Iterator[bytes]:
    """Give syllables and silences without end; the rhythm follows the words, if there are any."""
    lengths = [(max(len(word) // 3, 1), word[-1] in ".,;:!?") for word in words.split()]
    turn = 0
    while True:
        chance = hashlib.shake_256(f"{tone.seed}/{turn}".encode()).digest(16)
        syllables, is_end = lengths[turn % len(lengths)] if lengths else (chance[0] % 4 + 1, turn % 6 == 5)  # noqa: PLR2004 - phrases of six words
        for place in range(syllables):
            byte = chance[1 + place % 15]
            yield _syllable(tone.pitch, byte % len(FORMANTS), byte // 5 % 3, 4 + byte % 3)
        yield bytes(round(RATE * (0.28 if is_end else 0.07)) * 2)
        turn += 1


@lru_cache(maxsize=256)
def _syllable(pitch: float, vowel: int, lift: int, cycles: int) -> bytes:
    """Give one syllable: `cycles` periods of a vowel at each loudness."""
    wave_form = _period(pitch * (0.94 + 0.06 * lift), vowel)
    louder = (array.array("h", (int(sample * level) for sample in wave_form)) for level in LEVELS)
    return b"".join(period.tobytes() * cycles for period in louder)


@lru_cache(maxsize=64)
def _period(pitch: float, vowel: int) -> tuple[float, ...]:
    """Give one period of a vowel: a pulse that makes three formants ring and fade."""
    length = round(RATE / pitch)
    ringing = [
        (2 * math.pi * hertz / RATE, 1.0 / (place + 1), 260.0 + 140.0 * place)
        for place, hertz in enumerate(FORMANTS[vowel])
    ]
    samples = [
        sum(loud * math.exp(-fade * at / RATE) * math.sin(turn * at) for turn, loud, fade in ringing)
        for at in range(length)
    ]
    peak = max(map(abs, samples))
    return tuple(LOUDEST * sample / peak for sample in samples)


def _pack_wav(samples: bytes) -> bytes:
    out = io.BytesIO()
    if sys.byteorder == "big":
        swapped = array.array("h", samples)
        swapped.byteswap()
        samples = swapped.tobytes()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples)
    return out.getvalue()


class _Packing(Struct, frozen=True):
    """How a compressed sound is made: libav's names, and the samples that its encoder takes at once."""

    container: str
    codec: str
    samples: str
    rate: int
    frame: int
    options: dict[str, str]


_PACKINGS = {
    "mp3": _Packing("mp3", "libmp3lame", "s16p", RATE, MP3_FRAME, {"compression_level": "9"}),
    "flac": _Packing("flac", "flac", "s16", RATE, FLAC_FRAME, {"compression_level": "0"}),
    "ogg_opus": _Packing("ogg", "libopus", "s16", OPUS_RATE, OPUS_FRAME, {"compression_level": "0"}),
}


def _pack(samples: bytes, packing: _Packing) -> bytes:
    out = io.BytesIO()
    options = (
        {"fflags": "+bitexact", "id3v2_version": "0"}
        if packing.container == "mp3"
        else {"fflags": "+bitexact"}
    )
    with av.open(out, "w", format=packing.container, options=options) as container:
        added = container.add_stream(
            packing.codec, rate=packing.rate, options={**packing.options, "flags": "+bitexact"}
        )
        stream = cast("AudioStream", added)
        stream.codec_context.layout = "mono"
        stream.codec_context.format = packing.samples
        stream.codec_context.bit_rate = 64_000
        resampler = AudioResampler(packing.samples, "mono", packing.rate, packing.frame)
        for chunk in audio_frames(samples, MP3_FRAME, "s16"):
            for frame in resampler.resample(chunk):
                container.mux(stream.encode(frame))
        for frame in resampler.resample(None):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def audio_frames(samples: bytes, size: int, sample_format: str) -> Iterator[av.AudioFrame]:
    """Cut mono 16-bit samples into frames for an encoder."""
    for start in range(0, len(samples), size * 2):
        chunk = samples[start : start + size * 2]
        frame = av.AudioFrame(format=sample_format, layout="mono", samples=len(chunk) // 2)
        plane = frame.planes[0]
        plane.update(chunk.ljust(plane.buffer_size, b"\0"))
        frame.sample_rate = RATE
        frame.pts = start // 2
        frame.time_base = Fraction(1, RATE)
        yield frame
