"""Value trees with expressions: text joined, leaves deferred or skipped, problems collected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel.diagnostics import Diagnostic, Span
from runway_flow.kernel.values import Deferred, Skipped
from runway_flow.spec.evaluator import find_deferred, find_skipped, resolve
from runway_flow.spec.templates import ListTemplate, Literal, MapTemplate, Template, ValueTemplate
from tests.fakes.expression_scope import GONE, D, E, FakeScope, read, waits_for

if TYPE_CHECKING:
    from runway_flow.spec.expressions import Expression

BOTH = frozenset({"d", "e"})
PLACE = Span("flow.yaml", 1, 1, 1, 2)


def text(*parts: str) -> Template:
    """Make text whose every second part is an expression."""
    made: list[str | Expression] = [read(part) if at % 2 else part for at, part in enumerate(parts)]
    return Template(tuple(made), PLACE, is_single=False)


def single(source: str) -> Template:
    """Make a value that is exactly one expression."""
    return Template((read(source),), PLACE, is_single=True)


def resolved(value: ValueTemplate, **names: object) -> tuple[object, list[str]]:
    """Resolve a value; give it with the codes of the problems."""
    problems: list[Diagnostic] = []
    found = resolve(value, FakeScope(names), problems)
    return found, [problem.code.id for problem in problems]


def test_literals_are_themselves() -> None:
    """A value without expressions is what was written."""
    assert resolved(Literal(1.5, PLACE)) == (1.5, [])


def test_one_expression_keeps_its_type() -> None:
    """A value that is exactly one expression is not made text."""
    for value in (1, 1.5, True, None, "a", (1,), {"a": 1}, D, GONE):
        assert resolved(single("x"), x=value) == (value, [])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, "a1b"),
        (1.0, "a1b"),
        (0.5, "a0.5b"),
        (1e21, "a1e+21b"),
        (True, "atrueb"),
        (False, "afalseb"),
        ("é", "aéb"),
    ],
)
def test_text_joins_text_numbers_and_booleans(value: object, expected: str) -> None:
    """Numbers are written in their shortest form, booleans as YAML writes them."""
    assert resolved(text("a", "x", "b"), x=value) == (expected, [])


def test_what_an_expression_yields_is_not_evaluated_again() -> None:
    """Text that looks like an expression stays text."""
    assert resolved(text("", "x", "!"), x="${{ y }}") == ("${{ y }}!", [])


@pytest.mark.parametrize("value", [None, (1,), {"a": 1}, object(), (D,)])
def test_other_values_in_text_are_errors_at_their_place(value: object) -> None:
    """Null, lists, mappings in text are RF212 at the expression, and the leaf is deferred."""
    problems: list[Diagnostic] = []
    template = text("a", "x", "b")
    assert resolve(template, FakeScope({"x": value}), problems) == Deferred()
    assert [(problem.code.id, problem.span) for problem in problems] == [("RF212", read("x").span)]


def test_every_problem_of_a_value_is_found() -> None:
    """A problem in one part hides none in another."""
    tree = MapTemplate(
        (
            ("a", PLACE, text("", "q", " and ", "r", "")),
            ("b", PLACE, ListTemplate((single("s"), Literal(1, PLACE)), PLACE)),
        ),
        PLACE,
    )
    assert resolved(tree) == ({"a": Deferred(), "b": (Deferred(), 1)}, ["RF202", "RF202", "RF202"])


def test_deferred_parts_make_text_deferred() -> None:
    """Text waits for everything that its parts wait for, those beside a problem too."""
    assert resolved(text("", "d", "", "e", ""), d=D, e=E) == (waits_for("d", "e"), [])
    assert resolved(text("", "d", "", "q", ""), d=D) == (D, ["RF202"])


def test_skipped_parts_make_text_skipped() -> None:
    """Skipped wins over deferred and over problems elsewhere in the text."""
    assert resolved(text("", "d", "", "g", ""), d=D, g=GONE) == (GONE, [])
    assert resolved(text("", "g", "", "q", ""), g=GONE) == (GONE, ["RF202"])


def test_containers_keep_their_shape() -> None:
    """Nulls, deferred and skipped leaves stay where they are."""
    tree = ListTemplate((single("d"), single("g"), Literal(None, PLACE), MapTemplate((), PLACE)), PLACE)
    assert resolved(tree, d=D, g=GONE) == ((D, GONE, None, {}), [])


def test_what_expressions_add_to_a_text_is_bounded() -> None:
    """All expressions of a text together yield at most 64 kB; the author's own text does not count."""
    names = {"x": "a" * 40_000}
    assert resolved(text("", "x", "", "x", ""), **names) == (Deferred(), ["RF213"])
    found, codes = resolved(text("b" * 100_000, "x", ""), **names)
    assert (len(str(found)), codes) == (140_000, [])


def test_skipped_leaves_are_found() -> None:
    """The first skipped value anywhere in a tree."""
    other = Skipped("other")
    assert find_skipped({"a": [1, (D, GONE)], "b": other}) == GONE
    assert find_skipped(GONE) == GONE
    assert find_skipped({"a": [1, D], "b": "x"}) is None


def test_deferred_leaves_are_found() -> None:
    """What a tree waits for, together; None where nothing is deferred, which is not «nothing to wait for»."""
    assert find_deferred({"a": [1, (D,)], "b": E, "c": GONE}) == BOTH
    assert find_deferred([Deferred()]) == frozenset()
    assert find_deferred(D) == D.needs
    assert find_deferred({"a": [GONE], "b": "x"}) is None
