"""Rules of what cannot be read: it leaves a hole, and everything around it is there to be checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel.values import Deferred
from runway_flow.spec.builder import build_flow
from runway_flow.spec.evaluator import resolve
from runway_flow.spec.expressions import Expression, Hole
from runway_flow.spec.inputs import resolve_inputs
from runway_flow.spec.reader import read_document
from runway_flow.spec.templates import Literal, MapTemplate, Template, expressions_in
from tests.fakes.expression_scope import FakeScope

if TYPE_CHECKING:
    from runway_flow.spec.flow import Flow


def flow_of(text: str) -> Flow:
    """Build a flow that is not whole."""
    document, _ = read_document(text, "f")
    assert document is not None
    flow, _ = build_flow(document)
    assert not flow.is_whole
    return flow


def parameters_of(text: str) -> MapTemplate:
    """Give the parameters of the step `a`."""
    found = flow_of(text).steps["a"].parameters
    assert found is not None
    return found


@pytest.mark.parametrize(
    "value",
    ["'${{ b + }}'", "'text ${{ b'", "*b", "!b c", "99999999999999999999", "{{ b }}", "{1: b}", "@b", "{b}"],
)
def test_a_value_that_cannot_be_read_is_not_known(value: str) -> None:
    """Whatever is wrong with a value, it counts as given, and as one that only a run can tell."""
    found = parameters_of(f"steps:\n  a:\n    uses: x\n    with:\n      b: {value}\n      c: 1\n")
    assert [name for name, _, _ in found.entries] == ["b", "c"]
    problems: list[object] = []
    assert resolve(found, FakeScope({}), problems) == {"b": Deferred(), "c": 1}  # type: ignore[arg-type]
    assert problems == []


@pytest.mark.parametrize("key", ["when", "where"])
def test_a_condition_that_cannot_be_read_is_not_known(key: str) -> None:
    """A condition that is none decides nothing."""
    for value in ("night", "5", "'${{ a'", "*b", "'${{ a + }} == b'"):
        step = flow_of(f"steps:\n  a:\n    uses: x\n    {key}: {value}\n").steps["a"]
        found = getattr(step, key)
        assert isinstance(found, Expression)
        assert isinstance(found.term, Hole)


@pytest.mark.parametrize(
    "foreach", ["3", "~", "{}", "night", "{item: 3}", "{item: {a: b}}", "*b", "{{ b }}", "'x ${{ b'"]
)
def test_a_step_with_a_wrong_list_is_a_fan_out(foreach: str) -> None:
    """Whoever reads the step reads a fan-out, of which nothing is known; its loop name is defined."""
    step = flow_of(f"steps: {{a: {{uses: x, foreach: {foreach}}}}}\n").steps["a"]
    assert [loop.name for loop in step.foreach] == ["item"]
    assert [type(item.term) for item in expressions_in(step.foreach[0].values)] == [Hole]


@pytest.mark.parametrize(
    "step",
    [
        "5",
        "~",
        "{}",
        "{uses: 5}",
        "{uses: ''}",
        "{uses: '${{ a }}'}",
        "{uses: llm}",
        "{uses: ./other.yaml}",
        "{uses: x, with: [a]}",
        "{uses: x, with: *b}",
        "{uses: x, with: {<<: *b}}",
        "{uses: x, ratio: 5}",
        "{uses: x, <<: *b}",
    ],
)
def test_a_step_may_have_parameters_that_are_not_seen(step: str) -> None:
    """Of such a step it cannot be said what is missing; the step itself is there."""
    assert flow_of(f"steps: {{a: {step}, b: 5}}\n").steps["a"].has_gaps


@pytest.mark.parametrize(
    "step", ["{uses: x, retry: 3}", "{uses: x, with: ~, when: 5}", "{uses: x, with: {a: *b, a: 1}}"]
)
def test_other_faults_make_no_gaps(step: str) -> None:
    """What is wrong elsewhere does not keep parameters from being judged."""
    assert not flow_of(f"steps: {{a: {step}, b: 5}}\n").steps["a"].has_gaps


@pytest.mark.parametrize(
    ("text", "gaps"),
    [
        ("steps: {a: 5}", set()),
        ("steps: {a: 5}\ninputs:", set()),
        ("steps: {a: 5}\nx-mine: 1", set()),
        ("steps: {a: 5}\ninput: {b: 1}", set()),
        ("steps: {a: 5}\nmine: {b: 1}", {"inputs"}),
        ("steps: {a: 5}\ninputs: [b]", {"inputs"}),
        ("steps: {a: 5}\ninputs: *b", {"inputs"}),
        ("steps: {a: 5, <<: *b}", {"steps"}),
        ("steps:\na: {uses: x}\nb: 5", {"inputs"}),
        ("steps:\nb: 5", {"steps", "inputs"}),
        ("steps: {a: 5}\nsteps: {b: 5}", {"steps", "inputs"}),
        ("just text", {"steps", "inputs"}),
        ("steps: []", {"steps"}),
        ("steps: {}", set()),
    ],
)
def test_a_section_may_declare_names_that_are_not_seen(text: str, gaps: set[str]) -> None:
    """Of names in such a section it cannot be said that they do not exist."""
    assert flow_of(text).gaps == gaps


@pytest.mark.parametrize(
    "declared",
    [
        "5",
        "{type: lamp}",
        "{type: integer, default: 99999999999999999999}",
        "{type: list, default: [*b]}",
        "{type: object, default: {1: a}}",
        "{type: object, default: {a: {b: *c}}}",
        "{type: string, default: b, pattern: '[a-*]'}",
        "{type: integer, default: 5, min: 9, max: 3}",
        "{type: string, default: b, file: b.md}",
    ],
)
def test_an_input_that_cannot_be_read_is_declared_all_the_same(declared: str) -> None:
    """Its name is known, its value is not, and nothing more is said of it."""
    flow = flow_of(f"inputs: {{a: {declared}}}\nsteps: {{}}")
    assert not flow.inputs["a"].is_known
    values, found = resolve_inputs(flow, {}, lambda _: "")
    assert dict(values) == {"a": Deferred()}
    assert found == ()


def test_a_text_with_a_broken_expression_keeps_its_other_parts() -> None:
    """The other expressions of a text are checked too."""
    found = parameters_of("steps: {a: {uses: x, with: {b: 'x ${{ b + }} y ${{ c }}'}}}")
    _, _, value = found.entries[0]
    assert isinstance(value, Template)
    sources = [part.source for part in value.parts if isinstance(part, Expression)]
    assert sources == [" b + ", " c "]


def test_a_duplicate_parameter_is_known_by_its_first_place() -> None:
    """The first of two stands, and nothing is missing."""
    document, _ = read_document("steps: {a: {uses: x, with: {b: 1, b: 2}}}", "f")
    assert document is not None
    flow, _ = build_flow(document)
    (entry,) = flow.steps["a"].parameters.entries if flow.steps["a"].parameters else ()
    assert isinstance(entry[2], Literal)
    assert entry[2].value == 1


def test_a_misspelt_key_is_read_as_the_one_that_is_meant() -> None:
    """The misspelt key is a finding; what it holds is checked all the same, and nothing is missing."""
    flow = flow_of(
        "variables: {b: {type: string, value: c, path: d, pattern: e, minimum: 3}}\n"
        "tasks:\n"
        "  a: {model: x, foreac: {shot: '${{ inputs.b }}'}, params: {c: 1}, if: true, when: false}\n"
        "  b: 5\n"
        "title: film\n"
    )
    step = flow.steps["a"]
    assert (flow.name, step.uses, [loop.name for loop in step.foreach]) == ("film", "x", ["shot"])
    assert step.parameters is not None
    assert step.when is not None
    assert step.when.source == "false"
    assert list(flow.inputs) == ["b"]
    assert flow.inputs["b"].default is not None
    assert flow.inputs["b"].file == "d"
    assert not flow.gaps


def test_what_is_wrong_with_a_misspelt_key_of_an_input_is_shown_at_the_input() -> None:
    """Its own place is that of the other finding."""
    document, _ = read_document("inputs: {b: {type: string, value: c, path: d, minimum: 3}}", "f")
    assert document is not None
    _, found = build_flow(document)
    assert [(item.code.id, item.span and item.span.column) for item in found] == [
        ("RF113", 10),
        ("RF113", 10),
    ]
