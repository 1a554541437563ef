"""Bodies read by wire names against hand-made rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from runway_flow.catalog.capability import Capability, OutputSpec, Param, ParamType, Price, Shape
from runway_flow.emulator.answers import RequestDeclined
from runway_flow.emulator.combinations import find_combination_issues
from runway_flow.emulator.readings import Input, MediumUnusable
from runway_flow.emulator.requests import read_body
from runway_flow.emulator.sdk_names import sdk_params, wire_path
from runway_flow.emulator.selection import select_row
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.media import Artifact, MediaFacts, MediaKind, RemoteMedium

IMAGE = MediaFacts(MediaKind.IMAGE, "image/png", 100, width=1000, height=500)
VIDEO = MediaFacts(MediaKind.VIDEO, "video/mp4", 100, width=640, height=360, duration=12.0)


@dataclass
class Shelf:
    """Media by URI."""

    media: dict[str, MediaFacts] = field(
        default_factory=lambda: {"runway://image": IMAGE, "runway://video": VIDEO}
    )

    def read(self, uri: str) -> Input:
        """Find a medium."""
        if uri.startswith("https://"):
            return Input((), uri)
        if uri not in self.media:
            raise MediumUnusable("There is no such upload")
        digest = digest_bytes(uri.encode())
        return Input((), f"sha256:{digest}", digest, self.media[uri])


def param(name: str, shape: Shape, wire: str | None = None, **more: object) -> Param:
    """Make a parameter."""
    return Param(name, wire or name, shape, **more)  # type: ignore[arg-type] # tests name what they need


def row(*params: Param, model: str | None = "m") -> Capability:
    """Make a row."""
    return Capability(
        "text_to_video", model or "*", model, "/v1/x", params, OutputSpec(MediaKind.VIDEO), Price(None)
    )


def complaints(body: dict[str, object], *params: Param) -> list[tuple[str, tuple[str | int, ...], str]]:
    """Read a body and give its issues."""
    reading = read_body(row(*params), body, Shelf())
    return [(issue.code, issue.path, issue.message) for issue in reading.issues]


MEDIA = Shape(ParamType.MEDIA, media=(MediaKind.IMAGE,))
TEXT = Shape(ParamType.STRING)


def test_a_good_body_is_kept_with_its_media_by_content() -> None:
    """What is kept names media by their content, so equal requests are equal whatever they uploaded."""
    reading = read_body(
        row(param("prompt_text", TEXT, "promptText"), param("image", MEDIA)),
        {"model": "m", "promptText": "a lamp", "image": "runway://image"},
        Shelf(),
    )
    name = f"sha256:{digest_bytes(b'runway://image')}"
    assert reading.value == {"model": "m", "promptText": "a lamp", "image": name}
    assert reading.texts == ("a lamp",)
    assert [(item.path, item.name, item.facts) for item in reading.inputs] == [(("image",), name, IMAGE)]


def test_every_issue_comes_at_once() -> None:
    """A body with four mistakes gets four issues."""
    found = complaints(
        {"seed": -1, "ratio": "1:1", "stranger": 1},
        param("prompt_text", TEXT, "promptText", required=True),
        param("seed", Shape(ParamType.INTEGER, minimum=0)),
        param("ratio", Shape(ParamType.STRING, values=("16:9",))),
    )
    assert sorted(found) == [
        ("invalid_enum_value", ("ratio",), "Invalid enum value. Expected '16:9', received '1:1'"),
        ("invalid_type", ("promptText",), "Required"),
        ("too_small", ("seed",), "Number must be at least 0"),
        ("unrecognized_keys", (), "Unrecognized key(s) in object: 'stranger'"),
    ]


@pytest.mark.parametrize(
    ("shape", "value", "code"),
    [
        (TEXT, 5, "invalid_type"),
        (Shape(ParamType.STRING, min_length=2), "a", "too_small"),
        (Shape(ParamType.STRING, max_length=2), "abc", "too_big"),
        (Shape(ParamType.STRING, max_length=2, length_unit="utf16_code_units"), "a\U0001f4a1", "too_big"),
        (Shape(ParamType.STRING, pattern="^[a-z]+$"), "A", "invalid_string"),
        (Shape(ParamType.INTEGER), True, "invalid_type"),
        (Shape(ParamType.INTEGER), 1.5, "invalid_type"),
        (Shape(ParamType.INTEGER, values=(5, 10)), 7, "invalid_enum_value"),
        (Shape(ParamType.NUMBER), "1", "invalid_type"),
        (Shape(ParamType.NUMBER, maximum=1), 1.1, "too_big"),
        (Shape(ParamType.NUMBER, exclusive_minimum=0), 0, "too_small"),
        (Shape(ParamType.BOOLEAN), 1, "invalid_type"),
        (Shape(ParamType.BOOLEAN, values=(True,)), False, "invalid_enum_value"),
        (MEDIA, 5, "invalid_type"),
        (MEDIA, "runway://nothing", "custom"),
        (MEDIA, "runway://video", "custom"),
        (Shape(ParamType.OBJECT), [], "invalid_type"),
        (Shape(ParamType.ARRAY, items=TEXT), "text", "invalid_type"),
        (Shape(ParamType.ARRAY, items=TEXT), [5], "invalid_type"),
        (Shape(ParamType.ARRAY, items=TEXT, min_items=1), [], "too_small"),
        (Shape(ParamType.ARRAY, items=TEXT, max_items=1), ["a", "b"], "too_big"),
        (Shape(ParamType.MAP, values_shape=TEXT), 5, "invalid_type"),
        (Shape(ParamType.MAP, values_shape=TEXT), {"a": 5}, "invalid_type"),
        (TEXT, None, "invalid_type"),
    ],
)
def test_a_wrong_value_is_told_by_its_code(shape: Shape, value: object, code: str) -> None:
    """Each kind of mistake has the code that the API gives it."""
    assert [found for found, _, _ in complaints({"x": value}, param("x", shape))] == [code]


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (Shape(ParamType.STRING, max_length=2), "a\U0001f4a1"),
        (Shape(ParamType.INTEGER), 5.0),
        (Shape(ParamType.NUMBER, minimum=0, maximum=1), 0.5),
        (Shape(ParamType.BOOLEAN), True),
        (Shape(ParamType.ARRAY), [1, "a"]),
        (Shape(ParamType.MAP), {"a": 1}),
        (Shape(ParamType.MAP, values_shape=TEXT), {"a": "b"}),
        (Shape(ParamType.UNION), 5),
        (Shape(ParamType.MEDIA), "runway://video"),
    ],
)
def test_a_right_value_is_kept(shape: Shape, value: object) -> None:
    """What a shape allows gives no issue."""
    assert complaints({"x": value}, param("x", shape)) == []


def test_an_address_is_taken_unread() -> None:
    """An https medium is accepted without a look at it."""
    reading = read_body(row(param("image", MEDIA)), {"image": "https://example.com/a.png"}, Shelf())
    assert reading.issues == ()
    assert reading.inputs[0].facts is None


TAGGED = Shape(
    ParamType.OBJECT,
    fields=(
        param("type", Shape(ParamType.STRING, values=("image",)), required=True),
        param("uri", MEDIA, required=True),
    ),
)
FILM = Shape(
    ParamType.OBJECT,
    fields=(
        param("type", Shape(ParamType.STRING, values=("video",)), required=True),
        param("uri", Shape(ParamType.MEDIA, media=(MediaKind.VIDEO,)), required=True),
    ),
)


def test_a_union_takes_the_variant_that_fits() -> None:
    """A bare medium and an object around it may both stand where the row says so."""
    either = param("x", Shape(ParamType.UNION, variants=(MEDIA, Shape(ParamType.ARRAY, items=TAGGED))))
    assert complaints({"x": "runway://image"}, either) == []
    assert complaints({"x": [{"type": "image", "uri": "runway://image"}]}, either) == []


def test_a_union_complains_as_the_variant_that_was_meant() -> None:
    """The object whose `type` fits says what is wrong, not the one of another type."""
    either = param("x", Shape(ParamType.UNION, variants=(TEXT, FILM, TAGGED)))
    assert complaints({"x": {"type": "image"}}, either) == [("invalid_type", ("x", "uri"), "Required")]


def test_company_is_judged() -> None:
    """A parameter that goes only with some values of another is refused beside others, by wire names."""
    params = (
        param("output_format", TEXT, "outputFormat", default="mp4"),
        param("prores_profile", TEXT, "proresProfile", only_when={"output_format": ("prores",)}),
    )
    judged = row(*params)
    assert find_combination_issues(judged, {"output_format": "prores", "prores_profile": "422"}) == ()
    (issue,) = find_combination_issues(judged, {"prores_profile": "422"})
    assert (issue.code, issue.path) == ("custom", ("proresProfile",))


def test_a_body_is_told_by_the_sdk_s_names() -> None:
    """Prices and rules see snake_case names at every depth, and media instead of addresses."""
    inner = Shape(ParamType.OBJECT, fields=(param("start_at", Shape(ParamType.NUMBER), "startAt"),))
    judged = row(
        param("key_frames", Shape(ParamType.ARRAY, items=inner), "keyFrames"),
        param("image", MEDIA),
        param("other", MEDIA),
        param("extra", Shape(ParamType.MAP, values_shape=TEXT)),
    )
    body = {
        "keyFrames": [{"startAt": 1}],
        "image": "runway://image",
        "other": "https://example.com/a.png",
        "extra": {"any": "x"},
    }
    reading = read_body(judged, body, Shelf())
    assert isinstance(reading.value, dict)
    assert sdk_params(judged, reading.value, reading.inputs) == {
        "key_frames": ({"start_at": 1},),
        "image": Artifact(digest_bytes(b"runway://image"), IMAGE),
        "other": RemoteMedium("https://example.com/a.png"),
        "extra": {"any": "x"},
    }
    assert wire_path(judged, ("key_frames", 0, "start_at")) == ("keyFrames", 0, "startAt")


@pytest.mark.parametrize(
    ("limits", "uri", "fine"),
    [
        ({"seconds_max": 12.0}, "runway://video", True),
        ({"seconds_max": 11.0}, "runway://video", False),
        ({"seconds_min": 13.0}, "runway://video", False),
        ({"side_px_min": 360}, "runway://video", True),
        ({"side_px_min": 400}, "runway://video", False),
        ({"side_px_max": 600}, "runway://video", False),
        ({"aspect_min": 0.4, "aspect_max": 2.5}, "runway://image", True),
        ({"aspect_max": 1.5}, "runway://image", False),
        ({"seconds_max": 1.0}, "runway://image", True),
        ({"seconds_max": 1.0}, "https://example.com/a.mp4", True),
        ({"total_seconds_max": 11.0}, "runway://video", False),
        ({"total_seconds_max": 12.0}, "runway://video", True),
        ({"total_seconds_max": 12.0, "total_exclusive": 1}, "runway://video", False),
        ({"something_else": 1.0}, "runway://video", True),
    ],
)
def test_limits_of_media_are_judged(limits: dict[str, float], uri: str, fine: bool) -> None:  # noqa: FBT001 - a table
    """A medium that misses a limit of its row is refused; what is not known of it is not judged."""
    shape = Shape(ParamType.MEDIA, limits=limits)
    assert (complaints({"x": uri}, param("x", shape)) == []) is fine


def test_lengths_are_added_up_over_a_list() -> None:
    """A total length holds for the media of a list together."""
    films = Shape(
        ParamType.ARRAY,
        items=Shape(ParamType.MEDIA),
        limits={"total_seconds_max": 15.0, "total_exclusive": 1},
    )
    assert complaints({"x": ["runway://video"]}, param("x", films)) == []
    found = complaints({"x": ["runway://video", "runway://video"]}, param("x", films))
    assert [path for _, path, _ in found] == [("x",)]


def test_the_model_chooses_the_row() -> None:
    """Of an endpoint's rows the one is used whose model the body names."""
    rows = (row(model="a"), row(model="b"))
    assert select_row(rows, {"model": "b"}) is rows[1]


@pytest.mark.parametrize("body", [{}, {"model": "c"}, {"model": ["a"]}])
def test_an_unknown_model_is_answered_with_the_accepted_ones(body: dict[str, object]) -> None:
    """A 400 lists the models that the endpoint takes."""
    with pytest.raises(RequestDeclined) as caught:
        select_row((row(model="a"), row(model="b")), body)
    issue = caught.value.issues[0]
    assert caught.value.status == 400
    assert issue.path == ("model",)
    assert "'a' | 'b'" in issue.message


def test_rows_without_models_differ_by_a_constant() -> None:
    """Where rows have no model, the parameter chooses that is another constant in each."""

    def mode(value: str) -> Capability:
        return row(
            param("version", Shape(ParamType.STRING, values=("1",))),
            param("mode", Shape(ParamType.STRING, values=(value,))),
            model=None,
        )

    rows = (mode("auto"), mode("custom"))
    assert select_row(rows, {"mode": "custom"}) is rows[1]
    assert select_row(rows[:1], {}) is rows[0]
