"""Rule: `defaults` are for models and operations that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.catalog.selection import candidates
from runway_flow.catalog.verdict import Finding
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Severity
from runway_flow.kernel.suggest import did_you_mean

if TYPE_CHECKING:
    from runway_flow.catalog.capability import Catalog
    from runway_flow.spec.flow import Flow


def check_defaults(flow: Flow, catalog: Catalog) -> list[Diagnostic]:
    """Give an error for defaults of what does not exist, a warning for parameters that nothing takes."""
    found: list[Diagnostic] = []
    for name, (span, template) in flow.defaults.items():
        rows = candidates(catalog, name)
        if isinstance(rows, Finding):
            message = f"these defaults are for `{name}`, which does not exist"
            found.append(Diagnostic(codes.DEFAULT_UNUSABLE, message, span, hint=rows.hint, notes=rows.notes))
            continue
        known = {param.name for row in rows for param in row.params}
        for key, key_span, _ in template.entries:
            if key not in known:
                message = f"{name} takes no parameter `{key}`: this default is dropped"
                hint = did_you_mean(key, known)
                found.append(
                    Diagnostic(codes.DEFAULT_DROPPED, message, key_span, Severity.WARNING, hint=hint)
                )
    return found
