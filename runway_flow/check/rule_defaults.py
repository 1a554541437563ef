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
    for name, (span, _) in flow.defaults.items():
        rows = candidates(catalog, name)
        if isinstance(rows, Finding):
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
