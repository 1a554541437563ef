"""Reads the parameter types of the runwayml SDK, the installed one or another."""

from __future__ import annotations

import collections.abc
import importlib
import types
import typing
from typing import TYPE_CHECKING, Any

import typing_extensions

from scripts.readings import Node, Reading, Row, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNION_ORIGINS = (typing.Union, types.UnionType)
_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean"}
_REQUIRED = (typing.Required, typing_extensions.Required)
_DECORATIONS = (*_REQUIRED, typing.NotRequired, typing_extensions.NotRequired)


def read_sdk(overlay: Mapping[str, Any]) -> Reading:
    """Give what the SDK that Python finds first says of every endpoint that the overlay knows.

    Raises `ModuleNotFoundError` without an SDK, `TypeError` for an annotation of a new kind.
    """
    rows: list[Row] = []
    for endpoint, entry in overlay["endpoints"].items():
        found = find_type(entry["type"])
        if found is not None:
            rows += rows_of(endpoint, entry, map(fields_of, variants_of(found)))
    known = {entry["type"] for entry in overlay["endpoints"].values()} | set(overlay["other_types"])
    unknown = [f"the type {name}" for name in task_type_names() if name not in known]
    told = str(importlib.import_module("runwayml").__version__)
    return Reading({"sdk": told}, rows, unknown)


def find_type(name: str) -> object | None:
    """Give a parameter type by its name below `runwayml.types`: `TextToImageCreateParams`, `generate.X`."""
    module, _, attribute = f"runwayml.types.{name}".rpartition(".")
    found: object | None = getattr(importlib.import_module(module), attribute, None)
    return found


def task_type_names() -> list[str]:
    """Give the names of all types of parameters that the SDK exports, for finding new endpoints."""
    names = []
    for module_name, prefix in (("runwayml.types", ""), ("runwayml.types.generate", "generate.")):
        module = importlib.import_module(module_name)
        names += [prefix + name for name in dir(module) if name.endswith("Params")]
    return sorted(names)


def variants_of(parameters: object) -> list[type]:
    """Give the TypedDicts that a parameter type is made of: one, or each member of a union."""
    if typing.get_origin(parameters) in _UNION_ORIGINS:
        return list(typing.get_args(parameters))
    return [typing.cast("type", parameters)]


def fields_of(typed_dict: type) -> list[Node]:
    """Describe every key of a TypedDict in the order of its source."""
    if getattr(typed_dict, "__total__", True):
        message = f"{typed_dict} is total: its keys would need another reading of «required»"
        raise TypeError(message)
    hints = typing_extensions.get_type_hints(typed_dict, include_extras=True)
    return [_field(name, hint) for name, hint in hints.items()]


def _field(name: str, hint: object) -> Node:
    inner, alias = _undecorated(hint)
    node: Node = {"name": name}
    if alias is not None and alias != name:
        node["wire"] = alias
    # `__required_keys__` is empty for annotations that are text, so the decoration itself is read.
    if typing.get_origin(hint) in _REQUIRED:
        node["required"] = True
    node.update(shape_of(inner))
    return node


def _undecorated(hint: object) -> tuple[object, str | None]:
    """Take off `Required[…]` and `Annotated[…]`; give the wire name that `PropertyInfo(alias=…)` says."""
    alias: str | None = None
    while True:
        origin = typing.get_origin(hint)
        if origin in _DECORATIONS:
            hint = typing.get_args(hint)[0]
        elif hasattr(hint, "__metadata__"):
            arguments = typing.get_args(hint)
            alias = next((extra.alias for extra in arguments[1:] if getattr(extra, "alias", None)), alias)
            hint = arguments[0]
        else:
            return hint, alias


def shape_of(hint: object) -> Node:
    """Describe an annotation. A type that says nothing (`object`) is `unknown`.

    Raises `TypeError` for a construct that it has never seen.
    """
    hint, _ = _undecorated(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is object:
        return {"type": "unknown"}
    if isinstance(hint, type) and hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    if origin is typing.Literal:
        return {"type": _SCALARS[type(arguments[0])], "values": list(arguments)}
    if origin in _UNION_ORIGINS:
        return {"type": "union", "variants": [shape_of(argument) for argument in arguments]}
    if origin is dict:
        return {"type": "map", "map": shape_of(arguments[1])}
    if _is_sequence(origin):
        return {"type": "array", "items": shape_of(arguments[0])}
    if typing_extensions.is_typeddict(hint):
        return {"type": "object", "fields": fields_of(typing.cast("type", hint))}
    message = f"an annotation of a new kind: {hint!r}"
    raise TypeError(message)


def _is_sequence(origin: object) -> bool:
    if not isinstance(origin, type):
        return False
    return issubclass(origin, collections.abc.Iterable) or origin.__name__ == "SequenceNotStr"
