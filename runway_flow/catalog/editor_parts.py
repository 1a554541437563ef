"""The parts that the editor schema is made of: forms of values, and definitions that are shared."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Schema = dict[str, Any]
"""A JSON Schema (draft 7: the newest that every editor knows), or a part of one."""

EXPRESSION: Schema = {"$ref": "#/definitions/expression"}
NOTHING: Schema = {"$ref": "#/definitions/nothing"}
NULL: Schema = {"title": "null", "type": "null"}
PINNED: Schema = {"$ref": "#/definitions/pinned_address"}
TEXT: Schema = {"type": "string"}

COMMON: dict[str, Schema] = {
    "expression": {"title": "expression", "type": "string", "pattern": r"\$\{\{"},
    # Not `NULL`: editors would then offer null wherever a value may be left out.
    "nothing": {"not": {"type": ["string", "number", "boolean", "array", "object"]}},
    "pinned_address": {
        "title": "pinned address",
        "description": "An address whose content is held to a SHA-256 digest.",
        "type": "object",
        "additionalProperties": False,
        "required": ["url", "sha256"],
        "properties": {
            "url": {"type": "string", "description": "Where the medium is: `https://…`."},
            "sha256": {"type": "string", "description": "SHA-256 of its bytes, in hexadecimal digits."},
        },
    },
}
"""Definitions that every editor schema has."""


class Definitions:
    """Parts that are used more than once: equal ones are kept once, under a readable name.

    `known`: definitions that there are already, whose names are taken.
    """

    def __init__(self, known: Mapping[str, Schema]) -> None:
        self.kept: dict[str, Schema] = dict(known)
        self._names: dict[str, str] = {}

    def share(self, name: str, schema: Schema) -> Schema:
        """Keep a schema, and give the reference to it; equal schemas have one name."""
        text = json.dumps(schema, sort_keys=True)
        if text not in self._names:
            found, number = name, 1
            while found in self.kept:
                number += 1
                found = f"{name}_{number}"
            self.kept[found] = schema
            self._names[text] = found
        return {"$ref": f"#/definitions/{self._names[text]}"}


def any_of(forms: Iterable[Schema]) -> Schema:
    """Join forms of a value; the first is the one that an editor speaks of when none fits."""
    different: list[Schema] = []
    for form in forms:
        if form not in different:
            different.append(form)
    if TEXT in different and EXPRESSION in different:
        different.remove(EXPRESSION)
    return different[0] if len(different) == 1 else {"anyOf": different}


def titled(schema: Schema, name: str) -> Schema:
    """Give each form of a value a title, the first that of the value itself.

    Where forms have none, an editor takes them for one another and shows the texts of all of them at once.
    """
    forms = [
        form if "$ref" in form or "title" in form else {"title": name if not number else _kind(form), **form}
        for number, form in enumerate(schema.get("anyOf", ()))
    ]
    return {**schema, "anyOf": forms} if forms else schema


def _kind(form: Schema) -> str:
    return str(form.get("type", "value"))


def described(schema: Schema, **words: object) -> Schema:
    """Put title, description, default and examples in front of a schema; what is empty is left out.

    Words with Markdown in them are there twice, since not every editor reads the second key.
    """
    found = {key: value for key, value in words.items() if value not in (None, "", [])}
    text = found.get("description")
    if isinstance(text, str) and "`" in text:
        found["markdownDescription"] = text
    return {**found, **schema}


def exactly(words: Iterable[str]) -> str:
    """Write the pattern of a text that is one of some words.

    Editors take the beginning of a constant for the constant while one types; a pattern they hold to.
    """
    escaped = [re.sub(r"([.*+?^${}()|\[\]\\/])", r"\\\1", word) for word in words]
    return f"^(?:{'|'.join(escaped)})$"


def sentence(text: str) -> str:
    """Give words as a sentence: with a capital at its beginning and a full stop at its end."""
    return f"{text[0].upper()}{text[1:].removesuffix('.')}." if text else ""


def is_given(path: Sequence[str], wanted: Schema) -> Schema:
    """Say that something stands at a path of names, and what it is."""
    name, *rest = path
    below = is_given(rest, wanted) if rest else wanted
    return {"type": "object", "required": [name], "properties": {name: below}}
