"""Rule: `uses` names a model, an endpoint with a model, or an operation that exists or is let through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.selection import candidates as find_candidates
from runway_flow.catalog.selection import find_let_through
from runway_flow.catalog.verdict import Finding
from runway_flow.check.places import diagnostic_at
from runway_flow.spec.templates import Literal

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.spec.flow import Flow, Step
    from runway_flow.spec.templates import ValueTemplate


def check_uses(flow: Flow, catalog: Catalog) -> tuple[dict[str, tuple[Capability, ...]], list[Diagnostic]]:
    """Give the rows that each step may mean, and a finding for each step that means none."""
    rows: dict[str, tuple[Capability, ...]] = {}
    found: list[Diagnostic] = []
    known: dict[object, tuple[Capability, ...] | Finding] = {}
    for step in flow.steps.values():
        if not step.uses:
            continue  # that is a finding already
        names = _names_given(flow, step) if catalog.takes_unknown else ()
        if (step.uses, names) not in known:
            known[step.uses, names] = find_candidates(catalog, step.uses, names)
        answer = known[step.uses, names]
        warning = answer if isinstance(answer, Finding) else find_let_through(catalog, step.uses, answer)
        if warning is not None:
            found.append(diagnostic_at(warning, step.uses_span, step.id))
        if not isinstance(answer, Finding):
            rows[step.id] = answer
    return rows, found


def _names_given(flow: Flow, step: Step) -> tuple[str, ...]:
    """Give the names of the parameters that are written, in the step or in defaults for what it uses."""
    bare = step.uses.rpartition("/")[2]
    sources = [source for name, (_, source) in flow.defaults.items() if name.rpartition("/")[2] == bare]
    written = {
        name: value
        for source in (*sources, *([step.parameters] if step.parameters is not None else []))
        for name, _, value in source.entries
    }
    return tuple(name for name, value in written.items() if not _is_null(value))


def _is_null(value: ValueTemplate) -> bool:
    return isinstance(value, Literal) and value.value is None
