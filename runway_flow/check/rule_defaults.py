"""Rule: `defaults` are for models and operations that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.selection import candidates
from runway_flow.catalog.verdict import Finding
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic

if TYPE_CHECKING:
    from runway_flow.catalog.catalog import Catalog
    from runway_flow.spec.flow import Flow


def check_defaults(flow: Flow, catalog: Catalog) -> list[Diagnostic]:
    """Give an error for defaults of what does not exist; what they say is judged with the steps."""
    found: list[Diagnostic] = []
    used = {name for step in flow.steps.values() for name in (step.uses, step.uses.rpartition("/")[2])}
    for name, (span, source) in flow.defaults.items():
        rows = candidates(catalog, name, [entry for entry, _, _ in source.entries])
        # For a model that nobody knows the steps that use it tell the endpoint, not its defaults alone.
        is_let_through = catalog.takes_unknown and name in used
        if isinstance(rows, Finding) and not is_let_through:
            message = f"these defaults apply to nothing: {rows.message}"
            found.append(
                Diagnostic(
                    codes.DEFAULT_UNUSABLE,
                    message,
                    span,
                    hint=rows.hint,
                    notes=rows.notes,
                    label=rows.label,
                )
            )
    return found
