"""What a task's result must look and sound like, read from its request: size, length, words, seed, inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.emulator.formats import FORMATS, format_of
from runway_flow.emulator.frame_size import frame_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.catalog.capability import Capability
    from runway_flow.emulator.readings import Input
    from runway_flow.kernel.digests import Digest
    from runway_flow.kernel.media import MediaKind

DEFAULT_SECONDS = 5.0
"""The length of a clip or a sound for which neither the request, the row nor an input says one; made up."""
CHARACTERS_PER_SECOND = 14.0
"""How fast emulated voices speak; about what narrators do."""
SHORTEST_S = 0.6

_WORDS = ("promptText", "prompt", "text", "userConcept", "productInfo", "negativePrompt")
_LANGUAGES = ("targetLang", "targetLanguage", "languageCode")


class Sketch(Struct, frozen=True):
    """The brief of one result; `digest` is that of the request, `index` counts its results from 0.

    `format` is a name of `FORMATS`, `profile` the ProRes profile that was asked for.
    `words` is the prompt, `spoken` whether it is read aloud. `inputs` are the media of the request in order.
    """

    kind: MediaKind
    format: str
    profile: str | None
    endpoint: str
    model: str
    words: str
    seed: int | None
    language: str | None
    width: int
    height: int
    seconds: float
    has_audio: bool
    spoken: bool
    digest: Digest
    index: int
    count: int
    inputs: tuple[Input, ...]

    @property
    def media_type(self) -> str:
        """The media type of the result."""
        return FORMATS[self.format].media_type

    def input_of(self, kind: MediaKind) -> Input | None:
        """Give the first input of a kind whose content is known, or None."""
        return next((item for item in self.inputs if item.facts and item.facts.kind is kind), None)


def sketches_of(
    row: Capability, body: Mapping[str, object], digest: Digest, inputs: tuple[Input, ...]
) -> tuple[Sketch, ...]:
    """Give the brief of every result of a request."""
    count = _count(row, body)
    width, height = frame_size(row, body, inputs)
    words = _first_text(body) or ""
    spoken = row.endpoint == "text_to_speech" or "speech" in body
    return tuple(
        Sketch(
            kind=row.output.kind,
            format=format_of(row, body),
            profile=str(body["proresProfile"]) if "proresProfile" in body else None,
            endpoint=row.endpoint,
            model=row.model or row.endpoint.rpartition("/")[2],
            words=words,
            seed=_find_seed(body),
            language=_find_language(body),
            width=width,
            height=height,
            seconds=_seconds(row, body, inputs, words if spoken else None),
            has_audio=_has_audio(row, body),
            spoken=spoken,
            digest=digest,
            index=index,
            count=count,
            inputs=inputs,
        )
        for index in range(count)
    )


def _count(row: Capability, body: Mapping[str, object]) -> int:
    count = row.output.count
    if isinstance(count, str):
        param = row.find(count)
        given = body.get(param.wire, param.default) if param is not None else None
        count = given if isinstance(given, int) else 1
    return max(count, 1)


def _has_audio(row: Capability, body: Mapping[str, object]) -> bool:
    stated = row.output.has_audio
    if isinstance(stated, str):
        param = row.find(stated.removeprefix("param:"))
        return param is not None and bool(body.get(param.wire, param.default))
    return bool(stated)


def _seconds(
    row: Capability, body: Mapping[str, object], inputs: tuple[Input, ...], spoken: str | None
) -> float:
    asked = _asked_seconds(row, body)
    if asked is not None:
        return asked
    if spoken:
        return max(len(spoken) / CHARACTERS_PER_SECOND, SHORTEST_S)
    lengths = [item.facts.duration for item in inputs if item.facts and item.facts.duration]
    return lengths[0] if lengths else DEFAULT_SECONDS


def _asked_seconds(row: Capability, body: Mapping[str, object]) -> float | None:
    inner = body.get("input")
    place = inner if isinstance(inner, Mapping) else body
    given = place.get("duration")
    if isinstance(given, int | float) and not isinstance(given, bool):
        return float(given)
    total = sum(_part_seconds(body))
    if total > 0:
        return total
    param = row.find("duration")
    default = param.default if param is not None and given is None else None
    return float(default) if isinstance(default, int | float) else None


def _part_seconds(body: Mapping[str, object]) -> Iterator[float]:
    """Find the lengths of a clip's parts: shots of a recipe, segments of a multi-prompt."""
    for value in body.values():
        if isinstance(value, Sequence) and not isinstance(value, str):
            for part in value:
                length = part.get("duration") if isinstance(part, Mapping) else None
                if isinstance(length, int | float) and not isinstance(length, bool):
                    yield float(length)


def _walk(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield str(name), item
            yield from _walk(item)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _walk(item)


def _first_text(body: Mapping[str, object]) -> str | None:
    found = {name: item for name, item in reversed(list(_walk(body))) if isinstance(item, str) and item}
    return next((str(found[name]) for name in _WORDS if name in found), None)


def _find_seed(body: Mapping[str, object]) -> int | None:
    seeds = (item for name, item in _walk(body) if name == "seed")
    return next((seed for seed in seeds if isinstance(seed, int)), None)


def _find_language(body: Mapping[str, object]) -> str | None:
    return next((str(item) for name, item in _walk(body) if name in _LANGUAGES), None)
