"""The JSON Schema of flows as the text that editors read: models, language and prices joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.editor_schema import editor_schema, render_schema
from runway_flow.report.price_text import short_price
from runway_flow.spec.language import language_schema

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog


def flow_schema_text(catalog: Catalog) -> str:
    """Give the schema of flows that use the models of a table, as `schemas/flow.schema.json` holds it."""
    return render_schema(editor_schema(catalog, language_schema(), _price))


def _price(row: Capability) -> str:
    if row.is_local:
        return "free, done on this machine"
    price = short_price(row)
    return "price unknown" if price == "?" else f"credits: {price}"
