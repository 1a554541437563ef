"""The sums of a plan: what is done once counts once."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from runway_flow.kernel.amounts import ZERO
from runway_flow.plan.lookup import OpenAttempt
from runway_flow.plan.plan import PlanState
from runway_flow.plan.settings import PlanSettings, Reach, Selection
from runway_flow.plan.totals import find_shortfalls
from tests.fakes.flows import STILL, FakeLookup, flow_of, plan_of

TWINS = flow_of(f"one: {{{STILL}}}\ntwo: {{{STILL}}}\nthree: {{{STILL}}}")


def test_equal_actions_name_the_one_that_is_paid() -> None:
    """Of equal actions the first is paid; the others cost nothing, and name it."""
    plan = plan_of(TWINS)
    assert [step.same_as for step in plan.steps.values()] == [None, "one", "one"]
    assert [step.why for step in plan.steps.values()] == ["new", "same as one", "same as one"]
    assert [step.estimate.high for step in plan.steps.values()] == [Decimal(5), ZERO, ZERO]
    assert plan.estimate.high == Decimal(5)


def test_the_first_of_equal_actions_that_is_selected_is_paid() -> None:
    """A selection that leaves the first of equal actions out shows what it would pay for the next."""
    plan = plan_of(TWINS, settings=PlanSettings("runway", Selection(Reach.ONLY, ("two", "three"))))
    assert [(step.id, step.same_as, step.why) for step in plan.steps.values()] == [
        ("two", None, "new"),
        ("three", "two", "same as two"),
    ]
    assert plan.estimate.high == Decimal(5)


def test_one_task_is_collected_once() -> None:
    """Equal actions in flight are one task."""
    action = plan_of(TWINS).steps["one"].action
    assert action is not None
    plan = plan_of(TWINS, FakeLookup(attempts={action.key: OpenAttempt("a1", "t", 0.0, "one")}))
    assert [step.state for step in plan.steps.values()] == [PlanState.IN_FLIGHT] * 3
    assert [step.same_as for step in plan.steps.values()] == [None, "one", "one"]


def test_budgets_that_do_not_cover_a_plan() -> None:
    """The run's budget and each step's must cover what is sure to be paid, with what is spent already."""
    text = flow_of(f"one: {{{STILL}, budget: 4}}\ntwo: {{{STILL}, salt: x, budget: 9}}", "budget: 12")
    plan = plan_of(text)
    assert [(one.step, one.missing) for one in find_shortfalls(plan)] == [("one", Decimal(1))]
    plan = replace(plan, spent=Decimal(5), spent_by={"two": Decimal(5)})
    assert [(one.step, one.missing) for one in find_shortfalls(plan)] == [
        (None, Decimal(3)),
        ("one", Decimal(1)),
        ("two", Decimal(1)),
    ]


def test_no_budget_no_shortfall() -> None:
    """Without budgets nothing is too much."""
    assert find_shortfalls(plan_of(TWINS)) == ()


def test_a_plan_that_costs_nothing_is_covered() -> None:
    """What only collects and reads is never refused, whatever was spent."""
    plan = plan_of(flow_of("still: {uses: media/frame, with: {video: a.mp4}, budget: 1}", "budget: 1"))
    assert find_shortfalls(replace(plan, spent=Decimal(9), spent_by={"still": Decimal(9)})) == ()
