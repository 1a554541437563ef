"""What is accepted, and rules, in words."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from runway_flow.catalog import rules
from runway_flow.catalog.capability import ParamType, Rule, Shape
from runway_flow.catalog.loader import load_catalog
from runway_flow.kernel.media import MediaKind
from runway_flow.report.model_sheet import make_sheet
from runway_flow.report.models_json import plain
from runway_flow.report.rule_text import rule_sentences, rule_texts
from runway_flow.report.shape_text import shape_text
from tests.fakes.judgements import param, row_with
from tests.fakes.plans import row_of

CATALOG = load_catalog()
IMAGE = Shape(ParamType.MEDIA, media=(MediaKind.IMAGE,))


def media(*kinds: MediaKind, **limits: float) -> Shape:
    """Make the shape of a medium."""
    return Shape(ParamType.MEDIA, media=kinds, limits=limits)


def listed(items: Shape, **more: Any) -> Shape:  # noqa: ANN401 - fields of a shape
    """Make the shape of a list."""
    return Shape(ParamType.ARRAY, items=items, **more)


FREE = "`r` may be any width and height in pixels, 1,000 to 9,000 pixels in all."
TAGGED = Shape(
    ParamType.OBJECT, fields=(param("uri", IMAGE, required=True), param("tag", Shape(ParamType.STRING)))
)


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (Shape(ParamType.STRING, values=("a", 2, True)), "a, 2, true"),
        (Shape(ParamType.STRING), "text"),
        (Shape(ParamType.STRING, max_length=9), "text of up to 9 characters"),
        (Shape(ParamType.STRING, min_length=1, max_length=9), "text of 1 to 9 characters"),
        (Shape(ParamType.STRING, min_length=3), "text of at least 3 characters"),
        (
            Shape(ParamType.STRING, max_length=9, length_unit="utf16_code_units"),
            "text of up to 9 UTF-16 units",
        ),
        (Shape(ParamType.STRING, pattern="^x$"), "the form `^x$`"),
        (Shape(ParamType.STRING, pattern="^x$", max_length=4), "text of up to 4 characters: the form `^x$`"),
        (Shape(ParamType.INTEGER, minimum=2, maximum=10), "whole number, 2 to 10"),
        (Shape(ParamType.NUMBER, exclusive_minimum=0, maximum=0.5), "number, above 0, up to 0.5"),
        (Shape(ParamType.NUMBER), "number"),
        (Shape(ParamType.BOOLEAN), "true or false"),
        (Shape(ParamType.ANY), "anything"),
        (Shape(ParamType.MAP, values_shape=IMAGE), "mapping of names to image"),
        (Shape(ParamType.MAP), "mapping"),
        (media(MediaKind.IMAGE, MediaKind.VIDEO), "image or video"),
        (media(MediaKind.VIDEO, seconds_min=3, seconds_max=30), "video, 3 to 30 s"),
        (
            media(MediaKind.AUDIO, seconds_min=4.6, seconds_max=3600, seconds_exclusive=1),
            "audio, more than 4.6 and less than 3,600 s",
        ),
        (media(MediaKind.IMAGE, side_px_min=256), "image, sides of at least 256 px"),
        (media(MediaKind.VIDEO, side_px_max=4096), "video, sides of at most 4,096 px"),
        (media(MediaKind.IMAGE, aspect_min=0.4, aspect_max=4), "image, width ÷ height 0.4 to 4"),
        (listed(Shape(ParamType.STRING), min_items=1, max_items=3), "list of 1 to 3 texts"),
        (listed(Shape(ParamType.STRING)), "list of texts"),
        (listed(Shape(ParamType.NUMBER), min_items=2), "list of 2 or more numbers"),
        (listed(IMAGE, max_items=1), "list of up to 1 image"),
        (listed(IMAGE, min_items=2, max_items=2), "list of 2 images"),
        (
            listed(media(MediaKind.AUDIO), limits={"total_seconds_max": 15}),
            "list of recordings, at most 15 s together",
        ),
        (
            listed(media(MediaKind.VIDEO), limits={"total_seconds_max": 30, "total_exclusive": 1}),
            "list of videos, less than 30 s together",
        ),
        (listed(TAGGED, max_items=3), "list of up to 3 images, or mapping of each `tag` to its image"),
        (Shape(ParamType.ARRAY), "list of values"),
        (
            Shape(ParamType.UNION, variants=(Shape(ParamType.STRING), Shape(ParamType.BOOLEAN))),
            "text or true or false",
        ),
        (
            Shape(
                ParamType.UNION,
                variants=(Shape(ParamType.STRING, values=("a", "b")), Shape(ParamType.INTEGER)),
            ),
            "a, b; or whole number",
        ),
        (TAGGED, "mapping"),
        (Shape(ParamType.OBJECT, fields=(param("uri", IMAGE, required=True),)), "image"),
    ],
)
def test_shapes(shape: Shape, text: str) -> None:
    """What a parameter accepts is a few words; a mapping with one thing in it is told as that thing."""
    assert shape_text(shape) == text


def test_values_in_quotes() -> None:
    """Pages put values into quotes."""
    assert shape_text(Shape(ParamType.STRING, values=("a", "b")), "`") == "`a`, `b`"


@pytest.mark.parametrize(
    ("rule", "texts"),
    [
        (
            {"rule": "combine", "if": {"a": "given", "b": "absent"}, "any_of": ["c", "d"]},
            ["With `a` and without `b`, `c` or `d` is needed."],
        ),
        (
            {"rule": "combine", "if": {"m": ["x", "y"]}, "requires": {"d": ["auto"]}},
            ["With `m: x` or `y`, `d` must be `auto`."],
        ),
        (
            {"rule": "combine", "if": {"m": [True]}, "forbids": ["r"]},
            ["With `m: true`, `r` cannot be given."],
        ),
        (
            {"rule": "combine", "if": {"m": [1]}, "allows": {"f": ["p", "q"]}},
            ["With `m: 1`, `f` may only be `p` or `q`."],
        ),
        ({"rule": "combine", "if": {"m": [1]}, "refuses": {"f": ["p"]}}, ["With `m: 1`, `f` cannot be `p`."]),
        (
            {"rule": "combine", "if": {"k": "given"}, "any_item": {"v": {"role": ["source"]}}},
            ["With `k`, one of `v` is needed with `role: source`."],
        ),
        (
            {"rule": "combine", "if": {"t": "given"}, "only": ["t"]},
            ["With `t`, nothing else than `t` can be given."],
        ),
        (
            {
                "rule": "positions",
                "of": "f",
                "field": "p",
                "last_needs_first": True,
                "not_mixed": True,
                "once": ["x"],
            },
            [
                "A last frame in `f` needs a first one.",
                "`f` takes either frames, each with a `p`, or references without one.",
                "In `f`, `x` stands at most once as `p`.",
            ],
        ),
        ({"rule": "total", "of": "s", "field": "d", "equals": "n"}, ["The `d` of all `s` adds up to `n`."]),
        (
            {"rule": "total", "of": "s", "field": "d", "min": 3, "max": 15},
            ["The `d` of all `s` is between 3 and 15."],
        ),
        ({"rule": "at_most", "of": "s", "field": "k", "counts": {"a": 5}}, ["At most 5 of `s` have `k: a`."]),
        ({"rule": "free_size", "of": "r", "min": 1000, "max": 9000}, [FREE]),
        ({"rule": "items", "of": ["a", "b"], "max": 10}, ["`a` or `b` have at most 10 items together."]),
    ],
)
def test_rules(rule: dict[str, Any], texts: list[str]) -> None:
    """A rule is a sentence, or one for each thing that it asks for."""
    args = {name: value for name, value in rule.items() if name != "rule"}
    assert list(rule_sentences(Rule(rule["rule"], args))) == texts


def test_every_rule_has_words() -> None:
    """Each rule of the table, and each kind that the judge knows, is said in sentences."""
    for row in CATALOG.rows:
        assert all(text.endswith(".") for text in rule_texts(row))
        assert len(rule_texts(row)) >= len(row.rules)
    used = {rule.kind for row in CATALOG.rows for rule in row.rules}
    assert used == set(rules._RULES)


def test_conditions_of_parameters() -> None:
    """A parameter that goes only with some values says which, or the fewer that it does not go with."""
    assert "`prores_profile` goes only with `output_format: prores` or `hdr_prores`." in rule_texts(
        row_of("text_to_video/gen4.5")
    )
    assert "`overlap` does not go with `transition: cut`." in rule_texts(row_of("media/concat"))


def test_fields_of_alternatives() -> None:
    """What only one of several alternatives needs is not marked as needed; what all need is."""
    entries = {entry.path: entry for entry in make_sheet(CATALOG, row_of("video_to_video/aleph2")).entries}
    assert not entries["keyframes[].seconds"].is_required
    assert not entries["keyframes[].at"].is_required
    assert entries["keyframes[].uri"].is_required
    assert entries["keyframes[].range.end_seconds"].is_required
    assert entries["keyframes[].range.end_seconds"].depth == 2


def test_sizes_beside_aspects() -> None:
    """Where a ratio is an aspect beside a resolution, the note says that both may be written as one."""
    grok = make_sheet(CATALOG, row_of("text_to_video/grok_imagine_1_5"))
    assert grok.ratios[0].note.endswith(
        "A size may stand with it, as `1:1@480p`, in the place of `resolution`."
    )
    kling = make_sheet(CATALOG, row_of("image_to_video/kling_4"))
    assert kling.ratios[0].note == ""


def test_rows_of_the_users_own() -> None:
    """A row from a table of the user's own says so."""
    own = replace(row_with(), source="mine.yaml")
    assert make_sheet(CATALOG, own).notice == "From your own table, mine.yaml."


def test_false_is_not_empty() -> None:
    """In JSON a false or zero is a statement, and stays; what is empty is left out."""
    found: Any = plain(param("p", Shape(ParamType.NUMBER, minimum=0)))
    assert found["required"] is False
    assert found["shape"]["minimum"] == 0
    assert "pattern" not in found["shape"]
