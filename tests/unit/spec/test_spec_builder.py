"""Rules of the builder: what becomes of a flow's keys."""

from __future__ import annotations

from decimal import Decimal

import pytest

from runway_flow.kernel.diagnostics import Span
from runway_flow.spec.builder import build_flow
from runway_flow.spec.document import Document, Entry, Mapping, Scalar
from runway_flow.spec.expressions import Constant, Expression, Field, Name
from runway_flow.spec.flow import Flow, InputKind, InputType, Member, OnFailure
from runway_flow.spec.input_types import parse_input_type
from runway_flow.spec.names import name_of_file
from runway_flow.spec.reader import read_document
from runway_flow.spec.templates import ListTemplate, Literal, MapTemplate, Template

STEP = "steps: {a: {uses: gen4.5}}\n"


def document_of(text: str, path: str = "shots/my film.flow.yaml") -> Document:
    """Read a text without mistakes."""
    document, findings = read_document(text, path)
    assert document is not None
    assert findings == ()
    return document


def flow_of(text: str) -> Flow:
    """Build a flow without mistakes."""
    flow, findings = build_flow(document_of(text))
    assert findings == ()
    assert flow.is_whole
    assert not flow.gaps
    return flow


def test_left_out_keys_have_the_defaults_of_the_language() -> None:
    """A step that only says what it uses has the language's defaults."""
    flow = flow_of(STEP)
    step = flow.steps["a"]
    assert (flow.name, flow.seed, flow.budget, flow.description) == ("my-film", None, None, None)
    assert (step.foreach, step.where, step.key, step.when, step.needs) == ((), None, None, None, ())
    assert (step.retry_max, step.timeout_s, step.budget, step.salt) == (0, None, None, None)
    assert step.on_failure is OnFailure.CONTINUE
    assert step.parameters is None
    assert not step.is_fan_out


def test_written_keys_are_values() -> None:
    """Every key of a step arrives, with numbers in their units."""
    flow = flow_of(
        "seed: 5\nbudget: 0.1\nname: film\nsteps:\n  a:\n    uses: ' gen4.5 '\n    timeout: 20m\n"
        "    retry: {max: 2}\n    budget: 2.5\n    salt: 7\n    on_failure: stop\n    needs: b[x]\n"
        "    description: text\n    when: false\n    with: {x: 1}\n"
        "  b: {uses: c, needs: [a], timeout: 90, retry: {}}\n"
    )
    step = flow.steps["a"]
    assert (flow.name, flow.seed, flow.budget) == ("film", 5, Decimal("0.1"))
    assert (step.uses, step.timeout_s, step.retry_max, step.budget) == ("gen4.5", 1200.0, 2, Decimal("2.5"))
    assert (step.salt, step.on_failure, step.description) == ("7", OnFailure.STOP, "text")
    assert [need.address for need in step.needs] == ["b[x]"]
    assert step.when is not None
    assert step.when.term == Constant(value=False)
    assert isinstance(step.parameters, MapTemplate)
    assert (flow.steps["b"].timeout_s, flow.steps["b"].retry_max) == (90.0, 0)


def test_a_condition_is_one_expression() -> None:
    """`where` and `when` hold the expression itself, with its place."""
    flow = flow_of("steps:\n  a: {uses: x, where: ' ${{ a.b }} ', when: true}\n")
    assert flow.steps["a"].where == Expression(
        " a.b ", Field(Name("a"), "b"), Span("shots/my film.flow.yaml", 2, 25, 2, 35)
    )


def test_a_bare_list_is_looped_over_as_item() -> None:
    """`foreach: LIST` names its items `item`; a mapping names them itself, in order."""
    flow = flow_of(
        "steps:\n  a: {uses: x, foreach: '${{ inputs.l }}'}\n  b: {uses: x, foreach: [1, '${{ y }}']}\n"
        "  c: {uses: x, foreach: {shot: '${{ inputs.l }}', n: [1]}}\n"
    )
    assert [loop.name for loop in flow.steps["a"].foreach] == ["item"]
    assert isinstance(flow.steps["b"].foreach[0].values, ListTemplate)
    assert [loop.name for loop in flow.steps["c"].foreach] == ["shot", "n"]
    assert flow.steps["c"].is_fan_out


def test_sections_become_templates() -> None:
    """Defaults and outputs keep their places and their expressions; what is null is left out."""
    flow = flow_of(
        "defaults: {gen4.5: {ratio: 1280:720}, other: }\noutputs: {film: ['${{ steps.a.output }}'], no: }\n"
        + STEP
    )
    assert list(flow.defaults) == ["gen4.5"]
    place, template = flow.defaults["gen4.5"]
    assert place.column == 12
    assert isinstance(template.entries[0][2], Literal)
    assert list(flow.outputs) == ["film"]
    value = flow.outputs["film"].value
    assert isinstance(value, ListTemplate)
    assert isinstance(value.items[0], Template)


def test_keys_of_instances_may_be_texts_numbers_and_expressions() -> None:
    """`key` is a template."""
    flow = flow_of("steps: {a: {uses: x, key: 5}, b: {uses: x, key: 'k-${{ x }}'}}\n")
    assert isinstance(flow.steps["a"].key, Literal)
    assert isinstance(flow.steps["b"].key, Template)


def test_inputs_are_declared_with_their_types() -> None:
    """A declaration holds its type, its limits, and nodes with places."""
    flow = flow_of(
        "inputs:\n  a: {type: list, of: {id: string, n?: integer}, required: true, description: d}\n"
        "  b: {type: number, min: 1, max: 2.5, choices: [1, 2], default: 1}\n"
        "  c: {type: text, file: x.md}\n  d: {type: string, pattern: a+}\n" + STEP
    )
    member = InputType(InputKind.STRING)
    assert flow.inputs["a"].type == InputType(
        InputKind.LIST,
        InputType(
            InputKind.OBJECT,
            members={
                "id": Member(member, is_optional=False),
                "n": Member(InputType(InputKind.INTEGER), is_optional=True),
            },
        ),
    )
    assert (flow.inputs["a"].required, flow.inputs["a"].description) == (True, "d")
    assert (flow.inputs["b"].minimum, flow.inputs["b"].maximum) == (1, 2.5)
    assert isinstance(flow.inputs["b"].default, Scalar)
    assert (flow.inputs["c"].file, flow.inputs["d"].pattern) == ("x.md", "a+")


@pytest.mark.parametrize(
    "text",
    [
        "steps: {}",
        "steps: []",
        "just text",
        "steps: {a: 5}",
        "steps: {a: {uses: x, with: 5}}",
        "steps: {a: {uses: x, when: 5}}",
        "steps: {a: {uses: x, foreach: 5}}",
        "steps: {a: {uses: x, key: [1]}}",
        "steps: {a: {uses: x, key: true}}",
        "steps: {a: {uses: x, needs: [5]}}",
        "steps: {a: {uses: x, needs: 5}}",
        "steps: {a: {uses: x, timeout: true}}",
        "steps: {a: {uses: x, on_failure: no}}",
        "steps: {a: {uses: x, budget: much}}",
        "steps: {a: {uses: x, salt: [1]}}",
        "steps: {a: {uses: x}}\ninputs: {a: 5}",
        "steps: {a: {uses: x}}\ninputs: {a: {type: [x]}}",
        "steps: {a: {uses: x}}\ninputs: {a: {type: x}}",
        "steps: {a: {uses: x}}\ninputs: {a: {of: x}}",
        "steps: {a: {uses: x}}\ninputs: {a: {type: list, of: 5}}",
        "steps: {a: {uses: x}}\nname: [x]",
    ],
)
def test_what_the_structure_check_refuses_makes_a_hole_and_no_second_finding(text: str) -> None:
    """The builder passes over what has the wrong type, silently; the flow is not whole then."""
    flow, findings = build_flow(document_of(text))
    assert not flow.is_whole
    assert findings == ()


def test_a_name_that_is_wrong_leaves_the_flow_whole() -> None:
    """A finding that leaves no hole does not keep later checks from the flow."""
    flow, findings = build_flow(document_of("name: Film\n" + STEP))
    assert flow.is_whole
    assert [item.code.id for item in findings] == ["RF115"]


def test_a_fault_in_a_list_is_found_once() -> None:
    """An expression that cannot be read inside `foreach` is one finding, and leaves a hole."""
    flow, findings = build_flow(
        document_of("steps: {a: {uses: x, foreach: [1, '${{ b c }}']}, b: {uses: y}}\n")
    )
    assert not flow.is_whole
    assert flow.steps["a"].is_fan_out
    assert [item.code.id for item in findings] == ["RF120"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("shots/My Film.flow.yaml", "my-film"),
        ("C:\\films\\teaser.yaml", "teaser"),
        ("v1.2.yaml", "v1-2"),
        ("ünï.yaml", "n"),
        ("….yaml", "flow"),
        ("", "flow"),
    ],
)
def test_a_flow_is_named_after_its_file(path: str, name: str) -> None:
    """The default name is the file's stem as a slug."""
    assert name_of_file(path) == name


def test_types_are_read_from_their_notation() -> None:
    """A name, a type with `of`, and members of an object are told apart."""
    text = InputType(InputKind.STRING)
    place = Span("f", 1, 1, 1, 1)

    def scalar(value: str) -> Scalar:
        return Scalar(value, place)

    def mapping(**entries: Scalar) -> Mapping:
        return Mapping(tuple(Entry(key, place, value) for key, value in entries.items()), place)

    assert parse_input_type(scalar("string")) == (text, ())
    assert parse_input_type(mapping(type=scalar("list"), of=scalar("string")))[0] == InputType(
        InputKind.LIST, text
    )
    assert parse_input_type(mapping(type=scalar("string")))[0] == text
    members = {"type": Member(text, is_optional=False), "id": Member(text, is_optional=False)}
    assert parse_input_type(mapping(type=scalar("string"), id=scalar("string")))[0] == InputType(
        InputKind.OBJECT, members=members
    )
    found, findings = parse_input_type(scalar("strng"))
    assert found is None
    assert [item.code.id for item in findings] == ["RF113"]
