"""Rules of what no error touches: steps that are right, and read only what is right, can be planned."""

from __future__ import annotations

import pytest

from runway_flow.catalog.loader import load_catalog
from runway_flow.check.checker import check_flow
from runway_flow.check.untouched import find_untouched
from runway_flow.plan.planner import make_plan
from runway_flow.plan.settings import PlanSettings
from runway_flow.spec.builder import build_flow
from runway_flow.spec.inputs import resolve_inputs
from runway_flow.spec.reader import read_document
from tests.fakes.flows import FakeFiles, FakeLookup, flow_of

HEAD = "inputs: {product: {type: string, default: lamp}, list: {type: list, default: [a, a]}}\n"
STILL = "uses: gen4_image, with: {ratio: 1280:720, prompt_text: A}"
BROKEN = "broken: {uses: gen4_image, with: {ratio: 1:99, prompt_text: A}}\n"
SHOT = "ratio: 1280:720, prompt_text: A, duration: 5, prompt_image: '${{ steps.NAME.output }}'"
READER = f"uses: gen4.5, with: {{{SHOT}}}"


def untouched_in(steps: str, head: str = "") -> list[str]:
    """Give the steps that no error touches."""
    document, _ = read_document(flow_of(steps, HEAD + head), "flow.yaml")
    assert document is not None
    flow, _ = build_flow(document)
    checked, found = check_flow(flow, load_catalog(), FakeFiles())
    assert checked is None
    part = find_untouched(flow, load_catalog(), found)
    if part is None:
        return []
    assert part.is_part
    assert dict(part.flow.outputs) == {}
    return list(part.flow.steps)


def test_a_step_with_an_error_is_left_out_with_all_that_read_it() -> None:
    """What reads a faulty step, or names it in `needs`, directly or not, may only be wrong because of it."""
    steps = (
        f"still: {{{STILL}}}\nfine: {{{READER.replace('NAME', 'still')}}}\n{BROKEN}"
        f"reader: {{{READER.replace('NAME', 'broken')}}}\nnext: {{{STILL}, needs: reader}}\n"
        f"when: {{{STILL}, when: '${{{{ steps.next.output is defined }}}}'}}\n"
    )
    assert untouched_in(steps, "outputs: {a: '${{ steps.fine.output }}'}") == ["still", "fine"]


@pytest.mark.parametrize(
    "step",
    [
        "doubt: {uses: gen4_image, with: {ratio: 1280:720, prompt_text: '${{ inputs.product + }}'}}",
        "doubt: {uses: gen4_image, ratio: 1280:720}",
        "doubt: {uses: nothing}",
        "doubt: {uses: llm}",
        f"doubt: {{{STILL}, foreach: 3}}",
        f'doubt: {{{STILL}, when: "${{{{ steps[inputs.product].output is defined }}}}"}}',
        f'doubt: {{{STILL}, when: "${{{{ steps is defined }}}}"}}',
        f"doubt: {{{STILL}, needs: nowhere}}",
        f"doubt: {{{STILL}, when: '${{{{ inputs.prodct }}}}'}}",
    ],
)
def test_what_cannot_be_told_is_left_out(step: str) -> None:
    """A step with a hole, gaps, no model, or a name that is computed or unknown, is not planned."""
    assert untouched_in(f"still: {{{STILL}}}\n{BROKEN}{step}\n") == ["still"]


def test_an_unknown_input_in_a_gap_is_left_out() -> None:
    """Where inputs may be declared unseen, a step that reads an unknown one is not planned."""
    steps = f"still: {{{STILL}}}\n{BROKEN}doubt: {{{STILL}, when: '${{{{ inputs.x }}}}'}}\n"
    assert untouched_in(steps, "input: {x: {type: boolean}}") == ["still"]


def test_nothing_is_left_where_everything_is_faulty() -> None:
    """Without a right step there is nothing to plan."""
    assert untouched_in(BROKEN) == []


@pytest.mark.parametrize(
    ("defaults", "left"),
    [
        ("{gen4_image: {seed: '${{ inputs.prodct }}'}}", []),
        ("{gen4_image: {seed: '${{ inputs.product + }}'}}", []),
        ("{gen4_image: {seed: 5}}", ["still"]),
        ("{gen4_imag: {seed: 5}}", ["still"]),
    ],
)
def test_faulty_defaults_touch_every_step(defaults: str, left: list[str]) -> None:
    """Defaults are part of every step that takes them; defaults for nothing touch nothing."""
    assert untouched_in(f"still: {{{STILL}}}\n{BROKEN}", f"defaults: {defaults}") == left


def test_the_plan_of_a_part_has_findings_and_is_no_plan() -> None:
    """What planning finds in the untouched steps comes in the same pass; outputs are not judged."""
    text = flow_of(f"still: {{{STILL}, foreach: '${{{{ inputs.list }}}}'}}\n{BROKEN}", HEAD)
    document, _ = read_document(text, "flow.yaml")
    assert document is not None
    flow, _ = build_flow(document)
    _, found = check_flow(flow, load_catalog(), FakeFiles())
    part = find_untouched(flow, load_catalog(), found)
    assert part is not None
    values, _ = resolve_inputs(flow, {}, lambda _: "")
    ports = {"lookup": FakeLookup(), "files": FakeFiles(), "settings": PlanSettings("runway")}
    planned = make_plan(part, values, **ports)  # type: ignore[arg-type]
    assert planned.plan is None
    assert [item.code.id for item in planned.diagnostics] == ["RF210"]
    fine = make_plan(part, {**values, "list": ("a", "b")}, **ports)  # type: ignore[arg-type]
    assert fine.plan is None
    assert fine.diagnostics == ()
