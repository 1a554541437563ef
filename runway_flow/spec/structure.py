"""Whether a document has the structure of a flow, and what is wrong with it, place by place."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Span, sorted_diagnostics
from runway_flow.spec.document import Document, Mapping, Node, Scalar, Sequence, is_readable, plain_data
from runway_flow.spec.structure_hints import (
    FLOW_KEYS,
    INPUT_KEYS,
    RETRY_KEYS,
    STEP_KEYS,
    hint_for_key,
    is_supported,
    means,
)
from runway_flow.spec.structure_strays import mend
from runway_flow.spec.structure_types import explain_wrong, first_line
from runway_flow.spec.structure_verdict import Verdict, compile_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

    from runway_flow.spec.document import Entry


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
    mended, strays = mend(root)
    yield from strays
    shown = _without_valid_steps(mended)
    for error in _validator().iter_errors(cast("Any", plain_data(shown))):
        yield from _diagnose(shown, error)


def _without_valid_steps(root: Node) -> Node:
    """Leave out what needs no explanation: jsonschema takes about a millisecond a step."""
    entry = root.find("steps") if isinstance(root, Mapping) else None
    if not isinstance(root, Mapping) or entry is None or not isinstance(entry.value, Mapping):
        return root
    judge = _step_verdict()
    steps = [step for step in entry.value.entries if not judge(step.value)] or entry.value.entries[:1]
    smaller = type(entry)(
        entry.key, entry.key_span, Mapping(tuple(steps), entry.value.span, entry.value.is_whole)
    )
    return Mapping(
        tuple(smaller if item is entry else item for item in root.entries), root.span, root.is_whole
    )


def _diagnose(root: Node, error: ValidationError) -> Iterator[Diagnostic]:
    path = list(error.absolute_path)
    node, place = _follow(root, path)
    kind = _kind(path)
    if error.validator == "additionalProperties" and isinstance(node, Mapping):
        accepted = set(error.schema.get("properties", {})) if isinstance(error.schema, dict) else set()
        for entry in node.entries:
            is_free = not path and entry.key.startswith("x-")
            if entry.key not in accepted and not is_free:
                yield _unknown_key(entry, kind)
    elif not is_readable(node):
        return  # the reader told of it
    elif error.validator == "required" and isinstance(node, Mapping):
        for name in cast("list[str]", error.validator_value):
            if node.find(name) is None and not _is_misspelt(name, node, kind):
                yield _missing(name, place, kind, path)
    else:
        yield explain_wrong(str(error.validator), error.validator_value, node, path)


def _is_misspelt(name: str, node: Mapping, kind: str) -> bool:
    """Tell whether a missing key is there under another name, which is a finding already."""
    others = [entry.key for entry in node.entries if entry.key not in _KEYS[kind]]
    return any(means(key, kind) == name for key in others)


def _follow(root: Node, path: list[str | int]) -> tuple[Node, Span]:
    """Give the node at a path, and where it is named: its key, else itself."""
    node, place = root, first_line(root.span)
    for part in path:
        node, place = _child(node, part)
    return node, place


def _child(node: Node, part: str | int) -> tuple[Node, Span]:
    if isinstance(node, Sequence):
        item = node.items[int(part)]
        return item, item.span
    entry = node.find(str(part)) if isinstance(node, Mapping) else None
    return (node, node.span) if entry is None else (entry.value, entry.key_span)


_OWNERS = {"flow": "a flow", "step": "a step", "input": "an input", "retry": "`retry`"}
_KEYS = {"flow": FLOW_KEYS, "step": STEP_KEYS, "input": INPUT_KEYS, "retry": RETRY_KEYS}
_STEP_DEPTH = 2


def _kind(path: list[str | int]) -> str:
    if not path:
        return "flow"
    if len(path) > _STEP_DEPTH:
        return "retry"
    return "step" if path[0] == "steps" else "input"


def _unknown_key(entry: Entry, kind: str) -> Diagnostic:
    return Diagnostic(
        codes.UNKNOWN_KEY,
        f"`{entry.key}` is not a key of {_OWNERS[kind]}",
        entry.key_span,
        hint=hint_for_key(entry.key, kind),
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


UNSUPPORTED_FLOW_KEYS = frozenset(("profiles",))
UNSUPPORTED_STEP_KEYS = frozenset(("takes", "pick", "max_items"))
"""Keys that are part of the language, but that this version does not know what to do with."""


def _unsupported(root: Node) -> Iterator[Diagnostic]:
    if not isinstance(root, Mapping):
        return
    for entry in root.entries:
        if entry.key in UNSUPPORTED_FLOW_KEYS:
            yield _not_yet(f"`{entry.key}`", entry.key_span)
        elif entry.key == "steps" and isinstance(entry.value, Mapping):
            for step in entry.value.entries:
                if isinstance(step.value, Mapping):
                    yield from _unsupported_in_step(step.key, step.value)


def _unsupported_in_step(step: str, keys: Mapping) -> Iterator[Diagnostic]:
    for entry in keys.entries:
        if entry.key in UNSUPPORTED_STEP_KEYS:
            yield _not_yet(f"`{entry.key}`", entry.key_span, step)
        elif entry.key == "uses" and isinstance(entry.value, Scalar):
            uses = str(entry.value.value).strip()
            if not is_supported(uses):
                yield _not_yet(f"`uses: {uses}`", entry.value.span, step)


def _not_yet(what: str, span: Span, step: str | None = None) -> Diagnostic:
    message = f"{what} is part of the language, but not supported yet"
    hint = "leave it out until a version that supports it"
    return Diagnostic(codes.NOT_SUPPORTED_YET, message, span, hint=hint, step=step)
