"""The table as it is read: rows on demand, look-ups, retired models."""

from __future__ import annotations

from runway_flow.catalog.capability import Capability, OutputSpec, Price
from runway_flow.catalog.catalog import Catalog
from runway_flow.catalog.loader import load_catalog
from runway_flow.kernel.media import MediaKind

CATALOG = load_catalog()


def test_table_is_read_once() -> None:
    """Asking twice gives the same table."""
    assert load_catalog() is CATALOG


def test_table_says_how_old_it_is() -> None:
    """The table carries its date and the API version that requests are made for."""
    assert (CATALOG.date, CATALOG.api_version) == ("2026-10-23", "2024-11-06")


def test_rows_are_built_when_asked_for() -> None:
    """A row is built at the first look-up, and is the same object at the second."""
    first = CATALOG.find("image_to_video", "gen4.5")
    assert first is not None
    assert first is CATALOG.of_model("gen4.5")[1]
    assert CATALOG.find("image_to_video", "gen9") is None


def test_model_gives_its_endpoints() -> None:
    """A model's rows come in the order of the table; a model that there is not has none."""
    assert [row.endpoint for row in CATALOG.of_model("gen4.5")] == ["text_to_video", "image_to_video"]
    assert CATALOG.of_model("gen9") == ()


def test_endpoint_gives_its_rows() -> None:
    """An endpoint's rows are those of its models."""
    assert [row.model for row in CATALOG.at("voice_dubbing")] == ["eleven_voice_dubbing"]


def test_operations_are_apart() -> None:
    """Our own operations are found by their name and are no endpoints."""
    found = CATALOG.operation("media/concat")
    assert found is not None
    assert (found.is_local, found.version, found.uses, found.title) == (
        True,
        1,
        "media/concat",
        "media/concat",
    )
    assert CATALOG.operation("text_to_image") is None
    assert CATALOG.operation_names() == ("media/concat", "media/mux", "media/frame")
    assert not {"media/concat"} & set(CATALOG.endpoint_names())


def test_names_are_known_without_rows() -> None:
    """There are 62 models at 26 endpoints."""
    assert (len(CATALOG.model_names()), len(CATALOG.endpoint_names())) == (62, 26)


def test_all_rows() -> None:
    """The 111 rows of the API come with ours."""
    assert sum(not row.is_local for row in CATALOG.rows) == 111
    assert len(CATALOG.rows) == 114


def test_row_pins_itself() -> None:
    """`uses` and `title` of a row name its endpoint and model; a router has no model."""
    row = CATALOG.of_model("gen4.5")[1]
    assert (row.uses, row.title) == ("image_to_video/gen4.5", "gen4.5 (image_to_video)")
    router = CATALOG.at("generate/video")[0]
    assert (router.uses, router.title, router.model) == ("generate/video", "generate/video", None)


def test_model_is_no_parameter() -> None:
    """The model is filled in, so no row has it as a parameter."""
    assert all(row.find("model") is None for row in CATALOG.rows)


def test_seed_is_told() -> None:
    """A row says whether it takes a seed."""
    assert CATALOG.of_model("gen4_image")[0].takes_seed
    assert not CATALOG.of_model("gpt_image_2")[0].takes_seed


def test_retired_models_have_a_successor() -> None:
    """Each retired model names an existing one that takes its place."""
    assert CATALOG.retired["veo3"].gone == "2026-08-13"
    assert all(entry.replacement in CATALOG.model_names() for entry in CATALOG.retired.values())


def test_media_limits_reach_the_media() -> None:
    """Limits stated for a union or a list of media hold for each medium below it."""
    param = CATALOG.of_model("h3_max")[1].find("prompt_image")
    assert param is not None
    assert [variant.limits for variant in param.shape.variants] == [{"side_px_min": 256}, {}]
    items = param.shape.variants[1].items
    assert items is not None
    assert {field.name: field.shape.limits for field in items.fields}["uri"] == {"side_px_min": 256}


def test_catalogue_of_given_rows() -> None:
    """A catalogue can be made of rows that exist already."""
    row = Capability("e", "m", "m", "/v1/e", (), OutputSpec(MediaKind.IMAGE), Price(None))
    catalog = Catalog.of([row], date="2026-01-01", api_version="v")
    assert catalog.rows == (row,)
    assert (catalog.date, catalog.retired, catalog.planned) == ("2026-01-01", {}, frozenset())
