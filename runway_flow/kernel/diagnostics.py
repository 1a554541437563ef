"""Findings about a flow as values: where, what, why, what is accepted, what to do."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.kernel.codes import Code


class Severity(StrEnum):
    """Whether a finding stops the flow."""

    ERROR = "error"
    WARNING = "warning"


class Span(Struct, frozen=True, order=True):
    """A stretch of a text file; lines and columns count characters from 1, the end is exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


class Diagnostic(Struct, frozen=True):
    """One finding. `hint` says what to do (`= help:`), `notes` what is accepted or known (`= note:`).

    `label` stands beside the caret; `step` is the step or instance that the finding is about.
    """

    code: Code
    message: str
    span: Span | None = None
    severity: Severity = Severity.ERROR
    hint: str | None = None
    notes: tuple[str, ...] = ()
    label: str | None = None
    step: str | None = None

    @property
    def is_error(self) -> bool:
        """Whether this finding stops the flow."""
        return self.severity is Severity.ERROR


def sorted_diagnostics(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Put findings in source order; those without a place come last.

    The same thing about the same place is said once, for the first step or instance that it is true of.
    """

    def order(item: Diagnostic) -> tuple[bool, str, int, int, str, str]:
        if item.span is None:
            return (True, "", 0, 0, item.code.id, item.message)
        return (False, item.span.path, item.span.line, item.span.column, item.code.id, item.message)

    seen: dict[object, Diagnostic] = {}
    for item in sorted(diagnostics, key=order):
        seen.setdefault((item.code.id, item.span, item.message), item)
    return tuple(seen.values())


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any finding stops the flow."""
    return any(item.is_error for item in diagnostics)
