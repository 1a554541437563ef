"""Reads an OpenAPI 3 description of the API: the bodies of its requests, with the limits that it states."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from runway_flow.spec.document import plain_data
from runway_flow.spec.reader import read_document
from scripts.readings import Node, Reading, Row, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Schema = dict[str, Any]

_SAFE_INTEGER = 2**53 - 1
"""Generators of descriptions write it where nobody states a limit."""

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_KINDS = re.compile("image|video|audio")
_NUMBERS = {"minimum": "min", "maximum": "max", "exclusiveMinimum": "above"}
_TEXTS = {"minLength": "min_length", "maxLength": "max_length", "pattern": "pattern"}
_LISTS = {"minItems": "min_items", "maxItems": "max_items"}
_MERGED = frozenset(("properties", "required"))


def load_description(path: Path) -> Schema:
    """Read a description from JSON or YAML. Raises `ValueError` for anything else."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        found = json.loads(text)
    else:
        document, findings = read_document(text, path.name)
        if document is None or findings:
            message = f"{path.name} is no YAML: {findings[0].message}"
            raise ValueError(message)
        found = plain_data(document.root)
    if not isinstance(found, dict) or not str(found.get("openapi", "")).startswith("3."):
        message = f"{path.name} is no OpenAPI 3 description"
        raise ValueError(message)
    return found


def read_openapi(description: Schema, overlay: Mapping[str, Any]) -> Reading:
    """Give what a description says of every endpoint that the overlay knows.

    Raises `ValueError` for a reference that leads nowhere or to itself.
    """
    schemas = _Schemas(description)
    bodies = {_anonymous(path): body for path, body in _bodies(description, schemas)}
    rows: list[Row] = []
    for endpoint, entry in overlay["endpoints"].items():
        body = bodies.pop(_anonymous(entry["path"]), None)
        if body is not None:
            rows += rows_of(endpoint, entry, map(schemas.fields, schemas.alternatives(body)))
    others = set(map(_anonymous, overlay["other_paths"]))
    unknown = [f"the request POST {path}" for path in bodies if path not in others]
    info = description.get("info", {})
    return Reading(
        {"description": f"{info.get('title', '')} {info.get('version', '')}".strip()}, rows, unknown
    )


def _anonymous(path: str) -> str:
    """Forget the names of the parts of a path that are filled in."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def _bodies(description: Schema, schemas: _Schemas) -> Iterator[tuple[str, Schema]]:
    """Go through the bodies of POST requests."""
    for path, item in description.get("paths", {}).items():
        request = schemas.resolved(item).get("post")
        if request is None:
            continue
        content = schemas.resolved(request.get("requestBody", {})).get("content", {})
        yield path, schemas.resolved(content.get("application/json", {}).get("schema", {}))


class _Schemas:
    """The schemas of one description, their references followed."""

    def __init__(self, description: Schema) -> None:
        self._root = description

    def resolved(self, schema: Schema) -> Schema:
        """Follow references, and join what `allOf` holds."""
        seen = []
        while "$ref" in schema:
            reference = schema["$ref"]
            if reference in seen:
                message = f"{reference} leads to itself"
                raise ValueError(message)
            seen.append(reference)
            schema = {**self._at(reference), **{key: value for key, value in schema.items() if key != "$ref"}}
        for part in schema.get("allOf", ()):
            schema = _joined(schema, self.resolved(part))
        return schema

    def _at(self, reference: str) -> Schema:
        found: Any = self._root
        for name in reference.removeprefix("#/").split("/"):
            found = (found or {}).get(name.replace("~1", "/").replace("~0", "~"))
        if found is None:
            message = f"there is no {reference}"
            raise ValueError(message)
        return dict(found)

    def alternatives(self, schema: Schema) -> list[Schema]:
        """Give what a union is made of, unions in it taken apart; null is none of it."""
        schema = self.resolved(schema)
        parts = schema.get("oneOf") or schema.get("anyOf")
        if parts is None:
            types = _types(schema)
            return [{**schema, "type": each} for each in types if each != "null"] if types else [schema]
        rest = {key: value for key, value in schema.items() if key in _MERGED}
        return [each for part in parts for each in self.alternatives(_joined(rest, self.resolved(part)))]

    def fields(self, schema: Schema) -> list[Node]:
        """Describe the properties of an object, in their order."""
        required = schema.get("required", ())
        return [
            self._field(wire, each, is_required=wire in required)
            for wire, each in schema.get("properties", {}).items()
        ]

    def _field(self, wire: str, schema: Schema, *, is_required: bool) -> Node:
        node: Node = {"name": _CAPITAL.sub("_", wire).lower()}
        if node["name"] != wire:
            node["wire"] = wire
        if is_required:
            node["required"] = True
        node.update(self.shape(schema))
        default = self.resolved(schema).get("default")
        return node if default is None else {**node, "default": default}

    def shape(self, schema: Schema) -> Node:
        """Describe a schema. One that says nothing is `unknown`."""
        parts = self.alternatives(schema)
        forms = [form for part in parts if "data:" in (form := str(part.get("pattern", "")))]
        kinds = [kind for form in forms for kind in _KINDS.findall(form)]
        # The overlay speaks of addresses as the SDK has them: as texts. What they lead to stands beside.
        address: Node = {"type": "string", "media": list(dict.fromkeys(kinds))}
        shapes = [address] if kinds else []
        shapes += [self._plain(part) for part in parts if not (kinds and _is_address(part))]
        shapes = _one_of_each(shapes) or [{"type": "unknown"}]
        return shapes[0] if len(shapes) == 1 else {"type": "union", "variants": shapes}

    def _plain(self, schema: Schema) -> Node:
        """Describe a schema that is no union."""
        values = (
            [schema["const"]]
            if "const" in schema
            else [each for each in schema.get("enum", ()) if each is not None]
        )
        if values:
            return {"type": _type_of(values), "values": values}
        match schema.get("type"):
            case "string":
                return {"type": "string", **_stated(schema, _TEXTS)}
            case "integer" | "number" as kind:
                return {"type": kind, **_bounds(schema)}
            case "boolean":
                return {"type": "boolean"}
            case "array":
                return {
                    "type": "array",
                    "items": self.shape(schema.get("items", {})),
                    **_stated(schema, _LISTS),
                }
        return self._mapping(schema)

    def _mapping(self, schema: Schema) -> Node:
        if "properties" in schema:
            return {"type": "object", "fields": self.fields(schema)}
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and more:
            return {"type": "map", "map": self.shape(more)}
        return {"type": "unknown"}


def _joined(schema: Schema, part: Schema) -> Schema:
    """Put two schemas that both hold into one."""
    both = {**part, **{key: value for key, value in schema.items() if key != "allOf"}}
    properties = {**part.get("properties", {}), **schema.get("properties", {})}
    required = [*part.get("required", ()), *schema.get("required", ())]
    merged = {"properties": properties, "required": list(dict.fromkeys(required))}
    return {**both, **{key: value for key, value in merged.items() if value}}


def _types(schema: Schema) -> list[str]:
    kind = schema.get("type", [])
    return [kind] if isinstance(kind, str) else list(kind)


def _type_of(values: list[Any]) -> str:
    """Name the type of values: whole numbers are integers, whatever the schema calls them."""
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return kinds[type(values[0])]


def _is_address(part: Schema) -> bool:
    return part.get("type") == "string" and "enum" not in part and "const" not in part


def _stated(schema: Schema, keys: Mapping[str, str]) -> Node:
    return {ours: schema[theirs] for theirs, ours in keys.items() if schema.get(theirs) is not None}


def _bounds(schema: Schema) -> Node:
    """Give the bounds of a number; those that no number of JSON passes are none."""
    found = {key: each for key, each in _stated(schema, _NUMBERS).items() if abs(each) < _SAFE_INTEGER}
    if found.get("above") is True:  # as OpenAPI 3.0 writes it
        found["above"] = found.pop("min")
    elif found.get("above") is False:
        del found["above"]
    return {key: int(each) if each == int(each) else each for key, each in found.items()}


def _one_of_each(shapes: list[Node]) -> list[Node]:
    """Join the values of a type, and drop what is said twice; texts of any kind are said once."""
    joined: list[Node] = []
    for shape in shapes:
        same = next((each for each in joined if _is_same(each, shape)), None)
        if same is None:
            joined.append(shape)
        elif "values" in shape:
            same["values"] = [
                *same["values"],
                *(each for each in shape["values"] if each not in same["values"]),
            ]
        elif shape != same:
            for key in shape.keys() ^ same.keys() | {key for key in shape if shape[key] != same.get(key)}:
                same.pop(key, None)
    return joined


def _is_same(one: Node, other: Node) -> bool:
    if "values" in one or "values" in other:
        return "values" in one and "values" in other and one["type"] == other["type"]
    return one == other or one["type"] == other["type"] == "string"
