"""Descriptions of the API in OpenAPI's form, made from our own rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Data = dict[str, Any]

_KEYS = {
    "min": "minimum",
    "max": "maximum",
    "above": "exclusiveMinimum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
    "min_items": "minItems",
    "max_items": "maxItems",
    "default": "default",
}


def description_of(rows: Iterable[Mapping[str, Any]]) -> Data:
    """Describe rows of the table: a request for each path, a variant of its body for each row."""
    bodies: dict[str, list[Data]] = {}
    for row in rows:
        if not row.get("local"):
            bodies.setdefault(row["path"], []).append(_body(row))
    return {
        "openapi": "3.1.0",
        "info": {"title": "A made API", "version": "1"},
        "paths": {path: {"post": _request(path)} for path in bodies},
        "components": {"schemas": {_name(path): _variants(each) for path, each in bodies.items()}},
    }


def _request(path: str) -> Data:
    schema = {"$ref": f"#/components/schemas/{_name(path)}"}
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def _name(path: str) -> str:
    return path.removeprefix("/v1/").replace("/", "-").replace("{", "").replace("}", "")


def _variants(bodies: list[Data]) -> Data:
    if len(bodies) == 1:
        return bodies[0]
    return {"oneOf": bodies, "discriminator": {"propertyName": "model"}}


def _body(row: Mapping[str, Any]) -> Data:
    body = _object(row["params"])
    if row["model"] is not None:
        body["properties"]["model"] = {"type": "string", "const": row["model"]}
        body["required"].append("model")
    return body


def _object(fields: list[Data]) -> Data:
    return {
        "type": "object",
        "properties": {field.get("wire", field["name"]): _schema(field) for field in fields},
        "required": [field.get("wire", field["name"]) for field in fields if field.get("required")],
        "additionalProperties": False,
    }


def _schema(node: Data) -> Data:
    """Give the schema of a node, with its limits beside it."""
    stated = {theirs: node[ours] for ours, theirs in _KEYS.items() if ours in node}
    return {**_kind(node), **stated}


def _kind(node: Data) -> Data:
    if "values" in node:
        return {"type": node["type"], "enum": node["values"]}
    match node["type"]:
        case "media":
            kinds = "|".join(node["media"])
            forms = ("^https:\\/\\/.*", "^runway:\\/\\/.*", f"^data:({kinds})\\/.*")
            return {"anyOf": [{"type": "string", "minLength": 13, "pattern": form} for form in forms]}
        case "union":
            return {"anyOf": [_schema(variant) for variant in node["variants"]]}
        case "array":
            return {"type": "array", "items": _schema(node["items"])}
        case "map":
            return {"type": "object", "additionalProperties": _schema(node["map"])}
        case "object":
            return _object(node["fields"])
    return {"type": node["type"]}
