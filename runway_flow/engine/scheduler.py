"""Which action next: a pure choice from where every instance stands."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from runway_flow.engine.messages import Announce, AskLimits, Bind, Command, End, Start
from runway_flow.engine.standing import Phase, RunState, take_room
from runway_flow.engine.states import block, has_ended_badly
from runway_flow.kernel.errors import InternalError

if TYPE_CHECKING:
    from runway_flow.plan.plan import Plan

LOCAL = "local"

BINDS_AT_A_TIME = 32
"""How many instances are bound before what is ready is started: nobody waits for a long plan to be bound."""

UNSTATED_SECONDS = 1.0
"""What an instance counts in the longest path if nobody knows how long it takes."""


def longest_remaining(plan: Plan) -> dict[str, float]:
    """Give the seconds of the longest path that begins with each instance.

    Each comes after what it needs in the plan, so one pass from the end is enough.
    """
    priorities = dict.fromkeys(plan.steps, 0.0)
    for name in reversed(list(plan.steps)):
        planned = plan.steps[name]
        own = planned.seconds if planned.seconds is not None else UNSTATED_SECONDS
        path = priorities[name] = priorities[name] + own
        for need in planned.needs:
            if need in priorities and priorities[need] < path:
                priorities[need] = path
    return priorities


def next_commands(state: RunState) -> tuple[Command, ...]:
    """Give what is to be done now, and note in the state that it is being done.

    Nothing to do and nothing active is the end of the run (`is_over`). Linear in what it gives, and in
    the number of pools.
    """
    commands: list[Command] = []
    if state.halt is None:
        _bind(state, commands)
        _start_at_once(state, commands)
        _ask_limits(state, commands)
        _fill_pools(state, commands)
    while state.news:
        name = state.news.popleft()
        commands.append(Announce(name, _end_of(state, name)))
    return tuple(commands)


def is_over(state: RunState) -> bool:
    """Whether nothing more can happen, after `next_commands` gave nothing.

    Raises `InternalError` if instances are left that nobody works on and nothing keeps from running.
    """
    if state.active:
        return False
    if state.is_all_ended or state.halt is not None:
        return True
    waits_elsewhere = any(owner not in state.instances for owner in state.owners.values())
    if waits_elsewhere or (state.limits_asked and not state.limits_known):
        return False
    left = [name for name, instance in state.instances.items() if instance.phase is not Phase.ENDED]
    raise InternalError(f"the run stands still; what is left waits for each other: {', '.join(left[:5])}")


def _bind(state: RunState, commands: list[Command]) -> None:
    for _ in range(min(BINDS_AT_A_TIME, len(state.bindable))):
        name = state.bindable.popleft()
        instance = state.instances[name]
        if instance.phase is not Phase.BINDING:
            continue
        bad = [
            need
            for need in instance.planned.order_needs
            if need in state.instances and has_ended_badly(state, need)
        ]
        if bad:
            block(state, instance, bad[0])
        else:
            commands.append(Bind(name))


def _start_at_once(state: RunState, commands: list[Command]) -> None:
    while state.at_once:
        _start(state, state.at_once.popleft(), commands)


def _start(state: RunState, name: str, commands: list[Command]) -> None:
    instance = state.instances[name]
    if instance.phase is Phase.ROOM:
        commands.append(Start(name, take_room(state, instance)))


def _ask_limits(state: RunState, commands: list[Command]) -> None:
    wanted = any(queue for pool, queue in state.queues.items() if pool != LOCAL)
    if wanted and not state.limits_asked:
        state.limits_asked = True
        commands.append(AskLimits())


def _fill_pools(state: RunState, commands: list[Command]) -> None:
    """Give room to the longest paths first, over all pools that have some."""
    heads = [(queue[0], pool) for pool, queue in state.queues.items() if queue and _has_room(state, pool)]
    heapq.heapify(heads)
    while heads:
        _, pool = heapq.heappop(heads)
        if not _has_room(state, pool):
            continue
        queue = state.queues[pool]
        _start(state, heapq.heappop(queue)[2], commands)
        if queue and _has_room(state, pool):
            heapq.heappush(heads, (queue[0], pool))


def _has_room(state: RunState, pool: str) -> bool:
    depths = state.depths
    if pool == LOCAL:
        return state.used.get(pool, 0) < depths.local
    if not state.limits_known or (depths.total is not None and state.remote_used >= depths.total):
        return False
    depth = depths.models.get(pool, depths.default)
    return depth is None or state.used.get(pool, 0) < depth


def _end_of(state: RunState, name: str) -> End:
    end = state.instances[name].end
    if end is None:  # pragma: no cover - only ends are news
        raise InternalError(f"{name} was told to have ended")
    return end
