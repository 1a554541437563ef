"""The tests after `is`, which `select`, `reject` and `selectattr` name too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.kernel.values import Deferred, Skipped
from runway_flow.spec.descriptions import describe_value, is_indexed
from runway_flow.spec.operators import compare, is_list, is_number
from runway_flow.spec.signatures import TESTS
from runway_flow.spec.unknowns import strongest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runway_flow.spec.evaluation import Evaluation
    from runway_flow.spec.unknowns import Unknown


def apply_test(
    evaluation: Evaluation, name: str, value: object, arguments: Sequence[object]
) -> bool | Unknown:
    """Apply a test to a value; what is unknown makes the result unknown.

    Null and what was skipped are not defined. Raises `EvaluationProblem` for an unknown test, or one
    that means nothing for the value.
    """
    if name not in TESTS:
        raise evaluation.problem(
            codes.UNKNOWN_FILTER, f"no test is called `{name}`", hint=did_you_mean(name, TESTS)
        )
    real, wanted = TESTS[name]
    if len(arguments) != wanted:
        message = f"the test `{name}` takes {'one argument' if wanted else 'no arguments'}"
        raise evaluation.problem(codes.FILTER_MISUSE, message)
    if real in ("defined", "undefined"):
        return _is_defined(value, is_wanted=real == "defined")
    if wanted and real != "divisibleby":
        return compare(evaluation, real, value, arguments[0])
    unknown = strongest(value, *arguments)
    return _KNOWN[real](evaluation, value, *arguments) if unknown is None else unknown


def _is_defined(value: object, *, is_wanted: bool) -> bool | Unknown:
    if isinstance(value, Deferred):
        return Deferred(value.needs)
    return (value is not None and not isinstance(value, Skipped)) == is_wanted


def _integer(evaluation: Evaluation, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise evaluation.type_problem(f"this test takes an integer, not {describe_value(value)}")


def _divides(evaluation: Evaluation, value: object, divisor: object) -> bool:
    by = _integer(evaluation, divisor)
    if by == 0:
        raise evaluation.type_problem("nothing is divisible by zero")
    return _integer(evaluation, value) % by == 0


_KNOWN: dict[str, Callable[..., bool]] = {
    "none": lambda _, value: value is None,
    "true": lambda _, value: value is True,
    "false": lambda _, value: value is False,
    "boolean": lambda _, value: isinstance(value, bool),
    "string": lambda _, value: isinstance(value, str),
    "number": lambda _, value: is_number(value),
    "integer": lambda _, value: is_number(value) and isinstance(value, int),
    "float": lambda _, value: isinstance(value, float),
    "mapping": lambda _, value: isinstance(value, Mapping),
    "sequence": lambda _, value: is_list(value) or is_indexed(value),
    "odd": lambda evaluation, value: _integer(evaluation, value) % 2 == 1,
    "even": lambda evaluation, value: _integer(evaluation, value) % 2 == 0,
    "divisibleby": _divides,
}
