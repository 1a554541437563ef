"""Rule: what is declared is used somewhere (a warning)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.check.readings import expressions_of
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Severity
from runway_flow.spec.expressions import Constant
from runway_flow.spec.references import references_in
from runway_flow.spec.templates import expressions_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.spec.expressions import Expression
    from runway_flow.spec.flow import Flow


def check_unused(flow: Flow) -> list[Diagnostic]:
    """Warn of inputs that no expression reads."""
    used: set[str] = set()
    for expression in _expressions(flow):
        for reference in references_in(expression.term):
            if reference.root != "inputs":
                continue
            name = reference.path[0] if reference.path else None
            if isinstance(name, Constant):
                name = str(name.value)
            if not isinstance(name, str):
                return []  # `inputs` as a whole, or an input chosen at run time: all may be meant
            used.add(name)
    return [
        Diagnostic(
            codes.UNUSED,
            f"the input `{name}` is never used",
            declared.span,
            Severity.WARNING,
            hint=f"use it as `${{{{ inputs.{name} }}}}`, or take it out",
        )
        for name, declared in flow.inputs.items()
        if name not in used
    ]


def _expressions(flow: Flow) -> Iterator[Expression]:
    for _, template in flow.defaults.values():
        yield from expressions_in(template)
    for step in flow.steps.values():
        yield from expressions_of(step)
    for output in flow.outputs.values():
        yield from expressions_in(output.value)
