"""How long the films of our own operations will be, and what does not fit into them: known before paying."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Severity
from runway_flow.kernel.media import Artifact, FileMedium, InlineMedium
from runway_flow.kernel.values import Deferred
from runway_flow.plan.lengths import Lengths
from runway_flow.plan.plan import PlanState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runway_flow.kernel.diagnostics import Span
    from runway_flow.plan.lengths import Seconds
    from runway_flow.plan.plan import PlannedStep

CONCAT, MUX = "media/concat", "media/mux"
_FRAME_S = 0.05
"""One frame and a bit: lengths of files are not exact to it."""
_END_SLACK_S = 0.1
"""How far beyond a clip's end a trim may ask, as `media/concat` has it: people round lengths."""
_HEARD_S = 0.1
"""Less than this of a sound may be cut unsaid: encoders pad."""

Clip = Mapping[str, object]


@dataclass(slots=True)
class Films:
    """Lengths of media among the instances of a plan, at least and at most; each is worked out once."""

    steps: Mapping[str, PlannedStep]
    lengths: Lengths = field(default_factory=Lengths)
    known: dict[str, Seconds | None] = field(default_factory=dict)

    def of(self, medium: object) -> Seconds | None:
        """Give the length of a medium that is there or to come; None where nobody knows it."""
        if isinstance(medium, (Artifact, FileMedium, InlineMedium)):
            seconds = medium.facts.duration
            return (seconds, seconds) if seconds else None
        step = self.steps.get(medium.output_of or "") if isinstance(medium, Deferred) else None
        if step is None or not step.capability.is_local:
            return self.lengths.of(medium, self.steps)
        return self.made_by(step)

    def made_by(self, step: PlannedStep) -> Seconds | None:
        """Give the length of what one of our own operations makes."""
        if step.id not in self.known:
            found = None
            if step.capability.endpoint == CONCAT:
                found = self._joined(step.params)
            elif step.capability.endpoint == MUX:
                found = self._muxed(step.params)
            self.known[step.id] = found
        return self.known[step.id]

    def _joined(self, params: Mapping[str, object]) -> Seconds | None:
        used = [self.used(clip) for clip in clips_of(params)]
        known = [seconds for seconds in used if seconds is not None]
        if len(known) < len(used) or not used:
            return None
        shared = overlap_of(params) * (len(used) - 1)
        return (sum(low for low, _ in known) - shared, sum(high for _, high in known) - shared)

    def used(self, clip: Clip) -> Seconds | None:
        """Give how much of a clip is used: all of it, or what its trim leaves."""
        whole = self.of(clip.get("media"))
        if whole is None:
            return None
        start, end = _number(clip.get("start")), _number(clip.get("end"))
        low, high = (min(seconds, end or seconds) - (start or 0.0) for seconds in whole)
        return (max(low, 0.0), max(high, 0.0))

    def _muxed(self, params: Mapping[str, object]) -> Seconds | None:
        film = self.of(params.get("video"))
        if params.get("fit") != "extend":
            return film
        found = [film, *(self.of(sound) for _, sound in sounds_of(params))]
        known = [seconds for seconds in found if seconds is not None]
        if len(known) < len(found):
            return None
        return (max(low for low, _ in known), max(high for _, high in known))


def check_films(steps: Mapping[str, PlannedStep]) -> tuple[Diagnostic, ...]:
    """Find overlaps and trims that their clips are too short for, and sounds that would be cut.

    Only what is still to be made is judged, and only by lengths that are known: nothing is refused that
    is not sure to fail.
    """
    films = Films(steps)
    found: list[Diagnostic] = []
    for step in steps.values():
        if step.state is not PlanState.LOCAL:
            continue
        if step.capability.endpoint == CONCAT:
            found += _check_joins(step, films)
        elif step.capability.endpoint == MUX and step.params.get("fit") == "pad":
            found += _check_sounds(step, films)
    return tuple(found)


def clips_of(params: Mapping[str, object]) -> tuple[Clip, ...]:
    """Give the clips of a `media/concat`; what is not known yet has no medium, as a list has no clips."""
    clips = params.get("clips")
    found = clips if isinstance(clips, tuple) else ()
    return tuple(clip if isinstance(clip, dict) else {} for clip in found)


def overlap_of(params: Mapping[str, object]) -> float:
    """Give the seconds that two clips share; none where they are cut, or where that is not known."""
    return _number(params.get("overlap")) or 0.0


def sounds_of(params: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    """Go through the tracks of a `media/mux`, by what they are called."""
    audio = params.get("audio")
    if isinstance(audio, dict):
        return [(str(language), sound) for language, sound in audio.items()]
    return [("", audio)]


def _check_joins(step: PlannedStep, films: Films) -> Iterator[Diagnostic]:
    clips = clips_of(step.params)
    overlap = overlap_of(step.params) if len(clips) > 1 else 0.0
    short: list[tuple[Seconds, str]] = []
    for number, clip in enumerate(clips, 1):
        whole, used = films.of(clip.get("media")), films.used(clip)
        if whole is None or used is None:
            continue
        name = _name(clip.get("media"), f"clip {number}")
        problem = _trim_problem(clip, whole, name)
        if problem is not None:
            yield _refusal(step, "clips", problem, "a trim takes what lies between 0 and the clip's length")
        elif overlap > used[1] + _FRAME_S:
            is_whole = used == whole
            text = f"{name} is {_text(used)} long" if is_whole else f"{_text(used)} of {name} are used"
            short.append((used, text))
    if short:
        used, text = min(short)
        more = f" (and {len(short) - 1} more)" if len(short) > 1 else ""
        hint = f"set `overlap` to at most {sum(used) / 2:g}, or `transition: cut`"
        place = "overlap" if "overlap" in step.spans else "clips"
        yield _refusal(step, place, f"{text}{more}, less than the overlap of {overlap:g} s", hint)


def _trim_problem(clip: Clip, whole: Seconds, name: str) -> str | None:
    start, end = _number(clip.get("start")) or 0.0, _number(clip.get("end"))
    if end is not None and end <= start:
        return f"nothing is left of {name} between {start:g} s and {end:g} s"
    if end is not None and end > whole[1] + _END_SLACK_S:
        return f"{name} is {_text(whole)} long: it cannot end at {end:g} s"
    if start >= whole[1]:
        return f"{name} is {_text(whole)} long: it cannot start at {start:g} s"
    return None


def _check_sounds(step: PlannedStep, films: Films) -> Iterator[Diagnostic]:
    film = films.of(step.params.get("video"))
    for language, sound in sounds_of(step.params):
        seconds = films.of(sound)
        if film is None or seconds is None or seconds[0] <= film[1] + _HEARD_S:
            continue
        name = _name(sound, f"the sound `{language}`" if language else "the sound")
        lost = sum(seconds) / 2 - sum(film) / 2
        text = (
            f"{name} is {_text(seconds)} long, the film {_text(film)}: "
            f"`fit: pad` cuts the last {round(lost, 1):g} s off"
        )
        yield Diagnostic(
            codes.SOUND_CUT,
            text,
            _place(step, "fit" if "fit" in step.spans else "audio"),
            Severity.WARNING,
            hint="`fit: extend` holds the last frame, `fit: stretch` speaks faster; or make the film longer",
            step=step.id,
        )


def _refusal(step: PlannedStep, name: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(codes.OUT_OF_RANGE, message, _place(step, name), hint=hint, step=step.id)


def _place(step: PlannedStep, name: str) -> Span:
    return step.spans.get(name, step.span)


def _name(medium: object, otherwise: str) -> str:
    """Name a medium as the author knows it: by its step, by its file."""
    if isinstance(medium, Deferred) and medium.output_of is not None:
        return medium.output_of
    return os.path.basename(medium.path) if isinstance(medium, FileMedium) else otherwise  # noqa: PTH119 - text


def _text(seconds: Seconds) -> str:
    """Write a length: `4 s`, `about 4 s`."""
    low, high = seconds
    middle = f"{round((low + high) / 2, 2):g} s"
    return middle if low == high else f"about {middle}"


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
