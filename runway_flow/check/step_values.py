"""Steps that stand where what they give is meant: `${{ steps.still }}` for `${{ steps.still.output }}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.values import Deferred
from runway_flow.spec.descriptions import is_indexed, is_lookup, write_path
from runway_flow.spec.templates import ListTemplate, MapTemplate, expressions_in

if TYPE_CHECKING:
    from runway_flow.spec.templates import ValueTemplate


def without_steps(template: ValueTemplate, value: object, problems: list[Diagnostic]) -> object:
    """Refuse steps, instances and fan-outs in the value of a template; unknown values take their places."""
    if isinstance(template, ListTemplate) and isinstance(value, tuple):
        pairs = zip(template.items, value, strict=True)
        return tuple([without_steps(part, item, problems) for part, item in pairs])
    if isinstance(template, MapTemplate) and isinstance(value, dict):
        return {key: without_steps(part, value[key], problems) for key, _, part in template.entries}
    found = _find_step(value)
    if found is None:
        return value
    what = "a fan-out" if is_indexed(found) else "a step"
    field = "outputs" if is_indexed(found) else "output"
    path = next((write_path(expression.term) for expression in expressions_in(template)), None)
    hint = (
        f"write `${{{{ {path}.{field} }}}}`"
        if path is not None and found is value
        else f"read its `.{field}`"
    )
    problems.append(
        Diagnostic(codes.PARAMETER_TYPE, f"this is {what}, not what it gives", template.span, hint=hint)
    )
    return Deferred()


def _find_step(value: object) -> object | None:
    if is_lookup(value):
        return value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else ()
    return next((found for part in parts if (found := _find_step(part)) is not None), None)
