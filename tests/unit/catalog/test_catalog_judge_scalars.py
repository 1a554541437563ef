"""Texts, numbers and booleans against a row."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from runway_flow.catalog.capability import ParamType, Shape
from runway_flow.kernel.media import MediaKind
from runway_flow.kernel.values import Deferred
from tests.fakes.judgements import (
    BOOLEAN,
    INTEGER,
    NUMBER,
    TEXT,
    accepted,
    only_finding,
    param,
    row_with,
)
from tests.fakes.media_values import image

STILL = {"prompt_text": "a lamp", "ratio": "1280:720"}
CLIP = {"prompt_text": "push in", "prompt_image": image(), "ratio": "1280:720", "duration": 5}


def one(shape: Shape, value: object, name: str = "x") -> object:
    """Judge one value of a shape and give its canonical form."""
    return accepted(row_with(param(name, shape)), {name: value})[name]


def fault(shape: Shape, value: object, name: str = "x") -> tuple[str, str]:
    """Judge one value that is refused, and give code and message."""
    found = only_finding(row_with(param(name, shape)), {name: value})
    return found.code.id, found.message


def test_text_loses_one_trailing_newline() -> None:
    """A block text ends with a newline that nobody means; a second one is meant."""
    assert one(TEXT, "hello\n") == "hello"
    assert one(TEXT, "hello\n\n") == "hello\n"


@pytest.mark.parametrize(
    ("value", "is_"),
    [(5, "a whole number"), (1.5, "a number"), (True, "true or false"), ((), "a list"), ({}, "a mapping")],
)
def test_text_takes_nothing_else(value: object, is_: str) -> None:
    """A text parameter takes text only, and says what it was given."""
    assert fault(TEXT, value) == ("RF308", f"`x` takes text, this is {is_}")


def test_medium_is_no_text() -> None:
    """A medium in the place of a text is refused, one to come as well; a text to come is fine."""
    assert fault(TEXT, image()) == ("RF308", "`x` takes text, this is an image")
    assert fault(TEXT, Deferred(kind=MediaKind.VIDEO)) == ("RF308", "`x` takes text, this is a video")
    assert one(TEXT, Deferred(kind=MediaKind.TEXT)) == Deferred(kind=MediaKind.TEXT)
    assert one(TEXT, Deferred()) == Deferred()


def test_value_outside_the_list() -> None:
    """A value that a row does not list is refused with the list, the nearest one, and who else takes it."""
    found = only_finding("text_to_image/gen4_image", {**STILL, "ratio": "1920x1081"})
    assert (found.code.id, found.path) == ("RF311", ("ratio",))
    assert found.message == "`1920:1081` is not a ratio of gen4_image (text_to_image)"
    assert found.label == "did you mean `1920:1080` (16:9)?"
    assert found.notes[0].startswith("accepted: 1024:1024 1080:1080")


def test_number_where_text_is_listed_says_how_to_write_it() -> None:
    """YAML reads `24` as a number; where the row lists the text `"24"` the hint shows it."""
    found = only_finding("video_upscale/enhance_frame_rate", {"video_uri": "a.mp4", "target_framerate": 24})
    assert found.code.id == "RF308"
    assert found.hint == 'write it as text: `"24"`'


@pytest.mark.parametrize(("value", "hint"), [("7", "write it without quotes: `7`"), ("seven", None)])
def test_text_where_a_number_belongs(value: str, hint: str | None) -> None:
    """A number in quotes is text, and the hint says so."""
    found = only_finding("text_to_image/gen4_image", {**STILL, "seed": value})
    assert (found.code.id, found.message) == ("RF308", "`seed` takes a whole number, this is text")
    assert found.hint == hint


def test_text_where_a_boolean_belongs() -> None:
    """`"true"` in quotes is text, and the hint says so."""
    found = only_finding(row_with(param("x", BOOLEAN)), {"x": "true"})
    assert found.hint == "write it without quotes: `true`"
    assert one(BOOLEAN, value=True) is True


@pytest.mark.parametrize("value", [True, False])
def test_boolean_is_no_number(value: bool) -> None:  # noqa: FBT001 - the values under test
    """A boolean is refused where a number belongs, though Python counts with it."""
    assert fault(INTEGER, value)[0] == "RF308"
    assert fault(NUMBER, value)[0] == "RF308"


def test_whole_float_becomes_an_integer() -> None:
    """5.0 is 5; 5.5 has a fraction and is refused."""
    assert repr(one(INTEGER, 5.0)) == "5"
    assert repr(one(NUMBER, 5.0)) == "5"
    assert fault(INTEGER, 5.5) == ("RF308", "`x` takes a whole number, 5.5 has a fraction")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_number_is_finite(value: float) -> None:
    """What JSON cannot write is refused."""
    assert fault(NUMBER, value) == ("RF308", f"`x` takes a number, {value} is none")
    assert fault(INTEGER, value)[0] == "RF308"


@pytest.mark.parametrize(
    ("shape", "value", "message"),
    [
        (replace(INTEGER, minimum=2, maximum=10), 12, "above the maximum of 10"),
        (replace(INTEGER, minimum=2, maximum=10), 1, "below the minimum of 2"),
        (replace(INTEGER, exclusive_minimum=0), 0, "not above 0, the bound"),
        (replace(NUMBER, maximum=1000), 1000.5, "above the maximum of 1,000"),
    ],
)
def test_number_out_of_range(shape: Shape, value: float, message: str) -> None:
    """A number past a bound is refused with the bound."""
    code, told = fault(shape, value)
    assert code == "RF310"
    assert message in told


@pytest.mark.parametrize("value", [2, 10])
def test_bounds_are_inside(value: int) -> None:
    """The bounds themselves are accepted."""
    assert one(replace(INTEGER, minimum=2, maximum=10), value) == value


@pytest.mark.parametrize("value", [2**53, -(2**53), 10**400])
def test_number_that_json_does_not_hold_exactly(value: int) -> None:
    """A whole number that the other side could read as another one is refused, however large it is."""
    for shape in (INTEGER, NUMBER, replace(NUMBER, is_seconds=True)):
        assert fault(shape, value)[0] == "RF310"
        assert only_finding(row_with(param("x", shape), is_local=True), {"x": value}).code.id == "RF310"
    assert fault(replace(INTEGER, is_seconds=True), {"closest": 10**400})[0] == "RF310"
    assert one(INTEGER, 2**53 - 1) == 2**53 - 1


def test_range_names_models_that_take_more() -> None:
    """A number that other models take names them."""
    found = only_finding("image_to_video/gen4.5", {**CLIP, "duration": 20})
    assert found.message == "`duration` 20 is above the maximum of 10 of gen4.5 (image_to_video)"
    assert found.notes == ("accepted: 2 to 10",)
    assert found.hint is not None
    assert found.hint.startswith("image_to_video models that take 20: wan3, wan3_prime, seedance2_5")


def test_listed_numbers() -> None:
    """Where numbers are listed, others are refused with the list."""
    shape = replace(INTEGER, values=(4, 6, 8))
    assert one(shape, 6) == 6
    assert fault(shape, 5)[0] == "RF311"


@pytest.mark.parametrize("value", ["5", "5s", "5 s", 5, 5.0])
def test_duration_forms(value: object) -> None:
    """A duration may be written as a number, in quotes, with its unit."""
    assert repr(accepted("image_to_video/gen4.5", {**CLIP, "duration": value})["duration"]) == "5"


@pytest.mark.parametrize(
    ("value", "help_"),
    [
        ("5 seconds", "write seconds: `5` or `5s`"),
        ("0:08", "write seconds: `8` or `8s`"),
        ("five", "write seconds: `5` or `5s`"),
    ],
)
def test_a_duration_in_words_is_answered_in_seconds(value: str, help_: str) -> None:
    """A length that is written in no form of ours is refused, and the help shows the form."""
    found = only_finding("image_to_video/gen4.5", {**CLIP, "duration": value})
    assert (found.code.id, found.hint) == ("RF308", help_)


def test_duration_is_never_snapped() -> None:
    """A duration between two accepted ones is refused, unless the nearest is asked for."""
    veo = {"prompt_text": "x", "ratio": "1280:720"}
    assert only_finding("text_to_video/veo3.1", {**veo, "duration": 5}).code.id == "RF311"
    assert accepted("text_to_video/veo3.1", {**veo, "duration": {"closest": 7.5}})["duration"] == 8


@pytest.mark.parametrize(
    ("shape", "target", "near"),
    [
        (replace(INTEGER, values=(4, 6, 8)), 5, 4),
        (replace(INTEGER, minimum=2, maximum=10), 25, 10),
        (replace(INTEGER, minimum=2, maximum=10), 3.5, 4),
        (replace(INTEGER, minimum=2, maximum=10), "1s", 2),
        (replace(NUMBER, minimum=0.5, maximum=30), 0.1, 0.5),
        (replace(INTEGER, minimum=1), 0, 1),
        (replace(INTEGER, maximum=10), 12, 10),
        (NUMBER, 2.5, 2.5),
    ],
)
def test_closest_number(shape: Shape, target: object, near: float) -> None:
    """`{closest: …}` takes the nearest value or bound; of two equally near the lower."""
    assert one(replace(shape, is_seconds=True), {"closest": target}) == near


@pytest.mark.parametrize("target", ["soon", True, float("nan")])
def test_closest_needs_a_number(target: object) -> None:
    """`{closest: …}` of no number is refused like that value alone."""
    assert fault(replace(INTEGER, is_seconds=True), {"closest": target})[0] == "RF308"


def test_seconds_of_our_own_operations_are_floats() -> None:
    """Times of local operations become floats, so that 1 and 1.0 are one identity."""
    shape = replace(NUMBER, is_seconds=True)
    assert repr(accepted(row_with(param("at", shape), is_local=True), {"at": "1s"})["at"]) == "1.0"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "`x` is empty; model (endpoint) needs a text"),
        ("12345678901", "`x` has 11 characters; model (endpoint) takes up to 10"),
    ],
)
def test_text_length(text: str, message: str) -> None:
    """A text that is empty or too long is refused with its length."""
    shape = replace(TEXT, min_length=1, max_length=10)
    assert fault(shape, text) == ("RF312", message)
    assert one(shape, "1234567890") == "1234567890"


def test_text_too_short() -> None:
    """A text below a minimum is refused with both numbers."""
    found = fault(replace(TEXT, min_length=3), "ab")
    assert found == ("RF312", "`x` has 2 characters; model (endpoint) needs at least 3")


def test_length_in_utf16_units() -> None:
    """Where the row counts UTF-16 code units, a character beyond the first plane counts twice."""
    shape = replace(TEXT, max_length=4, length_unit="utf16_code_units")
    assert one(shape, "äöüß") == "äöüß"
    assert one(replace(TEXT, max_length=3), "🌙🌙🌙") == "🌙🌙🌙"
    assert fault(shape, "🌙🌙🌙") == (
        "RF312",
        "`x` has 6 UTF-16 code units; model (endpoint) takes up to 4",
    )


def test_pattern() -> None:
    """A text of another form is refused with the form."""
    found = only_finding(row_with(param("x", replace(TEXT, pattern="^[a-z]+$"))), {"x": "A1"})
    assert (found.code.id, found.notes) == ("RF315", ("the form is ^[a-z]+$",))
    assert one(replace(TEXT, pattern="^[a-z]+$"), "abc") == "abc"


def test_pattern_is_of_the_whole_text() -> None:
    """A text that goes on after a line break does not have the form of its first line."""
    assert fault(replace(TEXT, pattern="^[a-z]+$"), "abc\n\n")[0] == "RF315"


def test_nearest_value_that_is_no_ratio() -> None:
    """The nearest of listed words is suggested; where none is near, none."""
    shape = Shape(ParamType.STRING, values=("contain", "cover"))
    found = only_finding(row_with(param("fit", shape)), {"fit": "covr"})
    assert (found.label, found.message) == (
        "did you mean `cover`?",
        "`covr` is not a value of `fit` of model (endpoint)",
    )


def test_nearest_ratio_is_by_aspect() -> None:
    """A ratio is suggested by its aspect; where none is near, by its spelling."""
    shape = Shape(ParamType.STRING, values=("1000:280", "1280:700"))
    unnamed = only_finding(row_with(param("x", shape)), {"x": "1000:281"})
    assert unnamed.label == "did you mean `1000:280`?"
    spelled = only_finding(row_with(param("x", shape)), {"x": "1280:7000"})
    assert spelled.label == "did you mean `1280:700`?"


@pytest.mark.parametrize("text", ["landscape", "16/9", "16 by 9", "1920 x 1080"])
def test_a_ratio_in_words_is_answered_with_a_value(text: str) -> None:
    """What is no ratio of ours, but means one, gets the value of its aspect suggested."""
    shape = Shape(ParamType.STRING, values=("1280:720", "720:1280"))
    assert only_finding(row_with(param("x", shape)), {"x": text}).label == "did you mean `1280:720` (16:9)?"


def test_half_a_character() -> None:
    """A lone surrogate, which no request can carry, is refused."""
    found = only_finding(row_with(param("x", TEXT)), {"x": "half \ud83c"})
    assert (found.code.id, found.path) == ("RF315", ("x",))


def test_number_that_json_cannot_hold() -> None:
    """An integer beyond 2^53 - 1 is refused, where the row states no bound of its own."""
    assert fault(INTEGER, 2**53)[0] == "RF310"
    assert one(INTEGER, 2**53 - 1) == 2**53 - 1


def test_speech_that_is_too_long_can_be_spoken_in_parts() -> None:
    """The help of a text to speak tells how to split it, that of a prompt does not."""
    found = only_finding(
        "text_to_speech/eleven_multilingual_v2", {"prompt_text": "a" * 1001, "voice": "Maya"}
    )
    assert (found.hint or "").startswith("shorten it by 1, or speak it in parts: a `foreach`")
    found = only_finding("text_to_image/gen4_image", {**STILL, "prompt_text": "a" * 1001})
    assert found.hint == "shorten it by 1"
