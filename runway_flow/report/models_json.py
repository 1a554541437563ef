"""The capability tables as plain data for programs."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.catalog.capability import Capability


def models_document(rows: Iterable[Capability], date: str) -> dict[str, object]:
    """Give what `models --json` prints: every row whole, empty fields left out."""
    return {"version": 1, "table_date": date, "models": [plain(row) for row in rows]}


def plain(value: object) -> object:
    """Give a value of the tables as plain data; fields that are empty or None are left out."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Struct):
        found = {name: plain(item) for name, item in asdict(value).items()}
        return {name: item for name, item in found.items() if item not in (None, (), [], {}, "")}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if hasattr(value, "items"):
        return {str(key): plain(item) for key, item in value.items()}
    return value
