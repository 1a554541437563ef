"""What the expressions of a step read: all of them, and the steps that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.spec.references import references_in
from runway_flow.spec.templates import expressions_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runway_flow.spec.expressions import Expression
    from runway_flow.spec.flow import Step


def expressions_of_lists(step: Step) -> Iterator[Expression]:
    """Go through the expressions that decide which instances there are: `foreach`, `where`, `key`."""
    for loop in step.foreach:
        yield from expressions_in(loop.values)
    if step.where is not None:
        yield step.where
    if step.key is not None:
        yield from expressions_in(step.key)


def expressions_of(step: Step) -> Iterator[Expression]:
    """Go through every expression of a step: its lists, its condition, its parameters."""
    yield from expressions_of_lists(step)
    if step.when is not None:
        yield step.when
    if step.parameters is not None:
        yield from expressions_in(step.parameters)


def steps_named(expressions: Iterable[Expression]) -> set[str]:
    """Give the names that stand after `steps.` in any branch; one that is computed cannot be told."""
    return {
        reference.path[0]
        for expression in expressions
        for reference in references_in(expression.term)
        if reference.root == "steps" and reference.path and isinstance(reference.path[0], str)
    }
