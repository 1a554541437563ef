"""What is wrong with a value of a flow's structure: its type, its range; and the form that is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Span
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.spec.document import Mapping, Node, Scalar, Sequence
from runway_flow.spec.scalars import YAML_1_1_SWITCHES
from runway_flow.spec.structure_forms import offer_form, offer_kind

if TYPE_CHECKING:
    from collections.abc import Sequence as AbstractSequence

LANGUAGE_VERSION = 1
"""The version of the language that this program reads."""

Path = list[str | int]

_TYPE_NAMES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "`true` or `false`",
    "null": "nothing",
}


def explain_wrong(keyword: str, accepted: Any, node: Node, path: Path) -> Diagnostic:  # noqa: ANN401 - JSON
    """Say which keyword of the schema a value at a path does not keep, and how it is written."""
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    subject = f"`{name}`" if name else "a flow"
    if name == "version" and len(path) == 1:
        return _version(node)
    if keyword == "type":
        return _wrong_type(subject, [accepted] if isinstance(accepted, str) else accepted, node, path)
    if keyword == "enum":
        return _wrong_word(subject, accepted, node, path)
    if keyword == "minimum":
        message = f"{subject} is at least {accepted}"
        return Diagnostic(codes.STRUCTURE_VALUE, message, node.span, hint=f"write {accepted} or more")
    message = f"{subject} needs at least one entry"
    hint = offer_form(*_owner(path), node) if path == ["steps"] else "write one, or leave the key out"
    return Diagnostic(codes.STRUCTURE_VALUE, message, shortened(node), hint=hint)


def _version(node: Node) -> Diagnostic:
    shown = f"`{node.value}`" if isinstance(node, Scalar) and node.value is not None else describe(node)
    message = f"{shown} is not a version of the language that can be read here"
    if isinstance(node, Scalar) and node.value == str(LANGUAGE_VERSION):
        message = "`version` is a number, not a text"
    hint = f"write `version: {LANGUAGE_VERSION}`"
    if isinstance(node, Scalar) and isinstance(node.value, int) and node.value > LANGUAGE_VERSION:
        hint += ", or use a newer runway-flow"
    return Diagnostic(codes.LANGUAGE_VERSION, message, shortened(node), hint=hint)


def _wrong_word(subject: str, accepted: AbstractSequence[str], node: Node, path: Path) -> Diagnostic:
    notes = (f"accepted: {' '.join(accepted)}",)
    if not isinstance(node, Scalar) or node.value is None:
        message = f"{subject} takes one of its values, not {describe(node)}"
        return Diagnostic(codes.STRUCTURE_TYPE, message, shortened(node), hint="write one", notes=notes)
    hint = offer_kind(node) if path[0] == "inputs" else None
    return Diagnostic(
        codes.STRUCTURE_VALUE,
        f"`{node.value}` is not a value of {subject}",
        node.span,
        hint=hint or did_you_mean(str(node.value), accepted),
        notes=notes,
    )


def _wrong_type(subject: str, accepted: list[str], node: Node, path: Path) -> Diagnostic:
    names = [_TYPE_NAMES[name] for name in accepted if name != "null"]
    wanted = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
    message = f"{subject} takes {wanted}, not {describe(node)}"
    text = node.value.lower() if isinstance(node, Scalar) and isinstance(node.value, str) else ""
    hint = offer_form(*_owner(path), node)
    if accepted == ["boolean"] and text in YAML_1_1_SWITCHES:
        hint = f"write `{YAML_1_1_SWITCHES[text]}`"
    elif "${{" in text and path != ["outputs"]:
        hint = f"{subject} takes no expression" + (f"; {hint}" if hint else "")
    return Diagnostic(codes.STRUCTURE_TYPE, message, shortened(node), hint=hint)


_WHOLE = {"steps": "a step", "inputs": "an input", "defaults": "a default"}
_KEYS = {"steps": "step", "inputs": "input"}


def _owner(path: Path) -> tuple[str, str]:
    """Give what owns the key at a path, as `offer_form` calls it, and the key."""
    keys = [part for part in path if isinstance(part, str)]
    if len(keys) < len(("steps", "clip")):
        return ("flow", keys[0]) if keys else ("a flow", "")
    section, name, *inner = keys
    if not inner:
        return _WHOLE[section], name
    return ("retry", inner[1]) if len(inner) > 1 else (_KEYS[section], inner[0])


def describe(node: Node) -> str:
    """Name the type of a value, as messages do."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    if node.value is None:
        return "nothing"
    if isinstance(node.value, bool):
        return f"`{str(node.value).lower()}`"
    if isinstance(node.value, str):
        return "a text"
    return "an integer" if isinstance(node.value, int) else "a number"


def shortened(node: Node) -> Span:
    """Point at a value; at a collection only where it begins."""
    return node.span if isinstance(node, Scalar) else first_line(node.span)


def first_line(span: Span) -> Span:
    """Point at where a stretch begins."""
    return Span(span.path, span.line, span.column, span.line, span.column)
