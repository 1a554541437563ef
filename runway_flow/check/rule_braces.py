"""Rule: braces in a text that look like an expression and are none (a warning: they would be sent)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Severity
from runway_flow.spec.templates import texts_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.spec.flow import Flow, Step

# `{{ … }}` of other template languages is meant as an expression whatever stands in it; the spellings of
# shells and of Python are meant so only where they begin with a name that is defined here.
_BRACES = re.compile(
    r"(?<!\$)\{\{\s*([a-z_]\w*)[^{}]*\}\}|\$?\{\s*([a-z_]\w*)[\w.]*\s*\}|\$([a-z_]\w*)[\w.]*"
)


def check_braces(flow: Flow) -> list[Diagnostic]:
    """Warn of texts in `with` that hold `{{ x }}`, `${x}`, `{x}` or `$x`."""
    return [found for step in flow.steps.values() for found in _judge(step)]


def _judge(step: Step) -> Iterator[Diagnostic]:
    if step.parameters is None:
        return
    names = {"inputs", "steps", "flow", "key", "index", *(loop.name for loop in step.foreach)}
    for value, text in texts_in(step.parameters):
        for match in _BRACES.finditer(text):
            other, name, bare = match.groups()
            if other is None and (name or bare) not in names:
                continue
            written = match.group()
            inside = written.strip("${} ")
            yield Diagnostic(
                codes.BRACES_IN_TEXT,
                f"`{written}` is no expression: it would be sent as it stands",
                value.span,
                Severity.WARNING,
                hint=f"write `${{{{ {inside} }}}}`",
                step=step.id,
            )
