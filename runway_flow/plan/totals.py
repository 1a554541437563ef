"""The sums of a plan: what equal actions share, credits, savings, time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from runway_flow.catalog.pricing import can_be_priced
from runway_flow.kernel.amounts import FREE, ZERO
from runway_flow.plan.duration import estimate_time, works_of
from runway_flow.plan.plan import Change, PlanState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.kernel.amounts import Credits
    from runway_flow.plan.action import ActionKey
    from runway_flow.plan.plan import Plan, PlannedStep

_PAID_LATER = (PlanState.RUN, PlanState.UNKNOWN)
_DONE_ONCE = (PlanState.RUN, PlanState.LOCAL, PlanState.IN_FLIGHT)


class Shortfall(Struct, frozen=True):
    """A budget that does not cover what a run is sure to cost; `step` is None for the run's own."""

    step: str | None
    cost: Credits
    spent: Credits
    budget: Credits

    @property
    def missing(self) -> Credits:
        """How many credits are too many."""
        return self.cost + self.spent - self.budget


def summed(plan: Plan) -> Plan:
    """Fill in the sums. What is stored, in flight or in doubt costs nothing more; equal actions are one."""
    steps = _shared(plan.steps)
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
    works = works_of(steps)
    time = estimate_time(works, {name: steps[name].needs for name in works}, jobs=plan.jobs)
    return replace(
        plan,
        steps=steps,
        estimate=cost,
        unknown_prices=unknown,
        saved=saved,
        critical_path=time.path,
        critical_seconds=time.path_seconds,
        seconds=time.seconds,
        crowd=time.crowd,
    )


def _shared(steps: Mapping[str, PlannedStep]) -> dict[str, PlannedStep]:
    """Let the first of equal actions be done, and the others say whose result they get.

    Only instances that are part of the plan count: what a selection leaves out is done by nobody.
    """
    owners: dict[ActionKey, str] = {}
    found: dict[str, PlannedStep] = {}
    for name, step in steps.items():
        found[name] = step
        if step.action is not None and step.state in _DONE_ONCE:
            owner = owners.setdefault(step.action.key, name)
            if owner != name:
                why = f"same as {owner}"
                found[name] = replace(step, same_as=owner, why=why, change=Change.NONE, estimate=FREE)
    return found


def find_unpriced(plan: Plan) -> tuple[PlannedStep, ...]:
    """Give the instances to be paid whose price will not be known either when they are submitted."""
    return tuple(
        step
        for step in plan.steps.values()
        if (step.state is PlanState.RUN and not step.estimate.is_known)
        or (step.state is PlanState.UNKNOWN and not can_be_priced(step.capability, step.params))
    )


def find_shortfalls(plan: Plan) -> tuple[Shortfall, ...]:
    """Give the budgets that do not cover the plan's lower bound: the run's, then those of steps."""
    found = []
    if plan.budget is not None:
        found.append(Shortfall(None, plan.estimate.low, plan.spent, plan.budget))
    costs: dict[str, Credits] = {}
    budgets: dict[str, Credits] = {}
    for step in plan.steps.values():
        if step.budget is not None:
            budgets[step.step] = step.budget
            costs[step.step] = costs.get(step.step, ZERO) + step.estimate.low
    for name, budget in budgets.items():
        found.append(Shortfall(name, costs[name], plan.spent_by.get(name, ZERO), budget))
    return tuple(one for one in found if one.cost and one.missing > 0)
