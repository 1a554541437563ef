"""The committed schemas of what is printed, and a check of documents against them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

FOLDER = Path(__file__).resolve().parent.parent.parent / "schemas"
FILES = ("report.schema.json", "events.schema.json")


def read_schema(name: str) -> dict[str, Any]:
    """Read a committed schema."""
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found


@cache
def _validator(reference: str) -> Draft202012Validator:
    resources = [(name, Resource.from_contents(read_schema(name))) for name in FILES]
    registry: Registry[Any] = Registry().with_resources(resources)
    return Draft202012Validator({"$ref": reference}, registry=registry)


def faults(document: object, kind: str) -> list[str]:
    """Say what a document breaks; `kind` names a definition of the report schema, or `event`."""
    reference = "events.schema.json" if kind == "event" else f"report.schema.json#/$defs/{kind}"
    plain = json.loads(json.dumps(document))
    errors = _validator(reference).iter_errors(plain)
    return sorted(f"{error.json_path}: {error.message}" for error in errors)


def check_lines(text: str) -> list[dict[str, Any]]:
    """Check a stream of events line by line, its first and its last line too, and give the lines."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        assert faults(line, "event") == [], line
    types = [line["type"] for line in lines]
    assert types[0] == "version"
    assert types[-1] == "summary"
    assert types.count("version") == types.count("summary") == 1
    return lines
