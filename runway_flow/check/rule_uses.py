"""Rule: `uses` names a model, an endpoint with a model, or an operation that exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.selection import candidates as find_candidates
from runway_flow.catalog.verdict import Finding
from runway_flow.check.places import diagnostic_at

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.catalog import Catalog
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.spec.flow import Flow


def check_uses(flow: Flow, catalog: Catalog) -> tuple[dict[str, tuple[Capability, ...]], list[Diagnostic]]:
    """Give the rows that each step may mean, and a finding for each step that means none."""
    rows: dict[str, tuple[Capability, ...]] = {}
    found: list[Diagnostic] = []
    known: dict[str, tuple[Capability, ...] | Finding] = {}
    for step in flow.steps.values():
        if step.uses not in known:
            known[step.uses] = find_candidates(catalog, step.uses)
        answer = known[step.uses]
        if isinstance(answer, Finding):
            found.append(diagnostic_at(answer, step.uses_span, step.id))
        else:
            rows[step.id] = answer
    return rows, found
