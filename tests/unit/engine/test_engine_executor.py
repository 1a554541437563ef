"""What a run does with a service that works, and with one that does not; in virtual time."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from runway_flow.engine.announcer import Announcer
from runway_flow.engine.attempts import AttemptState
from runway_flow.engine.events import RunStatus, StepChanged, StepProgress, StepState
from runway_flow.engine.service import Account, Ambiguous, PoolLimits, Rejected, TaskState
from runway_flow.kernel import codes
from runway_flow.kernel.codes import ExitCode
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.digests import digest_bytes
from runway_flow.kernel.errors import InternalError, MediaError, ProviderError, StoreError
from runway_flow.kernel.media import FileMedium, InlineMedium, MediaFacts, MediaKind
from runway_flow.plan.action import ActionResult
from runway_flow.spec.flow import OnFailure
from tests.fakes.engine_plans import Made, action_of, plan_of, with_stored
from tests.fakes.engine_world import OPTIONS, EngineWorld
from tests.fakes.task_provider import FakeTask, busy, unreachable

if TYPE_CHECKING:
    from pathlib import Path

STILL, CLIP_STEP = Made("still"), Made("clip", ("still",))
FILM = Made("film", ("clip",), model=None)
ALL = (STILL, CLIP_STEP, FILM)


def attempts(world: EngineWorld) -> list[tuple[str, str]]:
    """Give the journal: step and state."""
    return [(one.intent.step, one.state.value) for one in world.state.attempts_of("r1")]


def test_a_run_does_everything_in_order_and_says_so() -> None:
    """States, costs, tasks, results."""
    world = EngineWorld()
    outcome = world.run(*ALL)
    assert (outcome.status, outcome.exit, outcome.spent) == (RunStatus.OK, ExitCode.DONE, Decimal(20))
    assert world.events.states("still") == ["submitted", "downloading", "done"]
    assert world.events.states("film") == ["running", "done"]
    assert attempts(world) == [("still", "stored"), ("clip", "stored")]
    assert outcome.steps["clip"].task == "task-2"
    result = outcome.steps["film"].result
    assert result is not None
    assert (result.tool, result.credits) == ("fake 1.0", Decimal(0))
    last = world.events.all[-1]
    assert isinstance(last, StepChanged)
    assert last.outputs == result.outputs
    assert world.provider.closed == 1


def test_a_second_run_submits_nothing_and_opens_no_service() -> None:
    """Everything is stored, and what that saved is said."""
    world = EngineWorld()
    world.run(*ALL)
    again = world.run(*ALL)
    assert set(world.states(again).values()) == {"stored"}
    assert (again.spent, again.saved) == (Decimal(0), Decimal(20))
    assert world.opened == 1
    assert len(world.provider.posts) == 2


def test_what_the_plan_knows_is_neither_bound_nor_looked_up() -> None:
    """The plan looked already."""
    world = EngineWorld()
    action = action_of(STILL)
    stored = ActionResult(action.key, action.document, (), 0.0, "task", Decimal(4))
    ports = world.ports(STILL)
    outcome = world.run(STILL, plan=with_stored(plan_of(STILL), {"still": stored}))
    assert outcome.steps["still"].result is stored
    assert outcome.saved == Decimal(4)
    assert ports.binder.calls == []  # type: ignore[attr-defined] # the fake counts


def test_equal_actions_are_paid_once() -> None:
    """The twin has the result for nothing."""
    world = EngineWorld()
    outcome = world.run(STILL, Made("twin", name="still"))
    assert world.states(outcome) == {"still": "done", "twin": "stored"}
    assert outcome.spent == Decimal(10)
    assert outcome.saved == 0


def test_a_condition_that_does_not_hold_skips_and_skips_the_reader() -> None:
    """Nothing is submitted for either."""
    world = EngineWorld()
    outcome = world.run(Made("a", is_wanted=False), Made("b", ("a",)))
    assert world.states(outcome) == {"a": "skipped", "b": "skipped"}
    assert outcome.status is RunStatus.OK


def test_what_cannot_be_sent_fails_unpaid() -> None:
    """Its findings are told with their places."""
    world = EngineWorld()
    finding = Diagnostic(codes.OUT_OF_RANGE, "duration 99 is above 10")
    outcome = world.run(Made("a", findings=(finding,)), Made("b", ("a",)))
    assert world.states(outcome) == {"a": "failed", "b": "blocked"}
    assert (outcome.status, outcome.exit) == (RunStatus.FAILED, ExitCode.FAILED)
    assert world.events.codes() == ["RF310"]
    assert world.provider.posts == []


def test_pools_are_as_deep_as_the_account_says_and_minus_j_lowers_them() -> None:
    """Ten steps, three at once; two with `-j 2`."""
    for jobs, depth in ((None, 3), (2, 2)):
        world = EngineWorld()
        world.provider.account_ = Account(None, {"gen4.5": PoolLimits(3)})
        world.run(*(Made(f"s{n}") for n in range(10)), options=replace(OPTIONS, jobs=jobs))
        assert world.provider.widest == {"gen4.5": depth}
        assert world.provider.accounts_asked == 1


def test_an_account_that_does_not_answer_is_a_warning() -> None:
    """Eight at once, and the run goes on."""
    world = EngineWorld()
    world.provider.faults.account = unreachable()
    outcome = world.run(*(Made(f"s{n}") for n in range(10)))
    assert outcome.status is RunStatus.OK
    assert world.events.codes() == ["RF512"]
    assert world.provider.widest == {"gen4.5": 8}


def test_few_posts_are_in_flight_at_once() -> None:
    """So that a crash leaves few in doubt."""
    world = EngineWorld()
    world.provider.account_ = Account(None, {"gen4.5": PoolLimits(20)})
    world.run(*(Made(f"s{n}") for n in range(20)))
    assert world.provider.most_posting == 4


def test_fifty_at_once_lose_less_than_a_tenth() -> None:
    """Tasks of exactly the poll floor are found done at their first look."""
    world = EngineWorld()
    world.provider.account_ = Account(None, {"gen4.5": PoolLimits(50)})
    world.provider.post_s = world.provider.fetch_s = 0.01
    outcome = world.run(*(Made(f"s{n}", seconds=40.0) for n in range(500)))
    assert outcome.status is RunStatus.OK
    assert world.clock.offset_s <= 55.0
    assert len(world.provider.polls) == 500


def test_local_work_has_its_own_room() -> None:
    """Three at once, and no service is opened for it."""
    world = EngineWorld()
    outcome = world.run(
        *(Made(f"s{n}", model=None) for n in range(9)), options=replace(OPTIONS, local_jobs=3)
    )
    assert outcome.status is RunStatus.OK
    assert (world.local.widest, world.opened) == (3, 0)


# --- submits that do not get through -----------------------------------------------------------------


def test_a_refused_submit_is_tried_again_and_journaled_as_refused() -> None:
    """It cost nothing; Retry-After is honoured; the wait is told."""
    world = EngineWorld()
    world.provider.faults.submits.extend([busy(20.0), busy()])
    outcome = world.run(STILL)
    assert outcome.status is RunStatus.OK
    assert attempts(world) == [("still", "refused"), ("still", "refused"), ("still", "stored")]
    assert world.events.notes("still")[0] == "the API answered 429; tried again in 20 s"
    assert world.clock.offset_s > 25.0


@pytest.mark.parametrize(("is_busy", "code"), [(True, "RF511"), (False, "RF512")])
def test_a_service_that_refuses_for_long_ends_the_run(is_busy: bool, code: str) -> None:  # noqa: FBT001
    """Exit 7: nothing was paid, the same command goes on."""
    world = EngineWorld()
    world.provider.faults.submits.extend(replace(busy(), is_busy=is_busy) for _ in range(500))
    outcome = world.run(STILL, Made("other", name="o"))
    assert (outcome.status, outcome.exit) == (RunStatus.UNREACHABLE, ExitCode.UNREACHABLE)
    assert set(world.states(outcome).values()) == {"waiting"}
    assert set(world.events.codes()) == {code}
    assert 900.0 <= world.clock.offset_s < 1100.0


def test_a_rejected_request_fails_its_step_alone() -> None:
    """Independent branches go on; nothing is tried again."""
    world = EngineWorld()
    world.provider.faults.submits.append(Rejected("the API answered 400", 400))
    outcome = world.run(STILL, CLIP_STEP, Made("other"))
    assert sorted(world.states(outcome).values()) == ["blocked", "done", "failed"]
    assert ("still", "rejected") in attempts(world)
    assert world.events.codes() == ["RF522"]


def test_a_rejected_key_stops_all_submits() -> None:
    """Exit 4: it would be rejected for every step."""
    world = EngineWorld()
    world.provider.faults.submits.extend(Rejected("the API answered 401", 401) for _ in range(9))
    outcome = world.run(*(Made(f"s{n}") for n in range(9)), options=replace(OPTIONS, jobs=1))
    assert outcome.exit is ExitCode.MACHINE
    assert len(world.provider.posts) == 1
    assert world.states(outcome)["s8"] == "blocked"


def test_steps_that_wait_for_their_turn_to_post_are_not_posted_after_a_halt() -> None:
    """They had room, but not yet the turn."""
    world = EngineWorld()
    world.provider.faults.submits.extend(Rejected("the API answered 401", 401) for _ in range(9))
    outcome = world.run(*(Made(f"s{n}") for n in range(8)), options=replace(OPTIONS, submit_parallel=1))
    assert len(world.provider.posts) == 1
    assert list(world.states(outcome).values()).count("failed") == 1


def test_an_ambiguous_submit_is_in_doubt_and_stays_so() -> None:
    """Exit 9; the next run does not submit it either."""
    world = EngineWorld()
    world.provider.faults.submits.append(Ambiguous("the connection was reset"))
    outcome = world.run(STILL, CLIP_STEP, Made("other"))
    assert world.states(outcome)["clip"] == "blocked"
    assert (outcome.status, outcome.exit) == (RunStatus.WAITING, ExitCode.WAITING)
    posts = len(world.provider.posts)
    again = world.run(STILL, CLIP_STEP, Made("other"))
    assert world.states(again) == {"still": "in_doubt", "clip": "blocked", "other": "stored"}
    assert len(world.provider.posts) == posts
    assert "RF611" in world.events.codes()


def test_a_medium_that_cannot_be_prepared_for_a_while_is_tried_again() -> None:
    """Nothing is journaled before that."""
    world = EngineWorld()
    world.provider.faults.prepares.append(unreachable("uploading failed", 30.0))
    assert world.run(STILL).status is RunStatus.OK
    assert "uploading failed; tried again in 30 s" in world.events.notes("still")
    assert len(attempts(world)) == 1


def test_a_medium_that_cannot_be_prepared_at_all_fails_the_step() -> None:
    """Unpaid."""
    world = EngineWorld()
    world.provider.faults.prepares.append(ProviderError("too large", code=codes.UPLOAD_FAILED))
    outcome = world.run(STILL)
    assert world.states(outcome) == {"still": "failed"}
    assert world.events.codes() == ["RF543"]
    assert attempts(world) == []


def test_user_media_are_stored_before_the_submit(tmp_path: Path) -> None:
    """What was paid for with them can be explained later; they are stored once."""
    path = tmp_path / "hero.png"
    path.write_bytes(b"hero")
    facts = MediaFacts(MediaKind.IMAGE, "image/png", 4)
    file = FileMedium(str(path), digest_bytes(b"hero"), facts)
    inline = InlineMedium(b"inline", digest_bytes(b"inline"), facts)
    made = Made("still", request={"image": {"uri": file}, "references": (inline, [file], "text", 5)})
    world = EngineWorld()
    assert world.run(made).status is RunStatus.OK
    assert world.blobs.has(file.digest)
    assert world.blobs.has(inline.digest)
    assert world.events.states("still")[0] == "uploading"


def test_a_file_that_changed_since_the_plan_fails_its_step(tmp_path: Path) -> None:
    """Nothing is submitted with other content than was planned."""
    path = tmp_path / "hero.png"
    path.write_bytes(b"other")
    facts = MediaFacts(MediaKind.IMAGE, "image/png", 4)
    made = Made("still", request={"image": FileMedium(str(path), digest_bytes(b"hero"), facts)})
    world = EngineWorld()
    outcome = world.run(made, Made("cut", model=None, request=made.request), Made("other"))
    assert world.states(outcome) == {"still": "failed", "cut": "failed", "other": "done"}
    assert len(world.provider.posts) == 1


# --- tasks that end badly ----------------------------------------------------------------------------


def test_a_failed_task_is_not_retried_unless_asked() -> None:
    """Its cost counts."""
    world = EngineWorld()
    world.provider.faults.ends.append((TaskState.FAILED, "INTERNAL"))
    outcome = world.run(STILL)
    assert world.states(outcome) == {"still": "failed"}
    assert (outcome.exit, outcome.spent) == (ExitCode.FAILED, Decimal(1))
    assert world.events.codes() == ["RF523"]
    assert attempts(world) == [("still", "failed")]


def test_a_retry_is_a_new_paid_attempt() -> None:
    """As many as asked for, each in the journal."""
    world = EngineWorld()
    world.provider.faults.ends.extend([(TaskState.FAILED, "INTERNAL")] * 2)
    outcome = world.run(replace(STILL, retry_max=2))
    assert outcome.spent == Decimal(12)
    assert attempts(world) == [("still", "failed"), ("still", "failed"), ("still", "stored")]
    last = world.events.all[-1]
    assert isinstance(last, StepChanged)
    assert (last.state, last.attempt) == (StepState.DONE, 3)


def test_a_retry_that_a_halt_meets_is_not_paid() -> None:
    """Nothing new is submitted after another step said stop."""
    world = EngineWorld()
    world.provider.faults.ends.extend([(TaskState.FAILED, "INTERNAL"), (TaskState.FAILED, "SAFETY")])
    other = Made("strict", on_failure=OnFailure.STOP)
    world.draw = lambda: 1.0
    outcome = world.run(replace(STILL, retry_max=5), other)
    assert len(world.provider.posts) == 2
    assert world.states(outcome) == {"still": "failed", "strict": "failed"}


@pytest.mark.parametrize(
    ("end", "code", "state"),
    [
        ((TaskState.FAILED, "SAFETY.INPUT.TEXT"), "RF521", "failed"),
        ((TaskState.FAILED, "UNHEARD.OF"), "RF523", "failed"),
        ((TaskState.CANCELLED, None), "RF524", "cancelled"),
        ((TaskState.GONE, None), "RF525", "failed"),
    ],
)
def test_what_must_not_be_retried_is_not(end: tuple[TaskState, str | None], code: str, state: str) -> None:
    """However many retries the step has."""
    world = EngineWorld()
    world.provider.faults.ends.append(end)
    outcome = world.run(replace(STILL, retry_max=3))
    assert world.states(outcome) == {"still": state}
    assert world.events.codes() == [code]
    assert len(world.provider.posts) == 1


def test_without_a_stated_cost_what_was_reserved_counts() -> None:
    """For a task that failed as for one that did not."""
    world = EngineWorld()
    world.provider.states_cost = False
    world.provider.faults.ends.append((TaskState.FAILED, "UNHEARD.OF"))
    assert world.run(STILL).spent == Decimal(10)
    assert world.run(STILL).spent == Decimal(10)
    assert world.state.spent("r1") == Decimal(20)


def test_on_failure_stop_collects_what_runs_and_starts_nothing() -> None:
    """What was paid is not lost; what was not is not paid."""
    world = EngineWorld()
    world.provider.faults.ends.append((TaskState.FAILED, "SAFETY"))
    world.provider.faults.queues_s.extend([0.0, 60.0])
    made = (Made("strict", on_failure=OnFailure.STOP), Made("runs"), Made("waits"))
    outcome = world.run(*made, options=replace(OPTIONS, jobs=2))
    assert world.states(outcome) == {"strict": "failed", "runs": "done", "waits": "blocked"}


def test_a_queued_task_is_shown_as_throttled_and_waited_for() -> None:
    """An hour in the queue is no failure, and does not count for the timeout."""
    world = EngineWorld()
    world.provider.faults.queues_s.append(3600.0)
    world.provider.takes_s = 100.0
    outcome = world.run(replace(STILL, timeout_s=200.0))
    assert outcome.status is RunStatus.OK
    assert world.events.states("still") == ["submitted", "throttled", "running", "downloading", "done"]


def test_a_state_that_nobody_knows_is_waited_for() -> None:
    """And said."""
    world = EngineWorld()
    world.provider.takes_s = 60.0
    world.provider.unknown_until_s = 30.0
    outcome = world.run(STILL)
    assert outcome.status is RunStatus.OK
    assert any("does not know" in note for note in world.events.notes("still"))


def test_a_timeout_ends_the_step_and_leaves_the_task_to_the_next_run() -> None:
    """Exit 7; nothing is paid again."""
    world = EngineWorld()
    world.provider.takes_s = 300.0
    outcome = world.run(replace(STILL, timeout_s=60.0))
    assert world.states(outcome) == {"still": "failed"}
    assert (outcome.exit, outcome.remote) == (ExitCode.UNREACHABLE, {"still": "task-1"})
    assert 60.0 <= world.clock.offset_s < 66.0
    assert world.events.codes() == ["RF531"]
    assert attempts(world) == [("still", "submitted")]
    world.clock.offset_s += 300.0
    assert world.run(replace(STILL, timeout_s=60.0)).spent == Decimal(10)
    assert len(world.provider.posts) == 1


def test_looks_that_do_not_get_through_are_repeated() -> None:
    """And shown; never closer than the floor."""
    world = EngineWorld()
    world.provider.faults.polls.extend(unreachable() for _ in range(4))
    assert world.run(STILL).status is RunStatus.OK
    assert "asking failed; tried again in 5 s" in world.events.notes("still")
    times = [at for _, at in world.provider.polls]
    assert all(later - earlier >= 5.0 for earlier, later in pairwise(times))


def test_a_service_out_of_reach_for_long_ends_the_run_with_its_tasks_journaled() -> None:
    """Exit 7, and the next run collects."""
    world = EngineWorld()
    world.provider.faults.polls.extend(unreachable() for _ in range(500))
    outcome = world.run(STILL)
    assert (outcome.status, outcome.remote) == (RunStatus.UNREACHABLE, {"still": "task-1"})
    assert outcome.steps["still"].state is StepState.SUBMITTED
    assert world.events.codes() == ["RF512"]
    world.provider.faults.polls.clear()
    assert world.run(STILL).spent == Decimal(10)
    assert len(world.provider.posts) == 1


def test_a_download_that_breaks_off_is_repeated() -> None:
    """Nothing is paid for that."""
    world = EngineWorld()
    world.provider.faults.fetches.append(unreachable("the download broke off"))
    assert world.run(STILL).spent == Decimal(10)


def test_a_damaged_download_fails_the_step_and_keeps_the_task() -> None:
    """The next run fetches it."""
    world = EngineWorld()
    world.provider.faults.fetches.append(ProviderError("half of it", code=codes.DOWNLOAD_DAMAGED))
    outcome = world.run(STILL)
    assert world.states(outcome) == {"still": "failed"}
    assert world.events.codes() == ["RF542"]
    assert attempts(world) == [("still", "submitted")]
    assert world.states(world.run(STILL)) == {"still": "done"}
    assert len(world.provider.posts) == 1


# --- what an earlier run left ------------------------------------------------------------------------


def test_lost_bytes_are_fetched_again_for_nothing() -> None:
    """The task still has them."""
    world = EngineWorld()
    result = world.run(STILL).steps["still"].result
    assert result is not None
    world.blobs._blobs.clear()
    outcome = world.run(STILL)
    assert world.states(outcome) == {"still": "stored"}
    assert outcome.spent == 0
    assert world.blobs.has(result.outputs[0].digest)
    assert len(world.provider.posts) == 1


@pytest.mark.parametrize("is_gone", [True, False])
def test_lost_bytes_of_a_task_that_is_gone_are_not_paid_again(is_gone: bool) -> None:  # noqa: FBT001
    """That is the user's decision."""
    world = EngineWorld()
    world.run(STILL)
    world.blobs._blobs.clear()
    if is_gone:
        world.provider.tasks.clear()
    else:
        world.provider.takes_s = 900.0
        task = world.provider.tasks["task-1"]
        task.takes_s = 5000.0
    outcome = world.run(replace(STILL, timeout_s=60.0))
    assert world.states(outcome) == {"still": "failed"}
    assert world.events.codes() == ["RF525"]
    assert len(world.provider.posts) == 1


def test_lost_bytes_of_local_work_are_made_again() -> None:
    """It is free."""
    world = EngineWorld()
    made = Made("cut", model=None)
    world.run(made)
    world.blobs._blobs.clear()
    assert world.states(world.run(made)) == {"cut": "done"}


def test_a_local_failure_fails_its_step() -> None:
    """With the words of what did it."""
    world = EngineWorld()
    world.local.failures.append(MediaError("ffmpeg ended with 1"))
    outcome = world.run(Made("cut", model=None), Made("more", ("cut",), model=None))
    assert world.states(outcome) == {"cut": "failed", "more": "blocked"}
    assert world.events.codes() == ["RF652"]


@pytest.mark.parametrize("model", [None, "gen4.5"])
def test_a_store_that_takes_nothing_any_more_ends_the_run(model: str | None) -> None:
    """Nothing is submitted after that; the error names what happened."""
    world = EngineWorld()
    full = StoreError("the disk is full", code=codes.DISK_FULL)
    if model is None:
        world.local.failures.append(full)
    else:
        world.provider.faults.fetches.append(full)
    with pytest.raises(StoreError, match="the disk is full"):
        world.run(*(Made(f"s{n}", model=model) for n in range(5)), options=replace(OPTIONS, jobs=1))
    assert len(world.provider.posts) <= 2, "the one that failed, and the one that took its place meanwhile"


def test_a_task_id_that_cannot_be_written_down_is_told() -> None:
    """It is the last trace of what was paid."""
    world = EngineWorld()

    def refuse(*_: object) -> None:
        raise StoreError("the disk is full", code=codes.DISK_FULL)

    world.state.mark_submitted = refuse  # type: ignore[assignment, method-assign] # a disk that fills up in between
    with pytest.raises(StoreError, match="the disk is full"):
        world.run(STILL)
    assert world.events.codes() == ["RF611"]


def test_a_store_that_is_busy_ends_the_run() -> None:
    """It is not taken for an open attempt."""
    world = EngineWorld()

    def refuse(*_: object, **__: object) -> bool:
        raise StoreError("another process holds the database", code=codes.STORE_BUSY)

    world.state.intend = refuse  # type: ignore[method-assign] # a database that hangs
    with pytest.raises(StoreError, match="another process"):
        world.run(STILL)
    assert world.provider.posts == []


def test_an_attempt_that_somebody_made_without_a_lease_is_collected() -> None:
    """The journal has the last word."""
    world = EngineWorld()
    original = world.state.intend
    made: list[FakeTask] = []

    def intend(intent, limits, *, may_be_unknown):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        if not made:
            made.append(world.provider.create(intent.key, "gen4.5"))
            original(replace(intent, attempt_id="other"), limits, may_be_unknown=may_be_unknown)
            world.state.mark_submitted("other", made[0].id, world.clock.now(), None)
        return original(intent, limits, may_be_unknown=may_be_unknown)

    world.state.intend = intend  # type: ignore[method-assign] # another process, at the worst moment
    outcome = world.run(STILL)
    assert world.states(outcome) == {"still": "done"}
    assert world.provider.posts == []
    assert not world.provider.paid_twice


def test_our_bugs_are_not_hidden() -> None:
    """An exception that nobody expects ends the run as it is."""
    world = EngineWorld()
    world.local.failures.append(InternalError("oh"))
    with pytest.raises(InternalError, match="oh"):
        world.run(Made("cut", model=None), Made("clip"))


# --- money -------------------------------------------------------------------------------------------


def test_nothing_is_submitted_past_the_budget() -> None:
    """Spent and reserved together; the refused step blocks its readers; exit 5."""
    world = EngineWorld()
    made = (*(Made(f"s{n}") for n in range(4)), Made("last", ("s3",)))
    outcome = world.run(*made, budget=Decimal(25))
    assert (outcome.status, outcome.exit) == (RunStatus.REFUSED, ExitCode.REFUSED)
    assert outcome.spent == Decimal(20)
    assert len(world.provider.tasks) == 2
    assert sorted(world.states(outcome).values()) == ["blocked", "blocked", "blocked", "done", "done"]
    assert set(world.events.codes()) == {"RF431"}


def test_what_comes_back_is_spent_on_what_waited() -> None:
    """A task that failed for little leaves room for another."""
    world = EngineWorld()
    world.provider.faults.ends.append((TaskState.FAILED, "SAFETY"))
    outcome = world.run(Made("a"), Made("b"), budget=Decimal(12))
    assert sorted(world.states(outcome).values()) == ["done", "failed"]


def test_the_flows_and_the_steps_budgets_hold_too() -> None:
    """The lowest of all that apply."""
    world = EngineWorld()
    made = (Made("clip[a]", budget=Decimal(10)), Made("clip[b]", budget=Decimal(10)), Made("still"))
    outcome = world.run(*made, plan=plan_of(*made, budget=Decimal(100)))
    assert sorted(world.states(outcome).values()) == ["blocked", "done", "done"]
    world = EngineWorld()
    assert world.run(*made, plan=plan_of(*made, budget=Decimal(5))).spent == 0


def test_a_step_without_a_price_needs_permission_under_a_budget() -> None:
    """Without a budget nobody asks."""
    made = Made("odd", price=None)
    world = EngineWorld()
    outcome = world.run(made, budget=Decimal(100))
    assert (outcome.exit, world.events.codes()) == (ExitCode.REFUSED, ["RF432"])
    assert EngineWorld().run(made).status is RunStatus.OK
    allowed = replace(OPTIONS, allow_unknown_price=True)
    assert EngineWorld().run(made, budget=Decimal(100), options=allowed).status is RunStatus.OK


# --- progress ----------------------------------------------------------------------------------------


def test_progress_is_told_a_few_times_a_second_at_most() -> None:
    """The end of a transfer is always told."""
    world = EngineWorld()
    world.provider.takes_s = 20.0
    world.run(STILL)
    told = [one for one in world.events.all if isinstance(one, StepProgress)]
    assert [one.ratio for one in told if one.ratio is not None] == [0.5, 0.5, 0.5]
    assert any(one.bytes_done == one.bytes_total == 1 for one in told)


def test_the_journal_closes_with_the_state_of_the_task() -> None:
    """Cancelled is not failed."""
    world = EngineWorld()
    world.provider.faults.ends.append((TaskState.CANCELLED, None))
    world.run(STILL)
    (attempt,) = world.state.attempts_of("r1")
    assert attempt.state is AttemptState.CANCELLED


def test_a_task_that_was_just_looked_at_is_not_looked_at_again_at_once() -> None:
    """Also if it was looked at beside the run, and an instance turns out to be the same action."""
    world = EngineWorld()
    cut, clip = Made("cut", model=None), Made("clip", ("cut",))
    world.provider.takes_s = 60.0
    world.run(cut, clip, beside=lambda: _stop_later(world))
    world.provider.faults.polls.append(ProviderError("no"))
    world.provider.polls.clear()
    assert world.run(cut, clip).status is RunStatus.OK
    times = [at for _, at in world.provider.polls]
    assert len(times) > 1
    assert all(later - earlier >= 5.0 for earlier, later in pairwise(times))


async def _stop_later(world: EngineWorld) -> None:
    await world.clock.sleep(20.0)
    world.stop.request()


def test_steps_in_progress_are_told_at_most_every_fifth_of_a_second() -> None:
    """For ratios and transfers alike."""
    world = EngineWorld()
    announcer = Announcer(world.events, world.clock)
    for _ in range(5):
        announcer.ratio("a", 0.5)
        announcer.transfer("a", 1, 9)
    assert len(world.events.all) == 1
    announcer.transfer("a", 9, 9)
    world.clock.offset_s += 0.3
    announcer.ratio("a", 0.6)
    assert len(world.events.all) == 3


def test_states_know_whether_they_are_ends() -> None:
    """Waiting is none, blocked is one."""
    assert not StepState.WAITING.is_end
    assert StepState.BLOCKED.is_end
