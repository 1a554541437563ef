"""Lists, names of media, unions and mappings against a row."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from runway_flow.catalog.capability import Param, ParamType, Shape
from runway_flow.catalog.judge import judge
from runway_flow.kernel.media import MediaKind, PinnedMedium
from runway_flow.kernel.values import Deferred
from tests.fakes.judgements import (
    CATALOG,
    IMAGE,
    INTEGER,
    NUMBER,
    TEXT,
    VIDEO,
    accepted,
    only_finding,
    param,
    row,
    row_with,
    verdict_of,
)
from tests.fakes.media_values import DIGEST, audio, image, open_by_name, video

STILL = {"prompt_text": "a lamp", "ratio": "1280:720"}
CLIP = {"prompt_text": "push in", "prompt_image": image(), "ratio": "1280:720", "duration": 5}
VEO = {"prompt_text": "x", "ratio": "1280:720"}
SPEECH = {"prompt_text": "Hello."}


@dataclass(frozen=True, slots=True)
class Located:
    """A file that an input names, with the folder that it is relative to."""

    path: str


def test_mapping_names_tags() -> None:
    """A mapping of references names their tags, in order."""
    given = {**STILL, "reference_images": {"hero": "a.png", "place": {"uri": image()}}}
    references = accepted("text_to_image/gen4_image", given)["reference_images"]
    assert isinstance(references, tuple)
    assert [item["tag"] for item in references] == ["hero", "place"]


def test_mapping_names_positions() -> None:
    """A mapping of frames names their positions."""
    params = accepted("image_to_video/veo3.1", {**VEO, "prompt_image": {"first": image(), "last": image()}})
    assert params["prompt_image"] == (
        {"position": "first", "uri": image()},
        {"position": "last", "uri": image()},
    )


def test_wrong_position_is_placed_at_its_name() -> None:
    """A position that there is not is told at the entry that has it."""
    found = only_finding("image_to_video/veo3.1", {**VEO, "prompt_image": {"first": image(), "mid": image()}})
    assert (found.code.id, found.path) == ("RF311", ("prompt_image", "mid"))


def test_bad_tag_is_placed_at_its_name() -> None:
    """A tag that does not have the form of tags is told at the entry that has it."""
    given = {**STILL, "reference_images": {"my-hero": image()}}
    found = only_finding("text_to_image/gen4_image", given)
    assert (found.code.id, found.path) == ("RF315", ("reference_images", "my-hero"))


def test_list_of_bare_frames() -> None:
    """Where only one position exists it is filled in; where several do, the mapping is shown."""
    frames = accepted("image_to_video/gen4.5", {**CLIP, "prompt_image": [image()]})["prompt_image"]
    assert frames == ({"position": "first", "uri": image()},)
    verdict = verdict_of("image_to_video/veo3.1", {**VEO, "prompt_image": [image(), image()]})
    assert [each.code.id for each in verdict.findings] == ["RF307", "RF307"]
    assert verdict.findings[0].hint == "write a mapping: `prompt_image: {first: …, last: …}`"
    written = verdict_of("image_to_video/veo3.1", {**VEO, "prompt_image": [{"uri": image()}]})
    assert written.findings[0].message.startswith("`position` is missing")


@pytest.mark.parametrize(
    "value", [image(), "a.png", {"uri": image()}, Located("a.png"), Deferred(kind=MediaKind.IMAGE)]
)
def test_one_medium_for_a_list(value: object) -> None:
    """One medium, or one object around it, may stand where a list belongs."""
    references = accepted("text_to_image/gen4_image", {**STILL, "reference_images": value})[
        "reference_images"
    ]
    assert isinstance(references, tuple)
    assert len(references) == 1


def test_pinned_address() -> None:
    """`{url, sha256}` is a medium wherever one belongs."""
    pinned = {"url": "https://x.example/a.png", "sha256": DIGEST}
    medium = PinnedMedium("https://x.example/a.png", DIGEST)
    assert accepted("image_to_video/gen4.5", {**CLIP, "prompt_image": pinned})["prompt_image"] == medium
    listed = accepted("text_to_image/gen4_image", {**STILL, "reference_images": pinned})["reference_images"]
    assert listed == ({"uri": medium},)
    named = accepted("text_to_image/gen4_image", {**STILL, "reference_images": {"hero": pinned}})
    assert named["reference_images"] == ({"uri": medium, "tag": "hero"},)


@pytest.mark.parametrize("value", [5, "text"])
def test_list_takes_no_scalar(value: object) -> None:
    """A number, or a text where no medium belongs, is no list."""
    shape = Shape(ParamType.ARRAY, items=TEXT)
    found = only_finding(row_with(param("x", shape)), {"x": value})
    assert found.message.startswith("`x` takes a list, this is")


def test_names_need_a_place_for_them() -> None:
    """A mapping where the items have neither tag nor position is refused."""
    found = only_finding("sound_effect/seed_audio", {**SPEECH, "reference_audios": {"one": audio()}})
    assert found.message == "`reference_audios` takes a list of audio media, this is a mapping"


def test_number_of_items() -> None:
    """A list has as many items as the row says."""
    four = [image()] * 4
    found = only_finding("text_to_image/gen4_image", {**STILL, "reference_images": four})
    assert (found.code.id, found.message) == (
        "RF313",
        "`reference_images` has 4 items; gen4_image (text_to_image) takes at most 3",
    )
    few = only_finding("text_to_image/gen4_image_turbo", {**STILL, "reference_images": []})
    assert few.message == "`reference_images` has 0 items; gen4_image_turbo (text_to_image) needs at least 1"


def test_list_to_come() -> None:
    """A list that only the run can tell is judged when it is known."""
    assert accepted("media/concat", {"clips": Deferred()})["clips"] == Deferred()


def test_clips_are_canonical_objects() -> None:
    """Clips may be bare media or objects; times may have their unit."""
    clips = ["a.mp4", {"media": video(), "start": "1s", "end": 2.5}]
    params = accepted("media/concat", {"clips": clips})
    items = params["clips"]
    assert isinstance(items, tuple)
    assert items[1] == {"media": video(), "start": 1.0, "end": 2.5}


def test_defaults_of_our_operations_are_filled_in() -> None:
    """What a local operation assumes is part of what is done; `overlap` belongs to a transition."""
    plain = accepted("media/concat", {"clips": [video()]})
    assert plain == {"clips": ({"media": video()},), "transition": "cut", "fit": "contain", "audio": "keep"}
    faded = accepted("media/concat", {"clips": [video()], "transition": "fade"})
    assert faded["overlap"] == 0.5


def test_sound_by_language() -> None:
    """`audio` of a mux is one sound, or a mapping of languages."""
    params = accepted("media/mux", {"video": video(), "audio": audio()})
    assert params == {"video": video(), "audio": audio(), "fit": "pad", "replace": True}
    found = only_finding("media/mux", {"video": video(), "audio": {"es": image()}})
    assert (found.code.id, found.path) == ("RF314", ("audio", "es"))
    wrong = only_finding("media/mux", {"video": video(), "audio": 5})
    assert wrong.message == "`audio` takes audio or a mapping, this is a whole number"


@pytest.mark.parametrize(
    ("at", "canonical"), [("first", "first"), ("last\n", "last"), (2, 2.0), ("1.5s", 1.5), ("50%", "50%")]
)
def test_moment_of_a_frame(at: object, canonical: object) -> None:
    """A moment is a name, seconds, or a part of the whole."""
    assert accepted("media/frame", {"video": video(), "at": at})["at"] == canonical


@pytest.mark.parametrize(
    ("at", "code"), [("150%", "RF311"), (-1, "RF310"), (True, "RF308"), (image(), "RF308")]
)
def test_moment_that_is_none(at: object, code: str) -> None:
    """Anything else is refused."""
    assert only_finding("media/frame", {"video": video(), "at": at}).code.id == code


@pytest.mark.parametrize(("duration", "canonical"), [("auto", "auto"), ("6s", 6), ({"closest": 99}, 15)])
def test_duration_or_auto(duration: object, canonical: object) -> None:
    """Where a word may stand for a number, both forms are read."""
    params = accepted("text_to_video/seedance2", {"prompt_text": "x", "duration": duration})
    assert params["duration"] == canonical


def test_text_where_a_list_or_medium_belongs() -> None:
    """A text that can only be a path is opened."""
    found = only_finding("image_to_video/veo3.1", {**VEO, "prompt_image": "missing.png"})
    assert found.code.id == "RF411"


def test_mapping_that_fits_no_variant() -> None:
    """A mapping where neither an object nor a list may stand is refused."""
    shape = Shape(ParamType.UNION, variants=(INTEGER, Shape(ParamType.STRING, values=("auto",))))
    found = only_finding(row_with(param("x", shape)), {"x": {"a": 1}})
    assert found.message == "`x` takes a whole number or text, this is a mapping"


def test_medium_that_fits_no_variant() -> None:
    """A medium where only numbers may stand is refused; where text may, the text says so."""
    numbers = Shape(ParamType.UNION, variants=(INTEGER, NUMBER))
    assert only_finding(row_with(param("x", numbers)), {"x": image()}).code.id == "RF308"
    assert only_finding(row_with(param("x", numbers)), {"x": "text"}).code.id == "RF308"


def test_only_kind_of_object() -> None:
    """Where one object alone holds a medium, any medium means it."""
    pair = Shape(ParamType.OBJECT, fields=(Param("uri", "uri", IMAGE, required=True),))
    other = Shape(ParamType.OBJECT, fields=(Param("n", "n", INTEGER, required=True),))
    shape = Shape(ParamType.UNION, variants=(other, pair))
    assert accepted(row_with(param("x", shape)), {"x": image()})["x"] == {"uri": image()}


def test_text_path_where_objects_differ_in_kind() -> None:
    """A path where several objects hold media is opened to tell which is meant."""
    one = Shape(ParamType.OBJECT, fields=(Param("uri", "uri", IMAGE, required=True),))
    two = Shape(ParamType.OBJECT, fields=(Param("clip", "clip", VIDEO, required=True),))
    shape = Shape(ParamType.UNION, variants=(one, two))
    params = accepted(row_with(param("x", shape)), {"x": "a.mp4"})
    assert isinstance(params["x"], dict)
    assert list(params["x"]) == ["clip"]


def test_known_catalogue_serves_the_help() -> None:
    """A caller may hand in the catalogue that help texts draw on."""
    verdict = judge(
        row("image_to_video/gen4.5"), {**CLIP, "ratio": "1920:1080"}, open_by_name, catalog=CATALOG
    )
    assert verdict.findings[0].code.id == "RF311"


def test_router_input() -> None:
    """The object of a router is judged like a step's own parameters, ratios included."""
    given = {
        "config_id": "ads",
        "input": {"prompt_text": "x", "aspect_ratio": "16x9", "reference_images": {"first": image()}},
    }
    verdict = verdict_of("generate/video", given)
    assert verdict.findings == ()
    assert verdict.request == {
        "configId": "ads",
        "input": {
            "aspectRatio": "16:9",
            "promptText": "x",
            "referenceImages": ({"role": "first", "uri": image()},),
        },
    }


def test_workflow_outputs() -> None:
    """Mappings of the author's own keys are judged value by value."""
    given = {"node_outputs": {"n1": {"prompt": {"type": "primitive", "value": "x"}, "still": image()}}}
    verdict = verdict_of("workflows", given)
    assert verdict.findings == ()
    found = only_finding("workflows", {"node_outputs": {"n1": [1]}})
    assert found.message == "`node_outputs.n1` takes a mapping, this is a list"


def test_medium_that_cannot_be_opened_yet() -> None:
    """A path that is opened only later leaves the whole to be judged then."""
    given = {"character": "later.png", "reference": video()}
    verdict = judge(row("character_performance/act_two"), given, lambda _: Deferred())
    assert verdict.findings == ()
    assert verdict.params["character"] == Deferred()
