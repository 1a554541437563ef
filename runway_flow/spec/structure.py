"""Whether a document has the structure of a flow, and what is wrong with it, place by place."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Span, sorted_diagnostics
from runway_flow.kernel.suggest import did_you_mean, nearest
from runway_flow.spec.document import Document, Mapping, Node, Scalar, Sequence, plain_data
from runway_flow.spec.scalars import YAML_1_1_SWITCHES
from runway_flow.spec.structure_hints import FLOW_KEYS, INPUT_KEYS, RETRY_KEYS, STEP_KEYS, hint_for_key
from runway_flow.spec.structure_verdict import Verdict, compile_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

LANGUAGE_VERSION = 1
"""The version of the language that this program reads."""


def check_structure(document: Document) -> tuple[Diagnostic, ...]:
    """Give every finding about keys, types and plain values of a flow, in source order.

    Parameters under `with`, names and expressions are judged elsewhere.
    """
    findings = list(_unsupported(document.root))
    if not is_flow_structure(document.root):
        findings += _explain(document.root)
    return sorted_diagnostics(findings)


def is_flow_structure(root: Node) -> bool:
    """Tell whether a document has the structure of a flow, parts that are not supported yet included."""
    return _verdict()(root)


@cache
def flow_schema() -> dict[str, Any]:
    """Give the JSON Schema of a flow's structure."""
    text = Path(__file__).with_name("data").joinpath("flow_structure.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def _verdict() -> Verdict:
    return compile_schema(flow_schema())


@cache
def _step_verdict() -> Verdict:
    schema = flow_schema()
    return compile_schema({**schema["$defs"]["step"], "$defs": schema["$defs"]})


@cache
def _validator() -> Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(flow_schema())


def _explain(root: Node) -> Iterator[Diagnostic]:
    if isinstance(root, Scalar) and root.value is None:
        hint = "a flow begins with `version: 1` and has `steps`"
        yield Diagnostic(codes.MISSING_KEY, "the flow is empty", root.span, hint=hint)
        return
    shown = _without_valid_steps(root)
    for error in _validator().iter_errors(cast("Any", plain_data(shown))):
        yield from _diagnose(shown, error)


def _without_valid_steps(root: Node) -> Node:
    """Leave out what needs no explanation: jsonschema takes about a millisecond a step."""
    entry = root.find("steps") if isinstance(root, Mapping) else None
    if not isinstance(root, Mapping) or entry is None or not isinstance(entry.value, Mapping):
        return root
    judge = _step_verdict()
    steps = [step for step in entry.value.entries if not judge(step.value)] or entry.value.entries[:1]
    smaller = type(entry)(entry.key, entry.key_span, Mapping(tuple(steps), entry.value.span))
    return Mapping(tuple(smaller if item is entry else item for item in root.entries), root.span)


def _diagnose(root: Node, error: ValidationError) -> Iterator[Diagnostic]:
    path = list(error.absolute_path)
    node, place = _follow(root, path)
    kind = _kind(path)
    if error.validator == "additionalProperties" and isinstance(node, Mapping):
        accepted = set(error.schema.get("properties", {})) if isinstance(error.schema, dict) else set()
        for entry in node.entries:
            is_free = not path and entry.key.startswith("x-")
            if entry.key not in accepted and not is_free:
                yield _unknown_key(entry.key, entry.key_span, kind)
    elif error.validator == "required" and isinstance(node, Mapping):
        for name in cast("list[str]", error.validator_value):
            if node.find(name) is None and not _is_misspelt(name, node, kind):
                yield _missing(name, place, kind, path)
    else:
        yield _wrong(error, node, path)


def _is_misspelt(name: str, node: Mapping, kind: str) -> bool:
    """Tell whether a missing key is there under a name much like it, which is a finding already."""
    return any(entry.key not in _KEYS[kind] and nearest(entry.key, (name,)) for entry in node.entries)


def _follow(root: Node, path: list[str | int]) -> tuple[Node, Span]:
    """Give the node at a path, and where it is named: its key, else itself."""
    node, place = root, _first_line(root.span)
    for part in path:
        node, place = _child(node, part)
    return node, place


def _child(node: Node, part: str | int) -> tuple[Node, Span]:
    if isinstance(node, Sequence):
        item = node.items[int(part)]
        return item, item.span
    entry = node.find(str(part)) if isinstance(node, Mapping) else None
    return (node, node.span) if entry is None else (entry.value, entry.key_span)


def _first_line(span: Span) -> Span:
    return Span(span.path, span.line, span.column, span.line, span.column)


_OWNERS = {"flow": "a flow", "step": "a step", "input": "an input", "retry": "`retry`"}
_KEYS = {"flow": FLOW_KEYS, "step": STEP_KEYS, "input": INPUT_KEYS, "retry": RETRY_KEYS}
_STEP_DEPTH = 2


def _kind(path: list[str | int]) -> str:
    if not path:
        return "flow"
    if len(path) > _STEP_DEPTH:
        return "retry"
    return "step" if path[0] == "steps" else "input"


def _unknown_key(key: str, span: Span, kind: str) -> Diagnostic:
    return Diagnostic(
        codes.UNKNOWN_KEY,
        f"`{key}` is not a key of {_OWNERS[kind]}",
        span,
        hint=hint_for_key(key, kind),
        notes=(f"accepted: {' '.join(_KEYS[kind])}",),
    )


def _missing(name: str, place: Span, kind: str, path: list[str | int]) -> Diagnostic:
    owner = f"the {kind} `{path[-1]}`" if path else "the flow"
    hints = {
        "version": "begin the file with `version: 1`",
        "steps": "write what runs below `steps:`",
        "uses": "name the model or operation: `uses: gen4.5`",
        "type": "name the type: `type: string`",
    }
    return Diagnostic(codes.MISSING_KEY, f"{owner} has no `{name}`", place, hint=hints[name])


_TYPE_NAMES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "`true` or `false`",
    "null": "nothing",
}


def _wrong(error: ValidationError, node: Node, path: list[str | int]) -> Diagnostic:
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    subject = f"`{name}`" if name else "a flow"
    value = cast("Any", error.validator_value)
    if name == "version" and len(path) == 1:
        return _version(node)
    if error.validator == "type":
        return _wrong_type(subject, [value] if isinstance(value, str) else value, node, path)
    if error.validator == "enum":
        shown = node.value if isinstance(node, Scalar) else _describe(node)
        return Diagnostic(
            codes.STRUCTURE_VALUE,
            f"`{shown}` is not a value of {subject}",
            _short(node),
            hint=did_you_mean(str(shown), value),
            notes=(f"accepted: {' '.join(value)}",),
        )
    if error.validator == "minimum":
        message = f"{subject} is at least {value}"
        return Diagnostic(codes.STRUCTURE_VALUE, message, node.span, hint=f"write {value} or more")
    message = f"{subject} needs at least one entry"
    return Diagnostic(codes.STRUCTURE_VALUE, message, _short(node), hint="write one, or leave the key out")


def _version(node: Node) -> Diagnostic:
    shown = node.value if isinstance(node, Scalar) and node.value is not None else _describe(node)
    message = f"`{shown}` is not a version of the language that can be read here"
    if isinstance(node, Scalar) and node.value == str(LANGUAGE_VERSION):
        message = "`version` is a number, not a text"
    hint = f"write `version: {LANGUAGE_VERSION}`"
    if isinstance(node, Scalar) and isinstance(node.value, int) and node.value > LANGUAGE_VERSION:
        hint += ", or use a newer runway-flow"
    return Diagnostic(codes.LANGUAGE_VERSION, message, _short(node), hint=hint)


def _wrong_type(subject: str, accepted: list[str], node: Node, path: list[str | int]) -> Diagnostic:
    names = [_TYPE_NAMES[name] for name in accepted if name != "null"]
    wanted = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
    hint = None
    if isinstance(node, Scalar) and isinstance(node.value, str) and "${{" in node.value:
        hint = f"{subject} takes no expression"
    elif len(path) == _STEP_DEPTH and path[0] == "inputs" and isinstance(node, Scalar):
        hint = f"write `{path[-1]}: {{type: {node.value or 'string'}}}`"
    elif (
        accepted == ["boolean"] and isinstance(node, Scalar) and str(node.value).lower() in YAML_1_1_SWITCHES
    ):
        hint = f"write `{YAML_1_1_SWITCHES[str(node.value).lower()]}`"
    elif accepted == ["string"] and isinstance(node, Scalar) and node.value is not None:
        hint = f'put it in quotes: `"{_yaml(node.value)}"`'
    message = f"{subject} takes {wanted}, not {_describe(node)}"
    return Diagnostic(codes.STRUCTURE_TYPE, message, _short(node), hint=hint)


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _describe(node: Node) -> str:
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    if node.value is None:
        return "nothing"
    if isinstance(node.value, bool):
        return f"`{_yaml(node.value)}`"
    if isinstance(node.value, str):
        return "a text"
    return "an integer" if isinstance(node.value, int) else "a number"


def _short(node: Node) -> Span:
    """Point at a value; at a collection only where it begins."""
    return node.span if isinstance(node, Scalar) else _first_line(node.span)


_UNSUPPORTED_STEP_KEYS = frozenset(("takes", "pick", "max_items"))
_UNSUPPORTED_USES = re.compile(r"(?:llm|exec|workflow)(?:/.*)?|recipe/.*|.*\.ya?ml", re.DOTALL)


def _unsupported(root: Node) -> Iterator[Diagnostic]:
    if not isinstance(root, Mapping):
        return
    for entry in root.entries:
        if entry.key == "profiles":
            yield _not_yet("`profiles`", entry.key_span)
        elif entry.key == "steps" and isinstance(entry.value, Mapping):
            for step in entry.value.entries:
                if isinstance(step.value, Mapping):
                    yield from _unsupported_in_step(step.key, step.value)


def _unsupported_in_step(step: str, keys: Mapping) -> Iterator[Diagnostic]:
    for entry in keys.entries:
        if entry.key in _UNSUPPORTED_STEP_KEYS:
            yield _not_yet(f"`{entry.key}`", entry.key_span, step)
        elif entry.key == "uses" and isinstance(entry.value, Scalar):
            uses = str(entry.value.value).strip()
            if _UNSUPPORTED_USES.fullmatch(uses):
                yield _not_yet(f"`uses: {uses}`", entry.value.span, step)


def _not_yet(what: str, span: Span, step: str | None = None) -> Diagnostic:
    message = f"{what} is part of the language, but not supported yet"
    hint = "leave it out until a version that supports it"
    return Diagnostic(codes.NOT_SUPPORTED_YET, message, span, hint=hint, step=step)
