"""Filters that work on numbers, or read them from text."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from runway_flow.kernel import codes
from runway_flow.spec.descriptions import describe_value
from runway_flow.spec.operators import is_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.spec.evaluation import Evaluation

_NUMBER = re.compile(r"\s*[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*")
_INTEGER = re.compile(r"\s*[-+]?[0-9]+\s*")
_MAX_LENGTH = 400
"""Longer texts are no numbers that could be kept; Python refuses to read 4,300 digits."""

_MISSING: Final = object()


def _to_integer(evaluation: Evaluation, value: object, default: object = _MISSING) -> object:
    found = _read_number(evaluation, value)
    if found is None:
        return _or_default(evaluation, "int", value, default)
    return evaluation.number(math.trunc(found))


def _to_float(evaluation: Evaluation, value: object, default: object = _MISSING) -> object:
    found = _read_number(evaluation, value)
    return _or_default(evaluation, "float", value, default) if found is None else float(found)


def _read_number(evaluation: Evaluation, value: object) -> float | None:
    if is_number(value):
        return evaluation.number(value)
    if not isinstance(value, str) or len(value) > _MAX_LENGTH or _NUMBER.fullmatch(value) is None:
        return None
    return evaluation.number(int(value) if _INTEGER.fullmatch(value) else float(value))


def _or_default(evaluation: Evaluation, name: str, value: object, default: object) -> object:
    if default is not _MISSING:
        return default
    shown = f"`{value[:40]}`" if isinstance(value, str) else describe_value(value)
    raise evaluation.type_problem(f"{shown} is no number", f"`{name}(0)` gives 0 for what is none")


_MAX_PRECISION = 15
"""More decimals than a double holds."""


def _round(evaluation: Evaluation, value: object, precision: object = 0, method: object = "common") -> float:
    """Round half away from zero, by the decimals that the number is written with; whole ones are integers."""
    number = _need_number(evaluation, value, "`round`")
    is_fine = isinstance(precision, int) and not isinstance(precision, bool)
    if not isinstance(precision, int) or not is_fine or not 0 <= precision <= _MAX_PRECISION:
        message = f"`round` takes a precision from 0 to {_MAX_PRECISION}"
        raise evaluation.problem(codes.FILTER_MISUSE, message)
    exact = Decimal(repr(number))
    step = Decimal(1).scaleb(-precision)
    if method == "common":
        rounded = exact.quantize(step, ROUND_HALF_UP) if abs(exact) < _EXACT_BELOW else exact
    elif method in ("ceil", "floor"):
        rule = math.ceil if method == "ceil" else math.floor
        rounded = rule(exact / step) * step
    else:
        raise evaluation.problem(codes.FILTER_MISUSE, "`round` takes the methods common, ceil, floor")
    if precision == 0 or isinstance(number, int):
        return evaluation.number(int(rounded))
    return evaluation.number(float(rounded))


_EXACT_BELOW = Decimal(2**53)
"""Doubles from here on are whole."""


def _need_number(evaluation: Evaluation, value: object, what: str) -> float:
    if is_number(value):
        return evaluation.number(value)
    hint = "`x | int` and `x | float` read text" if isinstance(value, str) else None
    raise evaluation.type_problem(f"{what} takes a number, not {describe_value(value)}", hint)


def _abs(evaluation: Evaluation, value: object) -> float:
    return abs(_need_number(evaluation, value, "`abs`"))


NUMBER_FILTERS: dict[str, Callable[..., object]] = {
    "int": _to_integer,
    "float": _to_float,
    "round": _round,
    "abs": _abs,
}
