"""Filters, tests and functions of Jinja2's tree, with their names and arguments checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from jinja2 import nodes

from runway_flow.kernel import codes
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.spec.expression_places import Fault
from runway_flow.spec.expressions import Call, Constant, Filter, Test
from runway_flow.spec.jinja_translation import Refused
from runway_flow.spec.signatures import FILTER_HINTS, FILTERS, FUNCTIONS, TESTS

if TYPE_CHECKING:
    from runway_flow.spec.expressions import Term
    from runway_flow.spec.jinja_translation import Rule, Translation


def _filter(translation: Translation, node: nodes.Node) -> Term:
    found = cast("nodes.Filter", node)
    value = translation.term(cast("nodes.Expr", found.node))
    if found.name not in FILTERS:
        raise _unknown(translation, found, "filter", found.name)
    arguments, named = _arguments(translation, found)
    misuse = FILTERS[found.name].misuse(len(arguments), [name for name, _ in named])
    if misuse is None and found.name == "map" and bool(arguments) == ("attribute" in dict(named)):
        misuse = "takes the name of a filter, or `attribute='…'`"
    if misuse is not None:
        raise _misused(translation, found, f"the filter `{found.name}` {misuse}")
    _check_inner(translation, found, arguments)
    return Filter(found.name, value, arguments, named)


_INNER_AT = {"map": 0, "select": 0, "reject": 0, "selectattr": 1}


def _check_inner(translation: Translation, node: nodes.Filter, arguments: tuple[Term, ...]) -> None:
    """Check the filter or test that `map`, `select`, … name, where it is written out."""
    at = _INNER_AT.get(node.name)
    if at is None or at >= len(arguments):
        return
    inner = arguments[at]
    if not isinstance(inner, Constant):
        return
    kind = "filter" if node.name == "map" else "test"
    name = inner.value
    if not isinstance(name, str) or name not in (FILTERS if kind == "filter" else TESTS):
        raise _unknown(translation, node, kind, str(name))
    if kind == "test" and TESTS[name][1] != len(arguments) - at - 1:
        raise _misused(translation, node, f"the test `{name}` takes {_count(TESTS[name][1])}")


def _arguments(
    translation: Translation, node: nodes.Filter | nodes.Test | nodes.Call
) -> tuple[tuple[Term, ...], tuple[tuple[str, Term], ...]]:
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        raise translation.refused(node, "`*` before an argument", "write the arguments one by one")
    arguments = translation.all(node.args)
    pairs = cast("list[nodes.Keyword]", node.kwargs)
    return arguments, tuple((pair.key, translation.term(pair.value)) for pair in pairs)


def _test(translation: Translation, node: nodes.Node) -> Term:
    found = cast("nodes.Test", node)
    value = translation.term(found.node)
    if found.name not in TESTS:
        raise _unknown(translation, found, "test", found.name)
    arguments, named = _arguments(translation, found)
    wanted = TESTS[found.name][1]
    if named or len(arguments) != wanted:
        raise _misused(translation, found, f"the test `{found.name}` takes {_count(wanted)}")
    return Test(found.name, value, arguments)


def _call(translation: Translation, node: nodes.Node) -> Term:
    found = cast("nodes.Call", node)
    target = found.node
    if not isinstance(target, nodes.Name):
        name = target.attr if isinstance(target, nodes.Getattr) else ""
        hint = f"write `x | {name}`" if name in FILTERS else FILTER_HINTS.get(name)
        raise translation.refused(target, "calling a method", hint or "filters change values: `x | upper`")
    if target.name not in FUNCTIONS:
        raise _unknown(translation, target, "function", target.name)
    arguments, named = _arguments(translation, found)
    misuse = FUNCTIONS[target.name].misuse(len(arguments), [name for name, _ in named])
    if misuse is None and named and target.name == "range":
        misuse = "takes its numbers by position"
    if misuse is not None:
        raise _misused(translation, target, f"the function `{target.name}` {misuse}")
    return Call(target.name, arguments + tuple(term for _, term in named))


def _unknown(translation: Translation, node: nodes.Expr, kind: str, name: str) -> Refused:
    names: dict[str, list[str]] = {"filter": [*FILTERS], "test": [*TESTS], "function": [*FUNCTIONS]}
    hint = did_you_mean(name, names[kind])
    if kind == "filter":
        hint = FILTER_HINTS.get(name, hint)
    if kind == "function" and name in FILTERS:
        hint = f"`{name}` is a filter: write `x | {name}`"
    known = ", ".join(names[kind])
    stretch = translation.token_at(node.lineno) if kind != "test" else None
    message = f"no {kind} is called `{name}`"
    return Refused(Fault(codes.UNKNOWN_FILTER, message, hint, stretch, (f"{kind}s: {known}",)))


def _misused(translation: Translation, node: nodes.Expr, message: str) -> Refused:
    return Refused(Fault(codes.FILTER_MISUSE, message, None, translation.token_at(node.lineno)))


def _count(arguments: int) -> str:
    return "one argument" if arguments else "no arguments"


CALL_RULES: dict[type[nodes.Node], Rule] = {nodes.Filter: _filter, nodes.Test: _test, nodes.Call: _call}
