"""The `inputs` of a flow: declarations as values, and whether each makes sense in itself."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Severity, Span, has_errors
from runway_flow.kernel.patterns import PatternProblem, check_pattern
from runway_flow.spec.document import Mapping, Node, Scalar, Sequence, is_readable
from runway_flow.spec.flow import Input, InputKind, InputType
from runway_flow.spec.input_types import make_input_type
from runway_flow.spec.names import check_name
from runway_flow.spec.structure_hints import read_as_meant

if TYPE_CHECKING:
    from runway_flow.spec.building import Building
    from runway_flow.spec.document import Entry

_NUMBERS = (InputKind.INTEGER, InputKind.NUMBER)
_TEXTS = (InputKind.STRING, InputKind.TEXT)


def build_inputs(node: Node | None, building: Building) -> dict[str, Input]:
    """Give the declared inputs by name; of one that cannot be read only the name is known."""
    mapping = building.mapping(node)
    inputs: dict[str, Input] = {}
    for entry in mapping.entries if mapping else ():
        building.add(check_name(entry.key, entry.key_span, "an input"))
        inputs[entry.key] = _input(entry, building)
    return inputs


def _input(entry: Entry, building: Building) -> Input:
    node = entry.value
    parts, unclear = read_as_meant(node.entries if isinstance(node, Mapping) else (), "input")
    building.unclear |= unclear
    type_ = _type(parts, building)
    if not isinstance(node, Mapping) or type_ is None:
        building.leave_out()
        return Input(entry.key, entry.key_span, InputType(InputKind.OBJECT), is_known=False)
    choices = parts.get("choices")
    default = parts.get("default")
    file = parts.get("file")
    required = parts.get("required")
    declared = Input(
        entry.key,
        entry.key_span,
        type_,
        required=isinstance(required, Scalar) and required.value is True,
        default=default,
        file=building.text(file),
        file_span=file.span if file else None,
        choices=choices.items if isinstance(choices, Sequence) else None,
        minimum=building.number(parts.get("min")),
        maximum=building.number(parts.get("max")),
        pattern=building.text(parts.get("pattern")),
        description=building.text(parts.get("description")),
        is_known=default is None or _is_known(default),
    )
    before = len(building.findings)
    _check(declared, node, building)
    if has_errors(building.findings[before:]):
        return replace(declared, is_known=False)  # held to what is wrong itself, no value would do
    return declared


def _is_known(node: Node) -> bool:
    """Tell whether every part of a value could be read."""
    if isinstance(node, Sequence):
        return all(map(_is_known, node.items))
    if isinstance(node, Mapping) and not all(_is_known(entry.value) for entry in node.entries):
        return False
    return is_readable(node)


def _type(parts: dict[str, Node], building: Building) -> InputType | None:
    kind, of = parts.get("type"), parts.get("of")
    if not isinstance(kind, Scalar):
        return None
    is_type = of is None or (_is_type_notation(of) and _is_known(of))
    if kind.value not in list(InputKind) or not is_type:
        return None  # the structure check says so
    found, findings = make_input_type(kind, of)
    building.findings += findings
    return found


def _is_type_notation(node: Node) -> bool:
    return isinstance(node, Mapping) or (isinstance(node, Scalar) and isinstance(node.value, str))


def _check(declared: Input, node: Mapping, building: Building) -> None:
    """Report keys that do not go together; `node` is for their places."""
    places = defaultdict(lambda: declared.span, {part.key: part.key_span for part in node.entries})
    if declared.default is not None and declared.file is not None:
        hint = "leave one of them out"
        building.report(
            codes.STRUCTURE_VALUE, "an input has either `default` or `file`, not both", places["file"], hint
        )
    _check_bounds(declared, places, building)
    if declared.pattern is not None:
        _check_pattern(declared, declared.pattern, places["pattern"], building)
    if declared.default is not None:
        for scalar in _texts_with_expressions(declared.default):
            building.findings.append(_not_evaluated(scalar.span))


def _check_bounds(declared: Input, places: dict[str, Span], building: Building) -> None:
    for name, bound in (("min", declared.minimum), ("max", declared.maximum)):
        if bound is not None and declared.type.kind not in _NUMBERS:
            message = f"`{name}` is for `integer` and `number`, not for `{declared.type.kind}`"
            building.report(codes.STRUCTURE_VALUE, message, places[name], "leave it out")
    low, high = declared.minimum, declared.maximum
    if low is not None and high is not None and low > high:
        message = f"`min` ({low}) is above `max` ({high}): no value would do"
        building.report(codes.STRUCTURE_VALUE, message, places["min"], "exchange them")


def _check_pattern(declared: Input, pattern: str, place: Span, building: Building) -> None:
    if declared.type.kind not in _TEXTS:
        message = f"`pattern` is for `string` and `text`, not for `{declared.type.kind}`"
        building.report(codes.STRUCTURE_VALUE, message, place, "leave it out")
    try:
        check_pattern(pattern)
    except PatternProblem as problem:
        message = f"`pattern` is no regular expression that can be used: {problem}"
        hint = "write one without look-around and back references"
        building.report(codes.STRUCTURE_VALUE, message, place, hint)


def _texts_with_expressions(node: Node) -> list[Scalar]:
    if isinstance(node, Scalar):
        return [node] if isinstance(node.value, str) and "${{" in node.value else []
    items = node.items if isinstance(node, Sequence) else [entry.value for entry in node.entries]
    return [scalar for item in items for scalar in _texts_with_expressions(item)]


def _not_evaluated(span: Span) -> Diagnostic:
    message = "the value of an input is never evaluated: this `${{` stays as it is"
    hint = "write the expression where the input is used"
    return Diagnostic(codes.EXPRESSION_CONSTRUCT, message, span, Severity.WARNING, hint)
