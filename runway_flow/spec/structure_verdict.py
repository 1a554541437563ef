"""Whether a document has the structure that a JSON Schema asks for: yes or no, fast, without jsonschema.

Only the keywords that `data/flow_structure.json` uses are known. What is wrong is for jsonschema to
explain; a test holds both to the same verdict. It costs a tenth of jsonschema's time, and spares a
valid flow its import.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as AbstractMapping
from typing import TYPE_CHECKING, Any

from runway_flow.spec.document import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable

Verdict = Callable[[Node], bool]


def compile_schema(schema: AbstractMapping[str, Any]) -> Verdict:
    """Give the function that tells whether a node is valid against a schema.

    Raises `ValueError` for a keyword that is not known here.
    """
    return _Compiler(schema.get("$defs", {})).compile(schema)


_ANNOTATIONS = frozenset(("$schema", "$defs", "title", "description", "properties", "patternProperties"))


class _Compiler:
    """Schemas to functions; `$ref` is only `#/$defs/NAME`."""

    def __init__(self, definitions: AbstractMapping[str, Any]) -> None:
        self._definitions = definitions
        self._keywords: dict[str, Callable[[Any, AbstractMapping[str, Any]], Verdict]] = {
            "$ref": lambda value, _: self.compile(self._definitions[value.removeprefix("#/$defs/")]),
            "type": lambda value, _: _type([value] if isinstance(value, str) else value),
            "const": lambda value, _: _enum([value]),
            "enum": lambda value, _: _enum(value),
            "minimum": lambda value, _: lambda node: not _is_number(node) or _number(node) >= value,
            "minItems": lambda value, _: (
                lambda node: not isinstance(node, Sequence) or len(node.items) >= value
            ),
            "minProperties": lambda value, _: (
                lambda node: not isinstance(node, Mapping) or len(node.entries) >= value
            ),
            "required": lambda value, _: _required(value),
            "items": lambda value, _: self._items(value),
            "additionalProperties": self._properties,
        }

    def compile(self, schema: AbstractMapping[str, Any] | bool) -> Verdict:  # noqa: FBT001 - JSON Schema's own
        if isinstance(schema, bool):
            return lambda _: schema
        verdicts: list[Verdict] = []
        for keyword, value in schema.items():
            if keyword in self._keywords:
                verdicts.append(self._keywords[keyword](value, schema))
            elif keyword not in _ANNOTATIONS:
                raise ValueError(f"the keyword {keyword} is not known")
        if len(verdicts) == 1:
            return verdicts[0]
        return lambda node: all(verdict(node) for verdict in verdicts)

    def _items(self, schema: AbstractMapping[str, Any]) -> Verdict:
        verdict = self.compile(schema)
        return lambda node: not isinstance(node, Sequence) or all(map(verdict, node.items))

    def _properties(self, additional: Any, schema: AbstractMapping[str, Any]) -> Verdict:  # noqa: ANN401
        known = {name: self.compile(part) for name, part in schema.get("properties", {}).items()}
        patterns = [
            (re.compile(pattern), self.compile(part))
            for pattern, part in schema.get("patternProperties", {}).items()
        ]
        others = self.compile(additional)

        def judge(node: Node) -> bool:
            if not isinstance(node, Mapping):
                return True
            for entry in node.entries:
                verdict = known.get(entry.key)
                if verdict is None:
                    verdict = next((found for rule, found in patterns if rule.search(entry.key)), others)
                if not verdict(entry.value):
                    return False
            return True

        return judge


def _required(names: Iterable[str]) -> Verdict:
    wanted = frozenset(names)

    def judge(node: Node) -> bool:
        return not isinstance(node, Mapping) or wanted <= {entry.key for entry in node.entries}

    return judge


def _enum(values: Iterable[object]) -> Verdict:
    accepted = frozenset((isinstance(value, bool), value) for value in values)

    def judge(node: Node) -> bool:
        return isinstance(node, Scalar) and (isinstance(node.value, bool), node.value) in accepted

    return judge


def _is_number(node: Node) -> bool:
    return (
        isinstance(node, Scalar) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
    )


def _number(node: Node) -> float:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, (int, float)) else 0


def _is_integer(node: Node) -> bool:
    """JSON Schema counts 5.0 as an integer (draft 2020-12, 4.2.3)."""
    return _is_number(node) and float(_number(node)).is_integer()


_TYPES: dict[str, Verdict] = {
    "object": lambda node: isinstance(node, Mapping),
    "array": lambda node: isinstance(node, Sequence),
    "string": lambda node: isinstance(node, Scalar) and isinstance(node.value, str),
    "boolean": lambda node: isinstance(node, Scalar) and isinstance(node.value, bool),
    "null": lambda node: isinstance(node, Scalar) and node.value is None,
    "number": _is_number,
    "integer": _is_integer,
}


def _type(names: Iterable[str]) -> Verdict:
    verdicts = [_TYPES[name] for name in names]
    if len(verdicts) == 1:
        return verdicts[0]
    return lambda node: any(verdict(node) for verdict in verdicts)
