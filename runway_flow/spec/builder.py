"""A document as a flow: inputs, defaults, steps, outputs, every expression parsed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow.kernel.diagnostics import Diagnostic, sorted_diagnostics
from runway_flow.spec.building import Building, is_absent
from runway_flow.spec.document import Mapping
from runway_flow.spec.flow import Flow, Output
from runway_flow.spec.input_builder import build_inputs
from runway_flow.spec.names import check_flow_name, check_name, name_of_file
from runway_flow.spec.step_builder import build_step
from runway_flow.spec.structure_hints import read_as_meant
from runway_flow.spec.structure_strays import mend

if TYPE_CHECKING:
    from runway_flow.kernel.diagnostics import Span
    from runway_flow.spec.document import Document, Node
    from runway_flow.spec.flow import Step
    from runway_flow.spec.templates import MapTemplate


def build_flow(document: Document) -> tuple[Flow, tuple[Diagnostic, ...]]:
    """Build the flow that a document declares; the findings are in source order.

    It goes through whatever the document is, so that its findings can be shown beside those of
    `check_structure`, and says nothing of what that one says. What cannot be read leaves a hole, and the
    flow is not whole: it is there to be checked further, never to be run.
    """
    building = Building(document)
    root, _ = mend(document.root)  # the structure check tells what stood in the wrong place
    parts, unclear = read_as_meant(root.entries if isinstance(root, Mapping) else (), "flow")
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
    is_read = isinstance(root, Mapping) and root.is_whole  # else a section may stand twice
    gaps = frozenset(
        name
        for name in _SECTIONS
        if not is_read or _may_lack_names(name, parts.get(name), is_clear=not unclear)
    )
    has_gaps = bool(gaps) or any(step.has_gaps for step in flow.steps.values())
    is_whole = building.is_whole and bool(flow.steps) and not has_gaps
    flow = replace(flow, is_whole=is_whole, gaps=gaps, unclear=frozenset(building.unclear | unclear))
    return flow, sorted_diagnostics(building.findings)


_SECTIONS = ("inputs", "steps")


def _may_lack_names(name: str, node: Node | None, *, is_clear: bool) -> bool:
    """Tell whether a section may declare names that are not seen; `is_clear`: no unknown key holds them."""
    if isinstance(node, Mapping):
        return not node.is_whole
    return name == "steps" or not is_clear or not is_absent(node)


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
        steps[entry.key] = build_step(entry, building)
    return steps


def _outputs(node: Node | None, building: Building) -> dict[str, Output]:
    mapping = building.mapping(node)
    outputs: dict[str, Output] = {}
    for entry in mapping.entries if mapping else ():
        building.add(check_name(entry.key, entry.key_span, "an output"))
        if is_absent(entry.value):
            continue
        outputs[entry.key] = Output(entry.key, entry.key_span, building.template(entry.value))
    return outputs
