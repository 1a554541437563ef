"""How a run ended, and how failures are put into words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from runway_flow.catalog.capability import Param, ParamType, Shape
from runway_flow.engine import failures
from runway_flow.engine.conclusion import conclude, decide_status
from runway_flow.engine.events import EarlierFate, EarlierTask, RunStatus, StepState
from runway_flow.engine.failures import Paid
from runway_flow.engine.messages import End, Halt, Halted, LimitsKnown, Offered, PoolDepths, Settled
from runway_flow.engine.scheduler import longest_remaining, next_commands
from runway_flow.engine.service import Issue, Rejected, TaskReport, TaskState
from runway_flow.engine.states import advance, begin
from runway_flow.kernel import codes
from runway_flow.kernel.amounts import ZERO
from runway_flow.kernel.codes import Code, ExitCode
from runway_flow.kernel.diagnostics import Diagnostic, Severity
from runway_flow.kernel.errors import ProviderError, StoreError, Unreachable
from runway_flow.plan.action import ActionResult
from runway_flow.plan.lookup import Hold
from tests.fakes.engine_plans import SPAN, Made, action_of, plan_of, planned_step

if TYPE_CHECKING:
    from runway_flow.engine.standing import RunState

A, B, C = Made("a"), Made("b", name="a"), Made("c")
STEP = planned_step(Made("clip[hand]"))
PAID = Paid("task-7", Decimal(60), 1)


def result_of(made: Made, price: int = 10) -> ActionResult:
    """Give what an instance's action gave, and what it cost."""
    action = action_of(made)
    return ActionResult(action.key, action.document, (), 0.0, "task", Decimal(price))


def played(**ends: End) -> RunState:
    """Give a run in which these instances ended so."""
    made = {"a": A, "b": B, "c": C}
    plan = plan_of(*made.values())
    state = advance(begin(plan, PoolDepths(1), longest_remaining(plan)), LimitsKnown(PoolDepths(1)))
    for name, end in ends.items():
        state = advance(state, Offered(name, action_of(made[name])))
        next_commands(state)
        state = advance(state, Settled(name, end))
    return state


@pytest.mark.parametrize(
    ("found", "status", "exit_code"),
    [
        ([], RunStatus.OK, ExitCode.DONE),
        ([codes.GENERATION_FAILED], RunStatus.FAILED, ExitCode.FAILED),
        ([codes.VALUE_NOT_ACCEPTED], RunStatus.FAILED, ExitCode.FAILED),
        ([codes.SELECTION_UNKNOWN], RunStatus.FAILED, ExitCode.FAILED),
        ([codes.GENERATION_FAILED, codes.STORE_BUSY], RunStatus.BUSY, ExitCode.BUSY),
        ([codes.STORE_BUSY, codes.DEADLINE], RunStatus.UNREACHABLE, ExitCode.UNREACHABLE),
        ([codes.UNAVAILABLE, codes.OVER_BUDGET], RunStatus.REFUSED, ExitCode.REFUSED),
        ([codes.OVER_BUDGET, codes.IN_DOUBT], RunStatus.WAITING, ExitCode.WAITING),
        ([codes.IN_DOUBT, codes.KEY_REJECTED], RunStatus.FAILED, ExitCode.MACHINE),
        ([codes.KEY_REJECTED, codes.INTERNAL], RunStatus.FAILED, ExitCode.INTERNAL),
    ],
)
def test_the_worst_decides(found: list[Code], status: RunStatus, exit_code: ExitCode) -> None:
    """In the order of what asks most of the user; a flaw of a request is a failed step."""
    assert decide_status(found) == (status, exit_code)
    assert decide_status(reversed(found)) == (status, exit_code)


def test_a_run_in_which_all_went_well() -> None:
    """Costs are summed; what the store had is saved, once for equal actions, and not what was just paid."""
    state = played(
        a=End(StepState.DONE, result_of(A), spent=Decimal(12)),
        c=End(StepState.STORED, result_of(C, 7)),
    )
    state = advance(state, Offered("b", action_of(B)))
    next_commands(state)
    state = advance(state, Settled("b", End(StepState.STORED, result_of(B))))
    earlier = [
        EarlierTask("a", "t1", EarlierFate.KEPT, Decimal(2)),
        EarlierTask("b", "t2", EarlierFate.FAILED, Decimal(1)),
        EarlierTask("c", "t3", EarlierFate.GOES_ON, Decimal(60)),
    ]
    outcome = conclude(state, {}, {}, earlier=earlier)
    assert (outcome.status, outcome.exit) == (RunStatus.OK, ExitCode.DONE)
    assert (outcome.spent, outcome.saved) == (Decimal(15), Decimal(7))
    assert outcome.steps["a"].result == result_of(A)
    assert outcome.remote == {}
    assert outcome.earlier == tuple(earlier)


def test_equal_stored_results_are_saved_once() -> None:
    """They were paid once."""
    state = played(a=End(StepState.STORED, result_of(A)))
    state = advance(state, Settled("b", End(StepState.STORED, result_of(B))))
    assert conclude(state, {}, {}).saved == Decimal(10)


def test_a_halt_counts_also_if_no_step_failed() -> None:
    """Out of reach is exit 7, with every step as it was last told, and the task that goes on."""
    state = advance(played(c=End(StepState.DONE)), Halted(Halt(codes.UNAVAILABLE)))
    outcome = conclude(state, {"a": StepState.RUNNING}, {"a": "task-1", "task 9": "task-9"})
    assert (outcome.status, outcome.exit) == (RunStatus.UNREACHABLE, ExitCode.UNREACHABLE)
    assert (outcome.steps["a"].state, outcome.steps["a"].task) == (StepState.RUNNING, "task-1")
    assert outcome.steps["b"].state is StepState.WAITING
    assert outcome.remote == {"a": "task-1"}


@pytest.mark.parametrize(
    ("reason", "exit_code"), [("interrupt", ExitCode.INTERRUPTED), ("terminate", ExitCode.TERMINATED)]
)
def test_an_interruption_beats_everything(reason: str, exit_code: ExitCode) -> None:
    """As long as it left something undone."""
    state = played(a=End(StepState.IN_DOUBT, code=codes.IN_DOUBT))
    outcome = conclude(state, {}, {}, stopped=reason)
    assert (outcome.status, outcome.exit) == (RunStatus.INTERRUPTED, exit_code)


def test_an_interruption_after_the_end_is_none() -> None:
    """Everything was done already."""
    state = played(**{name: End(StepState.DONE) for name in "ac"})
    state = advance(state, Settled("b", End(StepState.DONE)))
    assert conclude(state, {}, {}, stopped="interrupt").status is RunStatus.OK


# --- words ------------------------------------------------------------------------------------------


def only(end: End) -> Diagnostic:
    """Give the one finding of an end."""
    (found,) = end.diagnostics
    assert found.span == SPAN
    assert found.step == "clip[hand]"
    assert found.hint
    return found


def test_a_moderated_prompt() -> None:
    """The code, the task, that it is not retried, what to do."""
    report = TaskReport(TaskState.FAILED, failure="No.", failure_code="SAFETY.INPUT.TEXT", cost=Decimal(5))
    end = failures.task_failed(STEP, report, PAID)
    found = only(end)
    assert found.code is codes.MODERATED
    assert found.message == "clip[hand]: Runway refused the prompt (SAFETY.INPUT.TEXT)"
    assert found.notes == (
        "task task-7; it cost 5 credits; not retried: the same text would be refused again",
        "Runway says: No.",
    )
    assert (end.state, end.spent, end.task, end.attempt) == (StepState.FAILED, Decimal(60), "task-7", 1)


def test_a_moderated_result() -> None:
    """The result was refused, not the prompt."""
    report = TaskReport(TaskState.FAILED, failure_code="SAFETY.OUTPUT.VIDEO")
    assert "refused the result" in only(failures.task_failed(STEP, report, PAID)).message


def test_a_failed_generation_says_how_often_it_was_paid() -> None:
    """And that a run may retry by itself."""
    report = TaskReport(TaskState.FAILED, failure_code=None)
    found = only(failures.task_failed(STEP, report, replace(PAID, attempt=3)))
    assert found.code is codes.GENERATION_FAILED
    assert found.message.endswith("(no code given)")
    assert found.notes == ("task task-7; 3 attempts were paid",)
    assert only(failures.task_failed(STEP, report, PAID)).notes == ("task task-7",)


def test_a_cancelled_and_a_vanished_task() -> None:
    """Each has its code; only one was cancelled."""
    end = failures.task_failed(STEP, TaskReport(TaskState.CANCELLED), PAID)
    assert (end.state, only(end).code) == (StepState.CANCELLED, codes.TASK_CANCELLED)
    end = failures.task_failed(STEP, TaskReport(TaskState.GONE), PAID)
    assert (end.state, only(end).code) == (StepState.FAILED, codes.TASK_GONE)


def test_a_rejected_request_names_parameters_as_the_author_does() -> None:
    """Wire names become the flow's; places inside are kept."""
    row = replace(
        STEP.capability,
        params=(Param("prompt_text", "promptText", Shape(ParamType.STRING)),),
    )
    issues = (
        Issue(("promptText",), "too long"),
        Issue(("references", 0, "uri"), "not found"),
        Issue((), "no"),
    )
    end = failures.rejected(replace(STEP, capability=row), Rejected("the API answered 400: bad", 400, issues))
    found = only(end)
    assert found.code is codes.REQUEST_REJECTED
    assert found.message == "clip[hand]: Runway refused the request (the API answered 400: bad)"
    assert found.notes[:3] == ("`prompt_text`: too long", "`references[0].uri`: not found", "no")
    assert "not retried" in found.notes[3]
    assert end.halt is None


@pytest.mark.parametrize("status", [401, 403])
def test_a_rejected_key_halts_the_run(status: int) -> None:
    """It would be rejected for every step."""
    end = failures.rejected(STEP, Rejected("no", status))
    assert only(end).code is codes.KEY_REJECTED
    assert end.halt == Halt(codes.KEY_REJECTED, "not started: the API does not accept the key")


@pytest.mark.parametrize(
    "rejection", [Rejected("no", 402), Rejected("You do not have enough credits to run this task.", 400)]
)
def test_an_empty_account_halts_the_run(rejection: Rejected) -> None:
    """Nothing else can be paid either."""
    end = failures.rejected(STEP, rejection)
    assert only(end).code is codes.CREDITS_EXHAUSTED
    assert end.halt is not None


def test_a_timeout_says_that_nothing_is_lost() -> None:
    """The task is collected by a later run."""
    end = failures.timed_out(replace(STEP, timeout_s=1200.0), PAID)
    found = only(end)
    assert found.code is codes.DEADLINE
    assert "1200 s" in found.message
    assert "collected, not paid again" in str(found.hint)


def test_doubt_names_the_way_out() -> None:
    """The command that shows the evidence and decides, its address quoted for shells."""
    end = failures.in_doubt(STEP, "the connection broke", "attempt-3", 2)
    found = only(end)
    assert (end.state, end.code, end.attempt) == (StepState.IN_DOUBT, codes.IN_DOUBT, 2)
    assert "the connection broke" in found.notes
    assert str(found.hint).startswith("`runway-flow runs resolve 'clip[hand]'` ")


def test_what_moderation_refused_before_is_told_with_what_it_cost() -> None:
    """The earlier failure, its task and price, that nothing was submitted, and both ways out."""
    hold = Hold("a1", False, 0.0, "task-7", Decimal(12), "No.", "SAFETY.INPUT.TEXT")
    end = failures.held(STEP, hold)
    found = only(end)
    assert (end.state, end.code, end.spent) == (StepState.FAILED, codes.MODERATED, ZERO)
    assert found.message == "clip[hand]: Runway refused the same request before (SAFETY.INPUT.TEXT)"
    assert found.notes == (
        "task task-7; it cost 12 credits; not submitted now: it would be refused again",
        "Runway said: No.",
    )
    assert "`runway-flow runs resolve 'clip[hand]' --resubmit`" in str(found.hint)


def test_a_refusal_without_a_task_names_its_attempt() -> None:
    """A 4xx that refused the content made no task, and cost nothing."""
    found = only(failures.held(STEP, Hold("a1", False, 0.0)))
    assert found.message.endswith("(a refusal of its content)")
    assert found.notes == ("attempt a1; not submitted now: it would be refused again",)


def test_what_was_dropped_is_told_as_blocked() -> None:
    """With a code of its own, and how to take the word back."""
    end = failures.held(STEP, Hold("a1", True, 0.0))
    assert (end.state, end.code) == (StepState.BLOCKED, codes.DROPPED)
    assert "--resubmit" in str(only(end).hint)


def test_a_4xx_that_refuses_the_content_is_moderation() -> None:
    """It has the code of moderation, and cost nothing."""
    end = failures.rejected(STEP, Rejected("the API answered 400: blocked by content moderation", 400))
    assert (end.state, only(end).code) == (StepState.FAILED, codes.MODERATED)
    assert "nothing was paid" in str(only(end).hint)


def test_a_refusal_by_a_budget() -> None:
    """What it may cost, and the lowest limit; no price is another code."""
    limits = (("run:r", Decimal(50)), ("step:r:clip", Decimal(9)))
    end = failures.over_budget(STEP, action_of(Made("a", price=Decimal(10))), limits)
    found = only(end)
    assert (end.state, found.code) == (StepState.BLOCKED, codes.OVER_BUDGET)
    assert "10 credits" in found.message
    assert "9 credits" in found.notes[0]
    unpriced = failures.over_budget(STEP, action_of(Made("a", price=None)), ())
    assert only(unpriced).code is codes.PRICE_UNKNOWN


def test_what_cannot_be_sent_keeps_its_findings() -> None:
    """The first error decides; warnings are told all the same."""
    warning = Diagnostic(codes.DEFAULT_DROPPED, "dropped", severity=Severity.WARNING)
    error = Diagnostic(codes.OUT_OF_RANGE, "too long")
    end = failures.unusable((warning, error))
    assert (end.code, end.note, end.diagnostics) == (codes.OUT_OF_RANGE, "too long", (warning, error))
    end = failures.unusable((warning,))
    assert (end.code, end.note) == (codes.REQUEST_REJECTED, None)


def test_an_error_of_the_world_keeps_its_words() -> None:
    """And says that what was paid is not lost."""
    error = ProviderError("the bytes are damaged", code=codes.DOWNLOAD_DAMAGED, hint="again", notes=("n",))
    found = only(failures.from_error(STEP, error, PAID))
    assert found.message == "clip[hand]: the bytes are damaged"
    assert found.notes == ("n", "task task-7 is paid and stays in the journal")
    assert only(failures.from_error(STEP, error)).notes == ("n",)


def test_giving_up_says_what_stays() -> None:
    """A task in the journal, or nothing at all."""
    found = failures.gave_up(STEP, Unreachable("no answer", hint="look at the network"), "task-7")
    assert (found.code, found.notes) == (codes.UNAVAILABLE, ("task task-7 stays in the journal",))
    assert found.hint == "look at the network"
    found = failures.gave_up(STEP, Unreachable("no answer"), None)
    assert found.notes == ("nothing was submitted",)
    assert str(found.hint).startswith("Run the same command")


def test_a_task_that_cannot_be_written_down_is_told() -> None:
    """Its id is all that is left of it."""
    found = failures.unjournaled(STEP, "task-7", StoreError("the disk is full"))
    assert "task-7" in found.message
    assert "developer portal" in str(found.hint)


def test_lost_bytes_of_a_lost_task() -> None:
    """Paying again is the user's word."""
    found = only(failures.fetch_again_failed(STEP, "task-7"))
    assert found.code is codes.TASK_GONE
    assert "runs resolve 'clip[hand]' --resubmit" in str(found.hint)
    assert "runs adopt" in str(found.hint)


def test_unknown_limits_are_a_warning() -> None:
    """The run goes on."""
    found = failures.unknown_limits(Unreachable("no answer"), 8)
    assert found.severity is Severity.WARNING
    assert "8 at once" in found.message
