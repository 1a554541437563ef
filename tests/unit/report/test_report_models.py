from __future__ import annotations

from typing import Any

import pytest

from runway_flow.catalog.capability import ParamType, Price, Shape
from runway_flow.catalog.loader import load_catalog
from runway_flow.kernel.media import MediaKind
from runway_flow.report.expanded import render_expanded
from runway_flow.report.models_json import models_document, plain
from runway_flow.report.models_text import render_model, render_models, wrapped
from runway_flow.report.price_text import price_text
from runway_flow.report.shape_text import shape_text
from runway_flow.report.terminal import Terminal, width_of
from tests.fakes.judgements import param
from tests.fakes.plans import FILM, plan_of, planned_step, row_of
from tests.fakes.schemas import faults

CATALOG = load_catalog()


def test_all_models_as_json() -> None:
    """`models --json` gives every row whole; empty fields are left out."""
    document = models_document(CATALOG.rows, CATALOG.date)
    assert faults(document, "models") == []
    models: Any = document["models"]
    assert len(models) == len(CATALOG.rows)
    gen = next(row for row in models if (row["endpoint"], row.get("model")) == ("image_to_video", "gen4.5"))
    ratio = next(item for item in gen["params"] if item["name"] == "ratio")
    assert ratio["shape"]["values"][0] == "1280:720"
    assert "pattern" not in ratio["shape"]


def test_false_is_not_empty() -> None:
    """A false or zero is a statement, and stays."""
    found: Any = plain(param("p", Shape(ParamType.NUMBER, minimum=0)))
    assert found["required"] is False
    assert found["shape"]["minimum"] == 0


@pytest.mark.parametrize("width", [40, 60, 100, 200])
def test_tables_fit(width: int) -> None:
    """The list of models is never wider than the screen, and names every model whole."""
    text = render_models(CATALOG.rows, Terminal(width), CATALOG.date)
    rows = text.split("\n\n")[0].split("\n")
    assert all(width_of(row) <= width for row in rows)
    for name in CATALOG.model_names():
        assert any(row.startswith(name) for row in rows), name


def test_list_of_models() -> None:
    """A line for each row: model, endpoint, what it gives, seed, price; local operations are free."""
    text = render_models(
        [row_of("image_to_video/gen4.5"), row_of("media/concat")], Terminal(100), "2026-10-23"
    )
    assert text == (
        "model   endpoint        gives  seed  price\n"
        "gen4.5  image_to_video  video  yes   12 credits/s, some formats cost more\n"
        "–       media/concat    video  no    free\n"
        "\n"
        "2 rows, table of 2026-10-23; `runway-flow models MODEL` shows one with its limits.\n"
    )


def test_one_model() -> None:
    """A model is shown with each parameter, whether it is required, and what it accepts."""
    lines = render_model([row_of("image_to_video/gen4.5")], Terminal(100)).splitlines()
    assert lines[0] == "image_to_video/gen4.5 gives video, 12 credits/s, some formats cost more; takes a seed"
    assert "  ratio               required  1280:720 720:1280 1104:832 960:960 832:1104 1584:672" in lines
    assert "  seed                          integer 0…4294967295" in lines
    assert not any(line.lstrip().startswith("model ") for line in lines)


def test_what_does_not_fit_goes_on_below() -> None:
    """Accepted values are never cut: they go on in the next line."""
    text = render_model([row_of("image_to_video/gen4.5")], Terminal(60, is_ascii=True))
    assert "1584:672" in text
    assert "..." not in text.replace("0...4294967295", "").replace("1...", "").replace("2...10", "")
    assert all(width_of(line) <= 60 for line in text.splitlines()[1:])


def test_local_operation() -> None:
    """An operation of ours is free, and seeds are no topic."""
    assert render_model([row_of("media/concat")], Terminal(100)).startswith(
        "media/concat gives video, free\n"
    )


def test_models_are_apart() -> None:
    """Between two rows is an empty line."""
    rows = [row_of("image_to_video/gen4.5"), row_of("text_to_video/gen4.5")]
    assert "\n\ntext_to_video/gen4.5 gives" in render_model(rows, Terminal(100))


def test_wrapping() -> None:
    """Texts break between words; a word that is too long stands alone."""
    assert wrapped("a bb ccc", 4) == ["a bb", "ccc"]
    assert wrapped("abcdef g", 3) == ["abcdef", "g"]
    assert wrapped("", 3) == [""]


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (Shape(ParamType.STRING, values=("a", 2, True)), "a 2 True"),
        (Shape(ParamType.STRING), "string"),
        (Shape(ParamType.STRING, max_length=9), "string of 0…9 characters"),
        (Shape(ParamType.STRING, min_length=1, max_length=9), "string of 1…9 characters"),
        (Shape(ParamType.INTEGER, minimum=2, maximum=10), "integer 2…10"),
        (Shape(ParamType.NUMBER, exclusive_minimum=0, maximum=0.5), "number >0…0.5"),
        (Shape(ParamType.NUMBER, minimum=1), "number from 1"),
        (Shape(ParamType.NUMBER, maximum=1), "number …1"),
        (Shape(ParamType.MEDIA, media=(MediaKind.IMAGE, MediaKind.VIDEO)), "image or video"),
        (
            Shape(ParamType.ARRAY, items=Shape(ParamType.STRING), min_items=1, max_items=3),
            "list of 1…3 of string",
        ),
        (Shape(ParamType.ARRAY, items=Shape(ParamType.STRING)), "list of string"),
        (Shape(ParamType.ARRAY, items=Shape(ParamType.STRING), min_items=2), "list of 2 or more of string"),
        (Shape(ParamType.ARRAY), "array"),
        (
            Shape(ParamType.UNION, variants=(Shape(ParamType.STRING), Shape(ParamType.INTEGER))),
            "string | integer",
        ),
        (
            Shape(
                ParamType.OBJECT,
                fields=(
                    param("uri", Shape(ParamType.STRING), required=True),
                    param("tag", Shape(ParamType.STRING)),
                ),
            ),
            "{uri, tag?}",
        ),
    ],
)
def test_shapes(shape: Shape, text: str) -> None:
    """What a parameter accepts is a few words."""
    assert shape_text(shape) == text


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (Price(None), "price unknown"),
        (Price("output_second"), "price unknown"),
        (Price("output_second", ({"credits": 12},)), "12 credits/s"),
        (Price("output_image", ({"credits": 8}, {"credits": 5})), "5–8 credits/image"),
        (Price("characters", ({"credits": 1, "per": 50},)), "1 credit per 50 characters"),
        (Price("output_second", ({"credits": 2},), {"minimum": 10}), "2 credits/s, at least 10"),
        (
            Price("output_second", ({"credits": 36, "credits_first": 200, "first_seconds": 4},)),
            "200 credits for 4 s, then 36 credits/s",
        ),
        (
            Price("output_image", ({"credits": 5},), {"per_call": 8, "extras": [{"credits": 1}]}),
            "5 credits/image, 8 more a call, references cost more",
        ),
        (
            Price("output_second", ({"credits": 2},), {"flat_without": {"duration": 2}}),
            "2 credits/s, 2 without duration",
        ),
        (Price("some_thing", ({"credits": "x", "per": "y"},)), "0 credits per some thing"),
    ],
)
def test_prices(price: Price, text: str) -> None:
    """A price rule is a few words: range, unit, minimum."""
    assert price_text(price) == text


def test_expanded() -> None:
    """Each parameter stands as it would be sent, media by digest, one line each."""
    plan = plan_of(planned_step("clip[a\nb]", params={"prompt_text": "灯\n", "prompt_image": FILM}))
    assert render_expanded(plan, Terminal()) == (
        "\nclip[a↵b]:\n"
        "  uses: image_to_video/gen4.5\n"
        '  prompt_text: "灯\\n"\n'
        f'  prompt_image: {{"sha256": "{FILM.digest}"}}\n'
    )
    assert render_expanded(plan, Terminal(is_ascii=True)).isascii()
