"""`tojson` and `fromjson`: canonical JSON out, strict JSON in."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NoReturn

from runway_flow.kernel import codes
from runway_flow.kernel.digests import MAX_SAFE_INTEGER, canonical_json
from runway_flow.spec.descriptions import describe_value
from runway_flow.spec.operators import is_list
from runway_flow.spec.text_filters import need_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.spec.evaluation import Evaluation

MAX_DEPTH = 50
_TEXT = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_MAX_DIGITS = 400


def _to_json(evaluation: Evaluation, value: object) -> str:
    _measure(evaluation, value, 0)
    try:
        return canonical_json(value)
    except (ValueError, UnicodeEncodeError) as problem:
        raise evaluation.problem(codes.RESULT_TOO_LARGE, f"JSON cannot hold this: {problem}") from None


def _measure(evaluation: Evaluation, value: object, size: int) -> int:
    """Give at least the length of a value's JSON, refusing what is too long before it is written."""
    evaluation.charge(1)
    if isinstance(value, str):
        size += len(value)
    elif is_list(value):
        for item in value:
            size = _measure(evaluation, item, size + 1)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            size = _measure(evaluation, item, size + len(key) + 4)
    elif value is not None and not isinstance(value, (bool, int, float)):
        raise evaluation.type_problem(f"{describe_value(value)} cannot be written as JSON", "read its fields")
    evaluation.check_text_size(size)
    return size


def _from_json(evaluation: Evaluation, value: object) -> object:
    text = need_text(evaluation, value, "`fromjson`")
    evaluation.check_text_size(len(text))
    evaluation.charge(len(text))
    _check_depth(evaluation, text)
    try:
        found = json.loads(
            text, parse_constant=_refuse, parse_int=_integer, parse_float=_number, object_pairs_hook=_mapping
        )
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, UnicodeEncodeError) as problem:
        message = f"the text is not JSON: {problem}"
        raise evaluation.problem(codes.FILTER_MISUSE, message) from None
    return _tuples(evaluation, found)


def _check_depth(evaluation: Evaluation, text: str) -> None:
    """Refuse deep JSON: the standard library reads it by recursion."""
    depth = 0
    for character in _TEXT.sub("", text):
        depth += (character in "[{") - (character in "]}")
        if depth > MAX_DEPTH:
            raise evaluation.problem(codes.RESULT_TOO_LARGE, f"the JSON nests deeper than {MAX_DEPTH}")


def _refuse(constant: str) -> NoReturn:
    message = f"{constant} is no JSON number"
    raise ValueError(message)


def _integer(digits: str) -> int:
    if len(digits) <= _MAX_DIGITS and abs(found := int(digits)) <= MAX_SAFE_INTEGER:
        return found
    message = "an integer is too large"
    raise ValueError(message)


def _number(digits: str) -> float:
    found = float(digits)
    if math.isfinite(found):
        return found
    message = "a number is too large"
    raise ValueError(message)


def _mapping(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    message = "a key stands twice"
    raise ValueError(message)


def _tuples(evaluation: Evaluation, value: object) -> object:
    if isinstance(value, list):
        evaluation.check_count(len(value))
        return tuple(_tuples(evaluation, item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(evaluation, item) for key, item in value.items()}
    return value


JSON_FILTERS: dict[str, Callable[..., object]] = {"tojson": _to_json, "fromjson": _from_json}
