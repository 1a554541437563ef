"""How each kind of term is evaluated: lazily, left to right, with unknown values passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.kernel.values import Deferred, Skipped
from runway_flow.spec.access import NULL, read_field, read_item
from runway_flow.spec.descriptions import MEDIA, describe_value
from runway_flow.spec.evaluation import Absent, EvaluationProblem
from runway_flow.spec.expression_places import find_name
from runway_flow.spec.expressions import (
    Binary,
    Call,
    Compare,
    Conditional,
    Constant,
    DictOf,
    Field,
    Filter,
    Hole,
    Item,
    ListOf,
    Name,
    Test,
    Unary,
)
from runway_flow.spec.filters import apply_filter, is_replaced
from runway_flow.spec.list_filters import make_range
from runway_flow.spec.operators import calculate, compare, join_text, negate, truth
from runway_flow.spec.predicates import apply_test
from runway_flow.spec.signatures import FILTERS, FUNCTIONS, NAME_HINTS
from runway_flow.spec.unknowns import find_deferred, strongest

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.kernel.media import MediaKind
    from runway_flow.spec.evaluation import Evaluation
    from runway_flow.spec.expressions import Term


def value_of(evaluation: Evaluation, term: Term) -> object:
    """Give a term's value; may be `Deferred`, `Skipped`, or `NULL` (which is null to everyone else).

    Raises `EvaluationProblem` if it has none.
    """
    evaluation.left -= 1
    if evaluation.left < 0:
        evaluation.charge(0)
    return _RULES[type(term)](evaluation, term)


def plain_value(evaluation: Evaluation, term: Term) -> object:
    """Give a term's value as `value_of` does, with plain null for `NULL`."""
    value = value_of(evaluation, term)
    return None if value is NULL else value


def _constant(_: Evaluation, term: Constant) -> object:
    return term.value


def _hole(_: Evaluation, __: Hole) -> object:
    return Deferred()


def _list(evaluation: Evaluation, term: ListOf) -> object:
    return tuple([plain_value(evaluation, item) for item in term.items])


def _mapping(evaluation: Evaluation, term: DictOf) -> object:
    made: dict[str, object] = {}
    unknown = None
    for key_term, value_term in term.entries:
        key = plain_value(evaluation, key_term)
        value = plain_value(evaluation, value_term)
        if isinstance(key, (Deferred, Skipped)):
            unknown = strongest(unknown, key)
        elif isinstance(key, str):
            made[key] = value
        else:
            raise evaluation.type_problem(f"a key is text, not {describe_value(key)}", "write `{'a': 1}`")
    return made if unknown is None else unknown


def _name(evaluation: Evaluation, term: Name) -> object:
    name = term.name
    try:
        return evaluation.scope.get(name)
    except KeyError:
        names = tuple(evaluation.scope.names())
    hint = NAME_HINTS.get(name) or did_you_mean(name, names)
    if name in FUNCTIONS:
        hint = f"`{name}` is a function: write `{name}()`"
    hint = hint or f"defined here: {', '.join(f'`{known}`' for known in names)}"
    stretch = find_name(evaluation.expression.source, name)
    message = f"`{name}` is not defined here"
    found = evaluation.diagnostic(codes.UNDEFINED_NAME, message, hint=hint, stretch=stretch)
    raise EvaluationProblem(found)


def _field(evaluation: Evaluation, term: Field) -> object:
    return read_field(evaluation, value_of(evaluation, term.base), term.name, term)


def _item(evaluation: Evaluation, term: Item) -> object:
    base = value_of(evaluation, term.base)
    return read_item(evaluation, base, plain_value(evaluation, term.index), term)


def _unary(evaluation: Evaluation, term: Unary) -> object:
    operand = plain_value(evaluation, term.operand)
    if term.operator != "not":
        return negate(evaluation, term.operator, operand)
    unknown = strongest(operand)
    return not truth(operand) if unknown is None else unknown


def _binary(evaluation: Evaluation, term: Binary) -> object:
    left = plain_value(evaluation, term.left)
    if term.operator == "and":
        return _and(evaluation, left, term.right)
    if term.operator == "or":
        return _or(evaluation, left, term.right)
    right = plain_value(evaluation, term.right)
    if term.operator == "~":
        return join_text(evaluation, left, right)
    return calculate(evaluation, term.operator, left, right)


def _and(evaluation: Evaluation, left: object, right: Term) -> object:
    if isinstance(left, Skipped):
        return left
    if isinstance(left, Deferred):
        return Deferred(left.needs | _speculate(evaluation, right)[0])
    return plain_value(evaluation, right) if truth(left) else left


def _or(evaluation: Evaluation, left: object, right: Term) -> object:
    if isinstance(left, Deferred):
        needs, kind = _speculate(evaluation, right)
        return Deferred(left.needs | needs, kind if kind is left.kind else None)
    is_left = not isinstance(left, Skipped) and truth(left)
    return left if is_left else plain_value(evaluation, right)


def _conditional(evaluation: Evaluation, term: Conditional) -> object:
    condition = plain_value(evaluation, term.condition)
    if isinstance(condition, Skipped):
        return condition
    if isinstance(condition, Deferred):
        first, kind = _speculate(evaluation, term.then)
        second, other = _speculate(evaluation, term.otherwise)
        return Deferred(condition.needs | first | second, kind if kind is other else None)
    return value_of(evaluation, term.then if truth(condition) else term.otherwise)


_NO_NEEDS: frozenset[str] = frozenset()


def _speculate(evaluation: Evaluation, term: Term) -> tuple[frozenset[str], MediaKind | None]:
    """Give what a term that may be reached waits for, and its kind; problems in it are not problems yet."""
    try:
        value = plain_value(evaluation, term)
    except EvaluationProblem:
        return _NO_NEEDS, None
    kind = value.kind if isinstance(value, (Deferred, *MEDIA)) else None
    return find_deferred(value) or _NO_NEEDS, kind


def _compare(evaluation: Evaluation, term: Compare) -> object:
    left = plain_value(evaluation, term.first)
    for at, (sign, part) in enumerate(term.rest):
        right = plain_value(evaluation, part)
        outcome = compare(evaluation, sign, left, right)
        if isinstance(outcome, Deferred):
            later = [_speculate(evaluation, other)[0] for _, other in term.rest[at + 1 :]]
            return Deferred(outcome.needs.union(*later))
        if isinstance(outcome, Skipped) or not outcome:
            return outcome
        left = right
    return True


def _filter(evaluation: Evaluation, term: Filter) -> object:
    if term.name == "default":
        return _default(evaluation, term)
    value = plain_value(evaluation, term.value)
    arguments = [plain_value(evaluation, argument) for argument in term.arguments]
    named = {name: plain_value(evaluation, argument) for name, argument in term.named}
    return apply_filter(evaluation, term.name, value, arguments, named)


def _default(evaluation: Evaluation, term: Filter) -> object:
    """Do `x | default(y)`: `y` is only reached where `x` is null or skipped."""
    signature = FILTERS["default"]
    misuse = signature.misuse(len(term.arguments), [name for name, _ in term.named])
    if misuse is not None:
        raise evaluation.problem(codes.FILTER_MISUSE, f"the filter `default` {misuse}")
    given = dict(zip(signature.parameters, term.arguments, strict=False))
    given.update((signature.aliases.get(name, name), argument) for name, argument in term.named)
    value = _guarded(evaluation, term.value)
    boolean = plain_value(evaluation, given["boolean"]) if "boolean" in given else False
    if isinstance(value, Deferred) or isinstance(boolean, Deferred):
        needs, kind = _speculate(evaluation, given["value"])
        is_same = isinstance(value, Deferred) and kind is value.kind
        waits = strongest(*(part for part in (value, boolean) if isinstance(part, Deferred)))
        return Deferred(needs | (find_deferred(waits) or _NO_NEEDS), kind if is_same else None)
    if is_replaced(value, boolean=not isinstance(boolean, Skipped) and truth(boolean)):
        return plain_value(evaluation, given["value"])
    return value


def _guarded(evaluation: Evaluation, term: Term) -> object:
    """Give a term's value, null where plain data does not have what its own path reads."""
    try:
        return plain_value(evaluation, term)
    except Absent as absent:
        part: Term = term
        while isinstance(part, (Field, Item)):
            if part is absent.term:
                return None
            part = part.base
        raise


def _test(evaluation: Evaluation, term: Test) -> object:
    is_guard = term.name in ("defined", "undefined")
    value = _guarded(evaluation, term.value) if is_guard else plain_value(evaluation, term.value)
    arguments = [plain_value(evaluation, argument) for argument in term.arguments]
    return apply_test(evaluation, term.name, value, arguments)


def _call(evaluation: Evaluation, term: Call) -> object:
    arguments = [plain_value(evaluation, argument) for argument in term.arguments]
    unknown = strongest(*arguments)
    if unknown is not None:
        return unknown
    if term.name == "range":
        return make_range(evaluation, arguments)
    distance = arguments[0] if arguments else 1
    if isinstance(distance, bool) or not isinstance(distance, int) or distance < 1:
        message = f"`prev` takes a whole number from 1, not {describe_value(distance)}"
        raise evaluation.problem(codes.FILTER_MISUSE, message)
    try:
        return evaluation.scope.previous_key(distance)
    except LookupError:
        message = "`prev` is only known in a fan-out"
        hint = "the step needs `foreach`"
    raise evaluation.problem(codes.FILTER_MISUSE, message, hint=hint)


_RULES: dict[type, Callable[..., object]] = {
    Constant: _constant,
    Hole: _hole,
    ListOf: _list,
    DictOf: _mapping,
    Name: _name,
    Field: _field,
    Item: _item,
    Unary: _unary,
    Binary: _binary,
    Compare: _compare,
    Conditional: _conditional,
    Filter: _filter,
    Test: _test,
    Call: _call,
}
