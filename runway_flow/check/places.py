"""Where in the file a finding belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.spec.templates import ListTemplate, MapTemplate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.verdict import Finding
    from runway_flow.kernel.diagnostics import Span
    from runway_flow.spec.templates import ValueTemplate


def diagnostic_at(finding: Finding, span: Span, step: str | None) -> Diagnostic:
    """Give a finding of the catalogue its place in the file."""
    return Diagnostic(
        code=finding.code,
        message=finding.message,
        span=span,
        severity=finding.severity,
        hint=finding.hint,
        notes=finding.notes,
        label=finding.label,
        step=step,
    )


def place_of(finding: Finding, templates: Mapping[str, tuple[Span, ValueTemplate]], otherwise: Span) -> Span:
    """Find the narrowest stretch that the author wrote for a finding's path.

    `templates` maps each parameter to the span of its key and its value.
    """
    if not finding.path or finding.path[0] not in templates:
        return otherwise
    key_span, value = templates[str(finding.path[0])]
    for part in finding.path[1:]:
        if isinstance(value, MapTemplate):
            entries = ((span, item) for key, span, item in value.entries if key == part)
            key_span, value = next(entries, (value.span, value))
        elif isinstance(value, ListTemplate) and isinstance(part, int) and part < len(value.items):
            value = value.items[part]
            key_span = value.span
        else:
            break
    return key_span if finding.on_key else value.span
