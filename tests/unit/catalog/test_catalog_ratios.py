"""Ratios in every form, for rows of every kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.catalog.capability import Param, ParamType, Shape
from runway_flow.catalog.ratios import Wanted, aspect_name, parse_wanted, pick_closest, pick_value
from runway_flow.catalog.shorthands import RATIO_NAMES
from runway_flow.kernel.values import Deferred
from tests.fakes.judgements import CATALOG, accepted, only_finding, row_with
from tests.fakes.media_values import image, video

STILL = {"prompt_text": "x"}
TABLED = [
    (param, value)
    for row in CATALOG.rows
    for param in row.params
    if param.name in RATIO_NAMES
    for value in param.shape.values or ()
]


def still_ratio(model: str, ratio: object) -> object:
    """Give the ratio of a still that a form means."""
    return accepted(f"text_to_image/{model}", {**STILL, "ratio": ratio})["ratio"]


@given(st.sampled_from(TABLED))
def test_every_value_means_itself(item: tuple[Param, str]) -> None:
    """Each value of each row is taken as it is, with a colon or an x."""
    param, value = item
    row = row_with(param)
    assert accepted(row, {param.name: value})[param.name] == value
    wanted = parse_wanted(value)
    if wanted is not None:
        assert accepted(row, {param.name: value.replace(":", "x")})[param.name] == value
        assert accepted(row, {param.name: {"closest": value}})[param.name] == value


@pytest.mark.parametrize(
    ("model", "ratio", "value"),
    [
        ("gen4_image", "1920x1080", "1920:1080"),
        ("gen4_image", "1920 × 1080", "1920:1080"),
        ("gen4_image", "16:9@1080p", "1920:1080"),
        ("gen4_image", "16:9@720p", "1280:720"),
        ("gen4_image", "9:16@720p", "720:1280"),
        ("gen4_image", "4:3@1K", "1168:880"),
        ("gpt_image_2", "16:9@1080p", "1920:1088"),
        ("gpt_image_2", "16:9@2K", "2560:1440"),
        ("gpt_image_2", "16:9@4k", "3840:2160"),
        ("seedream5_lite", "16:9@2K", "2848:1600"),
        ("seedream5_lite", "4:3@2K", "2304:1728"),
        ("nano_banana_2.1", "4:3@4K", "4800:3584"),
        ("gemini_2.5_flash", "16:9", "1344:768"),
        ("gpt_image_2", "auto", "auto"),
    ],
)
def test_named_size(model: str, ratio: str, value: str) -> None:
    """An aspect and a size choose the row's own value."""
    assert still_ratio(model, ratio) == value


def test_only_value_of_an_aspect() -> None:
    """Where a row has one value of an aspect, no size is needed."""
    clip = {"prompt_text": "x", "duration": 5, "prompt_image": image(), "ratio": "16:9"}
    assert accepted("image_to_video/gen4.5", clip)["ratio"] == "1280:720"


def test_several_values_of_an_aspect() -> None:
    """Where several values fit, they are listed with the names that mean them, and one to copy."""
    found = only_finding("text_to_image/gen4_image", {**STILL, "ratio": "16:9"})
    assert (found.code.id, found.path) == ("RF322", ("ratio",))
    assert found.message == "`16:9` fits 3 values of `ratio` of gen4_image (text_to_image)"
    assert found.notes == ("write one of: 1360:768 (16:9@1K) 1920:1080 (16:9@1080p) 1280:720 (16:9@720p)",)
    assert found.hint == "or a size with it, as `16:9@1K`"


def test_several_values_without_names() -> None:
    """Values that no name tells apart are listed as they are."""
    row = row_with(Param("ratio", "ratio", Shape(ParamType.STRING, values=("3000:1000", "3010:1000"))))
    found = only_finding(row, {"ratio": "3:1"})
    assert (found.notes, found.hint) == (("write one of: 3000:1000 3010:1000",), None)


def test_aspect_that_no_value_has() -> None:
    """The accepted values come with their names, the nearest with how to take it, models that fit last."""
    clip = {"prompt_text": "x", "duration": 5, "ratio": "16:10"}
    found = only_finding("text_to_video/gen4.5", clip)
    assert (found.code.id, found.message) == ("RF311", "`16:10` is not a ratio of gen4.5 (text_to_video)")
    assert found.notes == ("accepted: 1280:720 (16:9) 720:1280 (9:16)",)
    assert found.label == "`{closest: 16:10}` would be `1280:720`"
    assert found.hint is None
    assert only_finding("text_to_video/gen4.5", {**clip, "ratio": "4:3"}).hint == (
        "text_to_video models that take 4:3: hailuo3, happyhorse_1_0, seedance2 and 7 more "
        "(`runway-flow models --ratio 4:3`)"
    )


def test_size_that_no_value_of_the_aspect_has() -> None:
    """An aspect in other sizes is listed first, then everything."""
    found = only_finding("text_to_image/gen4_image", {**STILL, "ratio": "16:9@4K"})
    assert (found.code.id, found.message) == (
        "RF311",
        "`16:9@4K` is not a ratio of gen4_image (text_to_image)",
    )
    assert found.notes[0] == (
        "of this shape there is: 1360:768 (16:9@1K) 1920:1080 (16:9@1080p) 1280:720 (16:9@720p)"
    )
    assert found.notes[1].startswith("accepted: 1024:1024 (1:1@1K) 1080:1080 (1:1@1080p) 1168:880 (4:3@1K)")
    assert found.label == "`{closest: 16:9@4K}` would be `1920:1080`"


def test_aspects_that_lie_close_together() -> None:
    """Where a model takes 20:9 and 19.5:9, each means its own although the other is within the tolerance."""
    model = "grok_imagine_image_2"
    assert still_ratio(model, "20:9@1K") == "1280:576"
    assert still_ratio(model, "13:6@1K") == "1248:576"
    assert still_ratio(model, "6:13@2K") == "1344:2912"


def test_tier_that_is_no_such_size() -> None:
    """Tiers are made of pixel counts; 640:360 falls into that of 480p, and is not 480p."""
    clip = {"prompt_text": "x"}
    uses = "text_to_video/gemini_omni_flash_1.1"
    assert accepted(uses, {**clip, "ratio": "16:9@360p"})["ratio"] == "640:360"
    assert only_finding(uses, {**clip, "ratio": "16:9@480p"}).code.id == "RF311"
    assert accepted("text_to_video/wan3", {**clip, "ratio": "1:1@480p"})["ratio"] == "624:624"


@pytest.mark.parametrize(
    ("model", "wanted", "value"),
    [
        ("gen4_image", "20:9", "2112:912"),
        ("gen4_image", "16:9", "1920:1080"),
        ("gen4_image", "16:9@720p", "1280:720"),
        ("gen4_image", "16:9@8K", "1920:1080"),
        ("gen4_image", "16:9@240p", "1280:720"),
        ("gpt_image_2", "16:9@1K", "1920:1088"),
        ("gpt_image_2", "1920x1080", "1920:1088"),
        ("gpt_image_2", "2600x1750", "2560:1712"),
    ],
)
def test_closest_ratio(model: str, wanted: str, value: str) -> None:
    """`{closest: …}` takes the nearest aspect, of pixels also the nearest size."""
    assert still_ratio(model, {"closest": wanted}) == value


def test_closest_of_nothing() -> None:
    """`{closest: …}` of no ratio is refused; of words there is no nearest."""
    assert (
        only_finding("text_to_image/gen4_image", {**STILL, "ratio": {"closest": "wide"}}).code.id == "RF308"
    )
    assert pick_closest(Wanted(16, 9), ["auto"], {}) is None
    words = row_with(Param("ratio", "ratio", Shape(ParamType.STRING, values=("auto",))))
    found = only_finding(words, {"ratio": {"closest": "16:9"}})
    assert (found.code.id, found.notes, found.label) == ("RF311", ("accepted: auto",), None)
    assert found.message == "`16:9` is not a ratio of model (endpoint)"


def test_ratio_to_come() -> None:
    """A ratio that is not known yet is judged when it is."""
    assert still_ratio("gen4_image", Deferred()) == Deferred()


@pytest.mark.parametrize(
    ("ratio", "canonical"),
    [
        ("16:9", {"ratio": "16:9"}),
        ("16x9", {"ratio": "16:9"}),
        ("32:18", {"ratio": "16:9"}),
        ("16:9@1080p", {"ratio": "16:9", "resolution": "1080p"}),
        ("1920x1080", {"ratio": "16:9", "resolution": "1080p"}),
        ({"closest": "1920x1080"}, {"ratio": "16:9", "resolution": "1080p"}),
        ({"closest": "17:9@4K"}, {"ratio": "16:9", "resolution": "1080p"}),
        ({"closest": "17:9"}, {"ratio": "16:9"}),
    ],
)
def test_row_of_aspects(ratio: object, canonical: dict[str, str]) -> None:
    """Where a row has aspects and a resolution apart, a size goes to the resolution."""
    params = accepted("text_to_video/grok_imagine_1_5", {"prompt_text": "x", "ratio": ratio})
    assert {name: params[name] for name in params if name != "prompt_text"} == canonical


def test_size_of_another_case() -> None:
    """Sizes are told apart without their case."""
    params = accepted("text_to_video/hailuo3", {"prompt_text": "x", "ratio": "16:9@2K"})
    assert params["resolution"] == "2k"


@pytest.mark.parametrize("ratio", ["16:9@4K", "1000x1000"])
def test_resolution_that_there_is_not(ratio: str) -> None:
    """A size that the resolution does not have is refused with those that there are."""
    found = only_finding("text_to_video/grok_imagine_1_5", {"prompt_text": "x", "ratio": ratio})
    notes = ("`resolution` takes: 480p 720p 1080p", "accepted: 1:1 16:9 9:16 4:3 3:4 3:2 2:3")
    assert (found.code.id, found.notes) == ("RF311", notes)


def test_aspect_that_there_is_not() -> None:
    """An aspect that the row does not have is refused with those that there are."""
    found = only_finding("text_to_video/grok_imagine_1_5", {"prompt_text": "x", "ratio": "5:1"})
    assert found.message == "`5:1` is not a ratio of grok_imagine_1_5 (text_to_video)"
    assert found.label == "`{closest: 5:1}` would be `16:9`"


def test_size_without_a_resolution() -> None:
    """A size where nothing takes one is refused; the nearest has none."""
    given_ = {"video_uri": video(), "target_aspect_ratio": "16:9@1080p"}
    found = only_finding("video_to_video/aleph2", given_)
    assert found.label == "`{closest: 16:9@1080p}` would be `16:9`"
    assert found.message == "`16:9@1080p` is not a value of `target_aspect_ratio` of aleph2 (video_to_video)"


def test_two_words_for_the_size() -> None:
    """A size beside the ratio and another in `resolution` contradict each other; the same twice does not."""
    both = {"prompt_text": "x", "ratio": "16:9@1080p", "resolution": "480p"}
    found = only_finding("text_to_video/grok_imagine_1_5", both)
    assert (found.code.id, found.message) == (
        "RF316",
        "`16:9@1080p` says 1080p, `resolution` says 480p",
    )
    same = {**both, "resolution": "1080P"}
    assert accepted("text_to_video/grok_imagine_1_5", same)["resolution"] == "1080p"
    later = {**both, "resolution": Deferred()}
    assert accepted("text_to_video/grok_imagine_1_5", later)["resolution"] == Deferred()


@pytest.mark.parametrize(
    ("uses", "written", "value"),
    [
        ("text_to_video/h3_max", "768p", "768p"),
        ("text_to_video/h3_max", "480P", "480p"),
        ("text_to_video/h3_max", "1365x768", "768p"),
        ("text_to_video/h3_max", "16:9@480p", "480p"),
        ("text_to_video/h3_max", {"closest": "1080p"}, "768p"),
        ("text_to_video/h3_max", {"closest": "480p"}, "480p"),
        ("text_to_video/h3_max", {"closest": "800x600"}, "480p"),
        ("text_to_video/hailuo3", "2K", "2K"),
        ("text_to_video/hailuo3", {"closest": "4K"}, "2k"),
    ],
)
def test_resolution(uses: str, written: object, value: str) -> None:
    """A size alone may be written in any case, as pixels or beside an aspect; only `closest` is not exact."""
    assert accepted(uses, {"prompt_text": "x", "resolution": written})["resolution"] == value


def test_resolution_that_no_value_is() -> None:
    """A size that the model does not have is refused with those that it has, and the nearest."""
    found = only_finding("text_to_video/h3_max", {"prompt_text": "x", "resolution": "1080p"})
    assert (found.code.id, found.notes) == ("RF311", ("accepted: 480p 768p",))
    assert found.message == "`1080p` is not a value of `resolution` of h3_max (text_to_video)"
    assert found.label == "`{closest: 1080p}` would be `768p`"


def test_resolution_of_words() -> None:
    """What is no size is judged as it stands; among words there is no nearest."""
    found = only_finding("text_to_video/h3_max", {"prompt_text": "x", "resolution": "large"})
    assert (found.code.id, found.label) == ("RF311", None)
    words = row_with(Param("resolution", "resolution", Shape(ParamType.STRING, values=("high", "low"))))
    assert only_finding(words, {"resolution": {"closest": "1080p"}}).label is None
    assert only_finding(words, {"resolution": {"closest": "large"}}).code.id == "RF311"
    assert only_finding("text_to_video/h3_max", {**STILL, "resolution": {"closest": "0p"}}).code.id == "RF311"
    assert only_finding(words, {"resolution": "720p"}).label is None
    shapes = row_with(Param("ratio", "ratio", Shape(ParamType.STRING, values=("16:9",))), *words.params)
    assert accepted(shapes, {"ratio": {"closest": "17:9@720p"}}) == {"ratio": "16:9"}


@pytest.mark.parametrize(("ratio", "sent"), [("1280x720", "1280:720"), ("16:9", "16:9")])
def test_free_ratio(ratio: str, sent: str) -> None:
    """Where the API takes any text, the separator is its own, and the rest is left to it."""
    assert accepted("video_to_video/aleph2", {"video_uri": video(), "ratio": ratio})["ratio"] == sent


def test_free_ratio_has_no_sizes() -> None:
    """Where there is no table, a size after @ means nothing."""
    found = only_finding("video_to_video/aleph2", {"video_uri": video(), "ratio": "16:9@1080p"})
    assert found.code.id == "RF311"
    assert found.notes == (
        "there is no table of values here: what is written goes to the API, as `1280:720` or `16:9`",
    )


@pytest.mark.parametrize(
    ("size", "pixels"),
    [
        ("1280x720", "1280:720"),
        ("16:9@1080p", "1920:1080"),
        ("9:16@1080p", "1080:1920"),
        ("1:1@720p", "720:720"),
        ("16:9@4K", "3840:2160"),
        ("16:9@2K", "2560:1440"),
        ("21:9@1080p", "2520:1080"),
    ],
)
def test_size_of_our_own_operations(size: str, pixels: str) -> None:
    """A size may be named; it becomes pixels, both sides even."""
    assert accepted("media/concat", {"clips": [video()], "size": size})["size"] == pixels


@pytest.mark.parametrize("size", ["16:9", "16:9@3K", "1280x720@1080p"])
def test_size_that_is_none(size: str) -> None:
    """An aspect alone, or a name that no short side has, is no size."""
    found = only_finding("media/concat", {"clips": [video()], "size": size})
    assert (found.code.id, found.hint) == ("RF311", None)
    assert found.notes == ("a size is written as `1280x720` or `16:9@1080p`",)


@pytest.mark.parametrize("text", ["wide", "16:0", "0:9", "16-9", "16:9@", "16:9@1080", "16:9@0p", ""])
def test_what_is_no_ratio(text: str) -> None:
    """Anything that is not two positive numbers, with a size at most, is no ratio."""
    assert parse_wanted(text) is None


@pytest.mark.parametrize(
    ("value", "name"),
    [("1280:720", "16:9"), ("832:1104", "3:4"), ("3000:1000", None), ("16:9", None), ("auto", None)],
)
def test_name_of_an_aspect(value: str, name: str | None) -> None:
    """A size in pixels has the name of its aspect, if it is a usual one."""
    assert aspect_name(value) == name


def test_words_among_the_values() -> None:
    """Words among the values fit no aspect and have no size."""
    wanted = parse_wanted("16:9@2K")
    assert wanted is not None
    assert pick_value(wanted, ["auto_2k", "2560:1440"], {"auto_2k": "2k"}) == "2560:1440"
