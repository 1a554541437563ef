"""The schema for editors, ready to judge: whole flows, or what stands under `with`."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator

from runway_flow.catalog.loader import load_catalog
from runway_flow.catalog.selection import candidates
from runway_flow.catalog.verdict import Finding

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability

SCHEMA_FILE = Path(__file__).parents[2] / "schemas" / "flow.schema.json"


@cache
def schema() -> dict[str, Any]:
    """Give the schema as it is committed; a test of its own holds it to its sources."""
    found: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return found


@cache
def judge_of(name: str) -> Draft7Validator:
    """Give what judges values by one definition; empty: whole flows."""
    whole = schema()
    if not name:
        return Draft7Validator(whole)
    return Draft7Validator({"$ref": f"#/definitions/{name}", "definitions": whole["definitions"]})


def meaning(uses: str, *, step: str = "strict_step") -> dict[str, Any] | None:
    """Give what a name under `uses` asks of its step; None where no condition holds for the name."""
    node: dict[str, Any] | None = schema()["definitions"][step]
    while node is not None and "if" in node:
        pattern = node["if"]["properties"]["uses"]["pattern"]
        node = node["then"] if re.search(pattern, uses) else node.get("else")
    return node


def parameters_of(uses: str, *, step: str = "strict_step") -> str:
    """Give the name of the definition that judges `with`."""
    found = meaning(uses, step=step)
    assert found is not None, uses
    return str(found["properties"]["with"]["$ref"].rpartition("/")[2])


def is_accepted(uses: str, request: dict[str, Any]) -> bool:
    """Tell whether an editor has nothing to say of a step with these parameters."""
    found = meaning(uses)
    assert found is not None, uses
    ties = [tie["if"]["properties"]["with"] for tie in found.get("allOf", ())]
    is_tied = any(Draft7Validator(_whole(tie)).is_valid(request) for tie in ties)
    return not is_tied and judge_of(parameters_of(uses)).is_valid(request)


def _whole(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "definitions": schema()["definitions"]}


@cache
def named_rows() -> dict[str, Capability]:
    """Give the rows that a step can name, by the names that pin them."""
    catalog = load_catalog()
    return {row.uses: row for row in catalog.rows if not isinstance(candidates(catalog, row.uses), Finding)}


def without_nulls_in_lists(value: Any) -> Any:  # noqa: ANN401 - whatever YAML holds
    """Leave nulls out of lists: the schema counts them."""
    if isinstance(value, list):
        return [without_nulls_in_lists(item) for item in value if item is not None]
    if isinstance(value, dict):
        return {key: without_nulls_in_lists(item) for key, item in value.items()}
    return value
