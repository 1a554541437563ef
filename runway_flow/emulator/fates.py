"""What a fault decides about the task that a call creates."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from runway_flow.emulator.endings import Ending
from runway_flow.engine.service import TaskState

if TYPE_CHECKING:
    from runway_flow.emulator.faults import Fault

FOREVER = 1e15
"""The moment, in remote seconds, at which a task gets its slot that never gets one."""


def fated_ending(fate: Fault | None) -> Ending | None:
    """Give the end that a fault decides, or None if it decides none."""
    if fate is None:
        return None
    if fate.kind == "fail":
        return Ending(TaskState.FAILED, str(fate.value))
    return Ending(TaskState.CANCELLED) if fate.kind == "cancelled" else None


def is_throttled(fate: Fault | None) -> bool:
    """Tell whether a fault keeps the task from ever getting a slot."""
    return fate is not None and fate.kind == "throttle"


def estimate_factor(fate: Fault | None) -> float:
    """Give how many times what it will charge a task's estimate is."""
    return cast("float", fate.value) if fate is not None and fate.kind == "estimate" else 1.0
