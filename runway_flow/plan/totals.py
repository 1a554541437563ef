"""The sums of a plan: credits, savings, the critical path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow import graph
from runway_flow.kernel.amounts import FREE, ZERO
from runway_flow.plan.plan import PlanState

if TYPE_CHECKING:
    from runway_flow.plan.plan import Plan

_PAID_LATER = (PlanState.RUN, PlanState.UNKNOWN)
_TAKES_TIME = (PlanState.RUN, PlanState.UNKNOWN, PlanState.IN_FLIGHT, PlanState.LOCAL)


def summed(plan: Plan) -> Plan:
    """Fill in the sums. What is stored, in flight or in doubt costs nothing more."""
    steps = plan.steps
    cost = FREE
    unknown = 0
    saved = ZERO
    paid_for = set()
    for step in steps.values():
        if step.state in _PAID_LATER and not step.capability.is_local:
            cost += step.estimate
            unknown += not step.estimate.is_known
        if step.state is PlanState.STORED and step.result is not None and step.result.key not in paid_for:
            paid_for.add(step.result.key)
            saved += step.result.credits
    seconds = {name: step.seconds or 0.0 for name, step in steps.items() if step.state in _TAKES_TIME}
    path: tuple[str, ...] = ()
    total = 0.0
    if seconds:
        needs = {name: [need for need in steps[name].needs if need in seconds] for name in seconds}
        path, total = graph.longest_path(seconds, needs, seconds)
    return replace(
        plan,
        estimate=cost,
        unknown_prices=unknown,
        saved=saved,
        critical_path=path,
        critical_seconds=total,
    )
