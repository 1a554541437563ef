"""Properties of evaluation: it agrees with Jinja2 where both mean the same, and deferring never lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from runway_flow.kernel.values import Deferred, Skipped
from runway_flow.spec.evaluator import EvaluationProblem, evaluate, find_deferred, find_skipped
from tests.fakes.expression_scope import FakeScope, read, waits_for

if TYPE_CHECKING:
    from runway_flow.spec.expressions import Expression

JINJA = Environment(autoescape=False)  # noqa: S701 - plain values, no page

NUMBERS = st.one_of(st.integers(-9, 9), st.sampled_from([0.5, -1.5, 2.0]))
SIGNS = st.sampled_from(["+", "-", "*", "/", "//", "%"])
ORDERS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
SUMS = st.recursive(
    st.one_of(NUMBERS.map(lambda number: f"({number})"), st.sampled_from(["a", "b"])),
    lambda parts: st.one_of(
        st.tuples(parts, SIGNS, parts).map(lambda found: f"({' '.join(found)})"),
        parts.map(lambda part: f"(-{part})"),
    ),
    max_leaves=6,
)
TRUTHS = st.recursive(
    st.one_of(
        st.tuples(SUMS, ORDERS, SUMS).map(" ".join),
        st.tuples(SUMS, ORDERS, SUMS, ORDERS, SUMS).map(" ".join),
        st.tuples(SUMS, st.lists(SUMS, max_size=3)).map(
            lambda found: f"{found[0]} in [{', '.join(found[1])}]"
        ),
        st.sampled_from(["true", "false"]),
    ).map(lambda found: f"({found})"),
    lambda parts: st.one_of(
        st.tuples(parts, st.sampled_from(["and", "or"]), parts).map(lambda found: f"({' '.join(found)})"),
        parts.map(lambda part: f"(not {part})"),
    ),
    max_leaves=4,
)
CHOICES = st.tuples(SUMS, TRUTHS, SUMS).map(lambda found: f"{found[0]} if {found[1]} else {found[2]}")


@given(st.one_of(SUMS, TRUTHS, CHOICES), NUMBERS, NUMBERS)
@settings(max_examples=300, deadline=None)
def test_arithmetic_comparison_and_logic_are_those_of_jinja(source: str, a: float, b: float) -> None:
    """On numbers and booleans the value is the one that Jinja2 computes."""
    names = {"a": a, "b": b}
    try:
        expected = JINJA.compile_expression(source, undefined_to_none=False)(**names)
    except ZeroDivisionError:
        expected = None
    try:
        found = evaluate(read(source), FakeScope(names))
    except EvaluationProblem as problem:
        assert problem.diagnostic.code.id == "RF207"  # noqa: PT017 - nothing else may be wrong
        found = None
    assert found == expected
    assert type(found) is type(expected)


PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from(["", "a", "b"]))
VALUES = st.one_of(
    PLAIN, st.lists(PLAIN, max_size=3).map(tuple), st.dictionaries(st.sampled_from("ab"), PLAIN, max_size=2)
)
SHAPES = [
    "{0} and {1}", "{0} or {1}", "not {0}", "{0} if {1} else {2}", "{0} + {1}", "{0} ~ {1}", "{0} == {1}",
    "{0} < {1}", "{0} in {1}", "{0} == {1} == {2}", "[{0}, {1}]", "[{0}, {1}] | length",
    "[{0}, {1}] | first", "{{'a': {0}}}.a", "{0} | default({1})", "{0} | default({1}, {2})",
    "{0} is defined", "{0} is none", "{0} | length", "{0} | list", "{0}.a", "{0}[{1}]",
    "{0}.a | default({1})", "[{0}, {1}] | select | length", "[{0}, {1}] | reject('none') | length",
    "[{0}, {1}] | map('default', {2})", "[{0}, {1}] | unique | length",
    "[{0}, {1}] | selectattr('a') | length", "[{0}, {1}] | map(attribute='a', default={2}) | length",
    "[{0}, {1}] | sort", "[{0}, {1}] | join", "{0} | tojson", "[{0}] == [{1}]", "{0} is eq({1})",
    "[{0}, {1}] | last", "{0} | first",
]  # fmt: skip
LEAVES = st.sampled_from(["a", "b", "d", "d", "e", "null", "1", "'a'", "true", "false", "[]"])
TEXTS = st.recursive(
    LEAVES,
    lambda parts: st.tuples(st.sampled_from(SHAPES), parts, parts, parts).map(
        lambda found: f"({found[0].format(*found[1:])})"
    ),
    max_leaves=5,
)


def outcome(expression: Expression, **names: object) -> object:
    """Give the value of an expression, or the code of its problem."""
    try:
        return evaluate(expression, FakeScope(names))
    except EvaluationProblem as problem:
        return f"!{problem.diagnostic.code.id}"


@given(TEXTS, VALUES, VALUES, VALUES, VALUES)
@settings(max_examples=600, deadline=None)
def test_a_value_that_is_known_early_is_the_value(
    source: str, a: object, b: object, d: object, e: object
) -> None:
    """What is known while an input is deferred is what any value of it gives, if it gives a value."""
    expression = read(source)
    early = outcome(expression, a=a, b=b, d=waits_for("d"), e=waits_for("e"))
    if find_deferred(early) is None and not (isinstance(early, str) and early.startswith("!")):
        late = outcome(expression, a=a, b=b, d=d, e=e)
        assert repr(late) == repr(early) or (isinstance(late, str) and late.startswith("!"))


@given(TEXTS, VALUES, VALUES, VALUES, VALUES)
@settings(max_examples=600, deadline=None)
def test_what_is_waited_for_is_enough(source: str, a: object, b: object, d: object, e: object) -> None:
    """Once everything that a deferred value waits for is known, it waits for nothing more."""
    expression = read(source)
    early = outcome(expression, a=a, b=b, d=waits_for("d"), e=waits_for("e"))
    needs = find_deferred(early)
    if needs is None:
        return
    known: dict[str, object] = {"d": waits_for("d"), "e": waits_for("e")}
    known.update({name: found for name, found in (("d", d), ("e", e)) if name in needs})
    late = find_deferred(outcome(expression, a=a, b=b, **known))
    assert late is None or late <= needs


@given(TEXTS, VALUES, VALUES)
@settings(max_examples=300, deadline=None)
def test_unknown_values_come_from_unknown_inputs(source: str, a: object, b: object) -> None:
    """With every input known nothing is deferred or skipped."""
    found = outcome(read(source), a=a, b=b, d=1, e="a")
    assert find_deferred(found) is None
    assert find_skipped(found) is None


@given(TEXTS, VALUES, VALUES)
@settings(max_examples=300, deadline=None)
def test_skipped_inputs_never_leave_a_marker_behind(source: str, a: object, b: object) -> None:
    """Whatever is skipped comes out as plain data, `Skipped`, `Deferred`, or a finding."""
    found = outcome(read(source), a=a, b=b, d=Skipped("d"), e=waits_for("e"))
    assert isinstance(found, (str, int, float, tuple, list, dict, Skipped, Deferred, type(None)))
