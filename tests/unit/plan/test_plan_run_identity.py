"""Which runs are one run that goes on: the same flow file, inputs and profile."""

from __future__ import annotations

import pytest

from runway_flow.plan.settings import PlanSettings
from runway_flow.spec.media_path import MediaPath
from tests.fakes.flows import STILL, FakeLookup, flow_of, plan_of, stored_through

TEXT = flow_of(
    f"still: {{when: '${{{{ inputs.a is defined or inputs.b is not defined }}}}', {STILL}}}",
    "inputs: {a: {type: object}, b: {type: list, of: image}}",
)
INPUTS: dict[str, object] = {"a": {"x": 1}, "b": (MediaPath("a.png", "a.png", None),)}


def identity(inputs: dict[str, object], text: str = TEXT, lookup: FakeLookup | None = None) -> str:
    """Give the identity of a run."""
    return plan_of(text, lookup, PlanSettings("runway"), inputs).run_identity


def test_the_same_file_and_inputs_are_one_run() -> None:
    """Neither what is stored nor the order of keys changes it."""
    assert identity(INPUTS) == identity(dict(reversed(INPUTS.items())))
    assert identity(INPUTS) == identity(INPUTS, lookup=stored_through(TEXT, "still"))


@pytest.mark.parametrize(
    "inputs",
    [
        {**INPUTS, "a": {"x": 2}},
        {**INPUTS, "a": {"y": 1}},
        {**INPUTS, "b": (MediaPath("b.png", "b.png", None),)},
        {**INPUTS, "b": ()},
        {**INPUTS, "a": None},
    ],
)
def test_other_inputs_are_another_run(inputs: dict[str, object]) -> None:
    """A medium counts by its path: whether its bytes changed is a matter of the actions."""
    assert identity(inputs) != identity(INPUTS)


def test_another_text_is_another_run() -> None:
    """Even a comment: the file is what the run was asked for."""
    assert identity(INPUTS, TEXT + "# x\n") != identity(INPUTS)
