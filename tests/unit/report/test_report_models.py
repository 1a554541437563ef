"""The tables as text."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from runway_flow.catalog.capability import ParamType, Price, Rule, Shape
from runway_flow.catalog.loader import load_catalog
from runway_flow.kernel.media import MediaKind
from runway_flow.report.expanded import render_expanded
from runway_flow.report.models_text import render_model, render_models, wrapped
from runway_flow.report.terminal import Terminal, width_of
from tests.fakes.judgements import INTEGER, TEXT, param, row_with
from tests.fakes.plans import FILM, plan_of, planned_step, row_of

CATALOG = load_catalog()
WIDTHS = [60, 100, 200]


def sheet_of(uses: str) -> str:
    """Write all about a row."""
    return render_model(CATALOG, [row_of(uses)], Terminal(100))


@pytest.mark.parametrize("width", [40, *WIDTHS])
def test_tables_fit(width: int) -> None:
    """The list of models is never wider than the screen, and names every model whole."""
    lines = render_models(CATALOG, CATALOG.rows, Terminal(width)).splitlines()
    assert all(width_of(line) <= width for line in lines)
    for name in CATALOG.model_names():
        assert any(line.startswith(name) for line in lines), name


@pytest.mark.parametrize("width", WIDTHS)
def test_sheets_fit(width: int) -> None:
    """What is shown of a row is never wider than the screen, but for the step, which is to be copied."""
    for row in CATALOG.rows:
        text = render_model(CATALOG, [row], Terminal(width))
        shown, step = text.split("Step to paste below `steps:`\n")
        assert all(width_of(line) <= width for line in shown.splitlines()), row.uses
        assert all(width_of(line) <= 70 for line in step.splitlines()), row.uses


def test_list_of_models() -> None:
    """A line for each row below its endpoint: lengths, sizes, seed, price; local operations are free."""
    rows = [row_of("image_to_video/gen4.5"), row_of("text_to_speech/eleven_v3"), row_of("media/concat")]
    assert render_models(CATALOG, rows, Terminal(100)) == (
        "model         seconds  sizes  seed  credits\n"
        "\n"
        "image_to_video: Makes a video that begins with an image, or is guided by images.\n"
        "gen4.5        2–10     720p   yes   12/s +\n"
        "\n"
        "text_to_speech: Speaks a text.\n"
        "eleven_v3                     yes   1 per 50 characters, at least 1\n"
        "\n"
        "own operations: Done on this machine, for nothing.\n"
        "media/concat                        free\n"
        "\n"
        "seconds and credits: `?` nobody states it; `+` formats, references or calls cost more.\n"
        f"3 rows, table of {CATALOG.date}. `runway-flow models MODEL` shows all that a step needs.\n"
    )


def test_names_stay_where_there_is_no_room_for_more() -> None:
    """On a narrow screen sizes go first, then lengths; model and price stay."""
    heads = render_models(CATALOG, CATALOG.rows, Terminal(60)).splitlines()[0].split()
    assert heads == ["model", "seed", "credits"]


def test_lengths_that_can_be_asked_for() -> None:
    """Lengths are a range, values, or a question mark where nobody states them."""
    unstated = row_with(param("duration", INTEGER))
    for row, shown in (
        (row_of("text_to_video/veo3.1"), "4 6 8"),
        (row_of("text_to_video/seedance2"), "4–15 auto"),
        (unstated, "?"),
    ):
        assert f" {shown} " in render_models(CATALOG, [row], Terminal(100)).splitlines()[3]


def test_rows_without_a_model_are_named_by_their_endpoint() -> None:
    """Recipes and routers are named by the endpoint, with the variant where there are several."""
    lines = render_models(CATALOG, CATALOG.rows, Terminal(100)).splitlines()
    assert any(line.startswith("recipes/multi_shot_video (auto)  ") for line in lines)
    assert any(line.startswith("generate/video  ") for line in lines)


def test_one_model() -> None:
    """A model is shown with each parameter, the ratios and their names, rules, files, price and a step."""
    assert render_model(CATALOG, [MADE], Terminal(80)) == SHEET.replace("DATE", CATALOG.date)


FIELDS = (param("uri", Shape(ParamType.MEDIA, media=(MediaKind.IMAGE,)), required=True), param("tag", TEXT))
MADE = replace(
    row_with(
        param("prompt_text", Shape(ParamType.STRING, min_length=1, max_length=1000), required=True),
        param("ratio", Shape(ParamType.STRING, values=("1280:720", "720:1280", "auto")), default="auto"),
        param("duration", INTEGER),
        param(
            "reference_images",
            Shape(ParamType.ARRAY, items=Shape(ParamType.OBJECT, fields=FIELDS), max_items=3),
        ),
        rules=(Rule("tags", {"of": "reference_images", "prompt": "prompt_text"}),),
    ),
    price=Price("output_second", ({"credits": 12},), {"date": "2026-01", "source": "a list of prices"}),
)
SHEET = """\
endpoint/model
Gives an image. Takes no seed.
Flows cannot use it yet.

Parameters (* required)
  prompt_text *     text of 1 to 1,000 characters
                    What should be seen and what should happen, in words.
  ratio             a ratio, as below; default auto
                    Width and height of what comes back, in pixels where they
                    are stated.
  duration          whole number
                    Length of what comes back, in seconds.
  reference_images  list of up to 3 images, or mapping of each `tag` to its
                    image
                    Images to take people, things or a style from.
    uri *           image
                    The image.
    tag             text
                    Name by which the prompt speaks of the image: `@tag`.

Values of ratio, and short names that mean them
  1280:720 16:9    720:1280 9:16    auto
  `{closest: 3:1}` takes the nearest.

Rules
  Every `@name` in `prompt_text` is a tag of `reference_images`.

Files
  Images: JPEG, PNG or WebP; a file up to 200 MB, behind an `https://` address
  up to 16 MB, in a data URI up to 5 MB.

Limits that nobody states: the API decides
  the range of `duration`, the length of `reference_images[].tag`

Price
  12 credits for each second.
  As of 2026-01: a list of prices.
  The step below: 5 s × 12 = 60 credits ($0.60).

Step to paste below `steps:`
  still:
    uses: endpoint/model
    with:
      prompt_text: A lamp on a rock at dawn, waves below.
      ratio: 1280:720
      duration: 5

Table of DATE.
"""


def test_what_does_not_fit_goes_on_below() -> None:
    """Accepted values are never cut: they go on in the next line; where there is no room, below the name."""
    text = render_model(CATALOG, [MADE], Terminal(60, is_ascii=True))
    assert "\n  reference_images  list of up to 3 images, or mapping of\n" in text
    assert text.isascii()
    narrow = render_model(CATALOG, [MADE], Terminal(42))
    assert (
        "\n  reference_images\n    list of up to 3 images, or mapping of\n    each `tag` to its image\n"
        in narrow
    )


def test_local_operation() -> None:
    """An operation of ours is free; seeds, sizes of files and limits that nobody states are no topic."""
    text = sheet_of("media/concat")
    assert "Joins clips end to end, with cuts or crossfades. Gives what it is given.\n" in text
    assert "Free: it is done on this machine." in text
    for word in ("seed", "Files", "nobody states", "The step below"):
        assert word not in text


def test_models_are_apart() -> None:
    """Between two rows is an empty line."""
    rows = [row_of("image_to_video/gen4.5"), row_of("text_to_video/gen4.5")]
    assert "\n\ntext_to_video/gen4.5\n" in render_model(CATALOG, rows, Terminal(100))


def test_a_row_without_parameters_or_words() -> None:
    """A row that nobody has described is shown with what is known: its names."""
    text = render_model(CATALOG, [row_with(param("shine", TEXT))], Terminal(100))
    assert text.startswith("endpoint/model\nGives an image. Takes no seed.\nFlows cannot use it yet.\n")
    assert "\n  shine  text\n\nLimits that nobody states: the API decides\n  the length of `shine`\n" in text
    assert "Parameters" not in render_model(CATALOG, [row_with()], Terminal(100))


def test_wrapping() -> None:
    """Texts break between words; a word that is too long is broken."""
    assert wrapped("a bb ccc", 4) == ["a bb", "ccc"]
    assert wrapped("x abcdef g", 3) == ["x", "abc", "def", "g"]
    assert wrapped("", 3) == [""]


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
