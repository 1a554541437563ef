"""What may be tried again, and when to look at a task."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.engine.polling import first_look_delay, next_poll_delay
from runway_flow.engine.retry import (
    CAP_S,
    PATIENCE_S,
    GiveUp,
    Trouble,
    Wait,
    decide,
    is_moderated_refusal,
    is_moderation,
    may_pay_again,
)

SECONDS = st.floats(0.0, 1e5)


@pytest.mark.parametrize(("tries", "seconds"), [(0, 1.0), (1, 2.0), (3, 8.0), (6, 60.0), (5000, 60.0)])
def test_the_ceiling_doubles_up_to_a_cap(tries: int, seconds: float) -> None:
    """The wait doubles from a second to a minute, and no number of tries overflows."""
    assert decide(Trouble(tries, 0.0, 1.0)) == Wait(seconds)


def test_jitter_is_full() -> None:
    """A draw of nothing is no wait, half a draw half of the ceiling."""
    assert decide(Trouble(2, 0.0, 0.0)) == Wait(0.0)
    assert decide(Trouble(2, 0.0, 0.5)) == Wait(2.0)


def test_the_service_is_not_asked_before_it_said() -> None:
    """Retry-After is honoured, also past the cap."""
    assert decide(Trouble(0, 0.0, 1.0, retry_after_s=120.0)) == Wait(120.0)


def test_patience_ends() -> None:
    """After so long without a break it is given up, however few the tries."""
    assert decide(Trouble(1, PATIENCE_S - 1.0, 0.5)) == Wait(1.0)
    assert decide(Trouble(1, PATIENCE_S, 0.5)) == GiveUp()
    assert decide(Trouble(1, 10.0, 0.5), patience_s=10.0) == GiveUp()


@given(st.integers(0, 100), st.floats(0.0, 1.0), st.floats(0.0, 10.0))
def test_a_wait_is_bounded_from_both_sides(tries: int, draw: float, floor: float) -> None:
    """Never closer than the floor, never longer than the cap."""
    decision = decide(Trouble(tries, 0.0, draw), at_least_s=floor)
    assert isinstance(decision, Wait)
    assert floor <= decision.seconds <= max(CAP_S, floor)


@pytest.mark.parametrize("code", ["INTERNAL", "INTERNAL.BAD_OUTPUT.CODE01"])
def test_internal_failures_may_be_paid_again_as_often_as_asked(code: str) -> None:
    """`retry: {max: 1}` allows one more attempt after the first."""
    assert may_pay_again(code, 1, 1)
    assert not may_pay_again(code, 2, 1)
    assert not may_pay_again(code, 1, 0)


@pytest.mark.parametrize("code", ["SAFETY.INPUT.TEXT", "SAFETY", "ASSET.INVALID", "INTERNALISED", None])
def test_moderation_and_what_nobody_knows_are_never_paid_again(code: str | None) -> None:
    """Only what is documented as retryable is."""
    assert not may_pay_again(code, 1, 5)


def test_moderation_is_told_by_the_first_word() -> None:
    """SAFETY and what is below it; nothing else."""
    assert is_moderation("SAFETY")
    assert is_moderation("SAFETY.OUTPUT.VIDEO")
    assert not is_moderation("SAFETYNET")
    assert not is_moderation(None)


def test_a_refusal_of_the_content_is_told_by_its_words() -> None:
    """A 4xx has no code of its own for moderation."""
    assert is_moderated_refusal("the API answered 400: the prompt was blocked by Content Moderation")
    assert not is_moderated_refusal("the API answered 400: Validation of body failed")
    assert not is_moderated_refusal(None)


@given(SECONDS, st.none() | SECONDS, st.floats(0.01, 10.0))
def test_looks_are_never_closer_than_the_floor(elapsed: float, typical: float | None, floor: float) -> None:
    """Whatever is known of the model, the floor holds."""
    assert next_poll_delay(elapsed, typical, floor) >= floor


@given(SECONDS, st.none() | SECONDS, st.floats(0.01, 10.0))
def test_at_most_a_tenth_is_lost_or_twice_before_the_typical_moment(
    elapsed: float, typical: float | None, floor: float
) -> None:
    """After the typical moment a tenth of the time that passed; before it less than two of those."""
    interval = max(floor, min(0.1 * elapsed, 30.0))
    assert next_poll_delay(elapsed, typical, floor) < 2 * interval + 1e-9
    if typical is None or typical <= elapsed:
        assert next_poll_delay(elapsed, typical, floor) == interval


def test_a_task_of_exactly_the_floor_is_found_done_at_the_first_look() -> None:
    """Five seconds at a floor of five: one look, at five seconds, also if the model usually takes longer."""
    assert next_poll_delay(0.0, None, 5.0) == 5.0
    assert next_poll_delay(0.0, 5.0, 5.0) == 5.0
    assert next_poll_delay(0.0, 60.0, 5.0) == 5.0


def test_a_look_falls_on_the_typical_moment() -> None:
    """Seven seconds at a floor of five: one look at seven instead of two at five and ten."""
    assert next_poll_delay(0.0, 7.0, 5.0) == 7.0
    assert next_poll_delay(0.0, 12.0, 5.0) == 6.0
    assert next_poll_delay(6.0, 12.0, 5.0) == 6.0


def test_what_an_earlier_process_submitted_is_looked_at_at_once() -> None:
    """If it is old enough; else when it is."""
    assert first_look_delay(100.0, 5.0) == 0.0
    assert first_look_delay(2.0, 5.0) == 3.0
