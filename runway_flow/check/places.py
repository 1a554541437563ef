"""Where in the file a finding belongs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.spec.reference import step_of_path
from runway_flow.spec.templates import ListTemplate, MapTemplate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.verdict import Finding, Path
    from runway_flow.kernel.diagnostics import Span
    from runway_flow.spec.flow import Flow
    from runway_flow.spec.media_path import MediaPath
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


_ABOUT_FILES = frozenset(
    (
        codes.FILE_UNREADABLE,
        codes.FILE_TOO_LARGE,
        codes.FILE_EMPTY,
        codes.FILE_NOT_MEDIA,
        codes.PATH_OUTSIDE,
    )
)


def with_medium(found: Diagnostic, medium: MediaPath) -> Diagnostic:
    """Show a finding about a medium of an input where its path is written, not only where it is used.

    What is wrong with the file itself is wrong wherever it is used; what only its use does not take stays.
    """
    written, used = medium.span, found.span
    if found.code not in _ABOUT_FILES:
        note = (
            f"the file is given by `{medium.origin}`" if written is None else f"the file: {_shown(written)}"
        )
        return replace(found, notes=(*found.notes, note))
    if written is None:
        return replace(found, message=f"{medium.origin}: {found.message}", span=None, step=None)
    notes = found.notes if used is None else (*found.notes, f"used at {_shown(used)}")
    return replace(found, span=written, notes=notes)


def _shown(span: Span) -> str:
    return f"{span.path}:{span.line}:{span.column}"


_ADDRESS = re.compile(r"(?:www\.)?[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|ai|co|dev|tv|app|cloud)(?:/.*)?")


def offer_reference(text: str, flow: Flow) -> str | None:
    """Give the help for a path that leads to no file, but names a step, an input or a web page."""
    step = flow.steps.get(step_of_path(text) or text)
    if step is not None:
        field = "outputs" if step.is_fan_out else "output"
        return f"if the step is meant: `${{{{ steps.{step.id}.{field} }}}}`"
    name = text.removeprefix("inputs.")
    if name in flow.inputs:
        return f"if the input is meant: `${{{{ inputs.{name} }}}}`"
    return f"if an address is meant: `https://{text}`" if _ADDRESS.fullmatch(text) else None


def value_at(path: Path, values: object) -> object:
    """Find what a finding's path leads to in the values that were judged, as far as it goes."""
    for part in path:
        if isinstance(values, dict):
            values = values.get(part)
        elif isinstance(values, tuple) and isinstance(part, int) and part < len(values):
            values = values[part]
    return values


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
