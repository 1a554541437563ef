"""One evaluation: what it may spend, and how its problems get their place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.digests import MAX_SAFE_INTEGER
from runway_flow.spec.expression_places import Fault

if TYPE_CHECKING:
    from runway_flow.kernel.codes import Code
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.spec.expression_places import Stretch
    from runway_flow.spec.expressions import Expression, Term
    from runway_flow.spec.scope import Scope

MAX_TEXT_BYTES = 65_536
MAX_ITEMS = 10_000
MAX_STEPS = 100_000
"""What one evaluation may do: a step is a term, an item looked at, or `TEXT_PER_STEP` characters made."""

TEXT_PER_STEP = 64


class EvaluationProblem(Exception):
    """An expression has no value; `diagnostic` says why and where."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        """Take the finding."""
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Absent(EvaluationProblem):
    """Plain data does not have what `term` reads from it: a key, an item, anything of null.

    Under `default` and `is defined` that is no problem.
    """

    def __init__(self, diagnostic: Diagnostic, term: Term | None) -> None:
        """Take the finding, and the field or item that is not there."""
        super().__init__(diagnostic)
        self.term = term


class Evaluation:
    """The state of one evaluation: the expression, its scope, and the steps that are left to it."""

    __slots__ = ("expression", "left", "scope")

    def __init__(self, expression: Expression, scope: Scope) -> None:
        """Start with all steps left."""
        self.expression = expression
        self.scope = scope
        self.left = MAX_STEPS

    def charge(self, steps: int) -> None:
        """Spend steps.

        Raises `EvaluationProblem` when none are left.
        """
        self.left -= steps
        if self.left < 0:
            message = f"the expression takes more than {MAX_STEPS} steps"
            raise self.problem(codes.RESULT_TOO_LARGE, message, hint="work on shorter lists or texts")

    def diagnostic(
        self,
        code: Code,
        message: str,
        *,
        hint: str | None = None,
        notes: tuple[str, ...] = (),
        stretch: Stretch | None = None,
    ) -> Diagnostic:
        """Make a finding, at a stretch of the expression's source where one is given."""
        fault = Fault(code, message, hint, stretch, notes)
        return fault.at(self.expression.source, self.expression.span)

    def problem(self, code: Code, message: str, *, hint: str | None = None) -> EvaluationProblem:
        """Make a problem of the whole expression, to be raised."""
        return EvaluationProblem(self.diagnostic(code, message, hint=hint))

    def type_problem(self, message: str, hint: str | None = None) -> EvaluationProblem:
        """Make the problem that values have the wrong types, to be raised."""
        return self.problem(codes.EXPRESSION_TYPE, message, hint=hint)

    def text(self, value: str) -> str:
        """Let a text pass that an operation made.

        Raises `EvaluationProblem` for one longer than `MAX_TEXT_BYTES`.
        """
        self.check_text_size(len(value))
        self.charge(len(value) // TEXT_PER_STEP)
        if not value.isascii():
            self.check_text_size(len(value.encode("utf-8", "surrogatepass")))
        return value

    def check_text_size(self, size: int) -> None:
        """Refuse a text before it is made, by its size.

        Raises `EvaluationProblem` if it is longer than `MAX_TEXT_BYTES`.
        """
        if size > MAX_TEXT_BYTES:
            message = f"the text is longer than {MAX_TEXT_BYTES // 1024} kB"
            raise self.problem(codes.RESULT_TOO_LARGE, message, hint="`file:` of an input reads long texts")

    def check_count(self, count: int) -> None:
        """Refuse a list by its length.

        Raises `EvaluationProblem` if it has more than `MAX_ITEMS` items.
        """
        if count > MAX_ITEMS:
            message = f"the list has more than {MAX_ITEMS} items"
            raise self.problem(codes.RESULT_TOO_LARGE, message)

    def number(self, value: float) -> float:
        """Let a number pass that an operation made.

        Raises `EvaluationProblem` for integers beyond 2^53 - 1 and for what is not finite.
        """
        is_fine = abs(value) <= MAX_SAFE_INTEGER if isinstance(value, int) else math.isfinite(value)
        if not is_fine:
            raise self.problem(codes.RESULT_TOO_LARGE, "the number is too large")
        return value
