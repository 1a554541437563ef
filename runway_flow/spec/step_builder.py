"""One step of a flow: its keys as values, its expressions parsed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.amounts import duration_text, find_seconds, parse_seconds
from runway_flow.spec.building import is_absent
from runway_flow.spec.document import Mapping, Node, Scalar, Sequence
from runway_flow.spec.expression_offers import loop_name, offer_list
from runway_flow.spec.flow import Loop, Need, OnFailure, Step
from runway_flow.spec.names import check_loop_name, check_name
from runway_flow.spec.reference import read_address, step_of_path
from runway_flow.spec.structure_hints import is_supported, read_as_meant
from runway_flow.spec.templates import ListTemplate, Template

if TYPE_CHECKING:
    from runway_flow.kernel.diagnostics import Span
    from runway_flow.spec.building import Building
    from runway_flow.spec.document import Entry
    from runway_flow.spec.templates import MapTemplate, ValueTemplate

DEFAULT_LOOP_NAME = "item"
"""The name that `foreach: LIST` gives its items (FLOW.md, «Steps»)."""


def build_step(entry: Entry, building: Building) -> Step:
    """Give a step, as far as it can be read."""
    building.add(check_name(entry.key, entry.key_span, "a step"))
    node = entry.value
    parts, unclear = read_as_meant(node.entries if isinstance(node, Mapping) else (), "step")
    building.unclear |= unclear
    uses = _uses(parts.get("uses"), building)
    parameters = parts.get("with")
    if uses is None:
        building.leave_out()
    return Step(
        id=entry.key,
        span=entry.key_span,
        uses="" if uses is None else str(uses.value).strip(),
        uses_span=entry.key_span if uses is None else uses.span,
        parameters=_parameters(parameters, building),
        foreach=_loops(parts, building),
        where=building.condition("where", parts.get("where")),
        key=_key(parts.get("key"), building),
        when=building.condition("when", parts.get("when")),
        needs=_needs(parts.get("needs"), building),
        retry_max=_retry_max(parts.get("retry"), building),
        timeout_s=_timeout(parts.get("timeout"), building),
        on_failure=_on_failure(parts.get("on_failure"), building),
        budget=_budget(parts.get("budget"), building),
        salt=_salt(parts.get("salt"), building),
        description=building.text(parts.get("description")),
        has_gaps=uses is None or bool(unclear) or _has_gaps(node, parameters),
    )


def _has_gaps(node: Node, parameters: Node | None) -> bool:
    """Tell whether a step may have parameters that are not seen: not read, or written beside `with`."""
    if not isinstance(node, Mapping) or not node.is_whole:
        return True
    return not is_absent(parameters) and not (isinstance(parameters, Mapping) and parameters.is_whole)


def _uses(node: Node | None, building: Building) -> Scalar | None:
    """Give what runs; None if that is not to be known, which this or the structure check says."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return None
    if "${{" in node.value:
        hint = "write the name of a model or an operation; `when` chooses between steps"
        building.report(codes.STRUCTURE_VALUE, "`uses` is plain text, not an expression", node.span, hint)
        return None
    if not node.value.strip():
        building.report(codes.STRUCTURE_VALUE, "`uses` is empty", node.span, "name a model: `uses: gen4.5`")
        return None
    return node if is_supported(node.value) else None


def _parameters(node: Node | None, building: Building) -> MapTemplate | None:
    mapping = building.mapping(node)
    return None if mapping is None else building.map_template(mapping)


def _loops(parts: dict[str, Node], building: Building) -> tuple[Loop, ...]:
    node = parts.get("foreach")
    if node is None:
        return ()
    if isinstance(node, Scalar) and not (node.is_known and isinstance(node.value, str)):
        return (Loop(DEFAULT_LOOP_NAME, node.span, building.hole(node), is_known=False),)
    if not isinstance(node, Mapping):
        name = loop_name(str(node.value)) if isinstance(node, Scalar) else None
        before = len(building.findings)
        values = _values(node, building)
        is_known = name is not None or before == len(building.findings)
        return (Loop(name or DEFAULT_LOOP_NAME, node.span, values, is_known=is_known),)
    if not node.entries and node.is_whole:
        hint = "write `{name: LIST}`, or leave `foreach` out"
        building.report(codes.STRUCTURE_VALUE, "`foreach` names no list", node.span, hint)
    if not node.entries:
        return (Loop(DEFAULT_LOOP_NAME, node.span, building.hole(node), is_known=False),)
    loops = []
    for entry in node.entries:
        building.add(check_loop_name(entry.key, entry.key_span))
        loops.append(Loop(entry.key, entry.key_span, _values(entry.value, building)))
    return tuple(loops)


def _values(node: Node, building: Building) -> ValueTemplate:
    """Give the list of a loop: one written out, or one expression."""
    before = len(building.findings)
    template = building.template(node)
    if isinstance(template, ListTemplate) or (isinstance(template, Template) and template.is_single):
        return template
    if len(building.findings) == before:
        hint = offer_list(node.value) if isinstance(node, Scalar) and isinstance(node.value, str) else _LIST
        building.report(codes.FOREACH_NOT_LIST, "`foreach` needs a list", _begin(node), hint)
    return building.hole(node)


_LIST = "write a list, or one expression that gives one: `${{ inputs.shots }}`"


def _begin(node: Node) -> Span:
    span = node.span
    return (
        span
        if isinstance(node, Scalar)
        else type(span)(span.path, span.line, span.column, span.line, span.column)
    )


def _key(node: Node | None, building: Building) -> ValueTemplate | None:
    is_text = isinstance(node, Scalar) and isinstance(node.value, (str, int, float))
    if node is None or not is_text or (isinstance(node, Scalar) and isinstance(node.value, bool)):
        return None if node is None else building.hole(node)
    return building.template(node)


def _needs(node: Node | None, building: Building) -> tuple[Need, ...]:
    if node is None or is_absent(node):
        return ()
    items = node.items if isinstance(node, Sequence) else (node,)
    needs = []
    for item in items:
        if not isinstance(item, Scalar) or not isinstance(item.value, str):
            building.leave_out()
        elif read_address(item.value) is None:
            message = f"`{item.value}` is not the address of a step"
            if "${{" in item.value:
                message = "`needs` takes plain addresses, not expressions"
            building.report(codes.STRUCTURE_VALUE, message, item.span, _offer_need(item.value))
        else:
            needs.append(Need(item.value.strip(), item.span))
    return tuple(needs)


def _offer_need(text: str) -> str:
    names = re.split(r"[\s,]+", text.strip())
    step = step_of_path(text)
    if step is not None:
        return f"write the id alone: `needs: {step}`"
    if len(names) > 1 and all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names):
        return f"several are written as a list: `needs: [{', '.join(names)}]`"
    proposal = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    if re.fullmatch(r"[\w -]+", text) and re.fullmatch(r"[a-z][a-z0-9_]*", proposal):
        return f"ids have lower-case letters, digits and `_`: `needs: {proposal}`"
    return "write the id of a step, or of one instance: `clip[wide]`"


def _retry_max(node: Node | None, building: Building) -> int:
    mapping = building.mapping(node)
    entry = mapping.find("max") if mapping else None
    return int(building.number(entry.value) or 0) if entry else 0


def _timeout(node: Node | None, building: Building) -> float | None:
    if not isinstance(node, Scalar) or isinstance(node.value, bool) or node.value is None:
        if node is not None:
            building.leave_out()
        return None
    seconds = parse_seconds(str(node.value))
    if seconds is None or seconds <= 0:
        message = f"`{node.value}` is not a length of time above 0"
        meant = find_seconds(str(node.value))
        hint = "write it like `90s`, `20m`, `2h`" if not meant else f"write `timeout: {duration_text(meant)}`"
        building.report(codes.STRUCTURE_VALUE, message, node.span, hint)
        return None
    return seconds


def _on_failure(node: Node | None, building: Building) -> OnFailure:
    if node is None:
        return OnFailure.CONTINUE
    if isinstance(node, Scalar) and node.value in list(OnFailure):
        return OnFailure(str(node.value))
    building.leave_out()
    return OnFailure.CONTINUE


def _budget(node: Node | None, building: Building) -> Decimal | None:
    number = building.number(node)
    return None if number is None else Decimal(repr(number))


def _salt(node: Node | None, building: Building) -> str | None:
    if isinstance(node, Scalar) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return str(node.value)
    text = building.text(node)
    if node is not None and text is not None and "${{" in text:
        hint = "write a text that stays the same"
        building.report(codes.STRUCTURE_VALUE, "`salt` is plain text, not an expression", node.span, hint)
    return text
