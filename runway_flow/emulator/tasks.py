"""The life of a remote task as a pure function of when it was created, its slot, and now."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from runway_flow.engine.service import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PENDING_SHARE = 0.1
"""The part of a task's length that it spends PENDING before it RUNs; made up."""
PENDING_MAX_S = 1.0


class Life(Struct, frozen=True):
    """When a task came, when it got its slot, how long it holds it, and how it ends; remote seconds."""

    created: float
    start: float
    seconds: float
    ending: TaskState = TaskState.SUCCEEDED

    @property
    def end(self) -> float:
        """The moment the task ends and frees its slot."""
        return self.start + self.seconds

    @property
    def running_from(self) -> float:
        """The moment the task begins to RUN."""
        return self.start + min(self.seconds * PENDING_SHARE, PENDING_MAX_S)


class Moment(Struct, frozen=True):
    """The state of a task at one moment; `progress` (0 to 1) only while it RUNs."""

    state: TaskState
    progress: float | None = None


def moment_of(life: Life, now: float) -> Moment:
    """Give the state at `now`: THROTTLED until it has a slot, then PENDING, RUNNING, and its ending."""
    if now >= life.end:
        return Moment(life.ending)
    if now < life.start:
        return Moment(TaskState.THROTTLED)
    if now < life.running_from:
        return Moment(TaskState.PENDING)
    done = (now - life.running_from) / (life.end - life.running_from)
    return Moment(TaskState.RUNNING, round(min(max(done, 0.0), 1.0), 2))


def next_start(ends: Iterable[float], slots: int, created: float) -> float:
    """Give the moment a new task gets a slot, first come first served.

    `ends` are the ends of all tasks that came before; only the `slots` latest of them matter.
    """
    latest = heapq.nlargest(slots, ends)
    return max(created, latest[-1]) if len(latest) == slots else created


def requeue(lives: Sequence[Life], slots: int, now: float) -> tuple[Life, ...]:
    """Give the lives after one that stood among them was removed at `now`; in order of creation.

    Who has a slot keeps it; who waits moves up, but never into the past.
    """
    ends = [life.end for life in lives if life.start <= now]
    moved: list[Life] = []
    for life in lives:
        if life.start <= now:
            moved.append(life)
            continue
        placed = replace(life, start=next_start(ends, slots, max(life.created, now)))
        ends.append(placed.end)
        moved.append(placed)
    return tuple(moved)
