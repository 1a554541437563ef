"""The language in words: every key of a flow with its type, meaning, default and an example.

The texts stand once, in `data/language.json`: the schema for editors and the reference page are made of them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runway_flow.spec.structure import UNSUPPORTED_FLOW_KEYS, UNSUPPORTED_STEP_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Schema = dict[str, Any]

NOT_YET = "Not supported yet."
OWNERS = ("flow", "input", "step", "retry")
"""What has keys, in the order of a page."""


@cache
def load_language() -> Schema:
    """Give the language as it is written down: a JSON Schema of draft 7 whose keys `x-…` are for the page.

    What names models is left open: `uses`, `defaults`, `strict_step`, `loose_step` are for the catalogue.
    """
    text = Path(__file__).with_name("data").joinpath("language.json").read_text(encoding="utf-8")
    found: Schema = json.loads(text)
    for owner, keys in (("flow", UNSUPPORTED_FLOW_KEYS), ("step", UNSUPPORTED_STEP_KEYS)):
        for key in keys:
            part = _owner(found, owner)[key]
            part["description"] += f" {NOT_YET}"
            part |= {"doNotSuggest": True, "deprecationMessage": f"`{key}` is not supported yet."}
    return found


def keys_of(owner: str) -> Mapping[str, Schema]:
    """Give the keys of a `flow`, an `input`, a `step` or `retry`, with what is said of each."""
    return _owner(load_language(), owner)


def language_schema() -> Schema:
    """Give the schema of the language, without any model and without what only the page says."""
    found: Schema = _without_notes(load_language())
    return found


def _owner(language: Schema, owner: str) -> dict[str, Schema]:
    found: dict[str, Schema] = (language if owner == "flow" else language["definitions"][owner])["properties"]
    return found


def _without_notes(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, list):
        return [_without_notes(item) for item in value]
    if not isinstance(value, dict):
        return value
    return dict(_entries(value))


def _entries(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Go through what an editor reads; a description with Markdown stands twice, for editors that know it."""
    for key, item in value.items():
        if not key.startswith("x-"):
            yield key, _without_notes(item)
        if key == "description" and isinstance(item, str) and "`" in item:
            yield "markdownDescription", item
