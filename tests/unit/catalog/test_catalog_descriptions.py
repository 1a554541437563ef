"""What endpoints and parameters mean, in our own words."""

from __future__ import annotations

from runway_flow.catalog.descriptions import (
    endpoint_text,
    file_text,
    form_text,
    load_descriptions,
    parameter_text,
    parts_of,
)
from runway_flow.catalog.loader import load_catalog
from runway_flow.kernel.media import MediaKind
from tests.fakes.judgements import row, row_with

CATALOG = load_catalog()
PLACES = [(each, path) for each in CATALOG.rows for param in each.params for path, _, _ in parts_of(param)]


def test_every_endpoint_is_described() -> None:
    """Each endpoint and each operation says in a sentence what it does."""
    assert [each.uses for each in CATALOG.rows if not endpoint_text(each).endswith(".")] == []


def test_every_parameter_is_described() -> None:
    """Each parameter, and each part of one, says in a sentence what it means."""
    assert [
        f"{each.uses} {path}" for each, path in PLACES if not parameter_text(each, path).endswith(".")
    ] == []


def test_no_words_about_nothing() -> None:
    """Words are kept only for what some row has."""
    words = load_descriptions()
    for said in (words.meanings, words.examples):
        used = {said.place(each, path) for each, path in PLACES}
        kept = {("", path) for path in said.params}
        kept |= {(owner, path) for owner, paths in said.of.items() for path in paths}
        assert kept - used == set()
    described = {each.endpoint for each in CATALOG.rows if not each.description}
    described |= {endpoint.partition("/")[0] for endpoint in described}
    assert set(words.endpoints) - described == set()


def test_the_nearest_words_win() -> None:
    """What is said of an endpoint goes before what is said of all rows; routers mean what others mean."""
    assert parameter_text(row("text_to_speech/eleven_v3"), "prompt_text") == "What is said."
    assert parameter_text(row("text_to_video/gen4.5"), "prompt_text").startswith("What should be seen")
    everywhere = parameter_text(row("text_to_video/gen4.5"), "seed")
    assert parameter_text(row("generate/video"), "input.seed") == everywhere


def test_forms_and_files_are_described() -> None:
    """Every pattern of the table has words, and every kind of medium that a row takes."""
    shapes = [shape for each in CATALOG.rows for param in each.params for _, _, shape in parts_of(param)]
    patterns = {shape.pattern for shape in shapes if shape.pattern is not None}
    assert set(load_descriptions().forms) == patterns
    kinds = {kind for shape in shapes for kind in shape.media}
    assert all(file_text(kind).endswith(".") for kind in kinds)
    assert set(load_descriptions().files) == kinds
    assert form_text("^x$") == "the form `^x$`"
    assert file_text(MediaKind.TEXT) == ""


def test_what_nobody_described_has_no_words() -> None:
    """A row that is new has no words rather than wrong ones."""
    new = row_with()
    assert endpoint_text(new) == ""
    assert parameter_text(new, "shine") == ""


def test_parts_of_unions_share_paths() -> None:
    """The variants of a union are not told apart: a path says where the author writes."""
    parts = list(parts_of(row("image_to_video/veo3.1").by_name["prompt_image"]))
    assert [path for path, _, _ in parts] == [
        *["prompt_image"] * 3,
        "prompt_image[]",
        "prompt_image[].position",
        "prompt_image[].uri",
    ]
    assert [shape.type.value for _, _, shape in parts[:3]] == ["union", "media", "array"]
