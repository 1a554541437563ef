"""What every `StateStore` must do about attempts and money; `StateStoreSuite` takes it in."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from runway_flow.engine.attempts import AttemptState
from runway_flow.kernel.amounts import UNKNOWN_PRICE, ZERO
from runway_flow.kernel.codes import STORE_BUSY
from runway_flow.kernel.errors import InternalError, StoreError
from runway_flow.plan.lookup import OpenAttempt

if TYPE_CHECKING:
    from runway_flow.engine.ports import StateStore

from tests.fakes.records import NOW, intend, key_of, make_intent


class AttemptSuite:
    """Each test is a rule of the port. `state` gives an empty store."""

    @pytest.fixture
    def state(self) -> StateStore:
        """Make an empty store."""
        raise NotImplementedError

    # attempts

    def test_intent_is_open(self, state: StateStore) -> None:
        """An intent is an open attempt without a task: in doubt."""
        intent = make_intent()
        assert intend(state, intent)
        (attempt,) = state.open_attempts()
        assert (attempt.intent, attempt.state, attempt.task) == (intent, AttemptState.INTENDED, None)
        assert attempt.reserved == Decimal(60)
        assert state.find_open_attempt(intent.key) == OpenAttempt("a1", None, NOW, "clip[wide]")
        assert state.find_open_attempt(key_of("other")) is None

    def test_submitted_has_its_task(self, state: StateStore) -> None:
        """A submitted attempt is open and knows its task and when it was submitted."""
        intend(state, make_intent())
        state.mark_submitted("a1", "task-1", NOW + 1, None)
        assert state.find_open_attempt(key_of("clip")) == OpenAttempt("a1", "task-1", NOW + 1, "clip[wide]")
        (attempt,) = state.open_attempts()
        assert (attempt.state, attempt.submitted_at) == (AttemptState.SUBMITTED, NOW + 1)

    def test_three_figures_of_a_price(self, state: StateStore) -> None:
        """The table's estimate with the table's date, the service's estimate and the cost are all kept."""
        intent = replace(make_intent(), table_date="2026-10-23")
        intend(state, intent)
        (attempt,) = state.open_attempts()
        assert (attempt.intent, attempt.estimated, attempt.cost) == (intent, None, None)
        state.mark_submitted("a1", "task-1", NOW + 1, Decimal("62.5"))
        (attempt,) = state.open_attempts()
        assert (attempt.estimated, attempt.reserved) == (Decimal("62.5"), Decimal("62.5"))
        state.close_attempt("a1", AttemptState.STORED, NOW + 9, cost=Decimal(62))
        (attempt,) = state.attempts_of("r1")
        assert (attempt.intent.estimate, attempt.estimated, attempt.cost) == (
            intent.estimate,
            Decimal("62.5"),
            Decimal(62),
        )

    def test_an_estimate_may_come_later(self, state: StateStore) -> None:
        """Said again with an estimate it is reserved; said again without one it stays."""
        intend(state, make_intent())
        state.mark_submitted("a1", "task-1", NOW + 1, None)
        state.mark_submitted("a1", "task-1", NOW + 1, Decimal(80))
        state.mark_submitted("a1", "task-1", NOW + 1, None)
        (attempt,) = state.open_attempts()
        assert (attempt.estimated, attempt.reserved) == (Decimal(80), Decimal(80))
        assert state.spent("r1") == Decimal(80)

    @pytest.mark.parametrize("end", [one for one in AttemptState if not one.is_open])
    def test_closed_is_not_open(self, state: StateStore, end: AttemptState) -> None:
        """A closed attempt is not open any more and keeps how it ended."""
        intend(state, make_intent())
        state.close_attempt("a1", end, NOW + 9, cost=Decimal(3), failure="why \ud800", failure_code="SAFETY")
        assert state.open_attempts() == ()
        assert state.find_open_attempt(key_of("clip")) is None
        (attempt,) = state.attempts_of("r1")
        assert (attempt.state, attempt.ended_at, attempt.cost) == (end, NOW + 9, Decimal(3))
        assert (attempt.failure, attempt.failure_code) == ("why \\ud800", "SAFETY")

    def test_second_open_attempt_is_refused(self, state: StateStore) -> None:
        """An action with an open attempt is not intended again, whatever the leases say."""
        intend(state, make_intent())
        with pytest.raises(StoreError, match="a1") as caught:
            intend(state, make_intent("a2"))
        assert caught.value.code is STORE_BUSY
        assert len(state.attempts_of("r1")) == 1

    def test_next_attempt_after_an_end(self, state: StateStore) -> None:
        """After an end the action may be attempted again; all of its attempts are counted."""
        intend(state, make_intent())
        state.close_attempt("a1", AttemptState.FAILED, NOW)
        assert intend(state, make_intent("a2"))
        assert state.count_attempts(key_of("clip")) == 2
        assert state.count_attempts(key_of("other")) == 0

    def test_a_late_task_is_never_lost(self, state: StateStore) -> None:
        """A task that comes to an attempt that was dropped meanwhile opens it again."""
        intend(state, make_intent())
        state.close_attempt("a1", AttemptState.DROPPED, NOW)
        state.mark_submitted("a1", "task-1", NOW + 1, None)
        found = state.find_open_attempt(key_of("clip"))
        assert found is not None
        assert found.task == "task-1"
        assert state.spent("r1") == Decimal(60)

    def test_why_an_attempt_is_in_doubt_is_kept(self, state: StateStore) -> None:
        """Until it is known what became of it: then its reason is gone, and comes no more."""
        intend(state, make_intent())
        state.note_doubt("a1", "the connection broke \ud800")
        assert [one.failure for one in state.open_attempts()] == ["the connection broke \\ud800"]
        state.mark_submitted("a1", "task-1", NOW + 1, None)
        state.note_doubt("a1", "too late")
        assert [one.failure for one in state.open_attempts()] == [None]

    def test_the_last_attempt_may_hold_its_action(self, state: StateStore) -> None:
        """What moderation refused, or the user dropped, is found by its action, and listed oldest first."""
        for number, end, code in (
            (1, AttemptState.FAILED, "SAFETY.INPUT.TEXT"),
            (2, AttemptState.FAILED, "INTERNAL"),
            (3, AttemptState.DROPPED, None),
        ):
            intend(state, make_intent(f"a{number}", f"action {number}"))
            state.close_attempt(f"a{number}", end, NOW + number, cost=Decimal(3), failure_code=code)
        assert [one.intent.attempt_id for one in state.held_attempts()] == ["a1", "a3"]
        found = state.find_hold(key_of("action 1"))
        assert found is not None
        assert (found.attempt_id, found.cost, found.at) == ("a1", Decimal(3), NOW + 1)
        assert state.find_hold(key_of("action 2")) is None
        assert state.find_hold(key_of("nothing")) is None

    def test_a_later_attempt_holds_nothing_of_an_earlier_one(self, state: StateStore) -> None:
        """Only the last attempt of an action counts; one that was released holds nothing."""
        intend(state, make_intent())
        state.close_attempt("a1", AttemptState.DROPPED, NOW)
        state.close_attempt("a1", AttemptState.RELEASED, NOW)
        assert state.find_hold(key_of("clip")) is None
        assert state.held_attempts() == ()
        intend(state, make_intent("a2"))
        state.close_attempt("a2", AttemptState.DROPPED, NOW)
        intend(state, make_intent("a3", "other"))
        assert [one.intent.attempt_id for one in state.held_attempts()] == ["a2"]

    def test_order_of_attempts(self, state: StateStore) -> None:
        """Attempts come oldest first, those of a run only of it."""
        for number in (3, 1, 2):
            intend(state, make_intent(f"a{number}", f"action {number}"))
        intend(state, replace(make_intent("b1", "other"), run_id="r2"))
        assert [one.intent.attempt_id for one in state.open_attempts()] == ["a3", "a1", "a2", "b1"]
        assert [one.intent.attempt_id for one in state.attempts_of("r1")] == ["a3", "a1", "a2"]

    def test_our_mistakes_are_told(self, state: StateStore) -> None:
        """An attempt that nobody intended, an id given twice, an end that is none: our bugs."""
        intend(state, make_intent())
        with pytest.raises(InternalError):
            intend(state, make_intent("a1", "another"))
        with pytest.raises(InternalError):
            state.mark_submitted("unknown", "task", NOW, None)
        with pytest.raises(InternalError):
            state.close_attempt("a1", AttemptState.SUBMITTED, NOW)
        assert len(state.attempts_of("r1")) == 1

    # money

    def test_nothing_spent(self, state: StateStore) -> None:
        """A run without attempts spent nothing."""
        assert state.spent("r1") == ZERO

    def test_reservation_counts(self, state: StateStore) -> None:
        """What is open counts with what it reserves, exactly."""
        intend(state, make_intent(high="0.1"))
        intend(state, make_intent("a2", "second", high="0.2"))
        assert state.spent("r1") == Decimal("0.3")

    def test_spent_by_a_step(self, state: StateStore) -> None:
        """What the instances of one declared step spent is known apart."""
        intend(state, make_intent(step="clip[a]", high="60"))
        intend(state, make_intent("a2", "second", step="clip[b]", high="48"))
        intend(state, make_intent("a3", "third", step="voice", high="3"))
        assert state.spent("r1", "clip") == Decimal(108)
        assert state.spent("r1", "clip[a]") == Decimal(108)
        assert state.spent("r1", "still") == ZERO

    def test_limit_is_kept(self, state: StateStore) -> None:
        """Spent + reserved + this may reach a limit, not pass it; a refusal writes nothing."""
        assert intend(state, make_intent(), ("run:r1", 120))
        assert intend(state, make_intent("a2", "second"), ("run:r1", 120))
        assert not intend(state, make_intent("a3", "third", high="0.001"), ("run:r1", 120))
        assert state.count_attempts(key_of("third")) == 0
        assert state.spent("r1") == Decimal(120)

    @pytest.mark.parametrize("step", ["clip", "clip[macro]", "clip[a#b]#2", "clip#2"])
    def test_limit_of_a_step(self, state: StateStore, step: str) -> None:
        """A step's limit is for all its instances and takes in the run."""
        limit = ("step:r1:clip", 100)
        assert intend(state, make_intent(), limit)
        assert not intend(state, make_intent("a2", "second", step), limit)
        assert intend(state, make_intent("a3", "third", "clipper"), ("step:r1:clipper", 100))
        elsewhere = replace(make_intent("a4", "fourth", step), run_id="r2")
        assert intend(state, elsewhere, ("step:r2:clip", 100))

    def test_every_limit_counts(self, state: StateStore) -> None:
        """One limit that would be passed is enough."""
        assert not intend(state, make_intent(), ("run:r1", 1000), ("step:r1:clip", 59))
        assert state.open_attempts() == ()

    def test_unknown_price(self, state: StateStore) -> None:
        """An unknown price is refused under a limit, unless it may be unknown."""
        intent = replace(make_intent(), estimate=UNKNOWN_PRICE)
        limits = (("run:r1", Decimal(1000)),)
        assert not state.intend(intent, limits, may_be_unknown=False)
        assert state.intend(intent, limits, may_be_unknown=True)
        second = replace(intent, attempt_id="a2", key=key_of("second"))
        assert state.intend(second, (), may_be_unknown=False)
        assert not state.open_attempts()[0].intent.estimate.is_known

    def test_stated_estimate_replaces_the_reservation(self, state: StateStore) -> None:
        """What the service says that it will charge at most is reserved from then on."""
        intend(state, make_intent())
        state.mark_submitted("a1", "task-1", NOW, Decimal("12.5"))
        assert state.spent("r1") == Decimal("12.5")
        assert state.open_attempts()[0].reserved == Decimal("12.5")

    def test_cost_replaces_the_reservation(self, state: StateStore) -> None:
        """A stated cost is what was spent, also nothing; it stays when an end is journaled twice."""
        intend(state, make_intent())
        state.mark_submitted("a1", "task-1", NOW, None)
        state.close_attempt("a1", AttemptState.FAILED, NOW, cost=ZERO)
        assert state.spent("r1") == ZERO
        state.close_attempt("a1", AttemptState.CANCELLED, NOW)
        assert state.spent("r1") == ZERO

    def test_without_a_cost_the_reservation_was_spent(self, state: StateStore) -> None:
        """If a task existed and nobody says what it cost, what was reserved counts."""
        intend(state, make_intent())
        state.mark_submitted("a1", "task-1", NOW, None)
        state.close_attempt("a1", AttemptState.STORED, NOW)
        assert state.spent("r1") == Decimal(60)

    def test_without_a_task_nothing_was_spent(self, state: StateStore) -> None:
        """If no task existed, the reservation is given back."""
        intend(state, make_intent())
        state.close_attempt("a1", AttemptState.REFUSED, NOW)
        assert state.spent("r1") == ZERO
        assert intend(state, make_intent("a2"), ("run:r1", 60), ("step:r1:clip", 60))
