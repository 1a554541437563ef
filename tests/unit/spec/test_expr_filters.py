"""What each filter and test does, and what it refuses."""

from __future__ import annotations

import tracemalloc
from time import process_time

import pytest

from runway_flow.kernel.digests import Digest
from runway_flow.kernel.media import Artifact, MediaFacts, MediaKind, RemoteMedium
from runway_flow.spec.filters import _ALL as FILTERS_THAT_ARE
from runway_flow.spec.predicates import _KNOWN as TESTS_THAT_ARE
from runway_flow.spec.signatures import FILTER_HINTS, FILTERS, TESTS
from tests.fakes.expression_scope import GONE, FakeLookup, code_of, fan_out, problem, value

PNG = Artifact(Digest("aa"), MediaFacts(MediaKind.IMAGE, "image/png", 9))
PEOPLE = (
    {"name": "Bo", "age": 3, "at": {"x": 1}},
    {"name": "al", "age": 1, "at": {"x": 2}},
    {"name": "Al", "age": 2, "at": {"x": 1}},
)


def test_every_filter_of_the_list_is_there() -> None:
    """The list that the parser checks against and the filters that run are the same."""
    assert set(FILTERS) == set(FILTERS_THAT_ARE)
    assert not set(FILTER_HINTS) & set(FILTERS)


def test_every_test_of_the_list_is_there() -> None:
    """The list that the parser checks against and the tests that run are the same."""
    compared = {"==", "!=", "<", "<=", ">", ">=", "in"}
    assert {real for real, _ in TESTS.values()} == {*TESTS_THAT_ARE, *compared, "defined", "undefined"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("'aß' | upper", "ASS"), ("'ÄB' | lower", "äb"),
        ("\"it's o'clock-now (here)\" | title", "It's O'clock-Now (Here)"), ("' a ' | trim", "a"),
        ("'xax' | trim('x')", "a"), ("'aaa' | replace('a', 'b')", "bbb"),
        ("'aaa' | replace('a', 'b', 2)", "bba"), ("'aaa' | replace(old='a', new='', count=0)", "aaa"),
        ("'a,b,,c' | split(',')", ("a", "b", "", "c")), ("' a  b ' | split", ("a", "b")),
        ("'' | split(',')", ("",)), ("'a-b' | split(sep='-')", ("a", "b")),
        ("'a\\nb\\r\\n' | lines", ("a", "b")), ("'' | lines", ()), ("'a\\n\\nb' | lines", ("a", "", "b")),
        ("'Crème Brûlée, Straße №5!' | slug", "creme-brulee-strasse-no5"), ("'ŁÓDŹ' | slug", "lodz"),
        ("'—' | slug", ""), ("7 | slug", "7"), ("1.5 | slug", "1-5"), ("'abc' | length", 3),
        ("[1, 2] | length", 2), ("{'a': 1} | length", 1), ("{'b': 1, 'a': 2} | list", ("b", "a")),
        ("[1] | list", (1,)), ("[] | first", None), ("[1, 2] | first", 1), ("[] | last", None),
        ("[1, 2] | last", 2), ("'5' | int", 5), ("' -5 ' | int", -5), ("'5.9' | int", 5),
        ("-5.9 | int", -5), ("'1e2' | int", 100), ("'x' | int(3)", 3), ("null | int(default=null)", None),
        ("'x' | int('y')", "y"), ("5 | int", 5), ("'.5' | float", 0.5), ("5 | float", 5.0),
        ("'x' | float(1)", 1), ("'5.' | float", 5.0), ("2.5 | round", 3), ("-2.5 | round", -3),
        ("1.005 | round(2)", 1.01), ("2.675 | round(precision=2)", 2.68), ("7 | round(2)", 7),
        ("2.1 | round(0, 'ceil')", 3), ("2.19 | round(1, method='floor')", 2.1), ("1e15 | round(2)", 1e15),
        ("9e15 | round", 9 * 10**15), ("4.0 | round", 4), ("1.5e300 | round(1)", 1.5e300), ("-3 | abs", 3),
        ("-0.5 | abs", 0.5), ("[3, 1, 2] | min", 1), ("[3, 1, 2.5] | max", 3), ("[] | min", None),
        ("['b', 'A'] | min", "A"), ("['b', 'C'] | max(true)", "b"), ("[1, 2.5] | sum", 3.5),
        ("[] | sum", 0), ("[1] | sum(start=10)", 11), ("['b', 'A', 'c'] | sort", ("A", "b", "c")),
        ("['b', 'A'] | sort(case_sensitive=true)", ("A", "b")),
        ("['a', 'B'] | sort(case_sensitive=true)", ("B", "a")),
        ("[2, 10, 1.5] | sort(reverse=true)", (10, 2, 1.5)), ("[] | sort", ()),
        ("['a', 'A', 'b'] | unique", ("a", "b")), ("['a', 'A'] | unique(true)", ("a", "A")),
        ("[1, 1.0, true] | unique", (1, True)),
        ("[null, null, [1], [1.0], {'a': 1}, {'a': 1}] | unique", (None, (1,), {"a": 1})),
        ("[1, true, 'a', 0.5] | join", "1truea0.5"), ("['a', 'b'] | join(', ')", "a, b"),
        ("['a', 'b'] | join(d='-')", "a-b"), ("[] | join(',')", ""),
        ("['a', 'b'] | map('upper')", ("A", "B")), ("[1.25, 2] | map('round', precision=1)", (1.3, 2)),
        ("[[1], []] | map('first')", (1, None)), ("['a-b'] | map('split', '-')", (("a", "b"),)),
        ("[1, 2, 3] | select('odd')", (1, 3)), ("[1, 2, 3] | reject('odd')", (2,)),
        ("[0, 1, '', 'a'] | select", (1, "a")), ("[0, 1] | reject", (0,)),
        ("[1, 2, 3] | select('gt', 1) | select('in', [1, 2])", (2,)),
        ("[1, null] | select('defined')", (1,)),
        ("{'b': 1.50, 'a': [null, true, 'é\\n']} | tojson", '{"a":[null,true,"é\\n"],"b":1.5}'),
        ("'x' | tojson", '"x"'),
        ("'{\"a\": [1, 2.5, null, \"x\"]}' | fromjson", {"a": (1, 2.5, None, "x")}),
        ("'[]' | fromjson", ()), ("'\"[[[\"' | fromjson", "[[["),
    ],
)  # fmt: skip
def test_filters_do_what_they_say(source: str, expected: object) -> None:
    """Each filter on values that it takes."""
    found = value(source)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("p | map(attribute='name') | join(',')", "Bo,al,Al"), ("p | map(attribute='at.x') | sum", 4),
        ("p | map(attribute='q', default=0) | list", (0, 0, 0)),
        ("p | map(attribute='at.q.r', default=0) | first", 0),
        ("[[1, 2], [3, 4]] | map(attribute=1)", (2, 4)), ("[[1, 2], [3, 4]] | map(attribute='1')", (2, 4)),
        ("p | selectattr('at.x', 'eq', 1) | map(attribute='age') | join", "32"),
        ("p | selectattr('q') | length", 0), ("p | selectattr('name') | length", 3),
        ("p | selectattr('q', 'undefined') | length", 3), ("p | selectattr(attribute='age') | length", 3),
        ("p | sort(attribute='age') | map(attribute='age') | join", "123"),
        ("p | sort(attribute='name') | map(attribute='age') | join", "123"),
        ("p | sort(attribute='name', reverse=true) | map(attribute='age') | join", "312"),
        ("p | unique(attribute='name') | map(attribute='age') | join", "31"),
        ("p | sum(attribute='age')", 6), ("(p | max(attribute='age')).name", "Bo"),
        ("(p | min(attribute='age')).name", "al"), ("p | join(',', attribute='age')", "3,1,2"),
    ],
)  # fmt: skip
def test_attributes_are_paths(source: str, expected: object) -> None:
    """`attribute` reads keys, fields and positions, dotted."""
    assert value(source, p=PEOPLE) == expected


def test_a_fan_out_is_the_list_of_its_instances() -> None:
    """Filters see the instances of a fan-out in order."""
    names = {"s": fan_out(b=1, a=2)}
    assert value("s | length", **names) == 2
    assert value("(s | first).key", **names) == "b"
    assert value("s | map(attribute='output') | list", **names) == (1, 2)
    assert value("s | selectattr('scene.id', 'eq', 's-a') | map(attribute='output') | first", **names) == 2
    assert value("(s | sort(attribute='key') | first).output", **names) == 2
    assert value("s | list", **names) == names["s"].as_list()
    assert value("s is sequence", **names) is True
    assert value("s | unique | length", **names) == 2


def test_media_and_instances_are_compared_by_what_they_are() -> None:
    """`unique` takes media by their bytes, instances one by one."""
    remote = RemoteMedium("https://a")
    lookup = FakeLookup({})
    assert value("x | unique | list", x=[PNG, PNG, remote, remote, lookup, lookup]) == (PNG, remote, lookup)


@pytest.mark.parametrize(
    "source",
    [
        "5 | upper", "null | lower", "[] | title", "1 | trim", "'a' | trim(1)", "1 | replace('a', 'b')",
        "'a' | replace(1, 'b')", "'a' | replace('b', 1)", "1 | split", "'a' | split(1)", "1 | lines",
        "null | slug", "5 | length", "null | length", "5 | list", "'abc' | list", "null | first",
        "'abc' | last", "{} | sort", "'x' | int", "'nan' | float", "'inf' | float", "null | int",
        "true | int", "[] | float", "'1' | round", "true | abs", "'5' | abs", "[1, 'a'] | sort",
        "[null, 1] | min", "[true, false] | max", "[1, 'a'] | sum", "[] | sum(start='a')", "[1] | join(5)",
        "5 | map('upper')", "[1] | map('upper')", "[1] | map(n)", "['a'] | select(n)", "m | tojson",
        "[f] | tojson", "5 | fromjson", "['a'] | select('odd')", "[1] | select('divisibleby', 0)",
        "1.5 is even", "[1] | select('lt', 'a')", "p | map(attribute=true)", "'1__2' | int", "'٣' | int",
        "'0x10' | int", "' ' | float",
    ],
)  # fmt: skip
def test_wrong_types_are_errors(source: str) -> None:
    """A filter or test on a value that it does not take is RF207."""
    assert code_of(source, m=PNG, f=FakeLookup({}), n=5, p=PEOPLE) == "RF207"


@pytest.mark.parametrize(
    "source",
    [
        "'a' | replace('', 'b')", "'a' | replace('a', 'b', -1)", "'a' | replace('a', 'b', true)",
        "'a' | split('')", "1.5 | round(16)", "1.5 | round(-1)", "1.5 | round(true)", "1.5 | round('1')",
        "1.5 | round(0, 'up')", "'{' | fromjson", "'' | fromjson", "'NaN' | fromjson", "'1e999' | fromjson",
        "'9007199254740992' | fromjson", "'{\"a\":1,\"a\":2}' | fromjson", "'\"\\\\ud800\"' | fromjson",
        "x | fromjson", "'a' | trim(long)", "[1] | map(attribute=long)", "[1] | map(attribute='a', q=1)",
        "['a'] | map('upper', 1)", "['a'] | map(u, q=1)", "[1] | select(odd, 1)",
    ],
)  # fmt: skip
def test_misuse_is_an_error(source: str) -> None:
    """Arguments without a meaning, and text that is no JSON, are RF215."""
    names = {"x": "9" * 500, "long": "b" * 201, "n": "upper", "u": "upper", "odd": "odd"}
    assert code_of(source, **names) == "RF215"


def test_unknown_filters_and_tests_by_value_are_errors() -> None:
    """A filter or test that a value names is looked up when it is applied."""
    assert problem("['a'] | map(n)", n="uper").hint == "did you mean `upper`?"
    assert problem("['a'] | map(n)", n="count").hint == "`length` counts"
    assert problem("['a'] | select(n)", n="od").hint == "did you mean `odd`?"
    assert {code_of("['a'] | map(n)", n="uper"), code_of("['a'] | select(n)", n="od")} == {"RF217"}


def test_a_missing_attribute_is_an_error() -> None:
    """Without a default, `map` names the key that an item lacks."""
    assert problem("p | map(attribute='nmae')", p=PEOPLE).hint == "did you mean `name`?"
    assert code_of("[1] | map(attribute='x', default=1)") == "RF203"
    assert code_of("s | selectattr('qqq')", s=fan_out(a=1)) == "RF203"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 is number", True), ("1.0 is number", True), ("true is number", False), ("1 is integer", True),
        ("1.0 is integer", False), ("true is integer", False), ("1.0 is float", True),
        ("1 is float", False), ("'a' is string", True), ("1 is string", False), ("true is boolean", True),
        ("1 is boolean", False), ("true is true", True), ("1 is true", False), ("false is false", True),
        ("0 is false", False), ("null is none", True), ("null is null", True), ("0 is none", False),
        ("{} is mapping", True), ("[] is mapping", False), ("[] is sequence", True),
        ("'a' is sequence", False), ("3 is odd", True), ("3 is even", False), ("-2 is even", True),
        ("-3 is odd", True), ("6 is divisibleby 3", True), ("6 is divisibleby(4)", False),
        ("1 is eq 1", True), ("1 is equalto 2", False), ("1 is ne 2", True), ("1 is lt 2", True),
        ("1 is lessthan 1", False), ("1 is le 1", True), ("2 is gt 1", True), ("2 is greaterthan 2", False),
        ("2 is ge 2", True), ("1 is in [1]", True), ("1 is not in [1]", False), ("1 is defined", True),
        ("null is defined", False), ("null is undefined", True), ("'' is defined", True),
        ("1 is not none", True),
    ],
)  # fmt: skip
def test_tests_judge(source: str, *, expected: bool) -> None:
    """Each test on values that it takes."""
    assert value(source) is expected


def test_tests_by_name_take_operators_too() -> None:
    """`select('>=', 2)` as Jinja2 has it."""
    assert value("[1, 2, 3] | select('>=', 2) | reject('==', 3)") == (2,)
    assert value("[1, 2] | select('!=', 2) | select('<', 2) | select('<=', 1)") == (1,)
    assert value("[1, 2] | select('>', 1)") == (2,)


def test_skipped_items_of_a_choice_by_value_end_it() -> None:
    """A skipped leaf that is tested skips the reader; `defined` looks past it."""
    assert value("[g, 1] | select('odd')", g=GONE) == GONE
    assert value("[g, 1] | reject('undefined')", g=GONE) == (1,)


class TestSizes:
    """Texts, lists, numbers and work are bounded."""

    @pytest.mark.parametrize(
        "source",
        [
            "t ~ t", "t | replace('a', 'bb')", "[t, t] | join", "[t, t] | tojson", "range(10000) | join(t)",
            "sharp | upper", "t4 | upper", "t4 | split", "big | list", "words | split",
            "words | split(' ')", "rows | lines", "t4 | fromjson", "words | trim | split",
            "deep | fromjson", "commas | fromjson", "'9007199254740992' | int", "'1e999' | float",
            "['9e999'] | map('float')", "i | round", "i | abs", "i | int", "[9007199254740991, 1] | sum",
            "t4 | slug", "t4 | title", "[i] | tojson", "[{'a': i}] | tojson", "(t ~ '') ~ 'a'",
            "9.1e15 | round",
        ],
    )  # fmt: skip
    def test_too_large_results_are_refused(self, source: str) -> None:
        """What would be too large is RF213, before it is made where it could be huge."""
        names = {
            "t": "a" * 65_536, "sharp": "ß" * 30_000 + "a" * 6_000, "t4": "a" * 4_000_000,
            "big": [1] * 10_001, "words": "a " * 20_000, "rows": "\n" * 20_000, "deep": "[" * 60 + "]" * 60,
            "commas": "[" + "1," * 10_001 + "1]", "i": float("inf"),
        }  # fmt: skip
        assert code_of(source, **names) == "RF213"

    @pytest.mark.parametrize(
        "source",
        [
            "range(9000)" + " | map('float') | map('int')" * 6,
            "range(10000) | select('in', range(10000)) | length", "a | map('replace', 'a', t) | join",
            "m | map(attribute='x', default=t) | map('upper') | join",
            "m | map(attribute='x', default=t) | sort | first",
            "m | map(attribute='x', default=t) | select('in', t) | length",
            "m | map(attribute='x', default=t) | map('slug') | unique | first",
            "m | map(attribute='x', default=big) | unique | first",
            "m | map(attribute='x', default=big) | select('eq', big) | length",
            "[big, big, big, big, big, big, big, big, big, big, big] | tojson",
            "m | map(attribute='x', default=t) | map('title') | first",
            "m | map(attribute='x', default=j) | map('fromjson') | first",
        ],
    )  # fmt: skip
    def test_work_is_bounded(self, source: str) -> None:
        """An expression that would take long ends with RF213, within a fraction of a second."""
        names = {
            "a": ["a"] * 10_000, "m": [{}] * 10_000, "t": "a" * 65_536, "big": [1] * 10_000,
            "j": "[" + "1," * 9_000 + "1]",
        }  # fmt: skip
        before = process_time()
        assert code_of(source, **names) == "RF213"
        assert (
            process_time() - before < 5
        )  # some 0.15 s on an idle core, five times that while coverage is measured

    @pytest.mark.parametrize(
        "source",
        [
            "t | replace('a', t)",
            "a | map('replace', 'a', t) | join",
            "m | map(attribute='x', default=t) | sort | first",
            "range(9007199254740991)",
            "words | split",
            "a | join(t)",
        ],
    )
    def test_memory_is_bounded(self, source: str) -> None:
        """What would fill the memory is refused before it is made."""
        names = {"a": ["a"] * 10_000, "m": [{}] * 10_000, "t": "A" + "a" * 65_535, "words": "a " * 30_000}
        tracemalloc.start()
        try:
            assert code_of(source, **names) == "RF213"
            assert tracemalloc.get_traced_memory()[1] < 20_000_000
        finally:
            tracemalloc.stop()
