"""What no error touches of a flow that has some: its plan is not to be run, but may have findings too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow import graph
from runway_flow.check.checked_flow import CheckedFlow
from runway_flow.check.readings import expressions_of
from runway_flow.check.rule_uses import check_uses
from runway_flow.spec.expressions import Hole
from runway_flow.spec.reference import read_address
from runway_flow.spec.references import references_in
from runway_flow.spec.templates import expressions_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.catalog.catalog import Catalog
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.spec.expressions import Expression
    from runway_flow.spec.flow import Flow, Step

_DOUBT = ""
"""Stands for a step that nobody knows."""


def find_untouched(flow: Flow, catalog: Catalog, diagnostics: Iterable[Diagnostic]) -> CheckedFlow | None:
    """Give the steps that have no error and read only such steps; None if there are none.

    `diagnostics` are the findings of `check_flow`. Outputs are left out: without all steps they mean nothing.
    """
    errors = [item for item in diagnostics if item.is_error]
    if any(_is_in_defaults(item, flow) for item in errors):
        return None
    candidates, _ = check_uses(flow, catalog)
    needs = {name: _needs(step, flow) for name, step in flow.steps.items()}
    faulty = {item.step for item in errors if item.step is not None}
    gaps = {name for name, step in flow.steps.items() if step.has_gaps or name not in candidates}
    touched = graph.descendants({_DOUBT} | faulty | gaps, needs)
    kept = {name: step for name, step in flow.steps.items() if name not in touched}
    if not kept:
        return None
    part = replace(flow, steps=kept, outputs={})
    return CheckedFlow(part, catalog, candidates, {}, is_part=True)


def _is_in_defaults(item: Diagnostic, flow: Flow) -> bool:
    span = item.span
    return span is not None and any(
        (source.span.line, source.span.column)
        <= (span.line, span.column)
        < (source.span.end_line, source.span.end_column)
        for _, source in flow.defaults.values()
    )


def _needs(step: Step, flow: Flow) -> set[str]:
    """Give the steps that a step reads or names; `_DOUBT` among them if it reads what is not to be known."""
    defaults = (found for _, source in flow.defaults.values() for found in expressions_in(source))
    needs = {(read_address(need.address) or (_DOUBT, None))[0] for need in step.needs}
    for expression in (*expressions_of(step), *defaults):
        needs |= _read_by(expression, flow)
    return {name if name in flow.steps else _DOUBT for name in needs}


def _read_by(expression: Expression, flow: Flow) -> set[str]:
    if isinstance(expression.term, Hole):
        return {_DOUBT}
    found: set[str] = set()
    for reference in references_in(expression.term):
        name = reference.path[0] if reference.path else None
        if reference.root == "steps":
            found.add(name if isinstance(name, str) else _DOUBT)
        elif reference.root == "inputs" and isinstance(name, str) and name not in flow.inputs:
            found.add(_DOUBT)
    return found
