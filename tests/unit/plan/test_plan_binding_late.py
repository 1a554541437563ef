"""Binding during a run: results come in, and what waited becomes an action."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel import codes
from runway_flow.kernel.errors import UsageError
from runway_flow.plan.binding import Binding, Bound, NotWanted, Unusable, Waiting
from runway_flow.plan.settings import PlanSettings, Reach, Selection
from tests.fakes.flows import STILL, flow_of, invent_result, plan_of, plan_text, stored_through

if TYPE_CHECKING:
    from runway_flow.plan.action import ActionResult

CHAIN = f"""
still: {{{STILL}}}
clip:
  uses: gen4.5
  when: ${{{{ steps.still.output.width > 100 }}}}
  with:
    ratio: 1280:720
    prompt_text: A
    duration: 5
    prompt_image: ${{{{ steps.still.output }}}}
    seed: ${{{{ steps.voice.output.bytes if inputs.is_long else null }}}}
voice: {{uses: eleven_multilingual_v2, with: {{prompt_text: Hi, voice: Maya}}}}
frame: {{uses: media/frame, with: {{video: "${{{{ steps.clip.output }}}}"}}}}
"""
HEAD = "inputs: {is_long: {type: boolean, default: true}}"


def bind(step: str, text: str, *results: str, skipped: str = "") -> Binding:
    """Bind a step of a flow where some steps have results, as the engine does."""
    made = plan_text(text)
    assert made.plan is not None
    known: dict[str, ActionResult | None] = {}
    for name in results:
        binding = made.binder.bind(name, known)
        assert isinstance(binding, Bound), binding
        known[name] = invent_result(binding.action, Decimal(1))
    if skipped:
        known[skipped] = None
    return made.binder.bind(step, known)


def test_what_is_missing_is_told() -> None:
    """An instance waits for those whose results it still needs."""
    text = flow_of(CHAIN, HEAD)
    assert bind("clip", text) == Waiting(frozenset({"still", "voice"}))
    assert bind("clip", text, "still") == Waiting(frozenset({"voice"}))


def test_with_every_input_known_it_is_an_action() -> None:
    """The action is what the plan would have said, had the store had the results."""
    text = flow_of(CHAIN, HEAD)
    binding = bind("clip", text, "still", "voice")
    assert isinstance(binding, Bound)
    later = plan_of(text, stored_through(text, "still", "voice")).steps["clip"].action
    assert later is not None
    assert (binding.action.key, binding.action.params["seed"]) == (later.key, 3000)


def test_a_skipped_result_skips_its_reader() -> None:
    """Whoever reads what was skipped during the run is skipped."""
    assert bind("frame", flow_of(CHAIN, HEAD), skipped="clip") == NotWanted("clip is skipped")


def test_a_condition_that_turns_out_false_skips() -> None:
    """`when` is decided as soon as what it reads is there."""
    text = flow_of(CHAIN.replace("> 100", "> 9999"), HEAD)
    assert bind("clip", text, "still") == NotWanted("its `when` is false")


def test_a_value_that_turns_out_wrong_is_refused_unpaid() -> None:
    """Deferred values are judged before the submit, with the same code and place."""
    text = flow_of(CHAIN.replace("output.bytes if", "output.bytes * -1 if"), HEAD)
    binding = bind("clip", text, "still", "voice")
    assert isinstance(binding, Unusable)
    assert [(item.code, item.step) for item in binding.diagnostics] == [(codes.OUT_OF_RANGE, "clip")]


@pytest.mark.parametrize(
    ("name", "pool", "is_local"),
    [("still", "gen4_image", False), ("film", "local", True), ("any", "generate/image", False)],
)
def test_an_action_counts_against_a_pool(name: str, pool: str, is_local: bool) -> None:  # noqa: FBT001 - a table
    """Its model's, its endpoint's where there is no model, or the local one."""
    text = flow_of(
        f"""
        still: {{{STILL}}}
        film: {{uses: media/frame, with: {{video: a.mp4}}}}
        any: {{uses: generate/image, with: {{config_id: c, input: {{prompt_text: A lamp}}}}}}
        """
    )
    action = plan_of(text).steps[name].action
    assert action is not None
    assert (action.pool, action.is_local) == (pool, is_local)


def test_an_action_knows_what_it_may_cost() -> None:
    """The estimate of the action is that of the plan."""
    step = plan_of(flow_of(f"still: {{{STILL}}}")).steps["still"]
    assert step.action is not None
    assert step.action.estimate == step.estimate


def test_a_selection_names_instances() -> None:
    """One instance, in brackets or after a dot, or all of a step; the nearest key is suggested."""
    text = flow_of(f"still: {{foreach: [wide, close], {STILL}}}\nnone: {{foreach: [], {STILL}}}")

    def selected(address: str) -> list[str]:
        return list(plan_of(text, settings=PlanSettings("runway", Selection(Reach.ONLY, (address,)))).steps)

    assert selected("still[wide]") == selected("still.wide") == ["still[wide]"]
    assert selected("still") == ["still[wide]", "still[close]"]
    for address, hint in (("still[wid]", "did you mean `wide`?"), ("none[x]", "instances: none")):
        with pytest.raises(UsageError) as raised:
            selected(address)
        assert raised.value.hint == hint
