"""Applies filters: unknown values, arguments, bounds, and the filters that apply others to each item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.kernel.values import Deferred, Skipped
from runway_flow.spec.evaluation import TEXT_PER_STEP, Absent
from runway_flow.spec.json_filters import JSON_FILTERS
from runway_flow.spec.list_filters import LIST_FILTERS, need_items, read_attribute
from runway_flow.spec.number_filters import NUMBER_FILTERS
from runway_flow.spec.operators import is_list, truth
from runway_flow.spec.predicates import apply_test
from runway_flow.spec.signatures import FILTER_HINTS, FILTERS
from runway_flow.spec.text_filters import TEXT_FILTERS, need_text
from runway_flow.spec.unknowns import strongest, unknown_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runway_flow.spec.evaluation import Evaluation


def apply_filter(
    evaluation: Evaluation,
    name: str,
    value: object,
    arguments: Sequence[object] = (),
    named: Mapping[str, object] | None = None,
) -> object:
    """Apply a filter to a value; what it must look at and is unknown makes the result unknown.

    Raises `EvaluationProblem` for an unknown filter, wrong arguments, wrong types, too large results.
    """
    named = named or {}
    signature = FILTERS.get(name)
    if signature is None:
        hint = FILTER_HINTS.get(name) or did_you_mean(name, FILTERS)
        raise evaluation.problem(codes.UNKNOWN_FILTER, f"no filter is called `{name}`", hint=hint)
    misuse = signature.misuse(len(arguments), named)
    if misuse is not None:
        raise evaluation.problem(codes.FILTER_MISUSE, f"the filter `{name}` {misuse}")
    unknown = _unknown(evaluation, name, value, arguments, named)
    if unknown is not None:
        return unknown
    if isinstance(value, str) and name != "length":
        evaluation.check_text_size(len(value))
        evaluation.charge(len(value) // TEXT_PER_STEP)
    named = {signature.aliases.get(key, key): argument for key, argument in named.items()}
    return _bounded(evaluation, _ALL[name](evaluation, value, *arguments, **named))


def _unknown(
    evaluation: Evaluation,
    name: str,
    value: object,
    arguments: Sequence[object],
    named: Mapping[str, object],
) -> Deferred | Skipped | None:
    if name == "default":
        # What replaces the value may be unknown itself: then that is what comes out.
        waits = value if isinstance(value, Deferred) else None
        return strongest(waits, *arguments[1:], named.get("boolean"))
    own = _OWN_ARGUMENTS.get(name)
    if own is not None:
        return strongest(value, *arguments[:own], named.get("attribute"))
    found = strongest(value, *arguments, *named.values())
    return unknown_in(evaluation.charge, value) if found is None and name == "tojson" else found


_OWN_ARGUMENTS = {"map": 1, "select": 1, "reject": 1, "selectattr": 2}
"""How many arguments these read themselves; the others go, known or not, to what they apply to each item."""


def _bounded(evaluation: Evaluation, value: object) -> object:
    if isinstance(value, str):
        return evaluation.text(value)
    if is_list(value):
        evaluation.check_count(len(value))
    return value


def is_replaced(value: object, *, boolean: bool) -> bool:
    """Whether `default` replaces a known value: null, skipped; with `boolean` also false and empty."""
    return value is None or isinstance(value, Skipped) or (boolean and not truth(value))


def _default(
    _: Evaluation,
    current: object,
    value: object,
    boolean: object = False,  # noqa: FBT002 - Jinja2's order of arguments
) -> object:
    return value if is_replaced(current, boolean=truth(boolean)) else current


def _map(evaluation: Evaluation, items: object, *arguments: object, **named: object) -> object:
    found = need_items(evaluation, items, "`map`")
    if bool(arguments) == ("attribute" in named):
        message = "`map` takes the name of a filter, or `attribute='…'`"
        raise evaluation.problem(codes.FILTER_MISUSE, message)
    if not arguments:
        return _map_attribute(evaluation, found, **named)
    name = need_text(evaluation, arguments[0], "`map`")
    return tuple(apply_filter(evaluation, name[:_MAX_NAME], item, arguments[1:], named) for item in found)


_MAX_NAME = 40
"""Longer names are no names of ours, and make no good messages."""


def _map_attribute(evaluation: Evaluation, items: Sequence[object], **named: object) -> object:
    path = named.pop("attribute")
    has_default = "default" in named
    default = named.pop("default", None)
    if named:
        message = f"`map` has no argument `{next(iter(named))}`; it takes `attribute`, `default`"
        raise evaluation.problem(codes.FILTER_MISUSE, message)
    made: list[object] = []
    for item in items:
        try:
            value = read_attribute(evaluation, item, path)
        except Absent:
            if not has_default:
                raise
            value = None
        if has_default and is_replaced(value, boolean=False):
            value = default
        # A skipped instance is left out; what was skipped before it came into the list stays visible.
        if not isinstance(value, Skipped) or isinstance(item, Skipped):
            made.append(value)
    return tuple(made)


def _select(evaluation: Evaluation, items: object, *arguments: object) -> object:
    return _choose(evaluation, need_items(evaluation, items, "`select`"), None, arguments, is_wanted=True)


def _reject(evaluation: Evaluation, items: object, *arguments: object) -> object:
    return _choose(evaluation, need_items(evaluation, items, "`reject`"), None, arguments, is_wanted=False)


def _selectattr(evaluation: Evaluation, items: object, attribute: object, *arguments: object) -> object:
    found = need_items(evaluation, items, "`selectattr`")
    return _choose(evaluation, found, attribute, arguments, is_wanted=True)


def _choose(
    evaluation: Evaluation,
    items: Sequence[object],
    attribute: object,
    arguments: Sequence[object],
    *,
    is_wanted: bool,
) -> object:
    kept: list[object] = []
    waiting: list[Deferred] = []
    for item in items:
        verdict = _judge(evaluation, item, attribute, arguments)
        if isinstance(verdict, Deferred):
            waiting.append(verdict)
        elif isinstance(verdict, Skipped):
            if isinstance(item, Skipped):
                return item
        elif verdict == is_wanted:
            kept.append(item)
    return strongest(*waiting) or tuple(kept)


def _judge(
    evaluation: Evaluation, item: object, attribute: object, arguments: Sequence[object]
) -> bool | Deferred | Skipped:
    try:
        value = item if attribute is None else read_attribute(evaluation, item, attribute)
    except Absent:
        value = None
    if arguments:
        name = need_text(evaluation, arguments[0], "a choice of items")
        return apply_test(evaluation, name[:_MAX_NAME], value, arguments[1:])
    if isinstance(value, (Deferred, Skipped)):
        return value
    return truth(value)


_ALL: dict[str, Callable[..., object]] = {
    **TEXT_FILTERS,
    **NUMBER_FILTERS,
    **LIST_FILTERS,
    **JSON_FILTERS,
    "default": _default,
    "map": _map,
    "select": _select,
    "reject": _reject,
    "selectattr": _selectattr,
}
