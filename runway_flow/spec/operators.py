"""Arithmetic, comparison, membership, truth, joining into text: on known values, strictly typed."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeGuard

from runway_flow.kernel import codes
from runway_flow.kernel.digests import canonical_json
from runway_flow.kernel.media import RemoteMedium
from runway_flow.spec.descriptions import MEDIA, describe_value, is_indexed, is_lookup
from runway_flow.spec.evaluation import TEXT_PER_STEP
from runway_flow.spec.unknowns import strongest, unknown_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.spec.evaluation import Evaluation
    from runway_flow.spec.unknowns import Unknown

ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
ORDER: dict[str, Callable[..., bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number; booleans are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_list(value: object) -> TypeGuard[tuple[object, ...] | list[object]]:
    """Whether a value is a list (a fan-out is one only through `as_list`)."""
    return isinstance(value, (tuple, list))


def truth(value: object) -> bool:
    """Whether a value counts as true: null, false, 0, empty text, lists and mappings do not."""
    return bool(value.as_list()) if is_indexed(value) else bool(value)


def calculate(evaluation: Evaluation, sign: str, left: object, right: object) -> object:
    """Do arithmetic on two numbers; unknown operands make the result unknown."""
    unknown = strongest(left, right)
    if unknown is not None:
        return unknown
    if not is_number(left) or not is_number(right):
        wrong = right if is_number(left) else left
        message = (
            f"`{sign}` works on numbers, this is {describe_value(left)} `{sign}` {describe_value(right)}"
        )
        raise evaluation.type_problem(message, _number_hint(wrong))
    try:
        return evaluation.number(ARITHMETIC[sign](left, right))
    except ZeroDivisionError:
        message = f"`{sign}` divides by zero"
    except OverflowError:
        raise evaluation.problem(codes.RESULT_TOO_LARGE, "the number is too large") from None
    raise evaluation.type_problem(message, "`a if b else c` can choose another value")


def _number_hint(value: object) -> str | None:
    if isinstance(value, str):
        return "`~` joins text, `x | int` and `x | float` read numbers from it"
    if value is None:
        return "null means «not given»: `x | default(0)` replaces it"
    return "`sum` adds up a list, `length` counts it" if is_list(value) else None


def negate(evaluation: Evaluation, sign: str, operand: object) -> object:
    """Do `-x` or `+x` on a number."""
    unknown = strongest(operand)
    if unknown is not None:
        return unknown
    if not is_number(operand):
        message = f"`{sign}` works on numbers, this is {describe_value(operand)}"
        raise evaluation.type_problem(message, _number_hint(operand))
    return -operand if sign == "-" else operand


def compare(evaluation: Evaluation, sign: str, left: object, right: object) -> bool | Unknown:
    """Do one comparison; what it must look at and is unknown makes the result unknown.

    Raises `EvaluationProblem` where order or membership mean nothing for these values.
    """
    if sign in ORDER:
        return _order(evaluation, sign, left, right)
    unknown = unknown_in(evaluation.charge, left, right)
    if unknown is not None:
        return unknown
    if sign in ("==", "!="):
        return is_equal(evaluation, left, right) == (sign == "==")
    return is_in(evaluation, left, right) == (sign == "in")


def _order(evaluation: Evaluation, sign: str, left: object, right: object) -> bool | Unknown:
    unknown = strongest(left, right)
    if unknown is not None:
        return unknown
    both_text = isinstance(left, str) and isinstance(right, str)
    if both_text or (is_number(left) and is_number(right)):
        return ORDER[sign](left, right)
    message = (
        f"`{sign}` compares numbers or texts, this is {describe_value(left)} and {describe_value(right)}"
    )
    is_null = left is None or right is None
    hint = (
        "null means «not given»: `x | default(0)` replaces it" if is_null else "`int` and `float` read text"
    )
    raise evaluation.type_problem(message, hint)


def is_equal(evaluation: Evaluation, left: object, right: object) -> bool:
    """Whether two known values are equal: by type and content, numbers by value, media by their bytes."""
    evaluation.charge(1)
    if is_number(left) and is_number(right):
        return left == right
    if is_list(left) and is_list(right):
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(is_equal(evaluation, *pair) for pair in pairs)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(
            is_equal(evaluation, value, right[key]) for key, value in left.items()
        )
    digests = (_digest(left), _digest(right))
    if None not in digests:
        return digests[0] == digests[1]
    return type(left) is type(right) and left == right


def _digest(value: object) -> str | None:
    return value.digest if isinstance(value, MEDIA) and not isinstance(value, RemoteMedium) else None


def is_in(evaluation: Evaluation, part: object, whole: object) -> bool:
    """Whether a known value is in a list, a key in a mapping, a text in a text."""
    if isinstance(whole, str):
        if not isinstance(part, str):
            raise evaluation.type_problem(f"`in` looks for text in text, this is {describe_value(part)}")
        evaluation.charge(len(whole) // TEXT_PER_STEP)
        return part in whole
    if isinstance(whole, Mapping):
        return isinstance(part, str) and part in whole
    if is_indexed(whole):
        if not is_lookup(part):
            message = f"the items of a fan-out are its instances, so {describe_value(part)} is none of them"
            raise evaluation.type_problem(message, "`key in (steps.S | map(attribute='key'))` compares keys")
        return part in whole.as_list()
    if is_list(whole):
        return any(is_equal(evaluation, part, item) for item in whole)
    hint = "null means «not given»: `x | default([])` replaces it" if whole is None else None
    raise evaluation.type_problem(f"`in` looks into lists, mappings, text, not {describe_value(whole)}", hint)


def write_number(value: float) -> str:
    """Write a number in its shortest form (RFC 8785): `5`, `0.5`."""
    return str(value) if isinstance(value, int) else canonical_json(value)


def write_text(evaluation: Evaluation, value: object) -> str:
    """Write a known value as a part of a text: text, numbers, `true` and `false`.

    Raises `EvaluationProblem` for null, lists, mappings, media.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return write_number(evaluation.number(value))
    message = f"{describe_value(value)} cannot be joined into text"
    raise evaluation.problem(codes.NOT_TEXT, message, hint=_text_hint(value))


def _text_hint(value: object) -> str:
    if value is None:
        return "null means «not given»: `x | default('')` replaces it"
    if is_list(value):
        return "`x | join(', ')` makes text of a list"
    if isinstance(value, Mapping):
        return "read one of its keys, or write it with `tojson`"
    return "text, numbers and booleans can be joined; read one of its fields"


def join_text(evaluation: Evaluation, left: object, right: object) -> object:
    """Do `left ~ right`."""
    unknown = strongest(left, right)
    if unknown is not None:
        return unknown
    return evaluation.text(write_text(evaluation, left) + write_text(evaluation, right))
