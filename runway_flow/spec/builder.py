"""A document as a flow: inputs, defaults, steps, outputs, every expression parsed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from runway_flow.kernel.diagnostics import Diagnostic, sorted_diagnostics
from runway_flow.spec.building import Building
from runway_flow.spec.document import Mapping, Scalar
from runway_flow.spec.flow import Flow, Output
from runway_flow.spec.input_builder import build_inputs
from runway_flow.spec.names import check_flow_name, check_name, name_of_file
from runway_flow.spec.step_builder import build_step

if TYPE_CHECKING:
    from runway_flow.kernel.diagnostics import Span
    from runway_flow.spec.document import Document, Node
    from runway_flow.spec.flow import Step
    from runway_flow.spec.templates import MapTemplate


def build_flow(document: Document) -> tuple[Flow | None, tuple[Diagnostic, ...]]:
    """Build the flow that a document declares; the findings are in source order.

    It goes through whatever the document is, so that its findings can be shown beside those of
    `check_structure`, and says nothing of what that one says. The flow is None where something had to be
    left out; else it is complete, even if some findings are errors (a bad name, say).
    """
    building = Building(document)
    root = document.root
    parts = {entry.key: entry.value for entry in root.entries} if isinstance(root, Mapping) else {}
    seed, budget = building.number(parts.get("seed")), building.number(parts.get("budget"))
    flow = Flow(
        path=document.path,
        name=_name(document, parts.get("name"), building),
        document=document,
        description=building.text(parts.get("description")),
        inputs=build_inputs(parts.get("inputs"), building),
        seed=None if seed is None else int(seed),
        budget=None if budget is None else Decimal(repr(budget)),
        defaults=_defaults(parts.get("defaults"), building),
        steps=_steps(parts.get("steps"), building),
        outputs=_outputs(parts.get("outputs"), building),
    )
    is_complete = building.is_whole and bool(flow.steps)
    return flow if is_complete else None, sorted_diagnostics(building.findings)


def _name(document: Document, node: Node | None, building: Building) -> str:
    text = building.text(node)
    if text is None or node is None:
        return name_of_file(document.path)
    building.add(check_flow_name(text, node.span))
    return text


def _defaults(node: Node | None, building: Building) -> dict[str, tuple[Span, MapTemplate]]:
    mapping = building.mapping(node)
    defaults: dict[str, tuple[Span, MapTemplate]] = {}
    for entry in mapping.entries if mapping else ():
        parameters = building.mapping(entry.value)
        if parameters is not None:
            defaults[entry.key] = (entry.key_span, building.map_template(parameters))
    return defaults


def _steps(node: Node | None, building: Building) -> dict[str, Step]:
    mapping = building.mapping(node)
    steps: dict[str, Step] = {}
    for entry in mapping.entries if mapping else ():
        step = build_step(entry, building)
        if step is not None:
            steps[entry.key] = step
    return steps


def _outputs(node: Node | None, building: Building) -> dict[str, Output]:
    mapping = building.mapping(node)
    outputs: dict[str, Output] = {}
    for entry in mapping.entries if mapping else ():
        building.add(check_name(entry.key, entry.key_span, "an output"))
        if isinstance(entry.value, Scalar) and entry.value.value is None:
            continue
        outputs[entry.key] = Output(entry.key, entry.key_span, building.template(entry.value))
    return outputs
