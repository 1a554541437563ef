"""What stands in scope: inputs, steps, the flow, and what a name that is computed finds."""

from __future__ import annotations

import pytest

from runway_flow.kernel import codes
from tests.fakes.flows import STILL, flow_of, params_of, pointed_at, refusals_of

HEAD = """
seed: 7
inputs:
  name: {type: string, default: NAME}
  shot: {type: object, default: {id: a, n: 2.0, is_on: true, list: [1]}}
"""


def prompt(value: str, name: str = "one") -> str:
    """Write a flow whose prompt is a value; `name` is the value of an input."""
    return flow_of(
        f"""
        one: {{{STILL}}}
        many: {{foreach: [a, b], {STILL}}}
        here: {{uses: gen4_image, with: {{ratio: 1280:720, prompt_text: "{value}"}}}}
        """,
        HEAD.replace("NAME", name),
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("${{ flow.name }} ${{ flow.seed }}", "film 7"),
        ("${{ flow[inputs.name] }}", "film"),
        ("${{ inputs.shot.id ~ inputs.shot.n ~ inputs.shot.is_on }}", "a2true"),
        ("${{ inputs[inputs.name] }}", "name"),
        ("$${{ flow.name }}", "${{ flow.name }}"),
        ("${{ '${{ flow.name' ~ ' }}' }}", "${{ flow.name }}"),
        ("${{ steps.one.key is none }}!", "true!"),
        ("${{ steps.many | map(attribute='key') | join(' ') }}", "a b"),
        ("${{ (steps.many | last).item }}", "b"),
        ("${{ steps.many | length }} ${{ steps.many is defined }}", "2 true"),
    ],
)
def test_names_have_values(value: str, text: str) -> None:
    """Text, numbers and booleans are joined; what an expression yields is never evaluated again."""
    assert params_of(prompt(value, "name"), "here")["prompt_text"] == text


@pytest.mark.parametrize(
    ("value", "code", "place"),
    [
        (
            "${{ steps[inputs.name].output.width }}",
            codes.UNKNOWN_STEP,
            "${{ steps[inputs.name].output.width }}",
        ),
        ("${{ inputs[inputs.name] }}", codes.UNKNOWN_FIELD, "${{ inputs[inputs.name] }}"),
        ("${{ flow[inputs.name] }}", codes.UNKNOWN_FIELD, "${{ flow[inputs.name] }}"),
        (
            "${{ (steps.many | first)[inputs.name] }}",
            codes.UNKNOWN_FIELD,
            "${{ (steps.many | first)[inputs.name] }}",
        ),
        ("${{ steps.many[inputs.name].key }}", codes.UNKNOWN_INSTANCE, "${{ steps.many[inputs.name].key }}"),
        ("${{ [steps.many][0].size }}", codes.UNKNOWN_FIELD, "size"),
        ("${{ [steps.many][0].output }}", codes.OUTPUT_OF_FAN_OUT, "output"),
        ("${{ inputs.shot.list }}!", codes.NOT_TEXT, "${{ inputs.shot.list }}"),
        ("${{ inputs.shot.nothing }}!", codes.UNKNOWN_FIELD, "nothing"),
        ("${{ steps.many }}!", codes.NOT_TEXT, "${{ steps.many }}"),
        ("${{ steps.one }}!", codes.NOT_TEXT, "${{ steps.one }}"),
    ],
)
def test_a_computed_name_that_finds_nothing_is_refused_in_the_plan(
    value: str, code: codes.Code, place: str
) -> None:
    """The finding says whose instance it is, and points at the expression."""
    text = prompt(value, "nothing")
    found = refusals_of(text)
    assert [(item.code, item.step, pointed_at(text, item)) for item in found] == [(code, "here", place)]


def test_a_computed_step_that_is_a_fan_out_has_no_output() -> None:
    """What `check` cannot see the plan says."""
    found = refusals_of(prompt("${{ steps[inputs.name].output.width }}", "many"))
    assert [item.code for item in found] == [codes.OUTPUT_OF_FAN_OUT]


def test_a_computed_step_is_a_dependency() -> None:
    """The step that the input names is read, and no other."""
    assert params_of(prompt("${{ steps[inputs.name].output.width }}"), "here")["prompt_text"] is not None
