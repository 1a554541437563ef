"""The schema for editors as text: what is committed, with prices."""

from __future__ import annotations

import json

from runway_flow.catalog.loader import load_catalog
from runway_flow.report.flow_schema import flow_schema_text
from tests.fakes.editor import SCHEMA_FILE


def test_the_committed_schema_is_the_one_that_is_made() -> None:
    """`schemas/flow.schema.json` holds what table and language give today; `make generate` writes it."""
    assert flow_schema_text(load_catalog()) == SCHEMA_FILE.read_text(encoding="utf-8")


def test_names_come_with_what_they_cost() -> None:
    """A price stands beside each name; what nobody prices says so, what runs here is free."""
    names = json.loads(flow_schema_text(load_catalog()))["definitions"]["uses"]["anyOf"][0]
    about = dict(zip(names["enum"], names["enumDescriptions"], strict=True))
    assert about["gen4_image"].endswith("Credits: 5–8/image.")
    assert about["gen4.5"].startswith("text_to_video, image_to_video. Credits: 12/s")
    assert about["generate/video"].endswith("Price unknown.")
    assert about["media/concat"].endswith("Free, done on this machine.")
