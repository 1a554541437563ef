"""What a start finds of an action, and what limits an attempt must keep."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from runway_flow.engine.attempts import Attempt, AttemptState
from runway_flow.engine.budget import UNSTATED_DEPTH, depths_before_asking, depths_of, limits_for
from runway_flow.engine.messages import PoolDepths
from runway_flow.engine.recovery import (
    Collect,
    DoIt,
    FetchAgain,
    Held,
    InDoubt,
    UseResult,
    decide_recovery,
    document_of,
    find_orphans,
    hold_of,
)
from runway_flow.engine.service import Account, PoolLimits
from runway_flow.plan.lookup import Hold, OpenAttempt, StoredResult
from tests.fakes.engine_plans import Made, planned_step
from tests.fakes.records import make_intent, make_result

RESULT = make_result()
WHOLE, BROKEN = StoredResult(RESULT, is_whole=True), StoredResult(RESULT, is_whole=False)
FLYING, DOUBTFUL = OpenAttempt("a1", "task-9", 7.0, "clip"), OpenAttempt("a1", None, 7.0, "clip")


def test_what_is_whole_is_used() -> None:
    """A result with all its bytes beats everything, also an attempt that is still open."""
    assert decide_recovery(WHOLE, FLYING, is_local=False) == UseResult(RESULT)
    assert decide_recovery(WHOLE, None, is_local=True) == UseResult(RESULT)


def test_what_was_submitted_is_collected() -> None:
    """An attempt with a task is waited for, whatever else is known."""
    assert decide_recovery(None, FLYING, is_local=False) == Collect("a1", "task-9", 7.0)
    assert decide_recovery(BROKEN, FLYING, is_local=False) == Collect("a1", "task-9", 7.0)


def test_an_intent_without_an_answer_is_in_doubt() -> None:
    """It is never submitted again by itself."""
    assert decide_recovery(None, DOUBTFUL, is_local=False) == InDoubt(DOUBTFUL)


def test_lost_bytes_are_fetched_again_through_their_task() -> None:
    """A record without its bytes is no reason to pay."""
    assert decide_recovery(BROKEN, None, is_local=False) == FetchAgain(RESULT, "task-1")


@pytest.mark.parametrize("stored", [None, BROKEN])
def test_local_work_is_simply_done_again(stored: StoredResult | None) -> None:
    """It is free."""
    assert decide_recovery(stored, None, is_local=True) == DoIt()


HOLD = Hold("a1", is_dropped=True, at=7.0)


def test_what_is_held_is_not_submitted() -> None:
    """A refusal by moderation, or the user's word, stands until the request changes."""
    assert decide_recovery(None, None, HOLD, is_local=False) == Held(HOLD)


def test_what_is_known_beats_a_hold() -> None:
    """A result is used, a task collected, a doubt told, lost bytes fetched; local work is free."""
    assert decide_recovery(WHOLE, None, HOLD, is_local=False) == UseResult(RESULT)
    assert decide_recovery(None, FLYING, HOLD, is_local=False) == Collect("a1", "task-9", 7.0)
    assert decide_recovery(None, DOUBTFUL, HOLD, is_local=False) == InDoubt(DOUBTFUL)
    assert decide_recovery(BROKEN, None, HOLD, is_local=False) == FetchAgain(RESULT, "task-1")
    assert decide_recovery(None, None, HOLD, is_local=True) == DoIt()


@pytest.mark.parametrize(
    ("state", "failure", "code"),
    [
        (AttemptState.FAILED, "No.", "SAFETY.INPUT.TEXT"),
        (AttemptState.FAILED, None, "SAFETY"),
        (AttemptState.REJECTED, "the API answered 400: blocked by content moderation", None),
    ],
)
def test_moderation_holds_an_action(state: AttemptState, failure: str | None, code: str | None) -> None:
    """A task that ended as SAFETY, or a 4xx that refuses the content: the same would be refused again."""
    last = Attempt(
        make_intent(), state, "t", ended_at=9.0, cost=Decimal(12), failure=failure, failure_code=code
    )
    assert hold_of(last) == Hold("a1", False, 9.0, "t", Decimal(12), failure, code)


def test_the_users_word_holds_an_action() -> None:
    """What was dropped is not paid for; without a time of its end that of its intent counts."""
    found = hold_of(Attempt(make_intent(), AttemptState.DROPPED))
    assert found is not None
    assert (found.is_dropped, found.at) == (True, make_intent().intended_at)


@pytest.mark.parametrize(
    ("state", "failure", "code"),
    [
        (AttemptState.FAILED, "safety first", "INTERNAL"),
        (AttemptState.FAILED, None, None),
        (AttemptState.REJECTED, "the API answered 400: Validation of body failed", None),
        (AttemptState.REJECTED, None, None),
        (AttemptState.REFUSED, "moderation is down", None),
        (AttemptState.CANCELLED, None, None),
        (AttemptState.RELEASED, "No.", "SAFETY"),
        (AttemptState.STORED, None, None),
    ],
)
def test_other_ends_let_the_next_run_try_again(
    state: AttemptState, failure: str | None, code: str | None
) -> None:
    """Internal failures, refused parameters, cancelled tasks, and what the user released."""
    assert hold_of(Attempt(make_intent(), state, failure=failure, failure_code=code)) is None


def test_what_nobody_knows_is_done() -> None:
    """Nothing stored, nothing open; or a record that neither bytes nor task stand behind."""
    assert decide_recovery(None, None, is_local=False) == DoIt()
    adopted = StoredResult(replace(RESULT, task=None), is_whole=False)
    assert decide_recovery(adopted, None, is_local=False) == DoIt()


def attempt(document: str = '{"realm": "runway"}', task: str | None = "t", flow: str = "teaser") -> Attempt:
    """Give an open attempt."""
    intent = replace(make_intent(), document=document, flow=flow)
    return Attempt(intent, AttemptState.SUBMITTED if task else AttemptState.INTENDED, task)


def test_orphans_are_tasks_of_the_flow_that_no_instance_has() -> None:
    """The flow changed since; what it submitted is collected all the same."""
    one = attempt()
    assert find_orphans([one], frozenset(), flow="teaser", realm="runway") == (one,)
    assert find_orphans([one], frozenset({one.intent.key}), flow="teaser", realm="runway") == ()


@pytest.mark.parametrize(
    "other",
    [
        attempt(task=None),
        attempt(flow="dub"),
        attempt('{"realm": "local"}'),
        attempt("not JSON"),
        attempt("[]"),
    ],
)
def test_what_is_in_doubt_elsewhere_or_unreadable_is_no_orphan(other: Attempt) -> None:
    """Only a task of this flow at this address can be collected."""
    assert find_orphans([other], frozenset(), flow="teaser", realm="runway") == ()


def test_a_document_that_cannot_be_read_is_empty() -> None:
    """It is told by its fields, and has none."""
    assert document_of(attempt("{")) == {}
    assert document_of(attempt()) == {"realm": "runway"}


def test_the_lowest_budget_of_a_run_counts() -> None:
    """Flow and command line; the step's own is beside it, under the step's name without its key."""
    step = planned_step(Made("clip[wide]", budget=Decimal(5)))
    assert limits_for("r", step, Decimal(30), None, Decimal(20)) == (
        ("run:r", Decimal(20)),
        ("step:r:clip", Decimal(5)),
    )


def test_without_budgets_there_are_no_limits() -> None:
    """Nothing is refused that nobody limited."""
    assert limits_for("r", planned_step(Made("clip")), None) == ()


def test_before_the_account_was_asked_models_are_shallow() -> None:
    """Eight at once for each model, or as many as `-j` says in all."""
    assert depths_before_asking(0, None) == PoolDepths(1, {}, UNSTATED_DEPTH, None)
    assert depths_before_asking(2, 3) == PoolDepths(2, {}, 3, 3)


def test_the_account_says_how_deep_models_are() -> None:
    """No limit stays none; no place at all becomes one, where the service says why it waits."""
    account = Account(None, {"a": PoolLimits(5), "b": PoolLimits(None), "c": PoolLimits(0)})
    assert depths_of(account, 2, None) == PoolDepths(2, {"a": 5, "b": None, "c": 1}, UNSTATED_DEPTH, None)
    assert depths_of(account, 2, 4).total == 4
