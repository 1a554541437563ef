"""Operators and functions on known values, and their bounds."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel.digests import Digest
from runway_flow.kernel.media import (
    Artifact,
    FileMedium,
    MediaFacts,
    MediaKind,
    RemoteMedium,
)
from runway_flow.spec.evaluator import EvaluationProblem, evaluate
from runway_flow.spec.expressions import Constant, Expression, Filter, ListOf
from tests.fakes.expression_scope import (
    D,
    FakeLookup,
    FakeScope,
    code_of,
    fan_out,
    problem,
    read,
    span_of,
    value,
)

if TYPE_CHECKING:
    from runway_flow.spec.expressions import Term

FACTS = MediaFacts(MediaKind.VIDEO, "video/mp4", 900, 1280, 720, 5.0, 24.0)
CLIP = Artifact(Digest("aa"), FACTS)


class TestOperators:
    """Arithmetic, comparison, membership, joining."""

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("1 + 2", 3), ("5 - 7", -2), ("2 * 3", 6), ("7 / 2", 3.5), ("7 // 2", 3), ("-7 // 2", -4),
            ("7 % 4", 3), ("1 + 0.5", 1.5), ("-(3)", -3), ("+3", 3), ("not 0", True), ("not 'a'", False),
            ("1 == 1.0", True), ("1 == '1'", False), ("true == 1", False), ("0 == false", False),
            ("null == null", True), ("null == 0", False), ("[1, 2] == [1.0, 2]", True),
            ("[1] == [1, 2]", False), ("[true] == [1]", False), ("{'a': 1} == {'a': 1.0}", True),
            ("{'a': 1} == {'b': 1}", False), ("{'a': 1} == {'a': 2}", False), ("'a' == 'a'", True),
            ("'a' != 'b'", True), ("[] == {}", False), ("1 < 2 < 3", True), ("1 < 2 > 3", False),
            ("'a' < 'b'", True), ("2 >= 2", True), ("2 <= 1", False), ("3 > 2", True), ("1 in [1.0]", True),
            ("true in [1]", False), ("'b' in 'abc'", True), ("'a' in {'a': 1}", True),
            ("1 in {'a': 1}", False), ("2 not in [1]", True), ("[1] in [[1]]", True),
            ("'a' ~ 1 ~ 0.5 ~ 2.0 ~ true ~ false", "a10.52truefalse"), ("1 ~ 2", "12"), ("-0.0 ~ ''", "0"),
            ("1 if 'a' else 2", 1), ("1 if [] else 2", 2), ("1 if null", None), ("0 or 'x'", "x"),
            ("1 and 'x'", "x"), ("0 and x", 0), ("1 or x", 1), ("{'a': 1}.a", 1), ("[1, [2]]", (1, (2,))),
            ("{}", {}), ("9007199254740991", 2**53 - 1),
        ],
    )  # fmt: skip
    def test_known_values_have_a_result(self, source: str, expected: object) -> None:
        """Operators do what the language says; sides that are not reached are not looked at."""
        found = value(source)
        assert found == expected
        assert type(found) is type(expected)

    @pytest.mark.parametrize(
        "source",
        [
            "1 + 'a'", "'a' + 'b'", "'a' * 3", "true + 1", "1 - null", "[1] + [2]", "'%s' % 1", "-'a'",
            "-true", "-null", "1 < 'a'", "true < 2", "null < 1", "[1] < [2]", "1 in 'abc'", "1 in 5",
            "1 in null", "{1: 2}", "{null: 2}", "1 / 0", "1 // 0", "1 % 0", "1.5 % 0.0",
        ],
    )  # fmt: skip
    def test_wrong_types_and_division_by_zero_are_errors(self, source: str) -> None:
        """Operations on values that they do not take are RF207."""
        assert code_of(source) == "RF207"

    @pytest.mark.parametrize("source", ["null ~ ''", "'' ~ []", "1 ~ {}", "m ~ ''", "'' ~ f"])
    def test_only_text_numbers_and_booleans_are_joined(self, source: str) -> None:
        """Null, lists, mappings, media in text are RF212 with what to write."""
        found = problem(source, m=CLIP, f=FakeLookup({}))
        assert found.code.id == "RF212"
        assert found.hint

    @pytest.mark.parametrize(
        "source",
        ["9007199254740991 + 1", "-9007199254740991 - 1", "1e308 * 10", "1e308 + 1e308", "big / 2", "i ~ ''"],
    )
    def test_numbers_are_bounded(self, source: str) -> None:
        """Integers beyond 2^53 - 1 and infinities are RF213."""
        assert code_of(source, big=10**400, i=float("inf")) == "RF213"

    def test_hints_fit_the_operand(self) -> None:
        """What to write depends on what was there."""
        assert "~" in (problem("'a' + 1").hint or "")
        assert "default(0)" in (problem("1 + null").hint or "")
        assert "default(0)" in (problem("null < 1").hint or "")
        assert "sum" in (problem("1 + [1]").hint or "")
        assert problem("1 + {}").hint is None
        assert "default([])" in (problem("1 in null").hint or "")

    def test_media_are_equal_by_their_bytes(self) -> None:
        """A file and an artifact with the same content are equal; addresses are compared as written."""
        names = {
            "a": CLIP,
            "b": FileMedium("x", Digest("aa"), FACTS),
            "c": RemoteMedium("https://a"),
            "d": None,
        }
        assert value("a == b", **names) is True
        assert value("a == c", **names) is False
        assert value("c == c", **names) is True
        assert value("a == d", **names) is False
        assert value("b in [a]", **names) is True

    def test_instances_are_found_in_their_fan_out(self) -> None:
        """`in` over a fan-out compares instances; a key is none of them, and that is an error."""
        names = {"s": fan_out(a=1, b=2), "o": FakeLookup({})}
        assert value("s['a'] in s", **names) is True
        assert value("o in s", **names) is False
        assert code_of("'a' in s", **names) == "RF207"

    def test_a_fan_out_counts_as_true_if_it_has_instances(self) -> None:
        """Like a list."""
        assert value("1 if s else 2", s=fan_out()) == 2
        assert value("1 if s else 2", s=fan_out(a=1)) == 1


class TestFunctions:
    """`range` and `prev`."""

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("range(3)", (0, 1, 2)), ("range(1, 3)", (1, 2)), ("range(5, 1, -2)", (5, 3)), ("range(0)", ()),
            ("range(3, 1)", ()), ("range(10000) | length", 10_000), ("range(0, 7, 3)", (0, 3, 6)),
        ],
    )  # fmt: skip
    def test_range_counts(self, source: str, expected: object) -> None:
        """As in Python."""
        assert value(source) == expected

    @pytest.mark.parametrize(
        ("source", "code"),
        [
            ("range(10001)", "RF213"), ("range(9007199254740991)", "RF213"),
            ("range(-9007199254740991, 9007199254740991)", "RF213"), ("range(1.5)", "RF207"),
            ("range(true)", "RF207"), ("range('3')", "RF207"), ("range(1, 2, 0)", "RF215"),
            ("prev(0)", "RF215"), ("prev(1.5)", "RF215"), ("prev(true)", "RF215"), ("prev('a')", "RF215"),
            ("prev()", "RF215"),
        ],
    )  # fmt: skip
    def test_misuse_is_an_error(self, source: str, code: str) -> None:
        """Too many numbers, wrong types, `prev` outside a fan-out."""
        assert code_of(source) == code

    def test_prev_gives_earlier_keys(self) -> None:
        """`prev(n)` counts back; null before the first."""
        scope = FakeScope({}, keys=("a", "b", "c"), at=2)
        assert [evaluate(read(source), scope) for source in ("prev()", "prev(2)", "prev(n=3)")] == [
            "b",
            "a",
            None,
        ]


class TestBounds:
    """Results are bounded."""

    def test_long_texts_and_lists_are_refused_at_the_end_too(self) -> None:
        """A value that an input holds is bounded where it is read."""
        assert code_of("x", x="a" * 65_537) == "RF213"
        assert code_of("x", x="é" * 32_769) == "RF213"
        assert value("x", x="é" * 32_768) == "é" * 32_768
        assert code_of("x", x=[1] * 10_001) == "RF213"

    def test_terms_written_by_hand_are_judged_too(self) -> None:
        """A filter that no parser saw is judged when it is applied."""
        for term in (
            Filter("default", Constant(1), (), ()),
            Filter("upper", Constant("a"), (Constant(1),), ()),
            Filter("nope", Constant("a"), (), ()),
            Filter("map", ListOf(()), (Constant("upper"),), (("attribute", Constant("a")),)),
            Filter("map", ListOf(()), (), ()),
        ):
            made: Term = term
            with pytest.raises(EvaluationProblem):
                evaluate(Expression("x", made, span_of("x")), FakeScope({}))

    def test_giving_up_in_a_branch_that_may_not_be_reached_ends_the_evaluation(self) -> None:
        """What was spent in an undecided branch is spent."""
        assert code_of("[d and (x | select('in', x)), 1]", d=D, x=tuple(range(10_000))) == "RF213"

    def test_kinds_of_values_are_named(self) -> None:
        """Values of derived types are named as what they are to an author."""

        class Text(str):
            __slots__ = ()

        class Several(tuple[object, ...]):
            __slots__ = ()

        named = {
            "x": (
                Text("a"),
                Several((1,)),
                MappingProxyType({"a": 1}),
                fan_out(),
                FakeLookup({}),
                object(),
                CLIP,
            )
        }
        kinds = [
            "text",
            "a list",
            "a mapping",
            "a fan-out",
            "a step or an instance",
            "a file",
            "a medium (video)",
        ]
        for at, kind in enumerate(kinds):
            assert (
                problem(f"x[{at}] + 1", **named).message
                == f"`+` works on numbers, this is {kind} `+` an integer"
            )
        assert "a medium `+`" in problem("x + 1", x=RemoteMedium("https://a")).message
