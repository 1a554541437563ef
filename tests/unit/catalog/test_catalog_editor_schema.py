"""The schema for editors: sound, small, and what it says of each value."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator

from runway_flow.catalog.capability import Param, ParamType, Rule, Shape
from runway_flow.catalog.catalog import Catalog, Retired
from runway_flow.catalog.editor_parts import Definitions, any_of, described, exactly, sentence
from runway_flow.catalog.editor_rules import _CONSEQUENCES as SAID_CONSEQUENCES
from runway_flow.catalog.editor_rules import _RULES as SAID
from runway_flow.catalog.editor_rules import UNSAID, rule_conditions
from runway_flow.catalog.editor_schema import DIALECT, editor_schema, render_schema
from runway_flow.catalog.editor_values import Values, limits_text
from runway_flow.catalog.judge_ratios import FORMS
from runway_flow.catalog.loader import load_catalog
from runway_flow.catalog.ratio_names import ratio_names, ratio_params
from runway_flow.catalog.rules import _CONSEQUENCES, _RULES
from runway_flow.kernel.media import MediaKind
from runway_flow.spec.language import language_schema
from tests.fakes.editor import SCHEMA_FILE, judge_of, meaning, parameters_of, schema
from tests.fakes.judgements import row, row_with, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterator

CATALOG = load_catalog()


def parts(value: Any) -> Iterator[Any]:  # noqa: ANN401 - JSON
    """Go through every part of a JSON value."""
    yield value
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(below)


def test_it_is_a_schema_that_all_editors_read() -> None:
    """It is valid by draft 7, and has no `oneOf`, which editors report in terms that help nobody."""
    assert schema()["$schema"] == DIALECT
    Draft7Validator.check_schema(schema())
    assert '"oneOf"' not in SCHEMA_FILE.read_text(encoding="utf-8")


def test_every_reference_leads_somewhere_and_nothing_is_kept_in_vain() -> None:
    """All definitions exist and are used."""
    used = {part["$ref"] for part in parts(schema()) if isinstance(part, dict) and "$ref" in part}
    assert used == {f"#/definitions/{name}" for name in schema()["definitions"]}


def test_no_list_of_values_is_empty() -> None:
    """An empty `enum` makes the whole schema invalid for editors."""
    assert [] not in [part["enum"] for part in parts(schema()) if isinstance(part, dict) and "enum" in part]


def test_it_stays_small() -> None:
    """An editor loads it in an instant: it is far below 1 MB, and has a definition a line."""
    text = SCHEMA_FILE.read_bytes()
    assert len(text) < 1_000_000
    assert len(gzip.compress(text)) < 100_000
    assert text.isascii()
    assert max(map(len, text.splitlines())) < 100_000


def test_forms_have_titles_of_their_own() -> None:
    """Where the forms of a value have no titles, an editor shows the texts of all of them at once."""
    for name, part in schema()["definitions"].items():
        untitled = [form for form in part.get("anyOf", ()) if not {"$ref", "title"} & set(form)]
        assert untitled == [] or "title" not in part, name


def test_every_rule_is_said_or_listed_as_unsaid() -> None:
    """A new kind of rule must be written here, or be named among those that no schema can say."""
    assert set(SAID) | UNSAID == set(_RULES)
    assert set(SAID) & UNSAID == set()
    assert set(SAID_CONSEQUENCES) == set(_CONSEQUENCES)


def test_every_name_has_a_meaning() -> None:
    """Models, pinned models, routers and operations lead to their parameters; other names to nothing."""
    for model in CATALOG.model_names():
        assert parameters_of(model)
    assert parameters_of("image_to_video/gen4.5") == "image_to_video.gen4.5"
    assert parameters_of("gen4.5") == "gen4.5"
    assert parameters_of("generate/video") == "generate.video"
    assert parameters_of("media/concat", step="loose_step") == "media.concat.loose"
    assert (meaning("gen9"), meaning("recipes/product_ad"), meaning("gen4")) == (None, None, None)


def flow(step: dict[str, Any], **more: object) -> dict[str, Any]:
    """Give a flow of one step."""
    return {"version": 1, **more, "steps": {"shot": step}}


STILL = {"uses": "gen4_image", "with": {"ratio": "1280:720", "prompt_text": "A lamp."}}


@pytest.mark.parametrize(
    ("step", "is_good"),
    [
        (STILL, True),
        ({**STILL, "uses": "text_to_image/gen4_image"}, True),
        ({**STILL, "with": {"ratio": "1280:720"}}, False),
        ({"uses": "gen4_image"}, False),
        ({**STILL, "uses": "gen9"}, False),
        ({**STILL, "uses": "veo3"}, False),
        ({**STILL, "uses": "text_to_video/veo3"}, False),
        ({**STILL, "uses": "recipes/product_ad"}, False),
        ({"uses": "seed_audio", "with": {"prompt_text": "Hello."}}, False),
        ({"uses": "sound_effect/seed_audio", "with": {"prompt_text": "Hello."}}, True),
        ({**STILL, "with": {**STILL["with"], "seed": None}}, True),  # type: ignore[dict-item]
        ({**STILL, "with": {**STILL["with"], "ratio": None}}, False),  # type: ignore[dict-item]
    ],
)
def test_whole_steps_are_judged_by_their_model(step: dict[str, Any], *, is_good: bool) -> None:
    """What `uses` names decides what `with` takes; retired and unknown names are refused."""
    assert judge_of("").is_valid(flow(step)) == is_good


def test_defaults_may_give_what_a_step_leaves_out() -> None:
    """In a flow with defaults nothing is missing; without, or with empty ones, it is."""
    step = {"uses": "gen4_image", "with": {"prompt_text": "A lamp."}}
    assert judge_of("").is_valid(flow(step, defaults={"gen4_image": {"ratio": "1280:720"}}))
    assert judge_of("").is_valid(flow({"uses": "gen4_image"}, defaults={"gen4_image": None}))
    assert not judge_of("").is_valid(flow(step))
    assert not judge_of("").is_valid(flow(step, defaults={}))
    assert not judge_of("").is_valid(flow(STILL, defaults={"gen4_image": {"colour": "red"}}))
    assert not judge_of("").is_valid(flow(STILL, defaults={"gen9": {}}))


def test_ratios_are_completed_whole() -> None:
    """Each value of each row is offered, and each short name that help texts show."""
    for each in CATALOG.rows:
        params = Values(each, definitions := Definitions({})).params()
        for param in ratio_params(each):
            offered = definitions.kept[params[param.name]["$ref"].rpartition("/")[2]]["anyOf"][0].get(
                "enum", []
            )
            for value, name in ratio_names(each, param).items():
                assert value in offered
                assert name is None or name in offered


def test_each_spelling_that_is_offered_means_what_it_says() -> None:
    """A short name of a ratio is judged to be the value that stands beside it."""
    for each in CATALOG.rows:
        params = Values(each, definitions := Definitions({})).params()
        for param in each.params:
            if param.name not in FORMS:
                continue
            listed = definitions.kept[params[param.name]["$ref"].rpartition("/")[2]]["anyOf"][0]
            pairs = zip(listed.get("enum", ()), listed.get("enumDescriptions", ()), strict=True)
            for text, value in pairs:
                wanted = value if re.fullmatch(r"\d+:\d+", value) and "@" not in value else None
                found = verdict_of(each, {param.name: text}).params[param.name]
                assert found in (text, wanted), f"{each.uses} {text}"


RATIOS: dict[str, tuple[set[str], set[object]]] = {
    "image_to_video/gen4.5": (
        {"1280x720", "16x9", "32:18", "16:9@720P", "1280 : 720"},
        {"1920:1080", "7:1x"},
    ),
    "text_to_video/grok_imagine_1_5": ({"16:9", "16:9@720p", "1280:720"}, {"5:4", "wide"}),
    "video_to_video/aleph2": ({"16:9", "anything"}, {5}),
    "media/concat": ({"1280x720", "16:9@1080p"}, {"16:9", "wide"}),
}


@pytest.mark.parametrize("uses", RATIOS)
def test_other_spellings_are_accepted_and_other_ratios_are_not(uses: str) -> None:
    """What is not completed is left to `validate` where a pattern could not tell; the rest is refused."""
    good, bad = RATIOS[uses]
    name = "size" if uses == "media/concat" else "ratio"
    reference = schema()["definitions"][parameters_of(uses)]["properties"][name]["$ref"]
    judged = judge_of(reference.rpartition("/")[2])
    assert [text for text in good if not judged.is_valid(text)] == []
    assert [text for text in bad if judged.is_valid(text)] == []
    assert judged.is_valid({"closest": "16:9"})
    assert not judged.is_valid({"closest": "wide"})


def test_the_nearest_of_any_size_may_be_asked_for() -> None:
    """A size that the model does not have may stand in `closest`, and only there."""
    reference = schema()["definitions"][parameters_of("text_to_video/h3_max")]["properties"]["resolution"][
        "$ref"
    ]
    judged = judge_of(reference.rpartition("/")[2])
    assert all(judged.is_valid({"closest": size}) for size in ("1080p", "4K", "1920x1080", "480p"))
    assert not any(judged.is_valid(size) for size in ("1080p", {"closest": "large"}))


def field(shape: Shape, **more: Any) -> Draft7Validator:  # noqa: ANN401 - of whatever type
    """Give what judges a parameter of some shape."""
    definitions = Definitions(schema()["definitions"])
    reference = Values(row_with(Param("it", "it", shape, **more)), definitions).params()["it"]
    return Draft7Validator({**reference, "definitions": definitions.kept})


def accepted(shape: Shape, *values: object) -> list[object]:
    """Give those of some values that are accepted for a shape."""
    judged = field(shape, required=True)
    return [value for value in values if judged.is_valid(value)]


NUMBER, INTEGER, TEXT = ParamType.NUMBER, ParamType.INTEGER, ParamType.STRING


def test_seconds_are_counted_up_where_they_are_few() -> None:
    """Whole seconds may be text, within their bounds; other units are left to `validate`."""
    shape = Shape(INTEGER, minimum=2, maximum=10, is_seconds=True)
    assert accepted(shape, 5, "5", "5s", " 5.0 s", "11s", "5.5", "1m", "5 parsecs") == [
        5,
        "5",
        "5s",
        " 5.0 s",
        "1m",
    ]
    assert accepted(shape, {"closest": 99}, {"closest": "99s"}, {"closest": None}) == [
        {"closest": 99},
        {"closest": "99s"},
    ]
    listed = Shape(NUMBER, values=(0.5, 4), is_seconds=True)
    assert accepted(listed, 0.5, "0.5s", "4", "5", 5) == [0.5, "0.5s", "4"]
    up_to = Shape(INTEGER, maximum=3, is_seconds=True)
    assert accepted(up_to, "3", "4") == ["3"]


def test_seconds_that_cannot_be_counted_are_left_to_validate() -> None:
    """A range of numbers, or a long one, is not held against text."""
    for shape in (
        Shape(NUMBER, minimum=2, maximum=10, is_seconds=True),
        Shape(INTEGER, minimum=1, maximum=3600, is_seconds=True),
        Shape(INTEGER, minimum=1, is_seconds=True),
    ):
        assert accepted(shape, "5s", "9999s", "long") == ["5s", "9999s"]


def test_numbers_keep_their_bounds() -> None:
    """Bounds, exclusive ones and those of JSON itself hold; booleans are no numbers."""
    assert accepted(Shape(NUMBER, exclusive_minimum=0, maximum=1), 0, 0.1, 1, 1.1, True) == [0.1, 1]
    assert accepted(Shape(INTEGER), 2**53, -(2**53), 2**53 - 1, 1.0, 1.5) == [2**53 - 1, 1.0]


def test_texts_may_end_in_the_newline_of_a_block() -> None:
    """One newline at the end is not counted, nor held against a pattern; a second one is."""
    assert accepted(Shape(TEXT, max_length=3), "abc", "abc\n", "abc\n\n", "abcd", 5) == ["abc", "abc\n"]
    tag = Shape(TEXT, pattern="^[a-z]+$", max_length=3)
    assert accepted(tag, "abc", "abc\n", "ABC", "abc\n\n") == ["abc", "abc\n"]
    assert accepted(Shape(TEXT), "", "any\n") == ["", "any\n"]


def test_lists_of_two_are_not_written_as_one() -> None:
    """One medium may stand for a list, unless the list needs more."""
    medium = Shape(ParamType.MEDIA, media=(MediaKind.IMAGE,))
    assert accepted(Shape(ParamType.ARRAY, items=medium), "a.png", ["a.png"]) == ["a.png", ["a.png"]]
    assert accepted(Shape(ParamType.ARRAY, items=medium, min_items=2), "a.png", ["a", "b"]) == [["a", "b"]]
    words = Shape(ParamType.ARRAY, items=Shape(TEXT), max_items=2)
    assert accepted(words, "a", ["a"], ["a", "b", "c"]) == [["a"]]


def test_what_an_object_carries_may_stand_bare() -> None:
    """Where an object needs one thing, that thing may stand for it; a mapping is the object itself."""
    words = Shape(ParamType.ARRAY, items=Shape(TEXT))
    carrier = Shape(ParamType.OBJECT, fields=(Param("words", "words", words, required=True),))
    assert accepted(carrier, {"words": ["a"]}, ["a"], {"a": 1}, {}) == [{"words": ["a"]}, ["a"]]
    table = Shape(ParamType.MAP, values_shape=Shape(NUMBER))
    carrier = Shape(ParamType.OBJECT, fields=(Param("table", "table", table, required=True),))
    assert accepted(carrier, {"table": {"a": 1}}, {"a": 1}) == [{"table": {"a": 1}}]


def test_a_condition_on_another_parameter_asks_for_it_unless_its_default_will_do() -> None:
    """`only_when`: the other parameter has one of the values, or is left out where its default is one."""
    mode = Shape(TEXT, values=("fast", "slow"))
    for default, is_good in ((None, False), ("slow", False), ("fast", True)):
        other = Param("mode", "mode", mode, default=default)
        it = Param("it", "it", Shape(NUMBER), only_when={"mode": ("fast",)})
        judged = Draft7Validator(
            {"allOf": rule_conditions(row_with(other, it)), "definitions": schema()["definitions"]}
        )
        assert judged.is_valid({"it": 1}) == judged.is_valid({"it": 1, "mode": None}) == is_good
        assert judged.is_valid({"it": 1, "mode": "fast"})
        assert judged.is_valid({"it": 1, "mode": "${{ inputs.mode }}"})
        assert not judged.is_valid({"it": 1, "mode": "slow"})
        assert judged.is_valid({"it": None, "mode": "slow"})


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (Shape(NUMBER, minimum=0.5, maximum=30), "0.5 to 30."),
        (Shape(NUMBER), ""),
        (Shape(INTEGER, values=(4, 8)), ""),
        (Shape(TEXT, max_length=1000), "Up to 1,000 characters."),
        (Shape(TEXT), ""),
        (Shape(ParamType.ARRAY, items=Shape(TEXT), max_items=3), "Up to 3 items."),
        (Shape(ParamType.MEDIA, limits={"seconds_min": 3, "seconds_max": 30}), "3 to 30 s long."),
        (Shape(ParamType.MEDIA, limits={"seconds_max": 30}), "At most 30 s long."),
        (Shape(ParamType.MEDIA, limits={"seconds_min": 4.6}), "At least 4.6 s long."),
        (Shape(ParamType.MEDIA), ""),
        (
            Shape(ParamType.UNION, variants=(Shape(INTEGER, minimum=2), Shape(INTEGER, minimum=2))),
            "At least 2.",
        ),
    ],
)
def test_limits_are_said_in_a_sentence(shape: Shape, text: str) -> None:
    """What no list of values shows is said beside the meaning; nothing where nothing is stated."""
    assert limits_text(shape) == text


def test_equal_definitions_are_kept_once() -> None:
    """Equal schemas share a name; others of the same name get a number."""
    definitions = Definitions({"it": {}})
    first = definitions.share("it", {"type": "string"})
    assert definitions.share("that", {"type": "string"}) == first == {"$ref": "#/definitions/it_2"}
    assert definitions.share("it", {"type": "number"}) == {"$ref": "#/definitions/it_3"}


def test_parts_are_put_together_plainly() -> None:
    """One form needs no `anyOf`; words that are empty are left out; a sentence has a capital and a stop."""
    assert any_of([{"type": "number"}, {"type": "number"}]) == {"type": "number"}
    assert described({"type": "number"}, title="", description=None, default=False) == {
        "default": False,
        "type": "number",
    }
    assert (sentence("up to 3."), sentence("")) == ("Up to 3.", "")
    assert re.search(exactly(["gen4.5", "a/b"]), "gen4x5") is None


def test_a_model_without_a_successor_is_refused_all_the_same() -> None:
    """A retired model is refused in words of its own, whether or not something takes its place."""
    catalog = Catalog(
        (),
        date="",
        api_version="",
        retired={"old": Retired("old"), "older": Retired("older", "2026-01-01", "new")},
    )
    still = row("text_to_image/gen4_image")
    found = editor_schema(catalog.with_rows([still]), language_schema(), lambda _: "a price")
    words = [
        part["then"]["properties"]["uses"]["errorMessage"] for part in found["definitions"]["step"]["allOf"]
    ]
    assert words == ["old is retired.", "older is retired since 2026-01-01; write new."]
    judged = Draft7Validator(found)
    assert judged.is_valid(flow(STILL))
    assert not judged.is_valid(flow({**STILL, "uses": "old"}))
    assert not judged.is_valid(flow({**STILL, "uses": "older"}))
    assert found["definitions"]["uses"]["anyOf"][0]["enumDescriptions"][0].endswith(" A price.")


def test_what_flags_let_through_is_let_through() -> None:
    """With retired models admitted they are completed and judged; with unknown ones any name may stand."""
    admitting = editor_schema(CATALOG.admitting(retired=True), language_schema(), lambda _: "")
    assert "veo3" in admitting["definitions"]["uses"]["enum"]
    Draft7Validator.check_schema(admitting)
    step = {"uses": "veo3", "with": {"colour": "red"}}
    assert not Draft7Validator(admitting).is_valid(flow(step))
    admitting = editor_schema(CATALOG.admitting(unknown=True), language_schema(), lambda _: "")
    assert Draft7Validator(admitting).is_valid(flow({**step, "uses": "gen9"}))
    assert not Draft7Validator(admitting).is_valid(flow(step))


def test_a_rule_about_no_value_lets_nothing_through() -> None:
    """A rule of a table of one's own may name values that the row does not have."""
    ratio = Param("ratio", "ratio", Shape(TEXT, values=("1280:720",)))
    rule = Rule("combine", {"if": {"it": "given"}, "allows": {"ratio": ["720:1280"]}})
    conditions = rule_conditions(row_with(ratio, Param("it", "it", Shape(NUMBER)), rules=(rule,)))
    judged = Draft7Validator({"allOf": conditions, "definitions": schema()["definitions"]})
    assert judged.is_valid({"it": 1})
    assert not judged.is_valid({"it": 1, "ratio": "1280:720"})


def test_the_text_has_a_line_for_each_definition() -> None:
    """A change of one row is a change of its lines."""
    text = render_schema({"title": "it", "definitions": {"a": {"enum": ["é"]}, "b": {}}})
    assert text == '{\n"title": "it",\n"definitions": {\n"a": {"enum": ["\\u00e9"]},\n"b": {}\n}\n}\n'
    assert json.loads(text)["definitions"]["a"] == {"enum": ["é"]}
