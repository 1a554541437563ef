"""Media against a row: kinds, limits, tags in prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runway_flow.catalog.capability import ParamType, Rule, Shape
from runway_flow.kernel.media import MediaKind, RemoteMedium
from runway_flow.kernel.values import Deferred
from tests.fakes.judgements import (
    TEXT,
    accepted,
    only_finding,
    param,
    row_with,
    verdict_of,
)
from tests.fakes.media_values import audio, image, video

if TYPE_CHECKING:
    from collections.abc import Mapping


GEN = {"prompt_text": "x", "ratio": "1280:720", "duration": 5}

TAGGED = {"prompt_text": "", "ratio": "1280:720", "reference_images": {"hero": image()}}


@pytest.mark.parametrize(
    "prompt", ["@hero's lamp.", "mail me@example.com", "@ 5", "@1st", "x.@hero", "@@hero"]
)
def test_tags_that_are_given(prompt: str) -> None:
    """Tags that are given are fine; addresses of mail and a lone @ are no tags."""
    assert verdict_of("text_to_image/gen4_image", {**TAGGED, "prompt_text": prompt}).findings == ()


def test_tag_that_is_not_given() -> None:
    """A tag that no reference has is told once, with the nearest that one has."""
    found = only_finding("text_to_image/gen4_image", {**TAGGED, "prompt_text": "@heroo and @heroo"})
    assert (found.code.id, found.path, found.label) == ("RF317", ("prompt_text",), "did you mean `hero`?")
    assert found.notes == ("tags given: @hero",)


def test_tag_without_references() -> None:
    """Without references the help shows how one is given."""
    found = only_finding("text_to_image/gen4_image", {"prompt_text": "@hero", "ratio": "1280:720"})
    assert found.notes == ("no tag is given",)
    assert found.hint == "give it: `reference_images: {hero: …}`"


@pytest.mark.parametrize(
    "references",
    [Deferred(), [Deferred()], [{"uri": image(), "tag": Deferred()}]],
    ids=["list", "item", "tag"],
)
def test_tags_to_come(references: object) -> None:
    """While tags are not known, none is missed."""
    given = {**TAGGED, "prompt_text": "@hero", "reference_images": references}
    assert verdict_of("text_to_image/gen4_image", given).findings == ()


def test_untagged_references_have_no_tag() -> None:
    """A reference without a tag does not answer to any."""
    given = {**TAGGED, "prompt_text": "@hero", "reference_images": [image()]}
    assert only_finding("text_to_image/gen4_image", given).notes == ("no tag is given",)


def test_prompt_to_come() -> None:
    """A prompt that is not known yet names no tags."""
    assert accepted("text_to_image/gen4_image", {**TAGGED, "prompt_text": Deferred()})


LIMITS: list[tuple[str, Mapping[str, object], str]] = [
    (
        "character_performance/act_two",
        {"character": image(), "reference": video(2)},
        "`reference` is 2 s long; act_two (character_performance) takes at least 3",
    ),
    (
        "character_performance/act_two",
        {"character": image(), "reference": video(31)},
        "`reference` is 31 s long; act_two (character_performance) takes at most 30",
    ),
    (
        "image_to_video/h3_max",
        {"prompt_text": "x", "prompt_image": image(200, 900)},
        "`prompt_image` is 200 px on its short side; h3_max (image_to_video) takes at least 256",
    ),
    (
        "video_to_hdr/ruby",
        {"video_uri": video(5, 8000, 4000)},
        "`video_uri` is 8000 px on its long side; ruby (video_to_hdr) takes at most 4096",
    ),
    (
        "image_to_video/grok_imagine_1_5",
        {"prompt_text": "x", "prompt_image": image(300, 1000)},
        "`prompt_image` is 0.3 as width ÷ height; grok_imagine_1_5 (image_to_video) takes at least 0.4",
    ),
    (
        "text_to_video/seedance2",
        {"prompt_text": "x", "reference_videos": [video(8), video(8)]},
        "`reference_videos` is 16 s long together; seedance2 (text_to_video) takes at most 15 s",
    ),
    (
        "text_to_video/seedance2_5",
        {"reference_audio": [audio(15), audio(15)]},
        "`reference_audio` is 30 s long together; seedance2_5 (text_to_video) takes less than 30 s",
    ),
]


ISOLATION = "`audio_uri` is {} s long; eleven_voice_isolation (voice_isolation) takes {}"
LIMITS += [
    ("voice_isolation/eleven_voice_isolation", {"audio_uri": audio(seconds)}, ISOLATION.format(*told))
    for seconds, *told in ((4.6, 4.6, "more than 4.6"), (3600, 3600, "less than 3,600"))
]


@pytest.mark.parametrize(("uses", "given", "message"), LIMITS)
def test_medium_outside_the_limits(uses: str, given: Mapping[str, object], message: str) -> None:
    """A medium whose facts pass a stated limit is refused with both figures."""
    found = only_finding(uses, given)
    assert (found.code.id, found.message) == ("RF321", message)


@pytest.mark.parametrize(
    "reference",
    [video(3), video(30), video(None, None, None), RemoteMedium("https://x.example/a.mp4", MediaKind.VIDEO)],
)
def test_medium_inside_the_limits(reference: object) -> None:
    """A medium at a bound, or of which nothing is known, is accepted."""
    assert accepted("character_performance/act_two", {"character": image(), "reference": reference})


def test_total_of_unknown_lengths() -> None:
    """Media of unknown length do not count against a total."""
    given = {"prompt_text": "x", "reference_videos": [video(15), video(None), Deferred(kind=MediaKind.VIDEO)]}
    assert accepted("text_to_video/seedance2", given)
    exclusive = {"reference_audio": [audio(15), audio(14)]}
    assert accepted("text_to_video/seedance2_5", exclusive)


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        (video(), "RF314", "`prompt_image` takes an image, this is a video"),
        (Deferred(kind=MediaKind.VIDEO), "RF314", "`prompt_image` takes an image, this is a video"),
        (5, "RF308", "`prompt_image` takes an image or a list, this is a whole number"),
        ("a.mp3", "RF314", "`prompt_image` takes an image, this is audio"),
    ],
)
def test_kind_of_medium(value: object, code: str, message: str) -> None:
    """A medium of another kind is refused, known or to come."""
    found = only_finding("image_to_video/gen4.5", {**GEN, "prompt_image": value})
    assert (found.code.id, found.message) == (code, message)


def test_number_where_a_medium_belongs() -> None:
    """What is no medium at all is refused by its type."""
    found = only_finding("voice_isolation/eleven_voice_isolation", {"audio_uri": 5})
    assert found.message == "`audio_uri` takes audio, this is a whole number"


def test_address_of_unknown_kind() -> None:
    """An address says nothing of its kind, and need not where only one is taken."""
    address = RemoteMedium("https://x.example/clip")
    assert accepted("image_to_video/gen4.5", {**GEN, "prompt_image": address})
    found = only_finding("character_performance/act_two", {"character": address, "reference": video()})
    assert found.message == "`character`: the address does not tell whether it is image or video"
    assert found.hint == "write `{type: …, uri: …}`"


def test_medium_tells_what_the_object_around_it_is() -> None:
    """An object without its `type` is told by the medium in it; where that does not tell, it is asked for."""
    given = {"character": {"uri": video()}, "reference": video()}
    params = accepted("character_performance/act_two", given)
    assert params["character"] == {"type": "video", "uri": video()}
    address = {**given, "character": {"uri": RemoteMedium("https://x.example/clip")}}
    found = only_finding("character_performance/act_two", address)
    assert found.message == "`character`: the address does not tell whether it is image or video"
    typed = {**given, "character": {"uri": RemoteMedium("https://x.example/clip"), "type": "video"}}
    assert accepted("character_performance/act_two", typed)["character"] == typed["character"]


@pytest.mark.parametrize("character", [{"uri": Deferred()}, {"uri": video(), "type": Deferred()}])
def test_object_whose_type_is_not_known_yet(character: object) -> None:
    """A medium or a `type` that only a run can tell leaves the object to the judge of the run."""
    given = {"character": character, "reference": video()}
    assert verdict_of("character_performance/act_two", given).findings == ()


def test_object_without_its_medium() -> None:
    """Where the medium itself is missing, that is said."""
    found = only_finding("character_performance/act_two", {"character": {}, "reference": video()})
    assert found.message == "`uri` is missing: `character` of act_two (character_performance) needs it"


def test_text_only_row_with_rules_of_nothing() -> None:
    """Rules about parameters that are not given are kept."""
    ranged = row_with(param("x", TEXT), rules=(Rule("ranges", {"of": "keyframes"}),))
    assert accepted(ranged, {"x": "y"})


@pytest.mark.parametrize(
    ("media_type", "what", "hint"),
    [
        ("image/gif", "a GIF; models take JPEG, PNG and WebP", "export it as a PNG"),
        ("image/svg+xml", "an SVG drawing; models take JPEG, PNG and WebP", "export it as a PNG"),
    ],
)
def test_pictures_that_no_model_reads(media_type: str, what: str, hint: str) -> None:
    """A picture in a format that the API does not read is refused by its content, not by its name."""
    found = only_finding("image_to_video/gen4.5", {**GEN, "prompt_image": image(media_type=media_type)})
    assert (found.code.id, found.message, found.hint) == ("RF314", f"`prompt_image` is {what}", hint)


def test_a_zip_of_pictures_is_no_film() -> None:
    """What a model gave as a sequence of pictures cannot go in where a film belongs, here or there."""
    packed = video(media_type="application/zip")
    for row, given in (
        ("video_to_video/aleph2", {"prompt_text": "x", "video_uri": packed}),
        ("media/frame", {"video": packed}),
    ):
        found = only_finding(row, given)
        assert found.message.endswith("is a zip of single pictures; a film is wanted")


def test_our_own_operations_read_a_gif() -> None:
    """What ffmpeg reads is no mistake in a local operation."""
    picture = param("image", Shape(ParamType.MEDIA, media=(MediaKind.IMAGE,)))
    given = {"image": image(media_type="image/gif")}
    assert verdict_of(row_with(picture, is_local=True), given).findings == ()
    assert len(verdict_of(row_with(picture), given).findings) == 1
