"""Reading expressions: the allow-list, the hints, the bounds, the places of findings."""

from __future__ import annotations

import pytest

from runway_flow.spec.expressions import (
    Binary,
    Call,
    Compare,
    Conditional,
    Constant,
    DictOf,
    Field,
    Filter,
    Item,
    ListOf,
    Name,
    Term,
    Unary,
)
from runway_flow.spec.expressions import Test as Check
from tests.fakes.expression_scope import read, refusal

X, Y = Name("x"), Name("y")
NULL = Constant(None)


@pytest.mark.parametrize(
    ("source", "term"),
    [
        ("x", X),
        (" x.y ", Field(X, "y")),
        ("x['a b'].y", Field(Item(X, Constant("a b")), "y")),
        ('x["a"]', Item(X, Constant("a"))),
        ("x[y.z][0]", Item(Item(X, Field(Y, "z")), Constant(0))),
        ("x.0", Item(X, Constant(0))),
        ("1.5", Constant(1.5)),
        ("'it''s'", Constant("its")),
        (r"'a\n\x41\u00e9\U0001f600'", Constant("a\nAé😀")),
        ("[1, x]", ListOf((Constant(1), X))),
        ("(1, x)", ListOf((Constant(1), X))),
        ("{'a': x}", DictOf(((Constant("a"), X),))),
        ("{'a': {'b': x}}", DictOf(((Constant("a"), DictOf(((Constant("b"), X),))),))),
        ("not x", Unary("not", X)),
        ("-x", Unary("-", X)),
        ("+x", Unary("+", X)),
        ("x + y * 2", Binary("+", X, Binary("*", Y, Constant(2)))),
        ("x - y / 2", Binary("-", X, Binary("/", Y, Constant(2)))),
        ("x // y % 2", Binary("%", Binary("//", X, Y), Constant(2))),
        ("x and y or x", Binary("or", Binary("and", X, Y), X)),
        ("x ~ y ~ 1", Binary("~", Binary("~", X, Y), Constant(1))),
        ("x < y <= 1", Compare(X, (("<", Y), ("<=", Constant(1))))),
        ("x == y", Compare(X, (("==", Y),))),
        ("x != y", Compare(X, (("!=", Y),))),
        ("x > y", Compare(X, ((">", Y),))),
        ("x >= y", Compare(X, ((">=", Y),))),
        ("x in y", Compare(X, (("in", Y),))),
        ("x not in y", Compare(X, (("not in", Y),))),
        ("x if y else 1", Conditional(Y, X, Constant(1))),
        ("x if y", Conditional(Y, X, NULL)),
        ("x | length", Filter("length", X, (), ())),
        (
            "x | default(1, boolean=true)",
            Filter("default", X, (Constant(1),), (("boolean", Constant(True)),)),
        ),
        (
            "x | map('round', precision=1)",
            Filter("map", X, (Constant("round"),), (("precision", Constant(1)),)),
        ),
        ("x is defined", Check("defined", X, ())),
        ("x is not none", Unary("not", Check("none", X, ()))),
        ("x is divisibleby 3", Check("divisibleby", X, (Constant(3),))),
        ("x is in [y]", Check("in", X, (ListOf((Y,)),))),
        ("prev()", Call("prev", ())),
        ("prev(n=2)", Call("prev", (Constant(2),))),
        ("range(1, x)", Call("range", (Constant(1), X))),
    ],
)
def test_every_form_of_the_language_is_read(source: str, term: Term) -> None:
    """Each form of the language has its term."""
    assert read(source).term == term


@pytest.mark.parametrize("source", ["null", "none", "None"])
def test_null_has_three_spellings(source: str) -> None:
    """Null is written as in YAML, in Jinja2 and in Python."""
    assert read(source).term == NULL


@pytest.mark.parametrize(
    ("source", "expected"), [("true", True), ("True", True), ("false", False), ("False", False)]
)
def test_booleans_have_two_spellings(source: str, *, expected: bool) -> None:
    """Booleans are written as in YAML and in Python."""
    term = read(source).term
    assert isinstance(term, Constant)
    assert term.value is expected


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("x || y", "`or`"),
        ("x && y", "`and`"),
        ("!x", "`not`"),
        ("x ? 1 : 2", "a if condition else b"),
        ("x ?? 1", "default"),
        ("x?.y", "default"),
        ("x === y", "`==`"),
        ("x !== y", "`!=`"),
        ("x = y", "`==`"),
        ("[x = y]", "`==`"),
        ("x | map('y', [z = 1])", "`==`"),
        ("${{ x }}", "without"),
        ("{{ x }}", "without"),
        ("$x", "name alone"),
        ("{% if x %}", "a if b else c"),
        ("{# x #}", "YAML comment"),
        ("x => y", "`map`"),
        ("“x”", "write `'text'`"),
        ("'x", "quotation mark"),
        ('"x', "quotation mark"),
        ("'\\d'", "backslash"),
        ("[x for x in y]", "`map`"),
        ("x for y", "`map`"),
        ("x, y", "[a, b]"),
        ("x not y", "not in"),
        ("x else y", "a if condition"),
        ("x +", "missing"),
    ],
)
def test_habits_of_other_languages_get_a_hint(source: str, hint: str) -> None:
    """What people write by habit is refused with what to write here."""
    found = refusal(source)
    assert found.code.id == "RF120"
    assert hint in (found.hint or "")


@pytest.mark.parametrize(
    "source",
    [
        "", "  \n ", "x y", "x.", "(x", "x)", "[x)", "x @ y", "x := 1", "x; y", "x # y", "1a", "x²", "a.1b",
        "and", "x + if", "not", "x is a is b", "x | ", "x is", "f(a=1, 2)", "\x00", "x[", "x[]", "'\\x4'",
        "\\", "'\\U00110000'", "'\\ud800'",
    ],
)  # fmt: skip
def test_what_is_no_expression_is_a_syntax_error(source: str) -> None:
    """A text that does not parse is RF120."""
    assert refusal(source).code.id == "RF120"


@pytest.mark.parametrize(
    "source",
    [
        "x ** 2", "x[1:2]", "x[:]", "x[1, 2]", "x.upper()", "x.foo()", "''.join(x)", "x()()", "range(*x)",
        "x | join(**y)", "x[0]()", "(x | upper)()",
    ],
)  # fmt: skip
def test_constructs_that_are_left_out_are_named(source: str) -> None:
    """What Jinja2 reads and the language leaves out is RF121, with what is allowed."""
    found = refusal(source)
    assert found.code.id == "RF121"
    assert "allowed are" in found.notes[0]


def test_a_method_that_is_a_filter_is_suggested_as_one() -> None:
    """`x.upper()` suggests the filter."""
    assert refusal("x.upper()").hint == "write `x | upper`"
    assert refusal("x.strip()").hint == "write `trim`"


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("x | uper", "did you mean `upper`?"),
        ("x | count", "`length` counts"),
        ("x | qqqq", None),
        ("x | attr('__class__')", "write `.name` or `['name']`"),
        ("x | a.b.c.d", None),
        ("x | map('uper')", "did you mean `upper`?"),
        ("x | select('defind')", "did you mean `defined`?"),
        ("x | selectattr('a', 'eqq', 1)", "did you mean `eq`?"),
        ("x | map(3)", None),
        ("x is defind", "did you mean `defined`?"),
        ("rnge(3)", "did you mean `range`?"),
        ("upper(x)", "`upper` is a filter: write `x | upper`"),
        ("lipsum()", None),
        ("cycler(1, 2)", None),
        ("namespace(a=1)", None),
        ("dict(a=1)", None),
        ("joiner()", None),
    ],
)
def test_unknown_filters_tests_and_functions_are_suggested(source: str, hint: str | None) -> None:
    """An unknown filter, test or function is RF217, with the nearest one and the list of all."""
    found = refusal(source)
    assert found.code.id == "RF217"
    assert found.hint == hint
    assert found.notes


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x | upper(1)", "takes no arguments, not 1"),
        ("x | trim(1, 2)", "at most 1 argument (`chars`), not 2"),
        ("x | replace(1, 2, 3, 4)", "at most 3 arguments"),
        ("x | replace('a')", "needs `new`"),
        ("x | default", "needs `value`"),
        ("x | upper(a=1)", "no argument `a`; it takes no arguments"),
        ("x | join(sepp=1)", "no argument `sepp`; it takes `separator`, `attribute`"),
        ("x | join(',', d=1)", "is given `separator` twice"),
        ("x | map", "the name of a filter, or `attribute"),
        ("x | map('upper', attribute='a')", "the name of a filter, or `attribute"),
        ("x | select('odd', 1)", "the test `odd` takes no arguments"),
        ("x | selectattr('a', 'eq')", "the test `eq` takes one argument"),
        ("x is odd(1)", "the test `odd` takes no arguments"),
        ("x is eq", "the test `eq` takes one argument"),
        ("x is eq(a=1)", "the test `eq` takes one argument"),
        ("range()", "the function `range` needs `start`"),
        ("range(stop=1)", "needs `start`"),
        ("range(start=1)", "takes its numbers by position"),
        ("prev(1, 2)", "at most 1 argument"),
    ],
)
def test_wrong_arguments_are_found_before_anything_is_evaluated(source: str, message: str) -> None:
    """Arguments are checked where they are written, reached or not (RF215)."""
    found = refusal(source)
    assert found.code.id == "RF215"
    assert message in found.message


def test_inner_filters_that_are_not_written_out_are_left_to_the_evaluation() -> None:
    """`map(x)` names its filter by a value, which only evaluation knows."""
    assert read("y | map(x)").term == Filter("map", Y, (X,), ())
