"""The state of a run as data: where every instance stands, what room is taken, who waits for what."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from runway_flow.kernel.errors import InternalError

if TYPE_CHECKING:
    from runway_flow.engine.messages import End, Halt, PoolDepths
    from runway_flow.kernel import codes
    from runway_flow.plan.action import Action, ActionKey, ActionResult
    from runway_flow.plan.plan import PlannedStep


class Phase(Enum):
    """What an instance waits for."""

    NEEDS = "needs"
    BINDING = "binding"
    ROOM = "room"
    EQUAL = "equal"
    BUDGET = "budget"
    ACTIVE = "active"
    LEFT = "left"
    ENDED = "ended"


@dataclass(slots=True)
class Standing:
    """Where one instance stands. `priority`: the seconds of the longest path that begins with it."""

    planned: PlannedStep
    index: int
    priority: float
    missing: int = 0
    phase: Phase = Phase.NEEDS
    action: Action | None = None
    at_once: bool = False
    has_room: bool = False
    end: End | None = None

    @property
    def rank(self) -> tuple[float, int, str]:
        """The order in which instances take room: the longest path first, then that of the plan."""
        return (-self.priority, self.index, self.planned.id)

    @property
    def bound(self) -> Action:
        """The action that it was bound to. Raises `InternalError` before that."""
        if self.action is None:
            raise InternalError(f"{self.planned.id} has no action yet")
        return self.action


@dataclass(slots=True)
class RunState:
    """A run as the scheduler sees it; `news` are ends that have not been told yet."""

    instances: dict[str, Standing]
    depths: PoolDepths
    limits_known: bool = False
    limits_asked: bool = False
    dependents: dict[str, list[str]] = field(default_factory=dict)
    results: dict[str, ActionResult | None] = field(default_factory=dict)
    news: deque[str] = field(default_factory=deque)
    bindable: deque[str] = field(default_factory=deque)
    at_once: deque[str] = field(default_factory=deque)
    queues: dict[str, list[tuple[float, int, str]]] = field(default_factory=dict)
    over_budget: list[tuple[float, int, str]] = field(default_factory=list)
    used: dict[str, int] = field(default_factory=dict)
    remote_used: int = 0
    active: int = 0
    active_remote: int = 0
    owners: dict[ActionKey, str] = field(default_factory=dict)
    equals: dict[ActionKey, list[str]] = field(default_factory=dict)
    fallen: dict[ActionKey, str] = field(default_factory=dict)
    """Actions that ended badly in this run, and whose they were: their equals are not tried again."""
    halt: Halt | None = None
    halt_codes: list[codes.Code] = field(default_factory=list)
    ended: int = 0

    @property
    def is_all_ended(self) -> bool:
        """Whether no instance can change any more."""
        return self.ended == len(self.instances)


def queue_up(state: RunState, instance: Standing) -> None:
    """Let a bound instance wait for room in its pool."""
    instance.phase = Phase.ROOM
    heapq.heappush(state.queues.setdefault(instance.bound.pool, []), instance.rank)


def take_room(state: RunState, instance: Standing) -> Action:
    """Note that an instance begins with its action. The scheduler does when it says `Start`."""
    action = instance.bound
    instance.phase, instance.has_room = Phase.ACTIVE, True
    state.used[action.pool] = state.used.get(action.pool, 0) + 1
    state.active += 1
    if not action.is_local:
        state.remote_used += 1
        state.active_remote += 1
    return action


def give_room(state: RunState, instance: Standing) -> None:
    """Note that the remote part of an action is over; no change if it was noted before."""
    if not instance.has_room:
        return
    instance.has_room = False
    state.used[instance.bound.pool] -= 1
    if not instance.bound.is_local:
        state.remote_used -= 1


def deactivate(state: RunState, instance: Standing, *, is_final: bool = True) -> None:
    """Note that nothing is done for an instance any more.

    `is_final`: it may have given credits back, so that one which was over budget tries again.
    """
    if instance.phase is not Phase.ACTIVE:
        return
    give_room(state, instance)
    state.active -= 1
    if instance.bound.is_local:
        return
    state.active_remote -= 1
    if is_final and state.over_budget and state.halt is None:
        _, _, name = heapq.heappop(state.over_budget)
        queue_up(state, state.instances[name])
