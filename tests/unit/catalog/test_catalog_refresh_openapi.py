"""Reading descriptions of the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.compare_catalog import differences
from scripts.join_catalog import join
from scripts.openapi_types import load_description, read_openapi
from scripts.readings import in_order_of
from scripts.refresh_catalog import OVERLAY, TABLE, render
from tests.fakes.openapi import description_of

SMALL = Path(__file__).parents[2] / "cases" / "openapi" / "small.yaml"
KNOWN = {
    "endpoints": {
        "paint": {"path": "/v1/paint", "discriminator": "model"},
        "again": {"path": "/v1/paint/{id}/again"},
        "gone": {"path": "/v1/gone"},
    },
    "other_paths": ["/v1/known"],
}


def small() -> dict[str, dict[str, Any]]:
    """Give the rows of the small description by their names."""
    reading = read_openapi(load_description(SMALL), KNOWN)
    return {f"{row['endpoint']}/{row['variant']}": row for row in reading.rows}


def oil(name: str) -> dict[str, Any]:
    """Give a parameter of the model that has all kinds of them."""
    return next(param for param in small()["paint/oil"]["params"] if param["name"] == name)


def test_a_row_for_each_model() -> None:
    """Each variant of a body is a row, named by its constant; a constant of several values names several."""
    rows = small()
    assert list(rows) == ["paint/oil", "paint/chalk", "paint/crayon", "again/*"]
    assert (rows["paint/chalk"]["model"], rows["paint/chalk"]["params"]) == ("chalk", [])
    assert rows["again/*"]["model"] is None
    assert rows["again/*"]["path"] == "/v1/paint/{id}/again"


def test_requests_that_nobody_knows() -> None:
    """A request that the overlay neither has nor leaves out is told."""
    reading = read_openapi(load_description(SMALL), KNOWN)
    assert reading.unknown == ["the request POST /v1/brushes"]
    assert reading.told == {"description": "Small 2026-01-01"}


@pytest.mark.parametrize(
    ("name", "node"),
    [
        (
            "prompt_text",
            {"wire": "promptText", "required": True, "type": "string", "min_length": 1, "max_length": 100},
        ),
        ("canvas", {"required": True, "type": "string", "media": ["image"]}),
        ("ratio", {"type": "string", "values": ["1:1", "16:9"]}),
        ("layers", {"type": "integer", "min": 1, "default": 3}),
        ("shine", {"type": "number", "max": 1, "above": 0}),
        ("old_shine", {"type": "number", "max": 9, "above": 0}),
        ("dark", {"type": "number", "min": 2}),
        ("count", {"type": "integer", "values": [1, 4]}),
        ("is_dry", {"wire": "isDry", "type": "boolean", "default": False}),
        (
            "colours",
            {
                "type": "array",
                "items": {"type": "string", "pattern": "^#[0-9a-f]{6}$"},
                "min_items": 1,
                "max_items": 3,
            },
        ),
        (
            "length",
            {
                "type": "union",
                "variants": [
                    {"type": "integer", "min": 2, "max": 30},
                    {"type": "string", "values": ["auto"]},
                ],
            },
        ),
        ("size", {"type": "string", "values": ["768p", "2k", "768P"]}),
        ("note", {"type": "string"}),
        (
            "frames",
            {
                "type": "union",
                "variants": [
                    {"type": "string", "media": ["image"]},
                    {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "fields": [
                                {"name": "uri", "required": True, "type": "string", "media": ["image"]},
                                {"name": "start_seconds", "type": "integer"},
                            ],
                        },
                    },
                ],
            },
        ),
        ("named", {"type": "map", "map": {"type": "number"}}),
        ("anything", {"type": "unknown"}),
        ("nothing", {"type": "unknown"}),
    ],
)
def test_constructs(name: str, node: dict[str, Any]) -> None:
    """Each construct of a schema becomes the node that the SDK's types give, with the limits beside it."""
    assert oil(name) == {"name": name, **node}


def test_addresses_become_media() -> None:
    """What the data URIs of an address carry says its kind where the overlay does not."""
    overlay = json.loads(OVERLAY.read_text(encoding="utf-8"))
    overlay["endpoints"] = {"text_to_image": {**overlay["endpoints"]["text_to_image"], "path": "/v1/paint"}}
    reading = read_openapi(load_description(SMALL), overlay)
    table, unsaid = join(
        reading, {**overlay, "rows": {}, "media": {}, "common": {}, "prices": {"unknown": {}}}
    )
    (canvas,) = (param for param in table["rows"][0]["params"] if param["name"] == "canvas")
    assert canvas == {"name": "canvas", "required": True, "type": "media", "media": ["image"]}
    assert "`media`, or `rows` text_to_image/oil: what `anything` is" in unsaid


def test_round_trip() -> None:
    """A description made of our own rows gives these rows again, to the letter."""
    overlay, table = (json.loads(path.read_text(encoding="utf-8")) for path in (OVERLAY, TABLE))
    described = json.loads(json.dumps(description_of(table["rows"])))
    found, unsaid = join(read_openapi(described, overlay), overlay)
    assert unsaid == []
    assert not differences(table, found)
    ours = [row for row in table["rows"] if not row.get("local")]
    known = in_order_of([row for row in found["rows"] if not row.get("local")], table["rows"])
    assert render({**table, "rows": known}) == render({**table, "rows": ours})


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.json", "{}", "a.json is no OpenAPI 3 description"),
        ("a.json", '{"openapi": "2.0"}', "is no OpenAPI 3"),
        ("a.yaml", "[]", "is no OpenAPI 3"),
        ("a.yaml", "a: [", "a.yaml is no YAML: "),
    ],
)
def test_files_that_are_no_description(tmp_path: Path, name: str, text: str, problem: str) -> None:
    """Anything else than an OpenAPI 3 description is refused."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=problem):
        load_description(tmp_path / name)


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("#/components/schemas/Lost", "there is no #/components"),
        ("#/components/schemas/Loop", "leads to itself"),
    ],
)
def test_references_that_lead_nowhere(reference: str, problem: str) -> None:
    """A reference must lead to a schema."""
    body = {"content": {"application/json": {"schema": {"$ref": reference}}}}
    described = {
        "paths": {"/v1/paint": {"post": {"requestBody": body}}},
        "components": {"schemas": {"Loop": {"$ref": "#/components/schemas/Loop"}}},
    }
    with pytest.raises(ValueError, match=problem):
        read_openapi(described, KNOWN)
