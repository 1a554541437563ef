"""What several shapes have in common."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runway_flow.catalog.capability import Capability, Param, ParamType, Shape
from runway_flow.catalog.loader import load_catalog
from runway_flow.catalog.shapes import kinds_in, media_needed, medium_meant, merged, name_meant
from runway_flow.kernel.media import MediaKind
from tests.fakes.judgements import BOOLEAN, IMAGE, INTEGER, NUMBER, TEXT, VIDEO, param, row, row_with

ROWS = tuple(row for row in load_catalog().rows if row.model is not None)


def constant(value: str) -> Param:
    """Make the field that tells an object apart."""
    return param("type", Shape(ParamType.STRING, values=(value,)), required=True)


def thing(*fields: Param) -> Shape:
    """Make an object."""
    return Shape(ParamType.OBJECT, fields=fields)


def test_limits_fall_away() -> None:
    """What one row bounds and another does not is not bounded; values of both are free."""
    one = Shape(ParamType.INTEGER, minimum=2, maximum=10, is_seconds=True)
    assert merged([one, INTEGER]) == Shape(ParamType.INTEGER, is_seconds=True)
    assert merged([Shape(ParamType.STRING, values=("a", "b")), TEXT]) == TEXT


def test_types_stand_side_by_side() -> None:
    """Different types make a union, flat; whole numbers are numbers."""
    both = merged([Shape(ParamType.UNION, variants=(INTEGER, TEXT)), TEXT, BOOLEAN])
    assert [each.type for each in both.variants] == [ParamType.INTEGER, ParamType.STRING, ParamType.BOOLEAN]
    assert merged([INTEGER, NUMBER]) == NUMBER


def test_media_of_all_kinds() -> None:
    """A medium may be of any kind that one of them takes."""
    assert merged([IMAGE, VIDEO]).media == (MediaKind.IMAGE, MediaKind.VIDEO)


def test_objects_are_merged_by_their_fields() -> None:
    """A field is required where all objects require it."""
    tag = param("tag", TEXT)
    found = merged(
        [thing(param("uri", IMAGE, required=True), tag), thing(param("uri", VIDEO, required=True))]
    )
    assert [(field.name, field.required) for field in found.fields] == [("uri", True), ("tag", False)]
    assert kinds_in(found) == {MediaKind.IMAGE, MediaKind.VIDEO}


def test_constants_tell_objects_apart() -> None:
    """Objects with different constants stay apart, and keep them; with the same they are one."""
    found = merged([thing(constant("a")), thing(constant("b")), thing(constant("a"))])
    assert [each.fields[0].shape.constant for each in found.variants] == ["a", "b"]
    assert merged([thing(constant("a")), thing()]).fields[0].required is False


def test_what_is_inside_is_merged_too() -> None:
    """Items of lists and values of mappings are merged as everything is."""
    lists = [Shape(ParamType.ARRAY, items=IMAGE, max_items=3), Shape(ParamType.ARRAY, items=VIDEO)]
    assert merged(lists).items == merged([IMAGE, VIDEO])
    maps = [Shape(ParamType.MAP, values_shape=IMAGE), Shape(ParamType.MAP, values_shape=IMAGE)]
    assert merged(maps) == maps[0]


@given(st.sampled_from(ROWS), st.sampled_from(ROWS))
def test_merging_is_settled(one: Capability, other: Capability) -> None:
    """Merging what is merged changes nothing, and media are never lost."""
    for name in one.by_name.keys() & other.by_name.keys():
        shapes = [one.by_name[name].shape, other.by_name[name].shape]
        found = merged(shapes)
        assert merged([found]) == found
        assert kinds_in(found) == kinds_in(shapes[0]) | kinds_in(shapes[1])


def test_media_that_a_row_needs() -> None:
    """Required parameters with media in them, at any depth."""
    needed = {uses: [each.name for each in media_needed(row(uses))] for uses in _NEEDS}
    assert needed == _NEEDS


_NEEDS = {
    "text_to_video/gen4.5": [],
    "image_to_video/gen4.5": ["prompt_image"],
    "character_performance/act_two": ["character", "reference"],
    "speech_to_speech/eleven_multilingual_sts_v2": ["media"],
}


def test_medium_that_is_meant() -> None:
    """A name that says a kind means the medium of that kind that is needed and not given."""
    rows = (row_with(param("clip", VIDEO, required=True), param("frame", IMAGE)),)
    assert medium_meant("input_video", rows, ()) == "clip"
    assert medium_meant("input_video", rows, ("clip",)) is None
    assert medium_meant("input_image", rows, ()) is None
    assert medium_meant("input", rows, ()) is None


def test_name_that_is_meant() -> None:
    """The nearest name is meant, unless the name says another kind of medium than it takes."""
    rows = (row("image_to_video/gemini_omni_flash"), row("video_to_video/gemini_omni_flash"))
    assert name_meant("prompt_imge", rows, ()) == "prompt_image"
    assert name_meant("prompt_video", rows, ()) == "video_uri"
    assert name_meant("promt_text", rows, ()) == "prompt_text"
    assert name_meant("prompt_imge", rows, ("prompt_image", "prompt_text")) is None
