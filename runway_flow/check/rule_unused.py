"""Rule: what is declared is used somewhere (a warning)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runway_flow.check.readings import expressions_of
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Severity
from runway_flow.kernel.suggest import nearest
from runway_flow.spec.expressions import Constant
from runway_flow.spec.references import references_in
from runway_flow.spec.templates import expressions_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.spec.expressions import Expression
    from runway_flow.spec.flow import Flow


def check_unused(flow: Flow) -> list[Diagnostic]:
    """Warn of inputs that no expression reads; not of one that a text or a misspelt name seems to mean."""
    if "steps" in flow.gaps:
        return []
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
            used.add(name if name in flow.inputs else nearest(name, flow.inputs) or name)
    unused = [item for name, item in flow.inputs.items() if item.is_known and name not in used]
    mentioned = _mentioned(flow) if unused else frozenset()
    return [
        Diagnostic(
            codes.UNUSED,
            f"the input `{declared.name}` is never used",
            declared.span,
            Severity.WARNING,
            hint=f"use it as `${{{{ inputs.{declared.name} }}}}`, or take it out",
        )
        for declared in unused
        if declared.name not in mentioned
    ]


_MENTION = re.compile(r"\binputs\s*(?:\.\s*|\[\s*['\"])(\w+)")


def _mentioned(flow: Flow) -> frozenset[str]:
    """Give the inputs named where no expression is read: in other braces, in what was dropped as a fault."""
    lines = (line for line in flow.document.text.split("\n") if not line.lstrip().startswith("#"))
    return frozenset(name for line in lines for name in _MENTION.findall(line))


def _expressions(flow: Flow) -> Iterator[Expression]:
    for _, template in flow.defaults.values():
        yield from expressions_in(template)
    for step in flow.steps.values():
        yield from expressions_of(step)
    for output in flow.outputs.values():
        yield from expressions_in(output.value)
