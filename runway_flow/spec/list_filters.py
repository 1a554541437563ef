"""Filters that work on lists, and reading a path from each item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from runway_flow.kernel import codes
from runway_flow.spec.access import read_field, read_item
from runway_flow.spec.descriptions import MEDIA, describe_value, is_indexed, is_lookup
from runway_flow.spec.evaluation import TEXT_PER_STEP
from runway_flow.spec.operators import is_list, is_number, truth, write_text
from runway_flow.spec.text_filters import need_text
from runway_flow.spec.unknowns import unknown_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.spec.evaluation import Evaluation


def need_items(evaluation: Evaluation, value: object, what: str) -> Sequence[object]:
    """Give the items of a list, or of a fan-out; each costs a step.

    Raises `EvaluationProblem` for every other value, and for too many items.
    """
    if is_indexed(value):
        value = value.as_list()
    if not is_list(value):
        raise evaluation.type_problem(f"{what} takes a list, not {describe_value(value)}", _list_hint(value))
    evaluation.check_count(len(value))
    evaluation.charge(len(value))
    return value


def _list_hint(value: object) -> str | None:
    if value is None:
        return "null means «not given»: `x | default([])` replaces it"
    if isinstance(value, str):
        return "`split` and `lines` make a list of text"
    return "`x | list` gives the keys of a mapping" if isinstance(value, Mapping) else None


def read_attribute(evaluation: Evaluation, item: object, path: object) -> object:
    """Give what a path (`scene.id`, `clips.0`) reads from an item.

    Raises `EvaluationProblem` as reading it does, and for a path that is neither text nor a position.
    """
    if isinstance(path, int) and not isinstance(path, bool):
        return read_item(evaluation, item, path)
    text = need_text(evaluation, path, "`attribute`")
    if len(text) > _MAX_PATH:
        raise evaluation.problem(codes.FILTER_MISUSE, f"`attribute` takes at most {_MAX_PATH} characters")
    for part in text.split("."):
        evaluation.charge(1)
        is_position = part.isascii() and part.isdigit() and len(part) < _MAX_DIGITS
        item = read_item(evaluation, item, int(part)) if is_position else read_field(evaluation, item, part)
    return item


_MAX_DIGITS = 10
_MAX_PATH = 200


def _length(evaluation: Evaluation, value: object) -> int:
    if isinstance(value, (str, Mapping)) or is_list(value):
        return len(value)
    return len(need_items(evaluation, value, "`length`"))


def _list(evaluation: Evaluation, value: object) -> Sequence[object]:
    if isinstance(value, Mapping):
        value = tuple(value)
    return need_items(evaluation, value, "`list`")


def _first(evaluation: Evaluation, value: object) -> object:
    items = need_items(evaluation, value, "`first`")
    return items[0] if items else None


def _last(evaluation: Evaluation, value: object) -> object:
    items = need_items(evaluation, value, "`last`")
    return items[-1] if items else None


def _keys(evaluation: Evaluation, items: Sequence[object], attribute: object, *, fold: bool) -> list[object]:
    """Give what items are compared by: an attribute or themselves, text without its case if `fold`."""
    keys: list[object] = []
    for item in items:
        key = item if attribute is None else read_attribute(evaluation, item, attribute)
        if isinstance(key, str):
            evaluation.charge(len(key) // TEXT_PER_STEP)
            key = key.lower() if fold else key
        keys.append(key)
    return keys


def _check_comparable(evaluation: Evaluation, keys: Sequence[object], what: str) -> None:
    if all(is_number(key) for key in keys) or all(isinstance(key, str) for key in keys):
        return
    kinds = ", ".join(dict.fromkeys(describe_value(key) for key in keys))
    message = f"{what} compares numbers, or texts, with each other; these are: {kinds}"
    raise evaluation.type_problem(message, "`attribute='x'` compares by a field")


def _sort(
    evaluation: Evaluation,
    value: object,
    reverse: object = False,  # noqa: FBT002 - Jinja2's order of arguments
    case_sensitive: object = False,  # noqa: FBT002 - as `reverse`
    attribute: object = None,
) -> object:
    items = need_items(evaluation, value, "`sort`")
    keys = _keys(evaluation, items, attribute, fold=not truth(case_sensitive))
    unknown = unknown_in(evaluation.charge, keys)
    if unknown is not None:
        return unknown
    _check_comparable(evaluation, keys, "`sort`")
    order = sorted(range(len(items)), key=cast("list[str]", keys).__getitem__, reverse=truth(reverse))
    return tuple(items[at] for at in order)


def _unique(
    evaluation: Evaluation,
    value: object,
    case_sensitive: object = False,  # noqa: FBT002 - Jinja2's order of arguments
    attribute: object = None,
) -> object:
    items = need_items(evaluation, value, "`unique`")
    keys = _keys(evaluation, items, attribute, fold=not truth(case_sensitive))
    unknown = unknown_in(evaluation.charge, keys)
    if unknown is not None:
        return unknown
    first: dict[object, object] = {}
    for key, item in zip(keys, items, strict=True):
        first.setdefault(_frozen(evaluation, key), item)
    return tuple(first.values())


def _frozen(evaluation: Evaluation, value: object) -> object:
    """Give a hashable stand-in that is equal where the values are (`operators.is_equal`)."""
    evaluation.charge(1)
    if is_number(value):
        return "number", value
    if is_list(value):
        return "list", tuple(_frozen(evaluation, item) for item in value)
    if isinstance(value, Mapping):
        return "mapping", frozenset((key, _frozen(evaluation, item)) for key, item in value.items())
    if isinstance(value, MEDIA):
        return "medium", getattr(value, "digest", value)
    return type(value), id(value) if is_lookup(value) else value


def _join(evaluation: Evaluation, value: object, separator: object = "", attribute: object = None) -> object:
    items = need_items(evaluation, value, "`join`")
    keys = _keys(evaluation, items, attribute, fold=False)
    unknown = unknown_in(evaluation.charge, keys)
    if unknown is not None:
        return unknown
    between = need_text(evaluation, separator, "`join`")
    texts = [write_text(evaluation, key) for key in keys]
    evaluation.check_text_size(sum(map(len, texts)) + len(between) * max(0, len(texts) - 1))
    return between.join(texts)


def _extreme(
    evaluation: Evaluation,
    value: object,
    case_sensitive: object,
    attribute: object,
    choose: Callable[..., int],
) -> object:
    items = need_items(evaluation, value, f"`{choose.__name__}`")
    keys = _keys(evaluation, items, attribute, fold=not truth(case_sensitive))
    unknown = unknown_in(evaluation.charge, keys)
    if unknown is not None:
        return unknown
    _check_comparable(evaluation, keys, f"`{choose.__name__}`")
    return items[choose(range(len(items)), key=keys.__getitem__)] if items else None


def _min(
    evaluation: Evaluation,
    value: object,
    case_sensitive: object = False,  # noqa: FBT002 - Jinja2's order of arguments
    attribute: object = None,
) -> object:
    return _extreme(evaluation, value, case_sensitive, attribute, min)


def _max(
    evaluation: Evaluation,
    value: object,
    case_sensitive: object = False,  # noqa: FBT002 - Jinja2's order of arguments
    attribute: object = None,
) -> object:
    return _extreme(evaluation, value, case_sensitive, attribute, max)


def _sum(evaluation: Evaluation, value: object, attribute: object = None, start: object = 0) -> object:
    items = need_items(evaluation, value, "`sum`")
    keys = _keys(evaluation, items, attribute, fold=False)
    unknown = unknown_in(evaluation.charge, keys)
    if unknown is not None:
        return unknown
    total: float = 0
    for key in (start, *keys):
        if not is_number(key):
            raise evaluation.type_problem(f"`sum` adds numbers, not {describe_value(key)}", _SUM_HINT)
        total = evaluation.number(total + key)
    return total


_SUM_HINT = "`attribute='x'` adds a field, `join` joins text"


def make_range(evaluation: Evaluation, arguments: Sequence[object]) -> tuple[int, ...]:
    """Do `range(stop)`, `range(start, stop)`, `range(start, stop, step)`.

    Raises `EvaluationProblem` for what is no integer, for a step of 0, and for too many numbers.
    """
    numbers: list[int] = []
    for argument in arguments:
        if isinstance(argument, bool) or not isinstance(argument, int):
            raise evaluation.type_problem(f"`range` takes integers, not {describe_value(argument)}")
        numbers.append(argument)
    if len(numbers) > _STEP_AT and numbers[_STEP_AT] == 0:
        raise evaluation.problem(codes.FILTER_MISUSE, "`range` takes a step other than 0")
    made = range(*numbers)
    count = max(0, -((made.start - made.stop) // made.step))  # `len` fails above the word size
    evaluation.check_count(count)
    evaluation.charge(count)
    return tuple(made)


_STEP_AT = 2

LIST_FILTERS: dict[str, Callable[..., object]] = {
    "length": _length,
    "list": _list,
    "first": _first,
    "last": _last,
    "sort": _sort,
    "unique": _unique,
    "join": _join,
    "min": _min,
    "max": _max,
    "sum": _sum,
}
