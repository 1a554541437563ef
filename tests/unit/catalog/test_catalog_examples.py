"""The steps to paste."""

from __future__ import annotations

from decimal import Decimal

import pytest

from runway_flow.catalog.capability import Capability, Param, ParamType, Shape
from runway_flow.catalog.examples import EXAMPLE_FILES, example_price, example_step
from runway_flow.catalog.judge import judge
from runway_flow.catalog.loader import load_catalog
from runway_flow.kernel.digests import Digest
from runway_flow.kernel.media import Artifact, MediaKind
from tests.fakes.judgements import BOOLEAN, INTEGER, TEXT, param, row, row_with

CATALOG = load_catalog()


@pytest.mark.parametrize("each", CATALOG.rows, ids=lambda each: f"{each.uses}-{each.variant}")
def test_every_row_accepts_its_example(each: Capability) -> None:
    """The step of each row is judged without a finding."""
    step = example_step(CATALOG, each)
    verdict = judge(each, step.params, lambda name: Artifact(Digest("0" * 64), EXAMPLE_FILES[str(name)]))
    assert verdict.findings == ()
    assert {item.name for item in each.params if item.required and item.shape.constant is None} <= set(
        step.params
    )


def test_a_bare_model_where_that_is_enough() -> None:
    """A model's name stands alone where the parameters tell the endpoint, pinned where they do not."""
    assert example_step(CATALOG, row("text_to_video/gen4.5")).uses == "gen4.5"
    assert example_step(CATALOG, row("image_to_video/gen4.5")).uses == "gen4.5"
    assert example_step(CATALOG, row("sound_effect/seed_audio")).uses == "sound_effect/seed_audio"
    assert example_step(CATALOG, row("media/mux")).uses == "media/mux"


def test_a_row_that_no_flow_can_name_yet() -> None:
    """A row that `uses` cannot name says so; it is called as the language calls its kind."""
    for uses, name in (("recipes/product_ad", "recipe/product_ad"), ("workflows", "workflow")):
        step = example_step(CATALOG, row(uses))
        assert (step.uses, step.is_supported) == (name, False)
    step = example_step(CATALOG, row_with(param("prompt_text", TEXT)))
    assert (step.uses, step.is_supported) == ("endpoint/model", False)


def test_what_everybody_writes_is_written() -> None:
    """What is required stands there, and what nearly everybody adds: media, words, shape, length."""
    assert example_step(CATALOG, row("image_to_video/gen4_turbo")).params == {
        "prompt_image": "still.png",
        "prompt_text": "The camera moves slowly closer.",
        "ratio": "1280:720",
        "duration": 5,
    }


def test_values_that_a_row_takes() -> None:
    """Of the examples that are kept the first that the row takes is written, by value or by aspect."""
    assert example_step(CATALOG, row("text_to_video/veo3.1")).params["duration"] == 4
    assert example_step(CATALOG, row("text_to_image/muse_image")).params["ratio"] == "2016:1152"
    assert example_step(CATALOG, row("video_to_video/aleph2")).params["ratio"] == "1280:720"
    strange = row_with(param("ratio", Shape(ParamType.STRING, values=("7:1", "8:1"))))
    assert example_step(CATALOG, strange).params["ratio"] == "7:1"


def test_values_of_any_shape() -> None:
    """Where no example is kept a value is made: numbers near 1, words, lists as long as they must be."""
    made = {
        "count": Shape(ParamType.INTEGER, minimum=3),
        "number": INTEGER,
        "flag": BOOLEAN,
        "words": TEXT,
        "named": Shape(ParamType.MAP, values_shape=TEXT),
        "several": Shape(ParamType.ARRAY, items=TEXT, min_items=2),
        "either": Shape(ParamType.UNION, variants=(Shape(ParamType.MAP), TEXT)),
        "object": Shape(
            ParamType.OBJECT,
            fields=(
                Param("kind", "kind", Shape(ParamType.STRING, values=("x",)), required=True),
                Param("name", "name", TEXT, required=True),
                Param("more", "more", TEXT),
            ),
        ),
    }
    params = tuple(param(name, shape, required=True) for name, shape in made.items())
    assert example_step(CATALOG, row_with(*params)).params == {
        "count": 3,
        "number": 1,
        "flag": True,
        "words": "text",
        "named": {},
        "several": ["text", "text"],
        "either": "text",
        "object": "text",
    }


def test_prices_of_examples() -> None:
    """The price of a step counts the files that it names at what they are taken to be."""
    video, edit = row("image_to_video/gen4.5"), row("video_to_video/aleph2")
    assert example_price(video, example_step(CATALOG, video)).low == Decimal(60)
    assert example_price(edit, example_step(CATALOG, edit)).low == Decimal(140)
    assert {facts.kind for facts in EXAMPLE_FILES.values()} == set(MediaKind)
