"""Where in the file a finding belongs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runway_flow.kernel.diagnostics import Diagnostic, Span
from runway_flow.spec.templates import ListTemplate, MapTemplate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.verdict import Finding
    from runway_flow.spec.expressions import Expression
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
            entry = next(((span, item) for key, span, item in value.entries if key == part), None)
            if entry is None:
                return value.span
            key_span, value = entry
        elif isinstance(value, ListTemplate) and isinstance(part, int) and part < len(value.items):
            value = value.items[part]
            key_span = value.span
        else:
            break
    return key_span if finding.on_key else value.span


_BRACES = "${{"


def name_span(expression: Expression, name: str) -> Span:
    """Find a name inside a one-line expression; the whole expression if it is not there exactly once."""
    span = expression.span
    if span.line != span.end_line or expression.source.count(name) != 1:
        return span
    start = span.column + len(_BRACES) + expression.source.index(name)
    if start + len(name) > span.end_column:
        return span
    return replace(span, column=start, end_column=start + len(name))
