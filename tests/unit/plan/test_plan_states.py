"""States of instances in the plan, and their reasons."""

from __future__ import annotations

from decimal import Decimal

import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.amounts import ZERO
from runway_flow.kernel.errors import UsageError
from runway_flow.plan.lookup import Hold, OpenAttempt
from runway_flow.plan.plan import Change, PlanState
from runway_flow.plan.settings import PlanSettings, Reach, Selection
from tests.fakes.flows import FakeLookup, plan_of, stored_through

CHAIN = """
version: 1
name: film
steps:
  still:
    uses: gen4_image
    with: {ratio: 1280:720, prompt_text: A lamp}
  clip:
    uses: gen4.5
    with: {ratio: 1280:720, prompt_text: Push in, prompt_image: "${{ steps.still.output }}", duration: 5}
  frame:
    uses: media/frame
    with: {video: "${{ steps.clip.output }}"}
outputs:
  film: ${{ steps.clip.output }}
"""


def test_a_first_step_is_new_and_those_below_it_are_unknown() -> None:
    """What needs a step that must run is unknown until it has run; a local step stays local."""
    plan = plan_of(CHAIN)
    assert [step.state for step in plan.steps.values()] == [
        PlanState.RUN,
        PlanState.UNKNOWN,
        PlanState.LOCAL,
    ]
    assert [step.why for step in plan.steps.values()] == [
        "new",
        "needs still",
        "local; needs clip",
    ]


def test_the_cost_of_unknown_steps_counts() -> None:
    """The plan's cost is an upper bound over everything that would be paid."""
    plan = plan_of(CHAIN)
    assert (plan.estimate.low, plan.estimate.high) == (Decimal(65), Decimal(65))
    assert plan.unknown_prices == 0


def test_a_stored_step_makes_its_readers_known() -> None:
    """Binding goes as far as the store has results."""
    plan = plan_of(CHAIN, stored_through(CHAIN, "still"))
    assert plan.steps["still"].state is PlanState.STORED
    assert plan.steps["clip"].state is PlanState.RUN
    assert plan.saved == Decimal(5)
    assert plan.estimate.high == Decimal(60)


def test_all_stored_is_no_work() -> None:
    """A plan in which everything is stored has no work, no cost and no critical path."""
    plan = plan_of(CHAIN, stored_through(CHAIN, "still", "clip", "frame"))
    assert not plan.has_work
    assert plan.estimate.high == ZERO
    assert plan.critical_path == ()


def test_an_edited_prompt_changes_the_chain_below_it() -> None:
    """What differs from an earlier result says which field changed; below it nothing is known."""
    lookup = stored_through(CHAIN, "still", "clip", "frame")
    plan = plan_of(CHAIN.replace("A lamp", "A red lamp"), lookup)
    assert plan.steps["still"].state is PlanState.RUN
    assert plan.steps["still"].change is Change.CHANGED
    assert plan.steps["still"].why == "prompt_text changed"
    assert plan.steps["clip"].state is PlanState.UNKNOWN


def test_renames_and_order_change_no_key() -> None:
    """Step ids, descriptions, retries and budgets are no part of an action's identity."""
    first = plan_of(CHAIN).steps["still"].action
    renamed = CHAIN.replace("still", "picture").replace(
        "    uses: gen4_image", "    uses: text_to_image/gen4_image\n    retry: {max: 2}\n    description: x"
    )
    second = plan_of(renamed).steps["picture"].action
    assert first is not None
    assert second is not None
    assert first.key == second.key


def test_a_salt_changes_the_key() -> None:
    """A salt makes the step's identity another one."""
    first = plan_of(CHAIN).steps["still"].action
    second = (
        plan_of(CHAIN.replace("    uses: gen4_image", "    uses: gen4_image\n    salt: again"))
        .steps["still"]
        .action
    )
    assert first is not None
    assert second is not None
    assert first.key != second.key


def test_an_attempt_with_a_task_is_in_flight() -> None:
    """What was submitted and not collected is in flight, and costs nothing more."""
    lookup = FakeLookup()
    action = plan_of(CHAIN).steps["still"].action
    assert action is not None
    lookup.attempts[action.key] = OpenAttempt("a1", "5d1e0000-0000", 0.0, "still")
    plan = plan_of(CHAIN, lookup)
    assert plan.steps["still"].state is PlanState.IN_FLIGHT
    assert "task 5d1e0000…" in plan.steps["still"].why
    assert plan.estimate.high == Decimal(60)


def test_an_attempt_without_an_answer_is_in_doubt_and_blocks_its_readers() -> None:
    """What is in doubt is shown and stops those that need it."""
    lookup = FakeLookup()
    action = plan_of(CHAIN).steps["still"].action
    assert action is not None
    lookup.attempts[action.key] = OpenAttempt("a1", None, 0.0, "still")
    plan = plan_of(CHAIN, lookup)
    assert [step.state for step in plan.steps.values()] == [
        PlanState.IN_DOUBT,
        PlanState.BLOCKED,
        PlanState.BLOCKED,
    ]
    assert plan.steps["clip"].why == "waits for still, which is in doubt"


@pytest.mark.parametrize(
    ("hold", "why"),
    [
        (
            Hold("a1", False, 0.0, "task-1", Decimal(12), "No.", "SAFETY.INPUT.TEXT"),
            "refused by moderation before, 12 credits; the same request would be refused again",
        ),
        (
            Hold("a1", False, 0.0, failure="not allowed"),
            "refused by moderation before; the same request would be refused again",
        ),
        (Hold("a1", True, 0.0), "dropped; not paid for until it changes or is resubmitted"),
    ],
)
def test_what_was_refused_or_dropped_is_blocked(hold: Hold, why: str) -> None:
    """The plan offers no action that moderation refused or the user gave up, and says why."""
    lookup = FakeLookup()
    action = plan_of(CHAIN).steps["still"].action
    assert action is not None
    lookup.holds[action.key] = hold
    plan = plan_of(CHAIN, lookup)
    still, clip, _ = plan.steps.values()
    assert (still.state, still.why, still.attempt_id) == (PlanState.BLOCKED, why, "a1")
    assert (clip.state, clip.why) == (PlanState.BLOCKED, "waits for still, which is blocked")
    assert plan.estimate.high == ZERO
    assert plan.has_work


def test_a_result_beats_a_refusal() -> None:
    """What is stored is used, however the last attempt ended."""
    lookup = FakeLookup()
    action = plan_of(CHAIN).steps["still"].action
    assert action is not None
    lookup.keep(action, Decimal(5), "still")
    lookup.holds[action.key] = Hold("a1", True, 0.0)
    assert plan_of(CHAIN, lookup).steps["still"].state is PlanState.STORED


def test_lost_bytes_of_a_task_are_fetched_again() -> None:
    """A record whose blob is gone is collected from its task, not paid again."""
    lookup = FakeLookup()
    action = plan_of(CHAIN).steps["still"].action
    assert action is not None
    lookup.keep(action, Decimal(5), "still", is_whole=False)
    step = plan_of(CHAIN, lookup).steps["still"]
    assert step.state is PlanState.IN_FLIGHT
    assert step.result is not None


def test_equal_actions_are_one() -> None:
    """A second instance with the same request costs nothing and says whose result it shares."""
    text = CHAIN.replace(
        "  clip:",
        "  twin:\n    uses: gen4_image\n    with: {ratio: 1280:720, prompt_text: A lamp}\n  clip:",
    )
    plan = plan_of(text)
    assert plan.steps["twin"].why == "same as still"
    assert plan.estimate.high == Decimal(65)


def test_a_false_condition_skips_the_step_and_its_readers() -> None:
    """`when: false` skips; reading a skipped output skips the reader."""
    text = CHAIN.replace("    uses: gen4_image", "    uses: gen4_image\n    when: false")
    plan = plan_of(text)
    assert {step.state for step in plan.steps.values()} == {PlanState.SKIPPED}
    assert plan.steps["still"].why == "its `when` is false"
    assert plan.steps["clip"].why == "still is skipped"
    assert not plan.has_work


def test_default_replaces_what_was_skipped() -> None:
    """Under `default` a skipped output does not skip the reader."""
    text = CHAIN.replace("    uses: gen4_image", "    uses: gen4_image\n    when: false").replace(
        "steps.still.output }}", "steps.still.output | default('other.png') }}"
    )
    assert plan_of(text).steps["clip"].state is PlanState.RUN


def test_a_condition_that_waits_makes_the_step_wait() -> None:
    """A `when` that reads a result is decided when that is there."""
    text = CHAIN.replace(
        "  frame:\n    uses: media/frame\n",
        "  frame:\n    uses: media/frame\n    when: ${{ steps.still.output.width > 100 }}\n",
    )
    plan = plan_of(text)
    assert plan.steps["frame"].needs == ("clip", "still")
    plan = plan_of(text, stored_through(text, "still", "clip"))
    assert plan.steps["frame"].state is PlanState.LOCAL


def test_a_condition_on_a_result_may_skip() -> None:
    """A `when` that a stored result decides as false skips."""
    text = CHAIN.replace(
        "  frame:\n    uses: media/frame\n",
        "  frame:\n    uses: media/frame\n    when: ${{ steps.still.output.width > 5000 }}\n",
    )
    plan = plan_of(text, stored_through(text, "still"))
    assert plan.steps["frame"].state is PlanState.SKIPPED


def test_the_critical_path_is_the_longest() -> None:
    """The critical path runs over what takes time, and its length is their sum."""
    plan = plan_of(CHAIN)
    assert plan.critical_path[:2] == ("still", "clip")
    assert plan.critical_seconds >= 10


def test_the_lower_budget_counts() -> None:
    """The budget is the lower one of the flow's and the command line's."""
    text = CHAIN.replace("name: film", "name: film\nbudget: 100")
    assert plan_of(text).budget == Decimal(100)
    assert plan_of(text, settings=PlanSettings("runway", budget=Decimal(50))).budget == Decimal(50)
    assert plan_of(CHAIN).budget is None


@pytest.mark.parametrize(
    ("reach", "address", "expected"),
    [
        (Reach.ONLY, "still", {"still"}),
        (Reach.UNTIL, "clip", {"still", "clip"}),
        (Reach.FROM, "still", {"still", "clip", "frame"}),
    ],
)
def test_a_selection_takes_what_it_says(reach: Reach, address: str, expected: set[str]) -> None:
    """`only` takes the step, `until` what it needs too, `from` what depends on it too."""
    plan = plan_of(CHAIN, settings=PlanSettings("runway", Selection(reach, (address,))))
    assert set(plan.steps) == expected


def test_a_selection_may_lean_on_what_is_stored() -> None:
    """What the selection needs and does not take must be stored."""
    settings = PlanSettings("runway", Selection(Reach.ONLY, ("clip",)))
    plan = plan_of(CHAIN, stored_through(CHAIN, "still"), settings)
    assert set(plan.steps) == {"still", "clip"}
    with pytest.raises(UsageError, match="needs still, which is neither selected nor stored"):
        plan_of(CHAIN, settings=settings)


@pytest.mark.parametrize("name", ["stil", "clip[wide]", "[", "clip.x"])
def test_a_selection_of_nothing_is_refused(name: str) -> None:
    """A step or an instance that does not exist is a bad command line."""
    with pytest.raises(UsageError) as raised:
        plan_of(CHAIN, settings=PlanSettings("runway", Selection(Reach.ONLY, (name,))))
    assert raised.value.code is codes.SELECTION_UNKNOWN
    assert raised.value.hint


def test_order_without_data() -> None:
    """`needs` orders steps without passing anything on."""
    text = CHAIN.replace("    uses: gen4_image", "    uses: gen4_image\n    needs: [voice]").replace(
        "outputs:",
        "  voice:\n    uses: eleven_multilingual_v2\n    with: {prompt_text: Hi, voice: Maya}\noutputs:",
    )
    plan = plan_of(text)
    assert list(plan.steps) == ["voice", "still", "clip", "frame"]
    assert plan.steps["still"].order_needs == ("voice",)
    assert plan.steps["still"].state is PlanState.RUN


def test_a_result_of_another_service_is_none_of_this_one() -> None:
    """After a rehearsal everything is new, and the plan says why there is a result all the same."""
    lookup = stored_through(CHAIN, "still")
    step = plan_of(CHAIN, lookup=lookup, settings=PlanSettings("local")).steps["still"]
    assert (step.state, step.change) == (PlanState.RUN, Change.NEW)
    assert step.why == "new here: the last result came from another service or the emulator"
