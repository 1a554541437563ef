"""Reads the capability table from its data file; each row is built when it is first asked for."""

from __future__ import annotations

import json
from functools import cache, partial
from pathlib import Path
from typing import Any

from runway_flow.catalog.capability import (
    Capability,
    OutputSpec,
    Param,
    ParamType,
    Price,
    Rule,
    Shape,
)
from runway_flow.catalog.catalog import Catalog, Retired, RowSource
from runway_flow.kernel.media import MediaKind

Raw = dict[str, Any]

_TYPES = {kind.value: kind for kind in ParamType}
_KINDS = {kind.value: kind for kind in MediaKind}


@cache
def load_catalog() -> Catalog:
    """Give the table that this version ships with; it is read once in a process."""
    # importlib.resources would cost a cold process 10 ms; the package is always installed as files.
    text = Path(__file__).with_name("data").joinpath("capabilities.json").read_text(encoding="utf-8")
    return read_catalog(json.loads(text))


def read_catalog(table: Raw) -> Catalog:
    """Make a catalogue of the parsed table."""
    return Catalog(
        tuple(map(_source_of, table["rows"])),
        date=table["date"],
        api_version=table["api_version"],
        retired={name: _build_retired(name, entry) for name, entry in table["retired"].items()},
        planned=table["planned"],
        typical_seconds={
            kind: entry for kind, entry in table["typical_seconds"].items() if isinstance(entry, dict)
        },
    )


def _source_of(row: Raw) -> RowSource:
    """Give what is known of a row before it is built."""
    return RowSource(
        row["endpoint"], row["variant"], row.get("model"), row.get("local", False), partial(build_row, row)
    )


def _build_retired(name: str, entry: Raw) -> Retired:
    return Retired(
        name,
        gone=entry.get("gone"),
        replacement=entry.get("replacement"),
        note=entry.get("note", ""),
        stands_for=entry.get("stands_for"),
        sources=tuple(map(_source_of, entry.get("rows", ()))),
    )


def build_row(row: Raw) -> Capability:
    """Build one row."""
    return Capability(
        endpoint=row["endpoint"],
        variant=row["variant"],
        model=row.get("model"),
        path=row["path"],
        params=tuple(map(_build_param, row["params"])),
        output=_build_output(row["output"]),
        price=_build_price(row.get("price", {})),
        rules=tuple(
            Rule(rule["rule"], {key: value for key, value in rule.items() if key != "rule"})
            for rule in row.get("rules", ())
        ),
        is_local=row.get("local", False),
        version=row.get("version", 1),
        since=row.get("since"),
        description=row.get("description", ""),
    )


def _build_param(raw: Raw) -> Param:
    tiers = raw.get("tiers")
    only_when = raw.get("only_when")
    return Param(
        name=raw["name"],
        wire=raw.get("wire") or raw["name"],
        shape=_build_shape(raw),
        required=raw.get("required", False),
        default=raw.get("default"),
        tiers={value: tier for tier, values in tiers.items() for value in values} if tiers else {},
        only_when={name: tuple(values) for name, values in only_when.items()} if only_when else {},
        description=raw.get("description", ""),
    )


def _build_shape(raw: Raw) -> Shape:
    values = raw.get("values")
    items, map_ = raw.get("items"), raw.get("map")
    return Shape(
        type=_TYPES[raw["type"]],
        values=tuple(values) if values is not None else None,
        minimum=raw.get("min"),
        maximum=raw.get("max"),
        exclusive_minimum=raw.get("above"),
        min_length=raw.get("min_length"),
        max_length=raw.get("max_length"),
        length_unit="utf16_code_units",
        pattern=raw.get("pattern"),
        min_items=raw.get("min_items"),
        max_items=raw.get("max_items"),
        media=tuple(_KINDS[kind] for kind in raw.get("media", ())),
        fields=tuple(map(_build_param, raw.get("fields", ()))),
        items=_build_shape(items) if items is not None else None,
        values_shape=_build_shape(map_) if map_ is not None else None,
        variants=tuple(map(_build_shape, raw.get("variants", ()))),
        limits=raw.get("limits", {}),
        is_seconds=raw.get("seconds", False),
    )


def _build_output(raw: Raw) -> OutputSpec:
    return OutputSpec(
        kind=_KINDS[raw["kind"]],
        count=raw.get("count", 1),
        media_type=raw.get("media_type"),
        format_param=raw.get("format_param"),
        formats=raw.get("formats", {}),
        has_audio=raw.get("has_audio"),
        kind_of=raw.get("kind_of"),
    )


def _build_price(raw: Raw) -> Price:
    rest = {key: value for key, value in raw.items() if key not in ("unit", "rates")}
    return Price(raw.get("unit"), tuple(raw.get("rates", ())), rest)
