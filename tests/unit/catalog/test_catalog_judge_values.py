"""Objects, lists, mappings and unions against a row; what is sent."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from runway_flow.kernel.media import MediaKind, RemoteMedium
from runway_flow.kernel.values import Deferred
from tests.fakes.judgements import (
    accepted,
    only_finding,
    verdict_of,
)
from tests.fakes.media_values import audio, image, video

STILL = {"prompt_text": "a lamp", "ratio": "1280:720"}
CLIP = {"prompt_text": "push in", "prompt_image": image(), "ratio": "1280:720", "duration": 5}
SPEECH = {"prompt_text": "Hello."}


@dataclass(frozen=True, slots=True)
class Located:
    """A file that an input names, with the folder that it is relative to."""

    path: str


def test_request_has_wire_names_and_the_model() -> None:
    """What is sent has the API's names, the model first, in the row's order."""
    verdict = verdict_of("image_to_video/gen4.5", {"ratio": "1280:720", **CLIP, "seed": 7})
    assert verdict.is_accepted
    assert list(verdict.request) == ["model", "duration", "promptImage", "promptText", "ratio", "seed"]
    assert verdict.request["model"] == "gen4.5"
    assert list(verdict.params) == ["duration", "prompt_image", "prompt_text", "ratio", "seed"]


def test_nested_names_are_renamed() -> None:
    """Names inside objects are the API's as well; `start_seconds` is one that stays as it is."""
    voice = verdict_of("text_to_speech/eleven_multilingual_v2", {**SPEECH, "voice": "Maya"})
    assert voice.request["voice"] == {"presetId": "Maya", "type": "runway-preset"}
    frame = {"seconds": 1, "uri": image(), "range": {"start_seconds": 0, "end_seconds": 2}}
    edit = verdict_of("video_to_video/aleph2", {"video_uri": video(), "keyframes": [frame]})
    assert edit.request["keyframes"] == (frame,)


def test_nulls_are_not_given() -> None:
    """A null is as if it were not written, in lists and mappings too."""
    given = {**STILL, "seed": None, "reference_images": {"hero": image(), "place": None}}
    assert accepted("text_to_image/gen4_image", given)["reference_images"] == (
        {"uri": image(), "tag": "hero"},
    )
    listed = accepted("text_to_image/gen4_image", {**STILL, "reference_images": [None, image()]})
    assert listed["reference_images"] == ({"uri": image()},)
    dubbed = accepted("media/mux", {"video": video(), "audio": {"es": audio(), "fr": None}})
    assert dubbed["audio"] == {"es": audio()}


def test_place_counts_what_was_written() -> None:
    """A finding in a list points at the item as written, nulls counted."""
    found = only_finding("text_to_image/gen4_image", {**STILL, "reference_images": [None, video()]})
    assert found.path == ("reference_images", 1)


def test_unknown_parameter() -> None:
    """A name that the row does not have is refused at its key, with the nearest that is still free."""
    found = only_finding("image_to_video/gen4.5", {**CLIP, "sed": 1})
    assert (found.code.id, found.path, found.on_key) == ("RF306", ("sed",), True)
    assert found.label == "did you mean `seed`?"


@pytest.mark.parametrize(
    ("uses", "name", "hint"),
    [
        ("image_to_video/wan3", "references", "`references` is a parameter of text_to_video/wan3"),
        (
            "text_to_video/gen4.5",
            "negative_prompt",
            "text_to_video models that take `negative_prompt`: veo3.1, veo3.1_fast",
        ),
        ("text_to_video/gen4.5", "zzzzz", None),
        ("generate/video", "zzzzz", None),
    ],
)
def test_unknown_parameter_names_who_takes_it(uses: str, name: str, hint: str | None) -> None:
    """The help names the model's other endpoints that take it, else models of this one, else nobody."""
    found = next(each for each in verdict_of(uses, {name: "x"}).findings if each.code.id == "RF306")
    assert (found.label, found.hint) == (None, hint)


def test_missing_parameter() -> None:
    """A required parameter that is missing is named, with its values if it has few."""
    found = only_finding("text_to_image/gen4_image", {"prompt_text": "x"})
    assert (found.code.id, found.path) == ("RF307", ())
    assert found.message == "`ratio` is missing: gen4_image (text_to_image) needs it"
    assert found.hint is not None
    assert found.hint.startswith("`ratio:` one of 1024:1024")


def test_misspelt_parameter_is_not_also_missing() -> None:
    """A required name that was misspelt is told once."""
    assert (
        only_finding("text_to_image/gen4_image", {"prompt_txt": "x", "ratio": "1280:720"}).code.id == "RF306"
    )


def test_missing_field() -> None:
    """A required field of an object is named with the object."""
    found = only_finding("video_to_video/aleph2", {"video_uri": video(), "keyframes": [{"seconds": 1}]})
    assert found.message == "`uri` is missing: `keyframes[0]` of aleph2 (video_to_video) needs it"
    assert found.path == ("keyframes", 0)


def test_unknown_field() -> None:
    """A key that an object does not have is refused, with what it has."""
    given = {**SPEECH, "voice": {"preset_id": "Maya", "speed": 1}}
    found = only_finding("text_to_speech/eleven_multilingual_v2", given)
    assert (found.code.id, found.path) == ("RF306", ("voice", "speed"))
    assert found.message == "`speed` is not a key of `voice`"
    assert found.notes == ("accepted: preset_id type",)


def test_object_takes_no_list() -> None:
    """A list where an object belongs is refused."""
    given = {**CLIP, "content_moderation": ["auto"]}
    assert only_finding("image_to_video/gen4.5", given).message == (
        "`content_moderation` takes a mapping, this is a list"
    )


@pytest.mark.parametrize("medium", [image(), "a.png", "https://x.example/a", Deferred(kind=MediaKind.IMAGE)])
def test_bare_medium_for_an_object(medium: object) -> None:
    """A bare medium may stand where the API wants `{type, uri}`; the constants are filled in."""
    given = {"character": medium, "reference": video()}
    verdict = verdict_of("character_performance/act_two", given)
    if isinstance(medium, str) and medium.startswith("https"):
        assert [each.code.id for each in verdict.findings] == ["RF314"]
        return
    character = verdict.params["character"]
    assert isinstance(character, dict)
    assert character["type"] == "image"
    assert verdict.params["reference"] == {"type": "video", "uri": video()}


def test_medium_of_unknown_kind_stays_open() -> None:
    """Something to come of which not even the kind is known is judged when it is known."""
    given = {"character": Deferred(), "reference": Deferred()}
    assert accepted("character_performance/act_two", given) == given


def test_kind_that_no_variant_takes() -> None:
    """A medium of a kind that none of the objects holds is refused."""
    found = only_finding("character_performance/act_two", {"character": audio(), "reference": video()})
    assert (found.code.id, found.message) == ("RF314", "`character` takes an image, this is audio")


def test_missing_file_for_a_variant() -> None:
    """A file that cannot be read is told once, at its place."""
    given = {"character": "missing.png", "reference": video()}
    found = only_finding("character_performance/act_two", given)
    assert (found.code.id, found.path, found.hint) == ("RF411", ("character",), "look for a typing error")


def test_object_is_chosen_by_its_constant() -> None:
    """Among several objects the constant decides, then the keys."""
    given = {"character": {"type": "video", "uri": video()}, "reference": video()}
    assert accepted("character_performance/act_two", given)["character"] == {"type": "video", "uri": video()}
    found = only_finding(
        "character_performance/act_two",
        {"character": {"type": "image", "uri": video()}, "reference": video()},
    )
    assert found.path == ("character", "uri")
    frames = [{"at": 0.5, "uri": image()}]
    assert accepted("video_to_video/aleph2", {"video_uri": video(), "keyframes": frames})["keyframes"] == (
        {"at": 0.5, "uri": image()},
    )


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ("game-character", {"preset_id": "game-character", "type": "runway-preset"}),
        (
            "12345678-1234-4234-8234-123456789abc",
            {"avatar_id": "12345678-1234-4234-8234-123456789abc", "type": "custom"},
        ),
    ],
)
def test_bare_text_for_one_of_several_objects(value: str, canonical: object) -> None:
    """A bare text is the preset that lists it, or the id of its form."""
    given = {"avatar": value, "speech": "Hello there."}
    params = accepted("avatar_videos/gwm1_avatars", given)
    assert params["avatar"] == canonical
    assert params["speech"] == {"text": "Hello there.", "type": "text"}


def test_bare_text_that_is_no_preset() -> None:
    """A text that no object takes is refused with the presets."""
    found = only_finding("avatar_videos/gwm1_avatars", {"avatar": "nobody", "speech": "Hello."})
    assert (found.code.id, found.path) == ("RF311", ("avatar",))


def test_address_for_speech_is_audio() -> None:
    """Where a text or audio may stand, an address or a medium is audio."""
    given = {"avatar": "game-character", "speech": "https://x.example/a.mp3"}
    speech = accepted("avatar_videos/gwm1_avatars", given)["speech"]
    assert speech == {"audio": RemoteMedium("https://x.example/a.mp3"), "type": "audio"}


def test_preset_voice() -> None:
    """A voice may be written as its name; what is sent is the object around it."""
    found = only_finding("text_to_speech/eleven_multilingual_v2", {**SPEECH, "voice": "Mya"})
    assert (found.code.id, found.path, found.label) == ("RF311", ("voice",), "did you mean `Maya`?")
    assert found.message == "`Mya` is not a value of `voice` of eleven_multilingual_v2 (text_to_speech)"
