"""From Jinja2's tree to ours: one rule for each kind of part that the language has."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

from jinja2 import nodes

from runway_flow.kernel import codes
from runway_flow.kernel.digests import MAX_SAFE_INTEGER
from runway_flow.spec.expression_places import Fault
from runway_flow.spec.expressions import (
    Binary,
    Compare,
    Conditional,
    Constant,
    DictOf,
    Field,
    Item,
    ListOf,
    Name,
    Unary,
)
from runway_flow.spec.jinja_calls import CALL_RULES
from runway_flow.spec.jinja_translation import Refused, Translation

if TYPE_CHECKING:
    from runway_flow.spec.expressions import Term
    from runway_flow.spec.jinja_translation import Rule

RESERVED = frozenset({"and", "or", "not", "in", "is", "if", "else"})
"""Words that Jinja2 would take as names where a name is due."""

_UNARY = {nodes.Not: "not", nodes.Neg: "-", nodes.Pos: "+"}
_BINARY: dict[type[nodes.BinExpr], str] = {
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
    nodes.And: "and",
    nodes.Or: "or",
}
_COMPARE = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
    "in": "in",
    "notin": "not in",
}


def make_translation(source: str) -> Translation:
    """Make the pass over the tree of a source, whose nodes carry offsets as line numbers."""
    return Translation(source, _RULES)


def _constant(translation: Translation, node: nodes.Node) -> Term:
    value = cast("nodes.Const", node).value
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        message = "the text holds half of a character"
        raise Refused(Fault(codes.EXPRESSION_SYNTAX, message, "write the character itself"))
    is_large = isinstance(value, int) and value > MAX_SAFE_INTEGER
    if is_large or (isinstance(value, float) and not math.isfinite(value)):
        stretch = translation.token_at(node.lineno)
        raise Refused(Fault(codes.RESULT_TOO_LARGE, "the number is too large", None, stretch))
    return Constant(value)


def _name(translation: Translation, node: nodes.Node) -> Term:
    name = cast("nodes.Name", node).name
    if name == "null":
        return Constant(None)
    if name in RESERVED:
        stretch = translation.token_at(node.lineno)
        raise Refused(Fault(codes.EXPRESSION_SYNTAX, f"`{name}` has no place here", None, stretch))
    return Name(name)


def _list(translation: Translation, node: nodes.Node) -> Term:
    return ListOf(translation.all(cast("nodes.List | nodes.Tuple", node).items))


def _mapping(translation: Translation, node: nodes.Node) -> Term:
    pairs = cast("nodes.Dict", node).items
    return DictOf(tuple((translation.term(pair.key), translation.term(pair.value)) for pair in pairs))


def _field(translation: Translation, node: nodes.Node) -> Term:
    found = cast("nodes.Getattr", node)
    return Field(translation.term(found.node), found.attr)


def _item(translation: Translation, node: nodes.Node) -> Term:
    found = cast("nodes.Getitem", node)
    base = translation.term(found.node)
    if isinstance(found.arg, nodes.Tuple) and not found.arg.items:
        stretch = translation.token_at(node.lineno)
        raise Refused(Fault(codes.EXPRESSION_SYNTAX, "nothing stands between `[]`", None, stretch))
    if isinstance(found.arg, nodes.Tuple):
        # `x[(1, 2)]` and `x[1, 2]` look the same here, and neither means anything.
        raise translation.refused(node, "a list between `[]`", "write one key: `x['a']`, `x[0]`")
    return Item(base, translation.term(found.arg))


def _unary(translation: Translation, node: nodes.Node) -> Term:
    found = cast("nodes.UnaryExpr", node)
    return Unary(_UNARY[type(found)], translation.term(found.node))


def _binary(translation: Translation, node: nodes.Node) -> Term:
    found = cast("nodes.BinExpr", node)
    left = translation.term(found.left)
    return Binary(_BINARY[type(found)], left, translation.term(found.right))


def _concat(translation: Translation, node: nodes.Node) -> Term:
    parts = cast("nodes.Concat", node).nodes
    # Jinja2 keeps `a ~ b ~ c` flat; in our tree the first part lies below all the others.
    translation.depth += len(parts) - 2
    joined, *rest = translation.all(parts)
    translation.depth -= len(parts) - 2
    for part in rest:
        joined = Binary("~", joined, part)
    return joined


def _compare(translation: Translation, node: nodes.Node) -> Term:
    found = cast("nodes.Compare", node)
    first = translation.term(found.expr)
    rest = tuple((_COMPARE[operand.op], translation.term(operand.expr)) for operand in found.ops)
    return Compare(first, rest)


def _conditional(translation: Translation, node: nodes.Node) -> Term:
    found = cast("nodes.CondExpr", node)
    then = translation.term(found.expr1)
    condition = translation.term(found.test)
    otherwise = Constant(None) if found.expr2 is None else translation.term(found.expr2)
    return Conditional(condition, then, otherwise)


_RULES: dict[type[nodes.Node], Rule] = {
    nodes.Const: _constant,
    nodes.Name: _name,
    nodes.List: _list,
    nodes.Tuple: _list,
    nodes.Dict: _mapping,
    nodes.Getattr: _field,
    nodes.Getitem: _item,
    nodes.Concat: _concat,
    nodes.Compare: _compare,
    nodes.CondExpr: _conditional,
    **CALL_RULES,
    **dict.fromkeys(_UNARY, _unary),
    **dict.fromkeys(_BINARY, _binary),
}
