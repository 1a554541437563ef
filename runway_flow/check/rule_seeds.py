"""Rule: where the flow has a seed, say which steps cannot use it (a warning)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Capability
    from runway_flow.spec.flow import Flow


def check_seeds(flow: Flow, candidates: Mapping[str, tuple[Capability, ...]]) -> list[Diagnostic]:
    """Warn, once for each model, of steps whose model takes no seed although the flow has one."""
    if flow.seed is None:
        return []
    told: set[str] = set()
    found: list[Diagnostic] = []
    for step in flow.steps.values():
        rows = candidates.get(step.id, ())
        if not rows or step.uses in told or any(row.is_local or row.takes_seed for row in rows):
            continue
        if rows[0].output.kind.value == "audio":
            continue  # nobody expects a seed of a voice; the stored bytes make it reproducible
        told.add(step.uses)
        message = f"{step.uses} takes no seed: the flow's seed has no effect on `{step.id}`"
        hint = "the stored result is what makes it reproducible"
        if not rows[0].is_known:
            message = f"whether {step.uses} takes a seed is not known: the flow's seed is not sent to it"
            hint = "if it takes one, write `seed: ${{ flow.seed }}`"
        found.append(
            Diagnostic(codes.NO_SEED, message, step.uses_span, Severity.WARNING, hint=hint, step=step.id)
        )
    return found
