"""Works out a joined film in whole frames and samples, and writes the command that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel import codes
from runway_flow.kernel.errors import MediaError
from runway_flow.providers.media.commands import (
    ENCODE_AUDIO,
    ENCODE_VIDEO,
    SAMPLE_RATE,
    Source,
    input_flags,
    m4a_flags,
    seconds_text,
)
from runway_flow.providers.media.filters import (
    frame_count,
    picture_chain,
    picture_span,
    sample_count,
    silence,
    sound_chain,
    sound_span,
    whole_rate,
)
from runway_flow.providers.media.settings import read_size

if TYPE_CHECKING:
    from fractions import Fraction

    from runway_flow.tools.streams import StreamFacts, VideoStream

_END_SLACK_S = 0.1
"""How far beyond a clip's end a trim may ask: people round lengths."""


class Clip(Struct, frozen=True):
    """A clip as asked for: its medium, what messages call it, and which seconds of it."""

    source: Source
    label: str
    start: float = 0.0
    end: float | None = None

    @property
    def streams(self) -> StreamFacts:
        """What was measured in it."""
        return self.source.streams

    @property
    def is_trimmed(self) -> bool:
        """Whether a part is left out."""
        return self.start > 0 or self.end is not None


class Span(Struct, frozen=True):
    """Which frames (of a film) or samples (of a sound) of a clip are used, at the rate of the result."""

    first: int
    count: int


class Film(Struct, frozen=True):
    """A joined film, decided: every length in frames of `rate`. `source_rate` is the first clip's own."""

    clips: tuple[Clip, ...]
    spans: tuple[Span, ...]
    size: tuple[int, int]
    rate: Fraction
    source_rate: Fraction
    fit: str
    transition: str
    overlap_frames: int
    has_sound: bool

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return sum(span.count for span in self.spans) - self.overlap_frames * (len(self.spans) - 1)

    @property
    def seconds(self) -> float:
        """How long it is."""
        return float(self.frames / self.rate)


class Sound(Struct, frozen=True):
    """Joined sounds, decided: every length in samples."""

    clips: tuple[Clip, ...]
    spans: tuple[Span, ...]
    overlap_samples: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        samples = sum(span.count for span in self.spans) - self.overlap_samples * (len(self.spans) - 1)
        return samples / SAMPLE_RATE


def plan_film(
    clips: tuple[Clip, ...],
    *,
    size: object,
    rate: Fraction | None,
    fit: str,
    transition: str,
    overlap: float,
    keeps_sound: bool,
) -> Film:
    """Decide size, rate and lengths; what is not given is the first clip's.

    Raises `MediaError` if a trim or an overlap does not fit its clip.
    """
    first = _video(clips[0])
    rate = rate or whole_rate(first.fps)
    spans = tuple(_frame_span(clip, rate) for clip in clips)
    overlap_frames = round(overlap * rate) if len(clips) > 1 else 0
    _refuse_short(clips, [span.count for span in spans], overlap_frames, float(rate), overlap)
    return Film(
        clips=clips,
        spans=spans,
        size=read_size(size, first.shown_size),
        rate=rate,
        source_rate=first.fps,
        fit=fit,
        transition=transition,
        overlap_frames=overlap_frames,
        has_sound=keeps_sound and any(clip.streams.audio for clip in clips),
    )


def plan_sound(clips: tuple[Clip, ...], overlap: float) -> Sound:
    """Decide the lengths of joined sounds. Raises `MediaError` as `plan_film`."""
    spans = []
    for clip in clips:
        start, end = _bounds(clip, clip.streams.audio.seconds if clip.streams.audio else 0.0)
        first = round(start * SAMPLE_RATE)
        spans.append(Span(first, max(round(end * SAMPLE_RATE) - first, 1)))
    overlap_samples = round(overlap * SAMPLE_RATE) if len(clips) > 1 else 0
    _refuse_short(clips, [span.count for span in spans], overlap_samples, SAMPLE_RATE, overlap)
    return Sound(clips, tuple(spans), overlap_samples)


def _video(clip: Clip) -> VideoStream:
    if clip.streams.video is None:  # pragma: no cover - the caller has sorted sounds out
        raise MediaError(f"{clip.label} has no picture", code=codes.MEDIA_KIND)
    return clip.streams.video


def _frame_span(clip: Clip, rate: Fraction) -> Span:
    video = _video(clip)
    start, end = _bounds(clip, video.seconds)
    first = round(start * rate)
    last = frame_count(video.seconds, rate)
    first = min(first, last - 1)
    return Span(first, max(min(round(end * rate), last) - first, 1))


def _bounds(clip: Clip, seconds: float) -> tuple[float, float]:
    end = seconds if clip.end is None else clip.end
    if end > seconds + _END_SLACK_S:
        problem = f"it cannot end at {end:g} s"
    elif clip.start >= seconds:
        problem = f"it cannot start at {clip.start:g} s"
    elif end <= clip.start:
        problem = f"nothing is left between {clip.start:g} s and {end:g} s"
    else:
        return clip.start, min(end, seconds)
    raise MediaError(f"{clip.label} is {seconds:.2f} s long: {problem}", code=codes.OUT_OF_RANGE)


def _refuse_short(
    clips: tuple[Clip, ...], counts: list[int], overlap: int, per_second: float, asked: float
) -> None:
    for clip, count in zip(clips, counts, strict=True):
        if overlap > count:
            raise MediaError(
                f"{clip.label} is {count / per_second:.2f} s long, shorter than the overlap of {asked:g} s",
                code=codes.OUT_OF_RANGE,
                hint=f"set `overlap` to at most {min(counts) / per_second:.2f}, or `transition: cut`",
            )


def encode_film(film: Film) -> tuple[str, ...]:
    """Give the arguments that make a film, up to the container's."""
    inputs = [flag for clip in film.clips for flag in input_flags(clip.source)]
    maps = ("-map", "[v]", "-map", "[a]") if film.has_sound else ("-map", "[v]")
    sound = ENCODE_AUDIO if film.has_sound else ()
    return (*inputs, "-filter_complex", film_graph(film), *maps, *ENCODE_VIDEO, *sound)


def film_graph(film: Film) -> str:
    """Give the filter graph of a film: every clip made alike, then joined, as `[v]` and perhaps `[a]`."""
    parts: list[str] = []
    for index, (clip, span) in enumerate(zip(film.clips, film.spans, strict=True)):
        chain = picture_chain(_video(clip), film.rate, film.size, film.fit, f"f{index}")
        # `fps` again: `setpts` forgets the rate, and `xfade` refuses inputs without one.
        cut = f"{picture_span(span.first, span.count)},fps=fps={film.rate}"
        parts.append(f"[{index}:V:0]{chain},{cut}[v{index}]")
    count = len(film.clips)
    parts += _fades(film) if film.overlap_frames else [_cuts("v", count)]
    return ";".join((*parts, *(sound_parts(film) if film.has_sound else ())))


def sound_parts(film: Film, first_input: int = 0) -> list[str]:
    """Give the parts of the graph that make a film's sound as `[a]`; `first_input` is the first clip's."""
    parts: list[str] = []
    for index, (clip, span) in enumerate(zip(film.clips, film.spans, strict=True)):
        first, samples = sample_count(span.first, film.rate), sample_count(span.count, film.rate)
        audio = clip.streams.audio
        if audio is None:
            parts.append(f"{silence(samples)}[a{index}]")
        else:
            chain = f"{sound_chain(audio)},{sound_span(first, samples)}"
            parts.append(f"[{first_input + index}:a:0]{chain}[a{index}]")
    count = len(film.clips)
    if film.overlap_frames:
        return parts + _sound_fades(count, sample_count(film.overlap_frames, film.rate))
    return [*parts, _cuts("a", count)]


def _cuts(letter: str, count: int) -> str:
    """Join streams of one kind one after the other; pictures and sounds are of equal lengths already."""
    if count == 1:
        return f"[{letter}0]{'null' if letter == 'v' else 'anull'}[{letter}]"
    labels = "".join(f"[{letter}{index}]" for index in range(count))
    return f"{labels}concat=n={count}:v={int(letter == 'v')}:a={int(letter == 'a')}[{letter}]"


def _fades(film: Film) -> list[str]:
    """Chain the cross-fades: each begins where the film so far has its overlap left."""
    duration = seconds_text(float(film.overlap_frames / film.rate))
    joins: list[str] = []
    length = film.spans[0].count
    for index in range(1, len(film.clips)):
        offset = seconds_text(float((length - film.overlap_frames) / film.rate))
        before, after = _labels("v", index, len(film.clips))
        joins.append(
            f"{before}[v{index}]xfade=transition={film.transition}:duration={duration}:offset={offset}{after}"
        )
        length += film.spans[index].count - film.overlap_frames
    return joins


def _sound_fades(count: int, samples: int) -> list[str]:
    joins = []
    for index in range(1, count):
        before, after = _labels("a", index, count)
        joins.append(f"{before}[a{index}]acrossfade=ns={samples}{after}")
    return joins


def _labels(letter: str, index: int, count: int) -> tuple[str, str]:
    before = f"[{letter}0]" if index == 1 else f"[{letter}x{index - 1}]"
    return before, f"[{letter}]" if index == count - 1 else f"[{letter}x{index}]"


def encode_sound(sound: Sound, name: str) -> tuple[str, ...]:
    """Give the arguments that join sounds into one file."""
    inputs = [flag for clip in sound.clips for flag in input_flags(clip.source)]
    return (*inputs, "-filter_complex", sound_graph(sound), "-map", "[a]", *ENCODE_AUDIO, *m4a_flags(name))


def sound_graph(sound: Sound) -> str:
    """Give the filter graph of joined sounds, as `[a]`."""
    parts: list[str] = []
    for index, (clip, span) in enumerate(zip(sound.clips, sound.spans, strict=True)):
        if clip.streams.audio is not None:
            chain = f"{sound_chain(clip.streams.audio)},{sound_span(span.first, span.count)}"
            parts.append(f"[{index}:a:0]{chain}[a{index}]")
    count = len(sound.clips)
    joins = _sound_fades(count, sound.overlap_samples) if sound.overlap_samples else [_cuts("a", count)]
    return ";".join((*parts, *joins))
