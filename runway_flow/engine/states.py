"""Where every instance of a run stands, and how what happened moves it.

`advance(state, message)` takes the state over: only what it gives back may be used. That it works in place
is an agreement of this module with `scheduler`, and keeps a run of 10,000 instances linear.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from runway_flow.engine.events import StepState
from runway_flow.engine.messages import (
    Collected,
    Collecting,
    End,
    Freed,
    Halt,
    Halted,
    Left,
    LimitsKnown,
    Message,
    Missing,
    Offered,
    OverBudget,
    PoolDepths,
    Settled,
)
from runway_flow.engine.standing import Phase, RunState, Standing, deactivate, give_room, queue_up
from runway_flow.kernel import codes
from runway_flow.kernel.errors import InternalError
from runway_flow.plan.plan import PlanState
from runway_flow.spec.flow import OnFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.plan.action import Action, ActionKey, ActionResult
    from runway_flow.plan.plan import Plan

BAD = frozenset({StepState.FAILED, StepState.BLOCKED, StepState.CANCELLED, StepState.IN_DOUBT})
"""Ends that block whoever needs the instance."""


def begin(plan: Plan, depths: PoolDepths, priorities: Mapping[str, float]) -> RunState:
    """Give the state of a run that begins: what the plan found stored or skipped is over already."""
    state = RunState({}, depths)
    for index, (name, planned) in enumerate(plan.steps.items()):
        instance = state.instances[name] = Standing(planned, index, priorities[name])
        if planned.state is PlanState.STORED and planned.result is not None:
            _end(state, instance, End(StepState.STORED, planned.result, note=planned.why))
        elif planned.state is PlanState.SKIPPED:
            _end(state, instance, End(StepState.SKIPPED, note=planned.why))
        else:
            _wait(state, instance, {need for need in planned.needs if need in plan.steps})
    return state


def advance(state: RunState, message: Message) -> RunState:
    """Move the run on by what happened."""
    match message:
        case Halted(halt):
            _halt(state, halt)
        case LimitsKnown(depths):
            state.depths, state.limits_known = depths, True
        case Collecting(name, key):
            state.owners[key] = name
        case Collected(name, key, result):
            state.owners.pop(key, None)
            _share(state, key, name, result)
        case _:
            _advance_instance(state, state.instances[message.step], message)
    return state


def _advance_instance(
    state: RunState, instance: Standing, message: Offered | Missing | Settled | Freed | OverBudget | Left
) -> None:
    match message:
        case Offered(_, action, at_once):
            _offer(state, instance, action, at_once=at_once)
        case Missing(_, needs):
            _miss(state, instance, needs)
        case Settled(_, end):
            _settle(state, instance, end)
        case Freed():
            give_room(state, instance)
        case OverBudget(_, end):
            _over_budget(state, instance, end)
        case _:
            _leave(state, instance, message.halt)


def block(state: RunState, instance: Standing, culprit: str) -> None:
    """End an instance that needs one which ended badly; the first one of the chain is named."""
    fault = state.instances[culprit].end
    if fault is not None and fault.culprit is not None and fault.state is StepState.BLOCKED:
        culprit = fault.culprit
        fault = state.instances[culprit].end
    words = "is not made" if fault is None else _WORDS.get(fault.state, "is not made")
    _settle(state, instance, End(StepState.BLOCKED, note=f"{culprit} {words}", culprit=culprit))


_WORDS = {
    StepState.FAILED: "failed",
    StepState.CANCELLED: "was cancelled",
    StepState.IN_DOUBT: "is in doubt",
    StepState.BLOCKED: "did not run",
}


def has_ended_badly(state: RunState, name: str) -> bool:
    """Whether an instance ended so that whoever needs it is blocked."""
    end = state.instances[name].end
    return end is not None and end.state in BAD


def _wait(state: RunState, instance: Standing, needs: set[str]) -> None:
    open_needs = [need for need in needs if need not in state.instances or state.instances[need].end is None]
    instance.phase, instance.missing = Phase.NEEDS, len(open_needs)
    for need in open_needs:
        state.dependents.setdefault(need, []).append(instance.planned.id)
    if not open_needs:
        _make_bindable(state, instance)


def _make_bindable(state: RunState, instance: Standing) -> None:
    instance.phase = Phase.BINDING
    state.bindable.append(instance.planned.id)


def _offer(state: RunState, instance: Standing, action: Action, *, at_once: bool) -> None:
    if instance.phase is Phase.ENDED:
        return
    instance.action, instance.at_once = action, at_once
    if action.key in state.fallen:
        _fall_with(state, instance, state.fallen[action.key])
        return
    owner = state.owners.setdefault(action.key, instance.planned.id)
    if owner != instance.planned.id:
        instance.phase = Phase.EQUAL
        state.equals.setdefault(action.key, []).append(instance.planned.id)
        return
    if at_once:
        instance.phase = Phase.ROOM
        state.at_once.append(instance.planned.id)
    else:
        queue_up(state, instance)


def _miss(state: RunState, instance: Standing, needs: frozenset[str]) -> None:
    foreign = sorted(need for need in needs if need not in state.instances)
    if foreign:
        end = End(
            StepState.BLOCKED, code=codes.SELECTION_UNKNOWN, note=f"{foreign[0]} is not part of this run"
        )
        _settle(state, instance, end)
        return
    bad = sorted(need for need in needs if has_ended_badly(state, need))
    if bad:
        block(state, instance, bad[0])
        return
    open_needs = {need for need in needs if state.instances[need].end is None}
    if not open_needs:
        raise InternalError(f"{instance.planned.id} waits for {', '.join(sorted(needs))}, which is there")
    _wait(state, instance, open_needs)


def _settle(state: RunState, instance: Standing, end: End) -> None:
    if instance.phase is Phase.ENDED:
        return
    deactivate(state, instance)
    key = instance.action.key if instance.action is not None else None
    _end(state, instance, end)
    if key is not None and state.owners.get(key) == instance.planned.id:
        del state.owners[key]
        _mirror(state, key, instance.planned.id, end)
    if end.halt is not None:
        _halt(state, end.halt)
    elif end.state in (StepState.FAILED, StepState.CANCELLED) and _stops(instance):
        _halt(state, Halt(note=f"not started: {instance.planned.id} failed, and its on_failure is stop"))


def _stops(instance: Standing) -> bool:
    return instance.planned.on_failure is OnFailure.STOP


def _end(state: RunState, instance: Standing, end: End) -> None:
    name = instance.planned.id
    instance.phase, instance.end = Phase.ENDED, end
    state.ended += 1
    if end.state is StepState.SKIPPED:
        state.results[name] = None
    elif end.result is not None:
        state.results[name] = end.result
    state.news.append(name)
    for dependent in state.dependents.pop(name, ()):
        waiting = state.instances[dependent]
        waiting.missing -= 1
        if waiting.missing == 0 and waiting.phase is Phase.NEEDS:
            _make_bindable(state, waiting)


def _mirror(state: RunState, key: ActionKey, owner: str, end: End) -> None:
    """Let the equals of an action end as it did; if only a limit refused it, they try themselves."""
    if end.result is not None or end.state is StepState.BLOCKED:
        _share(state, key, owner, end.result)
        return
    state.fallen[key] = owner
    for name in state.equals.pop(key, []):
        _fall_with(state, state.instances[name], owner)


def _fall_with(state: RunState, instance: Standing, owner: str) -> None:
    """End an instance as the equal one did that was tried."""
    end = state.instances[owner].end
    if end is None:  # pragma: no cover - it is told by its end
        raise InternalError(f"{owner} did not end")
    note = f"the same action as {owner}, which {_WORDS.get(end.state, 'did not run')}"
    _settle(state, instance, End(end.state, code=end.code, note=note, task=end.task, culprit=owner))


def _share(state: RunState, key: ActionKey, owner: str, result: ActionResult | None) -> None:
    """Give the equals of an action its result, or let them try themselves."""
    for name in state.equals.pop(key, []):
        instance = state.instances[name]
        if result is not None:
            _settle(state, instance, End(StepState.STORED, result, note=f"the same action as {owner}"))
        else:
            # the first of them is the owner from now on, and looks up what there is to recover
            _offer(state, instance, instance.bound, at_once=instance.at_once)


def _over_budget(state: RunState, instance: Standing, end: End) -> None:
    """Wait for what others give back; if nobody can give back any more, that was it."""
    if state.active_remote > 1 and state.halt is None:
        deactivate(state, instance, is_final=False)
        instance.phase = Phase.BUDGET
        heapq.heappush(state.over_budget, instance.rank)
    else:
        _settle(state, instance, end)


def _leave(state: RunState, instance: Standing, halt: Halt | None) -> None:
    if instance.phase is Phase.ACTIVE:
        deactivate(state, instance)
        instance.phase = Phase.LEFT
    if halt is not None:
        _halt(state, halt)


def _halt(state: RunState, halt: Halt) -> None:
    if halt.code is not None:
        state.halt_codes.append(halt.code)
    if state.halt is None or state.halt.note is None:
        state.halt = halt
    if halt.note is None:
        return
    for instance in state.instances.values():
        if instance.phase not in (Phase.ACTIVE, Phase.ENDED, Phase.LEFT, Phase.EQUAL):
            _end(state, instance, End(StepState.BLOCKED, note=halt.note))
    for key, names in list(state.equals.items()):
        owner = state.instances.get(state.owners.get(key, ""))
        if owner is None or owner.phase is not Phase.ACTIVE:
            del state.equals[key]
            for name in names:
                _end(state, state.instances[name], End(StepState.BLOCKED, note=halt.note))
