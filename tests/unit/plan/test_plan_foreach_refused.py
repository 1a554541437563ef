"""Instances that cannot be told: what `foreach where key` may not be."""

from __future__ import annotations

import pytest

from runway_flow.kernel import codes
from tests.fakes.flows import STILL, check_text, flow_of, plan_text, refusals_of


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("foreach: [a, a]", codes.DUPLICATE_INSTANCE),
        ("foreach: [1, 1.0]", codes.DUPLICATE_INSTANCE),
        ("foreach: {a: [x, x-y], b: [y-z, z]}", codes.DUPLICATE_INSTANCE),
        ("foreach: [a, b], key: same", codes.DUPLICATE_INSTANCE),
        ("foreach: [{look: a}]", codes.KEY_NEEDED),
        ("foreach: ['', a]", codes.KEY_NEEDED),
        ("foreach: [true]", codes.KEY_NEEDED),
        ("foreach: [null]", codes.KEY_NEEDED),
        ("foreach: [[a]]", codes.KEY_NEEDED),
        ("foreach: ['${{ steps.one.output }}']", codes.KEY_NEEDED),
        ("foreach: [a], key: '${{ \"\" }}'", codes.KEY_NEEDED),
        ("foreach: [a], key: '${{ true }}'", codes.KEY_NEEDED),
        ("foreach: [a], key: '${{ null }}'", codes.KEY_NEEDED),
        ("foreach: [a], key: '${{ item.id }}'", codes.UNKNOWN_FIELD),
        ("foreach: [a], key: '${{ steps.one.output.sha256 }}'", codes.NOT_KNOWN_IN_PLAN),
        ("foreach: [a], where: '${{ steps.one.output.width > 1 }}'", codes.NOT_KNOWN_IN_PLAN),
        ("foreach: [a], where: '${{ item }}'", codes.CONDITION_NOT_BOOLEAN),
        ("foreach: [a], where: '${{ item > 1 }}'", codes.EXPRESSION_TYPE),
        (
            "foreach: {n: '${{ steps.one.outputs | map(attribute=\"width\") | list }}'}",
            codes.NOT_KNOWN_IN_PLAN,
        ),
        ("foreach: {n: '${{ range(steps.one.output.width) }}'}", codes.NOT_KNOWN_IN_PLAN),
        ("foreach: {n: '${{ inputs.word }}'}", codes.FOREACH_NOT_LIST),
        ("foreach: {n: '${{ inputs.thing }}'}", codes.FOREACH_NOT_LIST),
        ("foreach: {n: '${{ steps.one }}'}", codes.FOREACH_NOT_LIST),
        ("foreach: {n: '${{ inputs.word + 1 }}'}", codes.EXPRESSION_TYPE),
        ("foreach: {a: '${{ range(1000) }}', b: '${{ range(1000) }}'}", codes.LIMIT_EXCEEDED),
        ("foreach: {n: '${{ steps.still }}'}", codes.CYCLE),
    ],
)
def test_instances_that_cannot_be_told_are_refused(keys: str, code: codes.Code) -> None:
    """`foreach where key` are judged in the plan, with the step they belong to."""
    head = """
    inputs:
      word: {type: string, default: lamp}
      thing: {type: object, default: {a: 1}}
    """
    text = flow_of(f"one: {{{STILL}}}\nstill: {{{keys}, {STILL}}}", head)
    found = refusals_of(text)
    assert {item.code for item in found} == {code}, [item.message for item in found]
    assert {item.step for item in found} == {"still"}


def test_all_fan_outs_are_judged_in_one_pass() -> None:
    """A fan-out that cannot be told hides neither the others nor what is wrong with other steps."""
    text = flow_of(
        f"""
        a: {{foreach: {{x: "${{{{ steps.b }}}}"}}, {STILL}}}
        b: {{foreach: {{x: "${{{{ steps.a }}}}"}}, {STILL}}}
        c: {{foreach: {{x: "${{{{ steps.b }}}}"}}, {STILL}}}
        d: {{foreach: [k, k], {STILL}}}
        e: {{foreach: {{x: [1]}}, when: "${{{{ x }}}}", {STILL}}}
        f: {{needs: "a[none]", {STILL}}}
        g: {{needs: "d[none]", {STILL}}}
        """
    )
    found = [(item.code.id, item.step) for item in refusals_of(text)]
    assert found == [
        (codes.CYCLE.id, "a"),
        (codes.DUPLICATE_INSTANCE.id, "d"),
        (codes.CONDITION_NOT_BOOLEAN.id, "e[1]"),
        (codes.UNKNOWN_INSTANCE.id, "g"),
    ]


def test_a_flow_has_at_most_so_many_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fan-outs that are large together are refused too."""
    monkeypatch.setattr("runway_flow.plan.expansion.MAX_INSTANCES", 1_000)
    many = f"{{foreach: {{a: '${{{{ range(10) }}}}', b: '${{{{ range(60) }}}}'}}, {STILL}}}"
    found = refusals_of(flow_of(f"first: {many}\nsecond: {many}\nthird: {{foreach: [x], {STILL}}}"))
    assert [(item.code, item.step) for item in found] == [(codes.LIMIT_EXCEEDED, "second")]
    assert "1,000" in found[0].message


@pytest.mark.parametrize(
    "keys",
    [
        "foreach: {n: '${{ inputs.names }}'}",
        "foreach: {n: ['${{ inputs.name }}', b]}",
        "foreach: [a, b], key: '${{ inputs.name }}-${{ item }}'",
        "foreach: [a, b], where: '${{ inputs.name == item }}'",
    ],
)
def test_without_input_values_nothing_is_said_of_the_instances(keys: str) -> None:
    """`validate` without the inputs that decide the instances finds nothing wrong with them."""
    head = """
    inputs:
      names: {type: list, of: string, required: true}
      name: {type: string, required: true}
    outputs: {stills: "${{ steps.still.outputs }}"}
    """
    text = flow_of(
        f"""
        still: {{{keys}, {STILL}}}
        cut:
          uses: media/concat
          needs: still[a]
          with: {{clips: "${{{{ steps.still.outputs }}}}"}}
        one: {{foreach: {{x: "${{{{ steps.still }}}}"}}, {STILL}}}
        """,
        head,
    )
    checked, found = check_text(text)
    assert checked is not None, found
    assert not [item for item in plan_text(text).diagnostics if item.is_error]
