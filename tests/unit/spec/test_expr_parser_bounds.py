"""Reading expressions: bounds, places of findings, the cache, the quick way."""

from __future__ import annotations

import sys
from time import process_time

import pytest

from runway_flow.kernel.diagnostics import Diagnostic, Span
from runway_flow.spec.expression_places import Fault
from runway_flow.spec.expressions import (
    Constant,
    Name,
    Term,
)
from runway_flow.spec.parser import parse_expression, read_path, read_term, read_with_jinja
from tests.fakes.expression_scope import read, refusal, span_of

X, Y = Name("x"), Name("y")
NULL = Constant(None)


@pytest.mark.parametrize(
    "source",
    [
        "(" * 60 + "1" + ")" * 60,
        "-" * 60 + "1",
        "not " * 60 + "x",
        "-(" * 30 + "1" + ")" * 30,
        "a if b else " * 60 + "c",
        "a if b else a or c if d else " * 30 + "c",
        "x" + ".a" * 60,
        "x" + "[0]" * 60,
        "x" + " + x" * 60,
        "x" + " ~ x" * 60,
        "(" * 10 + "x" + (" ~ x" * 9 + ")") * 10,
        "x" + " | upper" * 60,
        "[" * 60 + "]" * 60,
        "{'a': " * 60 + "1" + "}" * 60,
        "[" + "x, " * 600 + "]",
        "[" + "x, " * 6000 + "]",
        "x" * 20_001,
        "'" + "é" * 10_001 + "'",
        "9" * 50,
        "9007199254740992",
        "1e999",
        "0x" + "f" * 39,
    ],
)
def test_large_and_deep_expressions_are_refused(source: str) -> None:
    """What is longer, deeper or larger than the bounds is RF213, quickly."""
    before = process_time()
    assert refusal(source).code.id == "RF213"
    assert process_time() - before < 3  # some 0.02 s on an idle core


@pytest.mark.parametrize(
    "source",
    ["(" * 20_000, "[" * 20_000, "-" * 20_000, "not " * 5_000, "'" * 19_999, "{" * 9_999, "1" * 19_000],
)
def test_hostile_texts_never_reach_the_recursive_parser(source: str) -> None:
    """Twenty thousand brackets are refused at once."""
    before = process_time()
    assert refusal(source).code.id in ("RF120", "RF213")
    assert process_time() - before < 3  # some 0.02 s on an idle core


@pytest.mark.parametrize(
    "source",
    [
        "(" * 49 + "1" + ")" * 49,
        "not " * 49 + "x",
        "[" + "-x, " * 100 + "]",
        "[" + "not x, " * 100 + "]",
        "{" + "'a': not x, " * 60 + "}",
        "not x and " * 40 + "x",
        "[" + "x if not y else 1, " * 60 + "]",
    ],
)
def test_what_is_wide_and_not_deep_is_read(source: str) -> None:
    """Only nesting counts as depth: forty conditions side by side are fine."""
    assert read(source).source == source


def test_a_stack_that_is_used_up_is_no_crash() -> None:
    """A caller deep in a recursion of his own gets a finding, not a RecursionError."""

    def deep(left: int) -> Term | Fault:
        return read_with_jinja("(" * 45 + "1" + ")" * 45) if left == 0 else deep(left - 1)

    frame, used = sys._getframe(), 0
    while frame.f_back is not None:
        frame, used = frame.f_back, used + 1
    found = deep(sys.getrecursionlimit() - used - 200)
    assert isinstance(found, Fault)
    assert found.code.id == "RF213"


@pytest.mark.parametrize(
    ("source", "columns"),
    [
        (" x || y ", (3, 5)),
        (" x | uper ", (5, 9)),
        (" x | join(',') | uper ", (17, 21)),
        ("x ** 2", (2, 4)),
        ("x y2 z", (2, 4)),
        ("(x", (0, 1)),
        ("[x)", (0, 1)),
        ("x)", (1, 2)),
        ("'a\\d'", (2, 4)),
        ("x + 9007199254740992", (4, 5)),
        ("1 + if", (4, 6)),
        ("x y", (2, 3)),
        ("foo(1)", (0, 3)),
    ],
)
def test_findings_point_at_the_place_inside_the_expression(source: str, columns: tuple[int, int]) -> None:
    """A finding's span covers the word that is wrong, where the text stands in one line as it is read."""
    whole = span_of(source)
    found = refusal(source).span
    start = whole.column + 3
    assert found == Span(whole.path, 3, start + columns[0], 3, start + columns[1])


def test_spans_without_braces_are_understood() -> None:
    """A span that covers just the text gives the same places."""
    found = parse_expression("x || y", Span("f", 1, 5, 1, 11))
    assert isinstance(found, Diagnostic)
    assert found.span == Span("f", 1, 7, 1, 9)


@pytest.mark.parametrize(
    ("source", "span"),
    [
        ("x || y", Span("f", 1, 5, 1, 30)),
        ("x || y", Span("f", 1, 5, 2, 16)),
        ("x\n|| y", Span("f", 1, 5, 1, 16)),
    ],
)
def test_where_offsets_mean_nothing_the_whole_expression_is_shown(source: str, span: Span) -> None:
    """Escapes of a quoted YAML text and several lines make offsets unsure: then the span stays whole."""
    found = parse_expression(source, span)
    assert isinstance(found, Diagnostic)
    assert found.span == span


def test_an_expression_keeps_its_text_and_place() -> None:
    """The expression holds its source as it was given, white space included."""
    found = read(" x ")
    assert (found.source, found.span) == (" x ", span_of(" x "))


def test_equal_texts_are_read_once() -> None:
    """The tree of a text that was read before is the same object."""
    assert read_term("some_name | upper") is read_term("some_name | upper")


@pytest.mark.parametrize(
    "source",
    [
        "true.x", "not.x", "x[true]", "x[null]", "x[not]", "x[y[0]]", "x['\\n']", "x[01]", "x[-1]", "x.1",
        "x [0]", "x[0]" + ".a" * 30, "x" + ".a" * 30, "x" * 201, "x.é", "1", "x[9999999999999999]",
        "true[0]", "x[a.b.null]", "x[" + "a.a" * 20 + "]", "x.", "x[]",
    ],
)  # fmt: skip
def test_the_quick_way_leaves_what_is_not_surely_a_path(source: str) -> None:
    """Words with a meaning, escapes, white space and long paths are left to the full parser."""
    path = read_path(source)
    assert path is None or path == read_with_jinja(source)


@pytest.mark.parametrize(
    "source", ["true.x", "x[null]", "x[-1]", "x" + ".a" * 30, "x[y[0]]", "true[0]", "x.a-1"]
)
def test_the_quick_way_is_not_taken_for_these(source: str) -> None:
    """These look like paths and are none, or are longer than the quick way reads."""
    assert read_path(source) is None
