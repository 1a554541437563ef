"""`when` and `needs`: what is skipped, what waits, what becomes a dependency."""

from __future__ import annotations

import pytest

from runway_flow.kernel import codes
from runway_flow.plan.lookup import OpenAttempt
from runway_flow.plan.plan import PlanState
from tests.fakes.flows import STILL, FakeLookup, flow_of, plan_of, plan_text, refusals_of, stored_through

HEAD = "inputs: {flag: {type: boolean, default: false}, nothing: {type: string}}"
BASE = f"a: {{{STILL}}}\nb: {{{STILL.replace('lamp', 'lantern')}}}\nc: {{{STILL.replace('lamp', 'torch')}}}\n"


def reader_of(prompt: str, when: str = "true") -> str:
    """Write three stills, and a step whose prompt and condition are given."""
    return flow_of(
        BASE
        + f"""reader:
  uses: gen4_image
  when: {when}
  with: {{ratio: 1280:720, prompt_text: "{prompt}"}}
""",
        HEAD,
    )


@pytest.mark.parametrize(
    ("prompt", "needs"),
    [
        ("${{ 'x' if inputs.flag else steps.a.output.width }}", ("a",)),
        ("${{ steps.a.output.width if inputs.flag else 'x' }}", ()),
        (
            "${{ steps.b.output.width if steps.a.output.width > 9 else steps.c.output.width }}",
            ("a", "b", "c"),
        ),
        ("${{ (inputs.flag and steps.a.output.width > 1) ~ '' }}", ()),
        ("${{ steps.a.output.width > 1 and steps.b.output.width > 1 }}", ("a", "b")),
        ("${{ steps.a.output.width > 1 or steps.b.output.width > 1 }}", ("a", "b")),
        ("${{ inputs.nothing | default(steps.a.output.width) }}", ("a",)),
        ("${{ 'x' | default(steps.a.output.width) }}", ()),
        ("${{ steps.a.output | default('x') is defined }}", ("a",)),
        ("${{ (steps.a.key is none) ~ '' }}", ()),
    ],
)
def test_what_may_be_reached_is_a_dependency(prompt: str, needs: tuple[str, ...]) -> None:
    """A condition that is undecided makes both branches dependencies; a branch not reached makes none."""
    assert plan_of(reader_of(prompt)).steps["reader"].needs == needs


def test_what_was_undecided_is_decided_by_results() -> None:
    """Once the condition is known, the branch that is not reached need not be done."""
    text = reader_of("${{ steps.b.output.width if steps.a.output.width > 9999 else steps.c.output.width }}!")
    plan = plan_of(text, stored_through(text, "a", "c"))
    assert plan.steps["reader"].params["prompt_text"] == "1280!"
    assert plan.steps["reader"].state is PlanState.RUN


def test_a_step_that_is_skipped_for_certain_needs_nothing() -> None:
    """Where `when` is false in the plan, what `with` would read is no dependency."""
    text = flow_of(
        f"""
        a: {{uses: media/frame, when: false, with: {{video: "${{{{ steps.b.output }}}}"}}}}
        b:
          uses: gen4.5
          with:
            prompt_image: ${{{{ steps.a.output | default('x.png') }}}}
            prompt_text: A
            ratio: 1280:720
            duration: 5
        c: {{{STILL}}}
        """
    )
    plan = plan_of(text)
    assert plan.steps["a"].needs == ()
    assert plan.steps["b"].state is PlanState.RUN


@pytest.mark.parametrize("when", ["${{ steps.a.output.width > 1 }}", "${{ steps.a.output is defined }}"])
def test_a_condition_may_wait(when: str) -> None:
    """`when` may read results: the step waits for them, with its other inputs known."""
    text = reader_of("x", when)
    plan = plan_of(text)
    assert plan.steps["reader"].state is PlanState.UNKNOWN
    assert plan.steps["reader"].why == "needs a"
    assert plan_of(text, stored_through(text, "a")).steps["reader"].state is PlanState.RUN


def test_a_condition_that_waits_and_data_that_wait_are_both_told() -> None:
    """The step waits for everything that its condition and its parameters wait for."""
    step = plan_of(reader_of("${{ steps.b.output.width }}", "${{ steps.a.output.width > 1 }}")).steps[
        "reader"
    ]
    assert step.needs == ("a", "b")
    assert step.why == "needs a, b"


@pytest.mark.parametrize(
    ("when", "state", "why"),
    [
        ("${{ inputs.flag }}", PlanState.SKIPPED, "its `when` is false"),
        ("${{ not inputs.flag }}", PlanState.RUN, "new"),
        ("${{ steps.gone.output.width > 1 }}", PlanState.SKIPPED, "its `when` reads gone, which is skipped"),
        ("${{ steps.gone.output is defined }}", PlanState.SKIPPED, "its `when` is false"),
        ("${{ steps.gone.output is not defined }}", PlanState.RUN, "new"),
    ],
)
def test_a_condition_decides(when: str, state: PlanState, why: str) -> None:
    """False skips, also when it is a skipped output that is read."""
    text = reader_of("x", when) + f"  gone: {{when: false, {STILL}}}\n"
    step = plan_of(text).steps["reader"]
    assert (step.state, step.why) == (state, why)


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("${{ flow.name }}", codes.CONDITION_NOT_BOOLEAN),
        ("${{ inputs.nothing }}", codes.CONDITION_NOT_BOOLEAN),
        ("${{ 1 }}", codes.CONDITION_NOT_BOOLEAN),
        ("${{ inputs.nothing > 1 }}", codes.EXPRESSION_TYPE),
    ],
)
def test_a_condition_is_a_boolean(when: str, code: codes.Code) -> None:
    """Anything else is an error at its place."""
    found = refusals_of(reader_of("x", when))
    assert [(item.code, item.step) for item in found] == [(code, "reader")]


def test_a_fault_in_an_undecided_branch_is_no_fault_yet() -> None:
    """What may not be reached is judged when it is."""
    text = reader_of("${{ 'x' if steps.a.output.width > 1 else (1 // 0) }}")
    assert plan_of(text).steps["reader"].state is PlanState.UNKNOWN


def test_a_condition_is_asked_for_each_instance() -> None:
    """`when` is per instance, with loop names, `key` and `index`."""
    text = flow_of(f"still: {{foreach: [a, b, c], when: \"${{{{ index != 1 and key != 'c' }}}}\", {STILL}}}")
    states = [step.state for step in plan_of(text).steps.values()]
    assert states == [PlanState.RUN, PlanState.SKIPPED, PlanState.SKIPPED]


ORDER = f"""
first: {{foreach: [a, b], when: "${{{{ item != 'a' or not inputs.flag }}}}", {STILL}}}
second: {{needs: NEED, {STILL.replace("lamp", "torch")}}}
"""


@pytest.mark.parametrize(
    ("need", "needs"),
    [("first", ("first[a]", "first[b]")), ("first[b]", ("first[b]",)), ("first.b", ("first[b]",))],
)
def test_needs_order_without_data(need: str, needs: tuple[str, ...]) -> None:
    """`needs` names a step or one instance; what it needs may run before its inputs are known."""
    step = plan_of(flow_of(ORDER.replace("NEED", repr(need)), HEAD)).steps["second"]
    assert (step.needs, step.order_needs, step.state) == (needs, needs, PlanState.RUN)


def test_a_need_that_is_read_too_is_data() -> None:
    """`order_needs` are those that only `needs` names."""
    steps = ORDER.replace("NEED", "first").replace("A torch", "\"${{ steps.first['a'].output.width }}\"")
    step = plan_of(flow_of(steps, HEAD)).steps["second"]
    assert step.needs == ("first[a]", "first[b]")
    assert step.order_needs == ("first[b]",)


def test_a_need_that_is_skipped_changes_nothing() -> None:
    """`needs` passes failures on, not skips."""
    text = flow_of(ORDER.replace("NEED", "'first[a]'"), HEAD.replace("false", "true"))
    plan = plan_of(text)
    assert plan.steps["first[a]"].state is PlanState.SKIPPED
    assert plan.steps["second"].state is PlanState.RUN


@pytest.mark.parametrize(
    ("need", "code"),
    [
        ("thrid", codes.UNKNOWN_STEP),
        ("first[c]", codes.UNKNOWN_INSTANCE),
        ("second[x]", codes.UNKNOWN_INSTANCE),
        ("second", codes.CYCLE),
    ],
)
def test_a_need_that_does_not_exist_is_refused(need: str, code: codes.Code) -> None:
    """A step or an instance that is not there is an error at its place."""
    found = refusals_of(flow_of(ORDER.replace("NEED", repr(need)), HEAD))
    assert [item.code for item in found] == [code]
    assert found[0].hint


def test_a_need_that_is_in_doubt_blocks() -> None:
    """A run does not go past what is in doubt, whether its data are read or not; stored results stand."""
    text = flow_of(ORDER.replace("NEED", "'first[b]'"), HEAD)
    lookup = FakeLookup()
    action = plan_of(text).steps["first[b]"].action
    assert action is not None
    lookup.attempts[action.key] = OpenAttempt("a1", None, 0.0, "first[b]")
    plan = plan_of(text, lookup)
    assert plan.steps["second"].state is PlanState.BLOCKED
    assert plan.steps["second"].why == "waits for first[b], which is in doubt"
    assert plan.estimate.high == 0
    plan = plan_of(text, stored_through(text, "second", lookup=_without_attempts(lookup)))
    assert plan.steps["second"].state is PlanState.STORED


def _without_attempts(lookup: FakeLookup) -> FakeLookup:
    return FakeLookup(lookup.results, {}, lookup.documents)


def test_an_equal_action_shares_what_becomes_of_the_other() -> None:
    """Equal actions are one: in doubt, in flight or stored together."""
    text = flow_of(f"one: {{{STILL}}}\ntwo: {{{STILL}}}")
    action = plan_of(text).steps["one"].action
    assert action is not None
    for task, state in ((None, PlanState.IN_DOUBT), ("t", PlanState.IN_FLIGHT)):
        lookup = FakeLookup(attempts={action.key: OpenAttempt("a1", task, 0.0, "one")})
        assert {step.state for step in plan_of(text, lookup).steps.values()} == {state}
    plan = plan_of(text, stored_through(text, "one"))
    assert {step.state for step in plan.steps.values()} == {PlanState.STORED}
    assert plan.saved == 5


def test_a_local_action_that_is_shared_is_done_once() -> None:
    """Equal local actions are one too."""
    frame = "uses: media/frame, with: {video: a.mp4}"
    plan = plan_of(flow_of(f"one: {{{frame}}}\ntwo: {{{frame}}}"))
    assert [step.why for step in plan.steps.values()] == ["local", "same as one"]


def test_an_invalid_step_leaves_no_plan() -> None:
    """A step that cannot be sent is told with every other finding, and there is no plan."""
    made = plan_text(reader_of("A ${{ inputs.nothing }}"))
    assert made.plan is None
    assert [item.code for item in made.diagnostics if item.is_error] == [codes.NOT_TEXT]
