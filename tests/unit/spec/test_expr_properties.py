"""Properties of reading: what is written is read back, and both ways of reading agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from runway_flow.spec.expression_places import Fault
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
from runway_flow.spec.parser import read_path, read_with_jinja

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = st.sampled_from(["x", "inputs", "steps", "key", "item", "é1", "range", "loop"])
FIELDS = st.sampled_from(["output", "items", "__class__", "if", "true", "a1", "ü"])
CONSTANTS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 2**53 - 1),
    st.floats(0, 1e300, allow_nan=False).filter(lambda number: number == 0 or number > 1e-300),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
).map(Constant)


def _extended(terms: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    several = st.lists(terms, max_size=3).map(tuple)
    return st.one_of(
        several.map(ListOf),
        st.lists(st.tuples(terms, terms), max_size=2).map(lambda found: DictOf(tuple(found))),
        st.builds(Field, terms, FIELDS),
        st.builds(Item, terms, terms.filter(lambda term: not isinstance(term, ListOf))),
        st.builds(Unary, st.sampled_from(["not", "-", "+"]), terms),
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "//", "%", "and", "or", "~"]), terms, terms),
        st.builds(
            Compare,
            terms,
            st.lists(
                st.tuples(st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in"]), terms),
                min_size=1,
                max_size=2,
            ).map(tuple),
        ),
        st.builds(Conditional, terms, terms, terms),
        st.builds(
            Filter, st.just("sort"), terms, st.just(()), terms.map(lambda term: (("attribute", term),))
        ),
        st.builds(Filter, st.just("default"), terms, terms.map(lambda term: (term,)), st.just(())),
        st.builds(Check, st.just("eq"), terms, terms.map(lambda term: (term,))),
        st.builds(Call, st.just("range"), terms.map(lambda term: (term,))),
    )


TERMS = st.recursive(st.one_of(NAMES.map(Name), CONSTANTS), _extended, max_leaves=12)


def write(term: Term) -> str:
    """Write a term with brackets around every part."""
    return _WRITERS[type(term)](term)


def _write_constant(term: Constant) -> str:
    value = term.value
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    words = {"None": "null", "True": "true", "False": "false"}
    return words.get(repr(value), repr(value))


def _write_filter(term: Filter) -> str:
    given = [*map(write, term.arguments), *(f"{key}={write(part)}" for key, part in term.named)]
    return f"(({write(term.value)}) | {term.name}({', '.join(given)}))"


def _write_comparison(term: Compare) -> str:
    return f"(({write(term.first)})" + "".join(f" {sign} ({write(part)})" for sign, part in term.rest) + ")"


_WRITERS: dict[type, Callable[..., str]] = {
    Constant: _write_constant,
    Name: lambda term: str(term.name),
    ListOf: lambda term: f"[{', '.join(map(write, term.items))}]",
    DictOf: lambda term: (
        "{ " + ", ".join(f"{write(key)}: {write(part)}" for key, part in term.entries) + " }"
    ),
    Field: lambda term: f"({write(term.base)}).{term.name}",
    Item: lambda term: f"({write(term.base)})[{write(term.index)}]",
    Unary: lambda term: f"({term.operator} ({write(term.operand)}))",
    Binary: lambda term: f"(({write(term.left)}) {term.operator} ({write(term.right)}))",
    Compare: _write_comparison,
    Conditional: lambda term: (
        f"(({write(term.then)}) if ({write(term.condition)}) else ({write(term.otherwise)}))"
    ),
    Filter: _write_filter,
    Check: lambda term: f"(({write(term.value)}) is {term.name}({', '.join(map(write, term.arguments))}))",
    Call: lambda term: f"{term.name}({', '.join(map(write, term.arguments))})",
}


@given(TERMS)
@settings(max_examples=150, deadline=None)
def test_a_written_term_is_read_back(term: Term) -> None:
    """Writing a tree and reading the text gives the same tree."""
    assert repr(read_with_jinja(write(term))) == repr(term)


WORDS = st.sampled_from(
    ["x", "steps", "clip", "true", "not", "null", "None", "if", "a1", "_", "é", "in", "else", "is"]
)
PARTS = st.one_of(
    WORDS.map(lambda word: f".{word}"),
    WORDS.map(lambda word: f"[{word}]"),
    st.tuples(WORDS, WORDS).map(lambda pair: f"[{pair[0]}.{pair[1]}]"),
    st.integers(-1, 10**16).map(lambda number: f"[{number}]"),
    st.text(st.sampled_from("ab'\"\\ .[]\n0\u00e9\ud800"), max_size=4).map(lambda text: f"['{text}']"),
    st.text(st.sampled_from("ab'\"\\ .[]\n0\u00e9"), max_size=4).map(lambda text: f'["{text}"]'),
    st.sampled_from([" ", ".0", "[0]", "[00]", "()", "[1:2]", "\n", "\u00a0"]),
)
PATHS = st.tuples(WORDS, st.lists(PARTS, max_size=5)).map(lambda found: found[0] + "".join(found[1]))


@given(PATHS)
@settings(max_examples=400, deadline=None)
def test_the_quick_way_and_the_full_parser_agree(source: str) -> None:
    """Whatever the quick way reads, Jinja2's parser reads the same."""
    path = read_path(source)
    if path is not None:
        assert repr(read_with_jinja(source)) == repr(path)


@given(st.text(st.sampled_from("xy1.'\"()[]{},:|=+-*/%~<>! \n\\$&?"), max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused(source: str) -> None:
    """No text makes the parser fail otherwise than with a finding."""
    found = read_with_jinja(source)
    assert not isinstance(found, Fault) or found.code.id.startswith(("RF12", "RF21"))


VOCABULARY = [
    "x",
    "not",
    "and",
    "or",
    "if",
    "else",
    "in",
    "is",
    "null",
    "1",
    "'a'",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "|",
    "-",
    "+",
    "~",
    "<",
    "==",
    "upper",
    ".",
    "default",
    "range",
    "=",
]


@given(st.lists(st.sampled_from(VOCABULARY), max_size=25))
@settings(max_examples=300, deadline=None)
def test_any_words_are_read_or_refused(words: list[str]) -> None:
    """No order of words makes the parser fail otherwise than with a finding."""
    found = read_with_jinja(" ".join(words))
    assert not isinstance(found, Fault) or found.code.id.startswith(("RF12", "RF21"))
