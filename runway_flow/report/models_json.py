"""The capability tables as plain data for programs."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING

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
    if is_dataclass(value) and not isinstance(value, type):
        found = {item.name: plain(getattr(value, item.name)) for item in fields(value)}
        return {name: item for name, item in found.items() if item not in (None, (), [], {}, "")}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if hasattr(value, "items"):
        return {str(key): plain(item) for key, item in value.items()}
    return value
