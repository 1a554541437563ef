"""Evaluates expressions, and value trees with expressions in them, against a scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.kernel.values import Deferred, Skipped
from runway_flow.spec.evaluation import Evaluation, EvaluationProblem
from runway_flow.spec.expressions import Expression
from runway_flow.spec.operators import is_list, write_text
from runway_flow.spec.templates import ListTemplate, Literal, MapTemplate
from runway_flow.spec.term_rules import plain_value
from runway_flow.spec.unknowns import find_deferred, find_skipped, strongest

if TYPE_CHECKING:
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.spec.scope import Scope
    from runway_flow.spec.templates import Template, ValueTemplate

__all__ = ["EvaluationProblem", "evaluate", "find_deferred", "find_skipped", "resolve"]


def evaluate(expression: Expression, scope: Scope) -> object:
    """Give an expression's value; `Deferred` or `Skipped` where it is not there.

    Only what is reached is read from the scope. A list or mapping may hold deferred and skipped values.
    Raises `EvaluationProblem` if the expression has no value, or a too large one. Bounded in time and memory.
    """
    evaluation = Evaluation(expression, scope)
    value = plain_value(evaluation, expression.term)
    if isinstance(value, str):
        return evaluation.text(value)
    if is_list(value):
        evaluation.check_count(len(value))
    return value


def resolve(value: ValueTemplate, scope: Scope, problems: list[Diagnostic]) -> object:
    """Give a value tree with every expression evaluated: nested dicts and tuples.

    A leaf that has no value adds its finding to `problems` and becomes `Deferred()`. Text with a skipped
    part is skipped, with a deferred part deferred. Nulls stay, and so do skipped leaves: `find_skipped`.
    """
    if isinstance(value, Literal):
        return value.value
    if isinstance(value, ListTemplate):
        return tuple([resolve(item, scope, problems) for item in value.items])
    if isinstance(value, MapTemplate):
        return {key: resolve(item, scope, problems) for key, _, item in value.entries}
    if value.is_single:
        return _evaluate_single(value, scope, problems)
    return _join_parts(value, scope, problems)


def _evaluate_single(value: Template, scope: Scope, problems: list[Diagnostic]) -> object:
    try:
        return evaluate(next(part for part in value.parts if isinstance(part, Expression)), scope)
    except EvaluationProblem as problem:
        problems.append(problem.diagnostic)
        return Deferred()


def _join_parts(value: Template, scope: Scope, problems: list[Diagnostic]) -> object:
    """Join text and expressions; every part is looked at, so that all problems are found."""
    texts: list[str] = []
    unknown: Deferred | Skipped | None = None
    size = 0
    has_problem = False
    for part in value.parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        try:
            found = evaluate(part, scope)
            if isinstance(found, (Deferred, Skipped)):
                unknown = strongest(unknown, found)
                continue
            evaluation = Evaluation(part, scope)
            text = write_text(evaluation, found)
            size += len(text)
            evaluation.check_text_size(size)
        except EvaluationProblem as problem:
            problems.append(problem.diagnostic)
            has_problem = True
        else:
            texts.append(text)
    if has_problem and not isinstance(unknown, Skipped):
        return Deferred(frozenset() if unknown is None else unknown.needs)
    return "".join(texts) if unknown is None else unknown
