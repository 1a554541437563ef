"""What a source says of the API's parameters, without our knowledge: the same form for every source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Node = dict[str, Any]
"""A parameter, field, item or variant: `type`, and what goes with it; keys as in `capabilities.json`."""

Row = dict[str, Any]
"""A row of the table, or what a source says of it: endpoint, variant, model, path, params."""


@dataclass(frozen=True)
class Reading:
    """Everything that a source says. `told`: what the table says of its source.

    `unknown`: task endpoints of the source that the overlay does not have, as a maintainer finds them.
    """

    told: Mapping[str, str]
    rows: list[Row]
    unknown: list[str] = field(default_factory=list)


def rows_of(endpoint: str, entry: Mapping[str, Any], variants: Iterable[list[Node]]) -> Iterator[Row]:
    """Name each variant of an endpoint by its constant: the model, the mode of a recipe, or `*`.

    A variant whose constant has several values gives a row for each.
    """
    name = entry.get("discriminator")
    for fields in variants:
        constant = next((each for each in fields if each["name"] == name), None)
        is_model = name == "model" and constant is not None
        params = [each for each in fields if each is not constant] if is_model else fields
        for value in constant["values"] if constant is not None else ["*"]:
            yield {
                "endpoint": endpoint,
                "variant": value,
                "model": value if is_model else None,
                "path": entry["path"],
                "params": [_with_constant(each, constant, value) for each in params],
            }


def _with_constant(node: Node, constant: Node | None, value: object) -> Node:
    return {**node, "values": [value]} if node is constant else node


def children_of(node: Node, path: str) -> list[tuple[Node, str]]:
    """Give what is below a node with its path: `a[]` items, `a{}` values, `a.b` fields, `a|x` variants."""
    below = [(each, f"{path}.{each['name']}") for each in node.get("fields", ())]
    if "items" in node:
        below.append((node["items"], f"{path}[]"))
    if "map" in node:
        below.append((node["map"], f"{path}{{}}"))
    return below + [(each, f"{path}|{label_of(each)}") for each in node.get("variants", ())]


def label_of(variant: Node) -> str:
    """Name a variant of a union: its constant, its first required field, `values`, or its type."""
    fields: list[Node] = variant.get("fields", [])
    for each in fields:
        if len(each.get("values", ())) == 1:
            return str(each["values"][0])
    if fields:
        return str(next(each["name"] for each in fields if each.get("required")))
    return "values" if "values" in variant else str(variant["type"])


def row_key(row: Row) -> str:
    """Give the name under which a row stands in the overlay."""
    return f"{row['endpoint']}/{row['variant']}"


def in_order_of(rows: list[Row], known: Iterable[Row]) -> list[Row]:
    """Put rows, and all that is in them, in the order of a table; what it does not have comes last.

    Sources order freely what means the same; the table should change only where the meaning does.
    """
    places = {row_key(row): row for row in known}
    order = list(places)
    found = sorted(rows, key=lambda row: order.index(row_key(row)) if row_key(row) in places else len(order))
    return [_node_in_order(row, places.get(row_key(row), {})) for row in found]


def _node_in_order(node: Node, known: Node) -> Node:
    keys = [key for key in known if key in node] + [key for key in node if key not in known]
    return {key: _value_in_order(key, node[key], known.get(key)) for key in keys}


def _value_in_order(key: str, value: Any, known: Any) -> Any:  # noqa: ANN401 - plain data
    if key in ("params", "fields"):
        return _named_in_order(value, known or [], lambda each: str(each["name"]))
    if key == "variants":
        return _named_in_order(value, known or [], label_of)
    if key in ("items", "map"):
        return _node_in_order(value, known or {})
    if key == "values":
        before = [each for each in known or () if each in value]
        return before + [each for each in value if each not in before]
    return value


def _named_in_order(nodes: list[Node], known: list[Node], name: Any) -> list[Node]:  # noqa: ANN401 - a function
    places = {name(each): each for each in known}
    order = list(places)
    found = sorted(nodes, key=lambda each: order.index(name(each)) if name(each) in places else len(order))
    return [_node_in_order(each, places.get(name(each), {})) for each in found]
