"""Interruptions, leases, tasks of an earlier flow: what a run does beside its steps."""

from __future__ import annotations

import asyncio
import contextlib
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from runway_flow.engine.events import RunStatus, StepState
from runway_flow.engine.executor import StopSignal, execute
from runway_flow.engine.finishing import unbroken, with_grace
from runway_flow.engine.offload import ThreadOffload
from runway_flow.engine.service import Ambiguous, TaskState
from runway_flow.kernel import codes
from runway_flow.kernel.codes import ExitCode
from runway_flow.kernel.errors import ProviderError, StoreError
from tests.fakes.engine_plans import REALM, Made, action_of, plan_of
from tests.fakes.engine_world import OPTIONS, EngineWorld
from tests.fakes.task_provider import unreachable
from tests.fakes.virtual_time import VirtualClock, run_virtual

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from runway_flow.engine.records import Owner

STILL = Made("still")


def stop_after(
    world: EngineWorld, *seconds: float, reason: str = "interrupt"
) -> Callable[[], Coroutine[object, object, None]]:
    """Give what asks for the end after these waits."""

    async def work() -> None:
        for wait in seconds:
            await world.clock.sleep(wait)
            world.stop.request(reason)

    return work


def test_a_signal_remembers_the_first_reason_and_counts_to_two() -> None:
    """Listeners are told each time, until they end it."""
    stop, told = StopSignal(), []
    end = stop.listen(lambda: told.append(stop.is_urgent))
    assert not stop.is_requested
    stop.request("terminate")
    assert (stop.reason, stop.is_requested, stop.is_urgent) == ("terminate", True, False)
    stop.request("interrupt")
    end()
    stop.request()
    assert (stop.reason, told) == ("terminate", [False, True])


@pytest.mark.parametrize(
    ("reason", "exit_code"), [("interrupt", ExitCode.INTERRUPTED), ("terminate", ExitCode.TERMINATED)]
)
def test_an_interrupted_run_says_what_goes_on_remotely(reason: str, exit_code: ExitCode) -> None:
    """Nothing new is submitted; what was is collected by the next run."""
    world = EngineWorld()
    world.provider.takes_s = 60.0
    made = (STILL, Made("next", ("still",)), Made("cut", model=None))
    world.local.takes_s = 100.0
    outcome = world.run(*made, beside=stop_after(world, 10.0, reason=reason))
    assert (outcome.status, outcome.exit) == (RunStatus.INTERRUPTED, exit_code)
    assert outcome.remote == {"still": "task-1"}
    assert world.states(outcome) == {"still": "running", "next": "waiting", "cut": "running"}
    assert world.clock.offset_s == pytest.approx(10.0)
    again = world.run(*made)
    assert again.status is RunStatus.OK
    assert len(world.provider.posts) == 2


def test_a_post_in_flight_is_journaled_before_the_end() -> None:
    """However long its answer takes."""
    world = EngineWorld()
    world.provider.post_s = 60.0
    outcome = world.run(STILL, beside=stop_after(world, 10.0))
    assert outcome.remote == {"still": "task-1"}
    assert world.clock.offset_s == pytest.approx(60.0)
    assert world.run(STILL).spent == Decimal(10)
    assert len(world.provider.posts) == 1


def test_the_second_request_leaves_at_once() -> None:
    """What was in flight is in doubt then; nothing else is."""
    world = EngineWorld()
    world.provider.post_s = 60.0
    outcome = world.run(STILL, Made("other"), beside=stop_after(world, 10.0, 5.0))
    assert outcome.status is RunStatus.INTERRUPTED
    assert world.clock.offset_s == pytest.approx(15.0)
    world.provider.post_s = 0.1
    assert set(world.states(world.run(STILL, Made("other"))).values()) == {"in_doubt"}


def test_those_who_wait_to_post_do_not_post_after_an_interruption() -> None:
    """Only what is in flight is finished."""
    world = EngineWorld()
    world.provider.post_s = 10.0
    world.run(*(Made(f"s{n}") for n in range(8)), beside=stop_after(world, 5.0))
    assert len(world.provider.posts) == 4


def test_a_download_under_way_gets_a_little_more_time() -> None:
    """Five seconds; what it brings is kept and told."""
    world = EngineWorld()
    world.provider.fetch_s = 4.0
    outcome = world.run(STILL, Made("next", ("still",)), beside=stop_after(world, 6.0))
    assert world.states(outcome) == {"still": "done", "next": "waiting"}
    assert outcome.spent == Decimal(10)


def test_a_download_that_takes_longer_is_left_to_the_next_run() -> None:
    """Its task is in the journal."""
    world = EngineWorld()
    world.provider.fetch_s = 100.0
    outcome = world.run(STILL, beside=stop_after(world, 6.0))
    assert outcome.steps["still"].state is StepState.DOWNLOADING
    assert outcome.remote == {"still": "task-1"}
    assert world.clock.offset_s == pytest.approx(11.0)


def test_a_run_that_is_stopped_before_it_begins_submits_nothing() -> None:
    """The signal came early."""
    world = EngineWorld()
    world.stop.request()
    outcome = world.run(STILL)
    assert outcome.status is RunStatus.INTERRUPTED
    assert world.provider.posts == []


def test_a_stop_that_leaves_nothing_undone_is_none() -> None:
    """Everything was done by then."""
    world = EngineWorld()
    world.provider.fetch_s = 1.0
    assert world.run(STILL, beside=stop_after(world, 5.5)).status is RunStatus.OK


def test_a_run_that_is_cancelled_from_outside_finishes_its_post() -> None:
    """As at the first request."""
    world = EngineWorld()
    world.provider.post_s = 60.0
    ports = world.ports(STILL)

    async def work() -> None:
        task = asyncio.ensure_future(execute(plan_of(STILL), ports, OPTIONS, StopSignal()))
        await world.clock.sleep(10.0)
        task.cancel()
        await asyncio.wait((task,))
        assert task.cancelled()

    run_virtual(work(), world.clock)
    assert [one.task for one in world.state.open_attempts()] == ["task-1"]


# --- unbroken work -----------------------------------------------------------------------------------


async def slow(clock: VirtualClock, seconds: float, done: list[str]) -> str:
    """Take some time, and say whether it came to the end."""
    try:
        await clock.sleep(seconds)
    except asyncio.CancelledError:
        done.append("cut")
        raise
    done.append("done")
    return "value"


@pytest.mark.parametrize(("cancels", "told", "took"), [(0, "done", 10.0), (1, "done", 10.0), (2, "cut", 2.0)])
def test_unbroken_work_ends_before_its_caller(cancels: int, told: str, took: float) -> None:
    """One cancellation waits for it, a second does not."""
    clock, done = VirtualClock(), list[str]()

    async def work() -> None:
        task = asyncio.ensure_future(unbroken(slow(clock, 10.0, done)))
        for _ in range(cancels):
            await clock.sleep(1.0)
            task.cancel()
        await asyncio.wait((task,))
        assert task.cancelled() is (cancels > 0)

    run_virtual(work(), clock)
    assert (done, clock.offset_s) == ([told], took)


@pytest.mark.parametrize("cancels", [2, 3, 4])
def test_work_that_is_cut_is_not_left_behind(cancels: int) -> None:
    """However often its caller is cancelled, what it clears away is cleared away when the caller ends."""
    clock, done = VirtualClock(), list[str]()

    async def clear_away() -> None:
        try:
            await clock.sleep(100.0)
        finally:
            clearing = asyncio.ensure_future(clock.sleep(5.0))
            while not clearing.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait((clearing,))
            done.append("cleared")

    async def work() -> None:
        task = asyncio.ensure_future(unbroken(clear_away()))
        for _ in range(cancels):
            await clock.sleep(1.0)
            task.cancel()
        await asyncio.wait((task,))
        assert task.cancelled()
        assert done == ["cleared"]

    run_virtual(work(), clock)
    assert clock.offset_s == 7.0


@pytest.mark.parametrize(("seconds", "is_given"), [(4.0, True), (60.0, False)])
def test_grace_gives_what_comes_in_time(seconds: float, is_given: bool) -> None:  # noqa: FBT001
    """And cancels what does not."""
    clock, done = VirtualClock(), list[str]()

    async def work() -> None:
        task = asyncio.ensure_future(with_grace(slow(clock, seconds, done), clock, 5.0))
        await clock.sleep(1.0)
        task.cancel()
        await asyncio.wait((task,))
        assert task.cancelled() is not is_given
        assert is_given is False or task.result() == "value"

    run_virtual(work(), clock)
    assert done == (["done"] if is_given else ["cut"])


def test_a_failure_in_its_grace_is_a_cancellation() -> None:
    """Whoever was cancelled cannot be told, and nobody is warned of a forgotten exception."""
    clock = VirtualClock()

    async def fail() -> None:
        await clock.sleep(3.0)
        raise ValueError

    async def work() -> None:
        task = asyncio.ensure_future(with_grace(fail(), clock, 5.0))
        await clock.sleep(1.0)
        task.cancel()
        await asyncio.wait((task,))
        assert task.cancelled()

    run_virtual(work(), clock)


async def test_threads_write_in_order_and_end() -> None:
    """The journal has one thread; closing waits for what has begun."""
    offload, written = ThreadOffload(), list[int]()
    await asyncio.gather(*(offload.journal(lambda n=n: written.append(n)) for n in range(20)))  # type: ignore[misc]
    assert written == list(range(20))
    assert await offload.files(lambda: "read") == "read"
    offload.close()


async def test_a_run_uses_threads_of_its_own_unless_it_is_given_others() -> None:
    """And ends them."""
    world = EngineWorld()
    ports = replace(world.ports(), offload=None)
    made = Made("cut", model=None)
    world.local.takes_s = 0.0
    outcome = await execute(plan_of(made), ports, OPTIONS, StopSignal())
    assert outcome.status is RunStatus.OK


# --- leases ------------------------------------------------------------------------------------------


def hold(world: EngineWorld, made: Made) -> Owner:
    """Let another process hold the lease of an action."""
    owner = world.new_owner()
    assert world.state.acquire_lease(action_of(made).key, owner, 0.0, lambda _: True)
    return owner


def test_another_process_is_waited_for_and_its_result_used() -> None:
    """Nothing is submitted, and nothing is spent."""
    world, other = EngineWorld(), EngineWorld()
    result = other.run(STILL).steps["still"].result
    assert result is not None
    world.blobs._blobs.update(other.blobs._blobs)
    owner = hold(world, STILL)

    async def beside() -> None:
        await world.clock.sleep(30.0)
        world.state.record(result, flow="dub", step="still")
        world.state.release_lease(result.key, owner)

    outcome = world.run(STILL, beside=beside)
    assert world.states(outcome) == {"still": "stored"}
    assert world.provider.posts == []
    assert world.events.notes("still")[0] == "another process works on it; its result is used"


def test_the_lease_of_a_dead_process_is_taken_over() -> None:
    """Without ceremony; what it may have submitted is in the journal."""
    world = EngineWorld()
    owner = hold(world, STILL)
    world.alive.discard(owner.token)
    assert world.run(STILL).status is RunStatus.OK


def test_a_lease_that_is_waited_for_too_long_ends_the_run() -> None:
    """Exit 8."""
    world = EngineWorld()
    hold(world, STILL)
    outcome = world.run(STILL, options=replace(OPTIONS, lease_wait_s=60.0))
    assert (outcome.status, outcome.exit) == (RunStatus.BUSY, ExitCode.BUSY)
    assert world.clock.offset_s == pytest.approx(60.0, abs=2.0)


def test_leases_are_kept_alive_and_given_back() -> None:
    """A heartbeat as long as something runs; none is left behind."""
    world = EngineWorld()
    world.provider.takes_s = 100.0
    beats = list[float]()
    original = world.state.renew_leases

    def renew(owner: Owner, now: float) -> None:
        beats.append(now)
        original(owner, now)

    world.state.renew_leases = renew  # type: ignore[method-assign] # counts the beats
    world.run(STILL, Made("cut", ("still",), model=None), beside=None)
    assert len(beats) == 7
    assert world.state.acquire_lease(action_of(STILL).key, world.new_owner(), 0.0, lambda _: True)


def test_a_heart_rests_when_nothing_is_held() -> None:
    """Local work needs no lease."""
    world = EngineWorld()
    world.local.takes_s = 100.0
    beats = list[object]()
    world.state.renew_leases = lambda *said: beats.append(said)  # type: ignore[method-assign] # counts the beats
    world.run(STILL, Made("cut", ("still",), model=None))
    assert beats == []


def test_a_heartbeat_that_fails_ends_no_run() -> None:
    """The lease is judged by whether its owner lives."""
    world = EngineWorld()
    world.provider.takes_s = 100.0

    def refuse(*_: object) -> None:
        raise StoreError("the database is locked", code=codes.STORE_BUSY)

    world.state.renew_leases = refuse  # type: ignore[assignment, method-assign] # a database that hangs
    assert world.run(STILL).status is RunStatus.OK


# --- tasks of an earlier flow ------------------------------------------------------------------------


OLD = Made("old")


def leave_task(world: EngineWorld, takes_s: float = 60.0) -> None:
    """Let an earlier run submit `old`, and be interrupted."""
    world.provider.takes_s = takes_s
    world.run(OLD, beside=stop_after(world, 2.0))
    assert [one.task for one in world.state.open_attempts()] == ["task-1"]
    world.provider.takes_s = 5.0


def test_a_task_that_the_flow_no_longer_has_is_collected() -> None:
    """Under its key, with its cost; the run waits no longer than for its own steps."""
    world = EngineWorld()
    leave_task(world)
    world.clock.offset_s += 60.0
    outcome = world.run(STILL)
    assert world.states(outcome) == {"still": "done"}
    assert outcome.spent == Decimal(20)
    assert world.state.find_result(action_of(OLD).key) is not None
    assert world.state.open_attempts() == ()


def test_a_task_that_is_not_done_by_then_stays_in_the_journal() -> None:
    """A run is as long as its own steps."""
    world = EngineWorld()
    leave_task(world, takes_s=10_000.0)
    before = world.clock.offset_s
    assert world.run(STILL).status is RunStatus.OK
    assert world.clock.offset_s - before < 10.0
    assert len(world.state.open_attempts()) == 1


def test_a_task_that_failed_meanwhile_is_written_down_and_fails_nothing() -> None:
    """Its cost counts."""
    world = EngineWorld()
    world.provider.faults.ends.append((TaskState.FAILED, "SAFETY"))
    leave_task(world)
    world.clock.offset_s += 60.0
    outcome = world.run(STILL)
    assert (outcome.status, outcome.spent) == (RunStatus.OK, Decimal(11))
    assert world.state.open_attempts() == ()
    assert world.events.codes() == []


@pytest.mark.parametrize("error", [unreachable("no answer"), ProviderError("no")])
def test_trouble_with_it_is_trouble_of_a_later_run(error: Exception) -> None:
    """It is told by nobody, and stays in the journal."""
    world = EngineWorld()
    leave_task(world)
    world.provider.faults.polls.append(error)
    outcome = world.run(Made("cut", model=None))
    assert outcome.status is RunStatus.OK
    assert len(world.state.open_attempts()) == 1
    assert world.events.codes() == []


def test_a_store_that_loses_the_download_of_it_is_a_matter_of_its_own() -> None:
    """One blob fails only its task; a full disk ends the run."""
    world = EngineWorld()
    leave_task(world)
    world.clock.offset_s += 60.0
    world.provider.faults.fetches.append(StoreError("gone", code=codes.BLOB_MISSING))
    assert world.run(Made("cut", model=None)).status is RunStatus.OK
    world.clock.offset_s += 60.0
    world.provider.faults.fetches.append(StoreError("full", code=codes.DISK_FULL))
    with pytest.raises(StoreError, match="full"):
        world.run(Made("more", model=None))


def test_a_task_that_another_process_collects_is_left_to_it() -> None:
    """It has the lease."""
    world = EngineWorld()
    leave_task(world)
    hold(world, OLD)
    polls = len(world.provider.polls)
    assert world.run(Made("cut", model=None)).status is RunStatus.OK
    assert len(world.provider.polls) == polls


def test_a_task_of_another_realm_is_not_asked_for() -> None:
    """Its service does not know it here."""
    world = EngineWorld()
    leave_task(world)
    polls = len(world.provider.polls)
    world.run(Made("cut", model=None), options=replace(OPTIONS, realm=f"not {REALM}"))
    assert len(world.provider.polls) == polls


def test_an_instance_that_comes_to_the_same_action_uses_it() -> None:
    """It waits for the collection, and has the result."""
    world = EngineWorld()
    first, second = Made("cut", model=None), Made("clip", ("cut",))
    world.provider.takes_s = 60.0
    world.run(first, second, beside=stop_after(world, 3.0))
    outcome = world.run(first, second)
    assert outcome.status is RunStatus.OK
    assert len(world.provider.posts) == 1
    assert world.states(outcome)["clip"] == "stored"


def test_a_failure_of_an_earlier_task_is_told_by_the_instance_that_comes_to_it() -> None:
    """It is not paid again in silence: what a run may retry is decided where the failure is told."""
    world = EngineWorld()
    first, second = Made("cut", model=None), Made("clip", ("cut",))
    world.provider.faults.ends.append((TaskState.FAILED, "SAFETY.INPUT.TEXT"))
    world.run(first, second, beside=stop_after(world, 3.0))
    assert len(world.state.open_attempts()) == 1
    world.clock.offset_s += 60.0
    outcome = world.run(first, second)
    assert world.states(outcome)["clip"] == "failed"
    assert world.events.codes() == ["RF521"]
    assert len(world.provider.posts) == 1
    assert world.state.open_attempts() == ()


def test_an_attempt_whose_result_is_kept_is_closed() -> None:
    """The last process died between the two."""
    world = EngineWorld()

    def refuse(*_: object, **__: object) -> None:
        raise StoreError("the disk is full", code=codes.DISK_FULL)

    original = world.state.close_attempt
    world.state.close_attempt = refuse  # type: ignore[method-assign] # fails right after the record
    with contextlib.suppress(StoreError):
        world.run(OLD)
    world.state.close_attempt = original  # type: ignore[method-assign]
    assert len(world.state.open_attempts()) == 1
    assert world.run(STILL).spent == Decimal(10)
    assert world.state.open_attempts() == ()
    assert world.provider.fetched == ["task-1", "task-2"]


def test_an_interruption_ends_collections_too() -> None:
    """They stay in the journal."""
    world = EngineWorld()
    leave_task(world, takes_s=10_000.0)
    world.provider.takes_s = 1000.0
    before = world.clock.offset_s
    outcome = world.run(STILL, beside=stop_after(world, 20.0))
    assert outcome.status is RunStatus.INTERRUPTED
    assert world.clock.offset_s - before == pytest.approx(20.0)
    assert len(world.state.open_attempts()) == 2


def test_what_is_in_doubt_is_left_alone() -> None:
    """Only the user may resolve it."""
    world = EngineWorld()
    world.provider.faults.submits.append(Ambiguous("reset"))
    world.run(OLD)
    assert world.run(STILL).status is RunStatus.OK
    assert len(world.state.open_attempts()) == 1
