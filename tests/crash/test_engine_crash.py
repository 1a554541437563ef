"""Stops a run before and after every effect, starts it again, and counts what was paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runway_flow.engine.events import StepState
from runway_flow.engine.executor import execute
from runway_flow.engine.service import TaskState
from tests.fakes.crashing import Crash, Fuse, fused
from tests.fakes.engine_plans import Made, plan_of
from tests.fakes.engine_world import OPTIONS, EngineWorld
from tests.fakes.virtual_time import run_virtual

if TYPE_CHECKING:
    from runway_flow.engine.outcome import RunOutcome

STEPS = (Made("still"), Made("clip", ("still",)), Made("film", ("still", "clip"), model=None))


def run_until_crash(world: EngineWorld, fuse: Fuse) -> RunOutcome | None:
    """Run the steps in a process of its own; None if it died."""
    ports = world.ports(*STEPS)
    try:
        return run_virtual(execute(plan_of(*STEPS), fused(ports, fuse), OPTIONS, world.stop), world.clock)
    except Crash:
        return None
    finally:
        world.alive.discard(ports.owner.token)


def count_moments() -> int:
    """Count the moments of a run that nothing stops."""
    fuse = Fuse()
    assert run_until_crash(EngineWorld(), fuse) is not None
    return fuse.count


MOMENTS = count_moments()


def check_promises(world: EngineWorld, moment: str) -> None:
    """Nothing was paid twice, and every task that was made is in the journal or its key is in doubt."""
    assert not world.provider.paid_twice, moment
    journaled = {attempt.task for attempt in world.state.attempts_of("r1")}
    in_doubt = {attempt.intent.key for attempt in world.state.open_attempts() if attempt.task is None}
    for task in world.provider.tasks.values():
        assert task.id in journaled or task.key in in_doubt, moment


def test_a_run_has_many_moments() -> None:
    """The test below stops at every effect of a run with three steps."""
    assert MOMENTS > 100


def test_a_crash_at_any_moment_pays_nothing_twice_and_loses_nothing() -> None:
    """Whatever the moment, the next run ends well or says what is in doubt, and submits only what is new."""
    doubts = 0
    for at in range(1, MOMENTS + 1):
        world, fuse = EngineWorld(), Fuse(at)
        assert run_until_crash(world, fuse) is None
        check_promises(world, fuse.where)
        outcome = run_until_crash(world, Fuse())
        assert outcome is not None
        check_promises(world, fuse.where)
        states = {name: step.state for name, step in outcome.steps.items()}
        if StepState.IN_DOUBT in states.values():
            doubts += 1
            assert outcome.exit == 9
            assert fuse.where in IN_DOUBT_MOMENTS
            assert len(world.provider.tasks) <= 2
        else:
            assert outcome.exit == 0, fuse.where
            assert len(world.provider.tasks) == 2, fuse.where
            assert len(world.provider.fetched) <= 3
    assert doubts == len(IN_DOUBT_MOMENTS) * 2


IN_DOUBT_MOMENTS = {"after intend", "before submit", "after submit", "before mark_submitted"}
"""Between the intent and the task's id: only there it is not known whether a task was made."""


@pytest.mark.parametrize("first", [TaskState.FAILED, TaskState.CANCELLED])
def test_a_crash_around_a_failed_task_is_no_second_payment_for_a_good_one(first: TaskState) -> None:
    """A task that failed is written down as failed however the run is cut; its successor is paid once."""
    for at in range(1, MOMENTS + 1, 3):
        world = EngineWorld()
        world.provider.faults.ends.append((first, "INTERNAL"))
        run_until_crash(world, Fuse(at))
        run_until_crash(world, Fuse())
        outcome = run_until_crash(world, Fuse())
        assert outcome is not None
        check_promises(world, str(at))
        assert outcome.exit in (0, 9)


def test_two_crashes_in_a_row_pay_nothing_twice() -> None:
    """A run that was started again and died again is still collected."""
    for at in range(1, MOMENTS + 1, 7):
        for again in range(1, MOMENTS + 1, 11):
            world = EngineWorld()
            run_until_crash(world, Fuse(at))
            run_until_crash(world, Fuse(again))
            outcome = run_until_crash(world, Fuse())
            assert outcome is not None
            check_promises(world, f"{at} and {again}")
            assert outcome.exit in (0, 9)
