"""Names in expressions: whatever does not exist is told, in every branch, at its place."""

from __future__ import annotations

import pytest

from runway_flow.kernel import codes
from tests.fakes.flows import STILL, check_text, flow_of, pointed_at, refusals_of

HEAD = """
inputs:
  product: {type: string, default: lamp}
  shots: {type: list, of: {id: string}, default: [{id: a}]}
"""


def flow_with(expression: str, key: str = "") -> str:
    """Write a flow with an expression in `with`, or under another key of a fan-out."""
    keys = f"{key}: '${{{{ {expression} }}}}'" if key else ""
    prompt = "A lamp" if key else f"${{{{ {expression} }}}}"
    return flow_of(
        f"""
        one: {{{STILL}}}
        many: {{foreach: {{shot: "${{{{ inputs.shots }}}}"}}, {STILL}}}
        here:
          uses: gen4_image
          foreach: {{shot: "${{{{ inputs.shots }}}}"}}
          {keys}
          with:
            ratio: 1280:720
            prompt_text: x {prompt}
        """,
        HEAD + "outputs: {one: '${{ steps.one.output }}', product: '${{ inputs.product and null }}'}",
    )


@pytest.mark.parametrize(
    ("expression", "code", "place", "hint"),
    [
        (
            "produkt",
            codes.UNDEFINED_NAME,
            "produkt",
            (
                "defined here: flow, index, inputs, key, shot, steps, take; "
                "a text is written in quotes: `'produkt'`"
            ),
        ),
        (
            "produkt.id",
            codes.UNDEFINED_NAME,
            "produkt",
            "defined here: flow, index, inputs, key, shot, steps, take",
        ),
        ("shott", codes.UNDEFINED_NAME, "shott", "did you mean `shot`?"),
        ("product", codes.UNDEFINED_NAME, "product", "did you mean `inputs.product`?"),
        ("one.output", codes.UNDEFINED_NAME, "one", "did you mean `steps.one`?"),
        ("prev", codes.UNDEFINED_NAME, "prev", "`prev` is a function: write `prev()`"),
        ("inputs.prodct", codes.UNDEFINED_NAME, "prodct", "did you mean `product`?"),
        ("inputs['prodct']", codes.UNDEFINED_NAME, "'prodct'", "did you mean `product`?"),
        ("inputs.x", codes.UNDEFINED_NAME, "x", "declared inputs: product, shots"),
        ("flow.titel", codes.UNKNOWN_FIELD, "titel", "it has: name, seed"),
        ("steps.onee.output", codes.UNKNOWN_STEP, "onee", "did you mean `one`?"),
        ("steps.x", codes.UNKNOWN_STEP, "x", "steps of this flow: one, many, here"),
        ("steps.one.outptu", codes.UNKNOWN_FIELD, "outptu", "did you mean `output`?"),
        ("steps.one['a'].output", codes.UNKNOWN_INSTANCE, "one", "write `steps.one.output`"),
        ("steps.one[key].output", codes.UNKNOWN_INSTANCE, "one", "write `steps.one.output`"),
        ("steps.many.size", codes.UNKNOWN_FIELD, "size", "it has: outputs"),
        (
            "steps.many.output",
            codes.OUTPUT_OF_FAN_OUT,
            "output",
            "`steps.many.outputs` is the list of them, `steps.many[key].output` is one",
        ),
        ("steps.many['a'].sot", codes.UNKNOWN_FIELD, "sot", "did you mean `shot`?"),
        ("'x' if true else steps.onee.output", codes.UNKNOWN_STEP, "onee", "did you mean `one`?"),
        ("steps.many[steps.onee.output].output", codes.UNKNOWN_STEP, "onee", "did you mean `one`?"),
        ("[{'a':produkt}] | length", codes.UNDEFINED_NAME, "produkt", None),
        ("range(1, nowhere) | join(nowhere2)", codes.UNDEFINED_NAME, "nowhere", None),
    ],
)
def test_what_does_not_exist_is_told(expression: str, code: codes.Code, place: str, hint: str | None) -> None:
    """A name, step, input or field that is not there has its code, its place and the nearest name."""
    text = flow_with(expression)
    found = refusals_of(text)[0]
    assert (found.code, pointed_at(text, found), found.step) == (code, place, "here")
    if hint is not None:
        assert found.hint == hint


@pytest.mark.parametrize(
    "expression",
    [
        "steps[inputs.product] is defined",
        "inputs[key] is defined",
        "inputs | length",
        "flow['name']",
        "flow",
        "steps",
        "steps.many[0 if true else 1] is defined",
        "steps.many.outputs[0]",
        "steps.many[key].shot.id",
        "steps.many['a'].results",
        "steps.one.key",
    ],
)
def test_what_cannot_be_told_is_left_to_the_plan(expression: str) -> None:
    """Names that are computed, and fields of values, are judged where they have a value."""
    _, found = check_text(flow_with(f"({expression}) | default('') ~ ''"))
    assert {item.code for item in found} <= {codes.FILTER_MISUSE, codes.EXPRESSION_TYPE, codes.NOT_TEXT}


@pytest.mark.parametrize(
    ("key", "expression", "names"),
    [
        ("where", "take == 1", "`take` is only defined in `with`"),
        ("where", "key == shot.id", "`key` is only defined in a step with `foreach`"),
        ("where", "index == 1", "`index` is only defined in a step with `foreach`"),
        ("key", "key", "`key` is only defined in a step with `foreach`"),
        ("key", "take", "`take` is only defined in `with`"),
        ("when", "take == 1", "`take` is only defined in `with`"),
        (
            "when",
            "shot.id == produkt",
            "defined here: flow, index, inputs, key, shot, steps; a text is written in quotes: `'produkt'`",
        ),
    ],
)
def test_each_place_has_its_names(key: str, expression: str, names: str) -> None:
    """`key` and `index` are known once there are instances, `take` only in `with`."""
    found = refusals_of(flow_with(expression, key))
    assert [(item.code, item.hint) for item in found] == [(codes.UNDEFINED_NAME, names)]


@pytest.mark.parametrize(
    ("key", "expression"),
    [
        ("where", "shot.id == flow.name"),
        ("key", "shot.id ~ index"),
        ("when", "key == shot.id and index == 0"),
    ],
)
def test_names_that_a_place_has_are_no_finding(key: str, expression: str) -> None:
    """Loop names everywhere, `index` in `key`, both in `when`."""
    assert check_text(flow_with(expression, key))[1] == ()


def test_a_default_is_judged_without_the_names_of_a_step() -> None:
    """In `defaults` inputs, steps and `flow` are judged; loop names are those of each step."""
    head = 'defaults: {gen4_image: {prompt_text: "${{ shot.id }} ${{ inputs.x }} ${{ steps.y.output }}"}}'
    text = flow_of("here: {foreach: {shot: [{id: a}]}, uses: gen4_image, with: {ratio: 1280:720}}", head)
    found = refusals_of(text)
    assert [(item.code, item.step, pointed_at(text, item)) for item in found] == [
        (codes.UNDEFINED_NAME, None, "x"),
        (codes.UNKNOWN_STEP, None, "y"),
    ]


def test_a_name_in_a_text_of_several_lines_is_told() -> None:
    """The expression has its place in a block of text too."""
    text = flow_of(
        """
        here:
          uses: gen4_image
          with:
            ratio: 1280:720
            prompt_text: |
              A
              b ${{ produkt }}
        """
    )
    assert [pointed_at(text, item) for item in refusals_of(text)] == ["produkt"]


@pytest.mark.parametrize(
    ("uses", "is_used"),
    [
        ("inputs.product", True),
        ("inputs['product']", True),
        ("inputs[key]", True),
        ("inputs | length", True),
        ("flow.name", False),
    ],
)
def test_an_input_that_nothing_reads_is_told(uses: str, is_used: bool) -> None:  # noqa: FBT001 - a table
    """An unused input is a warning, unless inputs are chosen by computed names."""
    text = flow_of(f"still: {{foreach: [product], when: \"${{{{ ({uses}) != 'x' }}}}\", {STILL}}}", HEAD)
    _, found = check_text(text.replace("  shots: {type: list, of: {id: string}, default: [{id: a}]}\n", ""))
    assert [item.code for item in found] == ([] if is_used else [codes.UNUSED])
    assert not any(item.is_error for item in found)


def test_defaults_and_outputs_read_inputs_too() -> None:
    """What only a default or an output reads is used."""
    text = flow_of(
        f"still: {{{STILL}}}",
        """
        inputs: {a: {type: integer}, b: {type: string}}
        defaults: {gen4_image: {seed: "${{ inputs.a }}"}}
        outputs: {x: "${{ steps.still.output if inputs.b is none else null }}"}
        """,
    )
    assert check_text(text)[1] == ()


def test_needs_name_steps_and_instances_of_fan_outs() -> None:
    """Each entry that names nothing is told at its place."""
    text = flow_of(f"one: {{{STILL}}}\nhere: {{needs: [onne, 'one[a]', x], {STILL}}}")
    found = refusals_of(text)
    assert [(item.code, pointed_at(text, item), item.hint) for item in found] == [
        (codes.UNKNOWN_STEP, "onne", "did you mean `one`?"),
        (codes.UNKNOWN_INSTANCE, "'one[a]'", "write `one`"),
        (codes.UNKNOWN_STEP, "x", "steps of this flow: one, here"),
    ]


def test_a_need_written_as_a_reference_is_answered_with_the_id() -> None:
    """`needs` takes ids, not paths."""
    text = flow_of(f"one: {{{STILL}}}\ntwo: {{{STILL}, needs: steps.one}}")
    (found,) = refusals_of(text)
    assert (found.code, found.hint) == (codes.UNKNOWN_STEP, "write the id alone: `needs: one`")
