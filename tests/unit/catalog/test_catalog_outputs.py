"""What a step will give, and the words of findings."""

from __future__ import annotations

import pytest

from runway_flow.catalog.capability import ParamType, Shape
from runway_flow.catalog.outputs import output_count, output_kind, output_media_type
from runway_flow.catalog.wording import (
    accepted,
    accepted_note,
    described_shape,
    described_value,
    first_of,
    number_text,
    one_of,
    place_name,
    range_text,
    value_text,
)
from runway_flow.kernel.media import MediaKind, RemoteMedium
from runway_flow.kernel.values import Deferred
from tests.fakes.judgements import IMAGE, INTEGER, NUMBER, TEXT, row
from tests.fakes.media_values import audio, video


@pytest.mark.parametrize(
    ("clips", "kind", "media_type"),
    [
        (({"media": video()},), MediaKind.VIDEO, "video/mp4"),
        (({"media": audio()},), MediaKind.AUDIO, "audio/mpeg"),
        (({"media": Deferred()}, {"media": audio()}), MediaKind.AUDIO, "audio/mpeg"),
        (Deferred(), None, "video/mp4"),
        ((), None, "video/mp4"),
    ],
)
def test_kind_of_joined_clips(clips: object, kind: MediaKind | None, media_type: str) -> None:
    """Joined sounds are a sound, anything else a video; of clips to come the kind is not known."""
    assert output_kind(row("media/concat"), {"clips": clips}) is kind
    assert output_media_type(row("media/concat"), {"clips": clips}) == media_type


@pytest.mark.parametrize(
    ("uses", "params", "media_type"),
    [
        ("image_to_video/gen4.5", {}, "video/mp4"),
        ("image_to_video/gen4.5", {"output_format": "prores"}, "video/quicktime"),
        ("image_to_video/gen4.5", {"output_format": Deferred()}, "video/mp4"),
        ("text_to_image/recraft_v4_1_vector", {}, "image/svg+xml"),
        ("text_to_image/gen4_image", {}, "image/png"),
        ("text_to_speech/eleven_v3", {}, "audio/mpeg"),
        ("text_to_speech/seed_audio", {"output_format": "wav"}, "audio/wav"),
        ("media/frame", {}, "image/png"),
    ],
)
def test_media_type(uses: str, params: dict[str, object], media_type: str) -> None:
    """The format asked for decides, else what is stated, else what is usual."""
    assert output_kind(row(uses), params) is row(uses).output.kind
    assert output_media_type(row(uses), params) == media_type


@pytest.mark.parametrize(
    ("uses", "params", "count"),
    [
        ("text_to_image/gen4_image", {}, 1),
        ("text_to_image/gpt_image_2", {}, 1),
        ("text_to_image/gpt_image_2", {"output_count": 4}, 4),
        ("text_to_image/gpt_image_2", {"output_count": Deferred()}, None),
        ("recipes/marketing_stock_image", {}, 4),
        ("workflows", {}, None),
    ],
)
def test_number_of_outputs(uses: str, params: dict[str, object], count: int | None) -> None:
    """So many outputs are asked for; of a workflow nobody can tell."""
    assert output_count(row(uses), params) == count


def test_formats_cover_the_values() -> None:
    """Every accepted value of a format has a media type."""
    from runway_flow.catalog.loader import load_catalog

    for each in load_catalog().rows:
        if each.output.format_param is not None:
            param = each.find(each.output.format_param)
            assert param is not None
            assert set(each.output.formats) == set(param.shape.values or ())


def test_lists_of_names() -> None:
    """Names are joined as people do, and many are cut short."""
    assert (one_of([]), one_of(["a"]), one_of(["a", "b", "c"])) == ("", "a", "a, b or c")
    assert first_of(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert first_of(["a", "b"]) == "a, b"


def test_places_and_values() -> None:
    """Places read as the author would write them, values as YAML does."""
    assert place_name(("clips", 0, "start")) == "clips[0].start"
    assert (value_text(True), value_text(False), value_text("x" * 90)) == ("true", "false", "x" * 59 + "…")
    assert (number_text(1000), number_text(0.5)) == ("1,000", "0.5")
    assert described_value(Deferred()) == "not known yet"
    assert described_value(RemoteMedium("https://x.example")) == "a file"


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (Shape(ParamType.INTEGER, minimum=2, maximum=10), "2 to 10"),
        (Shape(ParamType.INTEGER, minimum=2), "at least 2"),
        (Shape(ParamType.INTEGER, maximum=10), "up to 10"),
        (Shape(ParamType.NUMBER, exclusive_minimum=0), "above 0"),
        (Shape(ParamType.NUMBER, exclusive_minimum=0, maximum=60), "above 0, up to 60"),
        (NUMBER, "any number"),
    ],
)
def test_ranges(shape: Shape, text: str) -> None:
    """A range reads as a sentence would say it."""
    assert range_text(shape) == text


def test_accepted_words() -> None:
    """What is accepted is listed; words with spaces are told apart by commas."""
    assert accepted_note(Shape(ParamType.STRING, values=("422", "422 HQ"))) == "accepted: 422, 422 HQ"
    assert accepted(Shape(ParamType.UNION, variants=(INTEGER, TEXT))) == ("any number", "text")
    assert accepted(Shape(ParamType.STRING, pattern="^a$")) == ("text of the form ^a$",)
    assert described_shape(Shape(ParamType.ARRAY, items=IMAGE)) == "a list of image media"
