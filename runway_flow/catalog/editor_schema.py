"""The JSON Schema for editors: the language, and what every model, endpoint and operation takes.

It completes and checks a flow while it is written; `validate` stays the judge. Where the two cannot agree,
because a schema sees neither expressions' values nor files nor sums, it keeps silent.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from runway_flow.catalog.editor_parts import COMMON, TEXT, Definitions, Schema, any_of, exactly
from runway_flow.catalog.editor_ratios import SPELLINGS
from runway_flow.catalog.editor_rows import by_name, uses_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog, Retired

DIALECT = "http://json-schema.org/draft-07/schema#"
"""Draft 7: the newest that all editors read."""

_UNKNOWN = "No model, endpoint/model or operation has this name; `runway-flow models` lists them."


def editor_schema(
    catalog: Catalog, language: Mapping[str, Any], price: Callable[[Capability], str]
) -> Schema:
    """Give the schema of flows that use the models of a table.

    `language`: the schema of the language without any model (`spec.language`). `price` says in a few words
    what a row costs.
    """
    schema: Schema = {"$schema": DIALECT, **copy.deepcopy(dict(language))}
    definitions = Definitions({**schema["definitions"], **COMMON, **SPELLINGS})
    uses = list(uses_of(catalog, definitions, price))
    retired = [] if catalog.takes_retired else list(catalog.retired.values())
    about = {name: use.about for use in uses for name in use.names}
    names = {
        "type": "string",
        "enum": list(about),
        "enumDescriptions": list(about.values()),
        "errorMessage": _UNKNOWN,
    }
    known = schema["definitions"] = definitions.kept
    # What is refused in words of its own must not be refused as unknown, too.
    others = [TEXT] if catalog.takes_unknown else [{**TEXT, "pattern": _pattern(each)} for each in retired]
    known["uses"] = any_of([names, *others])
    known["defaults"]["properties"] = {name: use.loose for use in uses for name in use.names}
    if retired:
        known["step"]["allOf"] = [_retired(each) for each in retired]
    known["strict_step"] = {"title": "step", **by_name(uses, is_strict=True)}
    known["loose_step"] = {"title": "step", **by_name(uses, is_strict=False)}
    return schema


def _pattern(retired: Retired) -> str:
    return exactly((retired.model, *(row.uses for row in retired.rows)))


def _retired(retired: Retired) -> Schema:
    """Refuse a retired model in words that say what to write instead."""
    since = f" since {retired.gone}" if retired.gone else ""
    instead = f"; write {retired.replacement}" if retired.replacement else ""
    names = {"type": "string", "pattern": _pattern(retired)}
    accepted: Schema = {"enum": [retired.replacement]} if retired.replacement else {"pattern": "^(?!)"}
    refusal = {**accepted, "errorMessage": f"{retired.model} is retired{since}{instead}."}
    return {
        "if": {"required": ["uses"], "properties": {"uses": names}},
        "then": {"properties": {"uses": refusal}},
    }


def render_schema(schema: Mapping[str, Any]) -> str:
    """Write a schema in ASCII, one definition a line: a change of the table is a readable difference."""
    head = {key: value for key, value in schema.items() if key != "definitions"}
    definitions = ",\n".join(_entries(schema["definitions"]))
    return "{\n" + ",\n".join([*_entries(head), f'"definitions": {{\n{definitions}\n}}']) + "\n}\n"


def _entries(found: Mapping[str, Any]) -> Iterator[str]:
    for key, value in found.items():
        yield f"{json.dumps(key)}: {json.dumps(value)}"
