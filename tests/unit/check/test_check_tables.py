"""The user's own table: what it says takes effect, and each mistake in it is told with its place."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.catalog.capability import Capability, ParamType
from runway_flow.catalog.loader import load_catalog
from runway_flow.catalog.outputs import output_count, output_media_type
from runway_flow.catalog.pricing import estimate
from runway_flow.check.user_tables import read_tables
from runway_flow.kernel.media import MediaKind
from runway_flow.report.diagnostics import render_diagnostics
from runway_flow.report.terminal import Terminal
from tests.fakes.judgements import accepted, only_finding
from tests.fakes.media_values import image, video

if TYPE_CHECKING:
    from runway_flow.catalog.catalog import Catalog
    from runway_flow.kernel.diagnostics import Diagnostic

CATALOG = load_catalog()
CASES = Path(__file__).resolve().parents[2] / "cases" / "tables"
WRONG = sorted(path.stem for path in CASES.glob("*.yaml") if path.stem != "good")


def read(text: str) -> Catalog:
    """Read a table that has no mistake."""
    found, diagnostics = read_tables(text, "own.yaml", CATALOG)
    assert found is not None, [item.message for item in diagnostics]
    return found


def found_in(text: str) -> tuple[Diagnostic, ...]:
    """Read a table that has mistakes."""
    found, diagnostics = read_tables(text, "own.yaml", CATALOG)
    assert found is None
    return diagnostics


OWN = read((CASES / "good.yaml").read_text(encoding="utf-8"))


def own(uses: str) -> Capability:
    """Give a row of the table that is extended."""
    return next(row for row in OWN.rows if row.uses == uses)


@pytest.mark.parametrize("name", WRONG)
def test_each_mistake_is_told_at_its_place(name: str) -> None:
    """Every mistake comes with its place, what is accepted and what was probably meant; all in one pass."""
    path = f"{name}.yaml"
    text = (CASES / path).read_text(encoding="utf-8")
    found, diagnostics = read_tables(text, path, CATALOG)
    printed = render_diagnostics(diagnostics, {path: text}, Terminal(width=100))
    golden = CASES / f"{name}.out"
    if os.environ.get("UPDATE_CASES"):
        golden.write_text(printed, encoding="utf-8")
    assert found is None
    assert printed == golden.read_text(encoding="utf-8")


def test_a_new_row_is_like_another() -> None:
    """A row starts from the one that it is like; what it says is laid over that."""
    row = own("text_to_video/gen6")
    assert (row.path, row.model, row.description) == ("/v1/text_to_video", "gen6", "Not yet in the table.")
    assert (row.source, row.is_known) == ("own.yaml", True)
    assert not row.takes_seed
    known = CATALOG.find("text_to_video", "gen4.5")
    assert known is not None
    assert row.by_name["prompt_text"] == known.by_name["prompt_text"]
    assert (row.by_name["duration"].shape.minimum, row.by_name["duration"].shape.maximum) == (2, 20)


def test_new_parameters_of_every_type() -> None:
    """A parameter that there was not is judged by the type and the limits that are written."""
    uses = own("text_to_video/gen6")
    given_ = {"prompt_text": "x", "ratio": "16:9@1080p", "duration": 20, "style": "calm"}
    params = {
        **given_,
        "motion_amount": 10,
        "loop": True,
        "depth_video": video(),
        "cuts": ["1.5s", 2],
        "voice": "maya",
        "weights": {"a": 0.5},
        "length": "auto",
        "hint": {"any": ["thing"]},
        "name": "lamp",
    }
    taken = accepted(uses, params)
    assert (taken["ratio"], taken["cuts"], taken["voice"]) == ("1920:1080", (1.5, 2), {"preset_id": "maya"})
    for name, value, code in (
        ("motion_amount", 11, "RF310"),
        ("style", "loud", "RF311"),
        ("depth_video", image(), "RF314"),
        ("cuts", [0], "RF310"),
        ("cuts", [1, 2, 3, 4], "RF313"),
        ("weights", {"a": -1}, "RF310"),
        ("length", 10, "RF310"),
        ("name", "LAMP", "RF315"),
        ("name", "x", "RF312"),
    ):
        assert only_finding(uses, {**given_, name: value}).code.id == code, name
    assert only_finding(uses, {**given_, "style": "wild", "loop": True}).code.id == "RF316"
    assert only_finding(uses, {**given_, "seed": 5}).code.id == "RF306"


def test_names_on_the_wire() -> None:
    """A new parameter is spelled as the API spells names, unless the table says how."""
    by_name = own("text_to_video/gen6").by_name
    assert (by_name["motion_amount"].wire, by_name["style"].wire) == ("motionAmount", "styleName")
    assert (by_name["motion_amount"].default, by_name["motion_amount"].description) == (5, "How much moves.")


def test_a_row_of_the_table_is_changed() -> None:
    """What is said of a row that there is takes the place of what the table says; null takes a limit away."""
    row = own("image_to_video/gen4.5")
    clip = {"prompt_text": "x" * 5000, "prompt_image": image(), "ratio": "16:9", "duration": 15}
    assert accepted(row, clip)["duration"] == 15
    assert [each.uses for each in OWN.of_model("gen4.5")] == ["text_to_video/gen4.5", "image_to_video/gen4.5"]


def test_a_key_goes_to_the_type_that_it_is_for() -> None:
    """Of what may be of several types, the limit is laid on the one that it applies to."""
    shape = own("image_to_video/seedance2").by_name["duration"].shape
    assert [(each.type, each.maximum) for each in shape.variants] == [
        (ParamType.INTEGER, 20),
        (ParamType.STRING, None),
    ]


def test_a_retired_model_comes_back() -> None:
    """A row that names a retired model has its last known parameters, and needs no flag any more."""
    assert own("image_to_video/veo3").by_name["duration"].shape.constant == 8
    assert "veo3" not in OWN.retired
    assert "gen3a_turbo" in OWN.retired


def test_rows_from_nothing() -> None:
    """A row that is like no other has only what is written; its kind is the endpoint's unless it says."""
    sketch, murmur = own("text_to_image/sketch_1"), own("text_to_speech/murmur")
    assert list(sketch.by_name) == ["prompt_text", "output_count"]
    assert output_count(sketch, {"output_count": 3}) == 3
    assert (output_media_type(sketch, {}), sketch.path) == ("image/png", "/v1/text_to_image")
    assert (murmur.output.kind, murmur.output.count) == (MediaKind.AUDIO, 2)
    assert own("text_to_video/hailuo3").rules == ()


@pytest.mark.parametrize(
    ("uses", "params", "low", "high"),
    [
        ("text_to_video/gen6", {"duration": 4, "ratio": "1280:720"}, 40, 40),
        ("text_to_video/gen6", {"duration": 10, "ratio": "1280:720"}, 100, 100),
        ("text_to_video/gen6", {"duration": 10, "ratio": "1920:1080", "loop": True}, 145, 145),
        ("text_to_video/gen6", {"duration": 10, "ratio": "1280:720", "output_format": "prores"}, 150, 150),
        ("text_to_video/gen4.5", {"duration": 10}, 70, 70),
        ("image_to_video/gen4.5", {"duration": 10}, 90, 90),
        ("image_to_video/veo3", {"duration": 8}, 117, 117),
        ("text_to_speech/murmur", {"prompt_text": "x" * 100}, 2, 2),
    ],
)
def test_own_prices(uses: str, params: dict[str, object], low: int, high: int) -> None:
    """A price of one's own is the whole price; the pinned one is the more precise."""
    found = estimate(own(uses), params)
    assert (found.low, found.high) == (Decimal(low), Decimal(high))


def test_prices_that_nobody_knows() -> None:
    """`null` makes a price unknown; a rate whose condition does not hold leaves it unknown too."""
    assert not estimate(own("text_to_speech/eleven_v3"), {"prompt_text": "x"}).is_known
    other = {"duration": 10, "ratio": "1920:1080"}
    assert not estimate(own("text_to_video/gen6"), other).is_known
    assert own("text_to_speech/eleven_v3").source == "own.yaml"
    assert own("text_to_video/gen6").price.date == "2026-11"


def test_the_shipped_table_stays() -> None:
    """What is extended is a new catalogue; our own operations stay last."""
    assert CATALOG.find("text_to_video", "gen6") is None
    assert [row.is_local for row in OWN.rows] == sorted(row.is_local for row in OWN.rows)
    assert OWN.date == CATALOG.date


@pytest.mark.parametrize("text", ["version: 1", "version: 1\nrows: {}\nprices: {}", '{"version": 1}'])
def test_a_table_may_say_nothing(text: str) -> None:
    """A table with its version alone changes nothing; JSON is YAML."""
    assert [row.uses for row in read(text).rows] == [row.uses for row in CATALOG.rows]


def test_version_is_a_number() -> None:
    """A table begins with its version; `true` is none, though Python counts it as 1."""
    assert [item.message for item in found_in("rows: {}")] == ["the table has no `version`"]
    assert "`true` is not a version" in found_in("version: true")[0].message


_KEYS = [
    "version",
    "rows",
    "prices",
    "params",
    "like",
    "type",
    "values",
    "max",
    "fields",
    "items",
    "variants",
]
_OTHERS = ["limits", "unit", "rates", "credits", "when", "each", "text_to_video/gen4.5", "gen4.5", "duration"]
_WORDS = st.sampled_from([*_KEYS, *_OTHERS, "string", "union", "x"])
_TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | _WORDS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(_WORDS, below, max_size=4),
    max_leaves=20,
)


@given(_TREES)
def test_whatever_stands_in_a_table_is_answered(tree: object) -> None:
    """No tree makes the reading fail: it is read, or refused with places; what is read can be priced."""
    import json

    found, diagnostics = read_tables(
        json.dumps({"version": 1, "rows": tree, "prices": tree}), "own.json", CATALOG
    )
    assert (found is None) is any(item.is_error for item in diagnostics)
    assert all(item.span is not None for item in diagnostics)
    if found is not None:
        assert all(estimate(row, {}) is not None for row in found.rows if row.source)


def test_the_guides_example_is_read() -> None:
    """The table that the guide shows is one without a mistake."""
    guide = CASES.parents[2] / "docs" / "guides" / "models-of-your-own.md"
    text = guide.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    assert text.startswith("# models.local.yaml\n")
    found = read(text)
    assert [row.uses for row in found.rows if row.source] == ["image_to_video/gen4.5", "text_to_video/gen9"]
