"""Filters that work on text."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.spec.descriptions import describe_value
from runway_flow.spec.evaluation import MAX_ITEMS
from runway_flow.spec.operators import is_number, write_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.spec.evaluation import Evaluation


def need_text(evaluation: Evaluation, value: object, what: str) -> str:
    """Give a value that must be text.

    Raises `EvaluationProblem` for every other one.
    """
    if isinstance(value, str):
        return value
    hint = "`x | default('')` replaces null" if value is None else "`x ~ ''` makes text of a number"
    raise evaluation.type_problem(f"{what} takes text, not {describe_value(value)}", hint)


def _upper(evaluation: Evaluation, value: object) -> str:
    return need_text(evaluation, value, "`upper`").upper()


def _lower(evaluation: Evaluation, value: object) -> str:
    return need_text(evaluation, value, "`lower`").lower()


_SLOW_PER_STEP = 8
"""Characters for a step where Python itself goes through them."""

_FIRST_LETTER = re.compile(r"[^\s\-(\[{<]+")


def _title(evaluation: Evaluation, value: object) -> str:
    """Begin each word with a capital; `str.title` would also do so after an apostrophe."""

    def capital(match: re.Match[str]) -> str:
        word = match.group()
        return word[0].upper() + word[1:].lower()

    text = need_text(evaluation, value, "`title`")
    evaluation.charge(len(text) // _SLOW_PER_STEP)
    return _FIRST_LETTER.sub(capital, text)


def _trim(evaluation: Evaluation, value: object, chars: object = None) -> str:
    text = need_text(evaluation, value, "`trim`")
    if chars is None:
        return text.strip()
    cut = need_text(evaluation, chars, "`trim`")
    if len(cut) > _MAX_TRIMMED:
        raise evaluation.problem(codes.FILTER_MISUSE, f"`trim` takes at most {_MAX_TRIMMED} characters")
    return text.strip(cut)


_MAX_TRIMMED = 100
"""Python looks each character up in all of them."""


def _replace(evaluation: Evaluation, value: object, old: object, new: object, count: object = None) -> str:
    text = need_text(evaluation, value, "`replace`")
    before = need_text(evaluation, old, "`replace`")
    after = need_text(evaluation, new, "`replace`")
    if not before:
        raise evaluation.problem(codes.FILTER_MISUSE, "`replace` needs a text to look for, this is empty")
    limit = -1 if count is None else _count(evaluation, count)
    found = text.count(before)
    times = found if limit < 0 else min(found, limit)
    # Judged before it is made: 64 kB of `a`, each replaced by 64 kB, would be 4 GB.
    evaluation.check_text_size(len(text) + times * (len(after) - len(before)))
    return text.replace(before, after, limit)


def _count(evaluation: Evaluation, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise evaluation.problem(codes.FILTER_MISUSE, "`replace` takes a count of 0 or more")


def _split(evaluation: Evaluation, value: object, separator: object = None) -> tuple[str, ...]:
    text = need_text(evaluation, value, "`split`")
    if separator is None:
        return tuple(text.split(maxsplit=MAX_ITEMS))
    at = need_text(evaluation, separator, "`split`")
    if not at:
        raise evaluation.problem(codes.FILTER_MISUSE, "`split` needs a separator, this is empty")
    return tuple(text.split(at, MAX_ITEMS))


def _lines(evaluation: Evaluation, value: object) -> tuple[str, ...]:
    text = need_text(evaluation, value, "`lines`").replace("\r\n", "\n")
    return tuple(text.removesuffix("\n").split("\n", MAX_ITEMS)) if text else ()


_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


def _slug(evaluation: Evaluation, value: object) -> str:
    text = write_number(value) if is_number(value) else need_text(evaluation, value, "`slug`")
    evaluation.charge(len(text) // _SLOW_PER_STEP)
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS)).lower()
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    return _NOT_SLUG.sub("-", letters).strip("-")


TEXT_FILTERS: dict[str, Callable[..., object]] = {
    "upper": _upper,
    "lower": _lower,
    "title": _title,
    "trim": _trim,
    "replace": _replace,
    "split": _split,
    "lines": _lines,
    "slug": _slug,
}
