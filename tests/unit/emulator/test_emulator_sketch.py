"""What results must look like, read from requests."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from runway_flow.catalog.capability import Capability, OutputSpec, Param, ParamType, Price, Shape
from runway_flow.emulator.readings import Input
from runway_flow.emulator.sketch import sketches_of
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.media import MediaFacts, MediaKind

DIGEST = digest_bytes(b"request")
ANY = Shape(ParamType.STRING)


def param(name: str, wire: str | None = None, default: object = None) -> Param:
    """Make a parameter."""
    return Param(name, wire or name, ANY, default=default)


def row(endpoint: str, kind: MediaKind, *params: Param, **output: object) -> Capability:
    """Make a row."""
    spec = replace(OutputSpec(kind), **output)
    return Capability(endpoint, "m", "m", f"/v1/{endpoint}", params, spec, Price(None))


def medium(kind: MediaKind, media_type: str, **facts: object) -> Input:
    """Make an input whose facts are known."""
    digest = digest_bytes(media_type.encode())
    return Input((), f"sha256:{digest}", digest, replace(MediaFacts(kind, media_type, 9), **facts))


STILL = medium(MediaKind.IMAGE, "image/png", width=1001, height=500)
FILM = medium(MediaKind.VIDEO, "video/mp4", width=640, height=360, duration=7.5)
VOICE = medium(MediaKind.AUDIO, "audio/mpeg", duration=3.25)
REMOTE = Input((), "https://example.com/a.png")


@pytest.mark.parametrize(
    ("body", "inputs", "size"),
    [
        ({"ratio": "1280:720"}, (), (1280, 720)),
        ({"ratio": "1471:631"}, (), (1470, 630)),
        ({"ratio": "16:9"}, (), (1280, 720)),
        ({"ratio": "9:16", "resolution": "1080P"}, (), (1080, 1920)),
        ({"resolution": "2k"}, (), (2560, 1440)),
        ({"ratio": "auto_1080p"}, (STILL,), (2162, 1080)),
        ({"ratio": "adaptive"}, (FILM,), (640, 360)),
        ({}, (), (1280, 720)),
        ({}, (REMOTE, VOICE), (1280, 720)),
        ({}, (STILL,), (1000, 500)),
        ({"input": {"aspectRatio": "1:1"}}, (), (720, 720)),
        ({"targetAspectRatio": "1:1"}, (FILM,), (720, 720)),
        ({"ratio": "99999:100"}, (), (8192, 8)),
    ],
)
def test_a_clip_has_the_size_asked_for(
    body: dict[str, object], inputs: tuple[Input, ...], size: tuple[int, int]
) -> None:
    """Size follows from ratio, resolution or the medium; even, as H.264 needs it."""
    sketch = sketches_of(row("text_to_video", MediaKind.VIDEO), body, DIGEST, inputs)[0]
    assert (sketch.width, sketch.height) == size


def test_a_row_s_default_ratio_counts() -> None:
    """A ratio that is not given is the row's default."""
    capability = row("text_to_video", MediaKind.VIDEO, param("ratio", default="720:1280"))
    sketch = sketches_of(capability, {}, DIGEST, (FILM,))[0]
    assert (sketch.width, sketch.height) == (720, 1280)


@pytest.mark.parametrize(
    ("body", "inputs", "size"),
    [({"scaleFactor": 4}, (FILM,), (2560, 1440)), ({}, (FILM,), (1280, 720)), ({}, (), (1280, 720))],
)
def test_an_upscaled_image_is_a_multiple_of_its_source(
    body: dict[str, object], inputs: tuple[Input, ...], size: tuple[int, int]
) -> None:
    """The factor is 2 unless it is given; an unread source stands for 720p."""
    sketch = sketches_of(row("image_upscale", MediaKind.IMAGE), body, DIGEST, inputs)[0]
    assert (sketch.width, sketch.height) == size


@pytest.mark.parametrize(
    ("body", "inputs", "seconds"),
    [
        ({"duration": 8}, (FILM,), 8.0),
        ({"duration": "auto"}, (FILM,), 7.5),
        ({"duration": "auto"}, (), 5.0),
        ({}, (), 10.0),
        ({}, (FILM,), 10.0),
        ({"shots": [{"duration": 2}, {"duration": 3.5}, {}, 5]}, (), 5.5),
        ({"input": {"duration": 4}}, (), 4.0),
        ({"audio": True, "duration": True}, (), 5.0),
    ],
)
def test_a_clip_has_the_length_asked_for(
    body: dict[str, object], inputs: tuple[Input, ...], seconds: float
) -> None:
    """Length follows from the request, its parts, the row's default, an input, else five seconds."""
    capability = row("text_to_video", MediaKind.VIDEO, param("duration", default=10))
    assert sketches_of(capability, body, DIGEST, inputs)[0].seconds == seconds


def test_speech_is_as_long_as_its_words_take() -> None:
    """A voice speaks fourteen characters a second, and never less than a moment."""
    speech = row("text_to_speech", MediaKind.AUDIO)
    assert sketches_of(speech, {"promptText": "a" * 70}, DIGEST, ())[0].seconds == 5.0
    assert sketches_of(speech, {"promptText": "a"}, DIGEST, ())[0].seconds == 0.6


def test_a_dub_is_as_long_as_its_source() -> None:
    """What is made from a sound has that sound's length, and says its language."""
    dub = sketches_of(row("voice_dubbing", MediaKind.AUDIO), {"targetLang": "es"}, DIGEST, (VOICE,))[0]
    assert (dub.seconds, dub.language, dub.spoken) == (3.25, "es", False)


def test_an_avatar_speaks_its_text() -> None:
    """A clip of someone speaking lasts as long as the text."""
    body: dict[str, object] = {"speech": {"type": "text", "text": "a" * 140}}
    assert sketches_of(row("avatar_videos", MediaKind.VIDEO), body, DIGEST, ())[0].seconds == 10.0


@pytest.mark.parametrize(
    ("output", "body", "has_audio"),
    [
        ({"has_audio": True}, {}, True),
        ({"has_audio": None}, {}, False),
        ({"has_audio": "param:audio"}, {}, True),
        ({"has_audio": "param:audio"}, {"audio": False}, False),
        ({"has_audio": "param:missing"}, {}, False),
    ],
)
def test_sound_is_where_the_row_says_it_is(
    output: dict[str, object],
    body: dict[str, object],
    has_audio: bool,  # noqa: FBT001 - a table
) -> None:
    """A row states sound, or the parameter that decides it."""
    capability = row("text_to_video", MediaKind.VIDEO, param("audio", default=True), **output)
    assert sketches_of(capability, body, DIGEST, ())[0].has_audio is has_audio


@pytest.mark.parametrize(
    ("output", "body", "media_type"),
    [
        ({}, {}, "image/png"),
        ({"media_type": "image/svg+xml"}, {}, "image/svg+xml"),
        ({"format_param": "output_format"}, {}, "image/webp"),
        ({"format_param": "output_format"}, {"outputFormat": "jpeg"}, "image/jpeg"),
    ],
)
def test_the_format_is_the_one_asked_for(
    output: dict[str, object], body: dict[str, object], media_type: str
) -> None:
    """A format is given, the row's default, the row's own, or the plainest of its kind."""
    capability = row(
        "text_to_image", MediaKind.IMAGE, param("output_format", "outputFormat", default="webp"), **output
    )
    assert sketches_of(capability, body, DIGEST, ())[0].media_type == media_type


@pytest.mark.parametrize(("body", "count"), [({"outputCount": 3}, 3), ({}, 1)])
def test_results_are_counted(body: dict[str, object], count: int) -> None:
    """A request for three stills gives three sketches, numbered."""
    capability = row(
        "text_to_image", MediaKind.IMAGE, param("output_count", "outputCount"), count="output_count"
    )
    found = sketches_of(capability, body, DIGEST, ())
    assert [sketch.index for sketch in found] == list(range(count))
    assert {sketch.count for sketch in found} == {count}


def test_a_count_that_nobody_knows_is_one() -> None:
    """A workflow's results are not known beforehand; the emulator gives one."""
    assert len(sketches_of(row("workflows", MediaKind.VIDEO, count=0), {}, DIGEST, ())) == 1


def test_prompt_and_seed_are_found_wherever_they_stand() -> None:
    """Routers and recipes nest them."""
    body: dict[str, object] = {"input": {"promptText": "a lamp", "seed": 7}, "productInfo": "x"}
    sketch = sketches_of(row("generate/video", MediaKind.VIDEO), body, DIGEST, (REMOTE, STILL))[0]
    assert (sketch.words, sketch.seed, sketch.model) == ("a lamp", 7, "m")
    assert sketch.input_of(MediaKind.IMAGE) == STILL
    assert sketch.input_of(MediaKind.VIDEO) is None


def test_without_words_or_seed_there_are_none() -> None:
    """An upscale has neither prompt nor seed; a row without a model is named by its endpoint."""
    capability = replace(row("recipes/product_ad", MediaKind.VIDEO), model=None)
    sketch = sketches_of(capability, {"shots": [{"prompt": ""}]}, DIGEST, ())[0]
    assert (sketch.words, sketch.seed, sketch.model) == ("", None, "product_ad")
