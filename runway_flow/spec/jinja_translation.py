"""The pass over Jinja2's tree: an allow-list, bounds, and a place for what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import nodes

from runway_flow.kernel import codes
from runway_flow.spec.expression_places import Fault
from runway_flow.spec.expression_scan import MAX_DEPTH, too_deep, too_many

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runway_flow.spec.expressions import Term

    Rule = Callable[["Translation", nodes.Node], Term]

MAX_TERMS = 500

ALLOWED = (
    "allowed are literals, names, `.` and `[]`, `+ - * / // %`, comparisons, `and or not`, `in`, `is`,"
    " `a if b else c`, `~`, filters, `range` and `prev`"
)

_LEFT_OUT: dict[type[nodes.Node], tuple[str, str | None]] = {
    nodes.Pow: ("`**`", "write the product out: `x * x`"),
    nodes.Slice: ("a slice", "`first`, `last` and `select` choose items"),
}


class Refused(Exception):
    """A part of the tree that the language leaves out; `fault` says which and why."""

    def __init__(self, fault: Fault) -> None:
        """Take the finding."""
        super().__init__(fault.message)
        self.fault = fault


class Translation:
    """One pass over a Jinja2 tree whose nodes carry offsets into the source as their line numbers."""

    __slots__ = ("depth", "rules", "source", "terms")

    def __init__(self, source: str, rules: Mapping[type[nodes.Node], Rule]) -> None:
        """Take the source that the offsets are of, and the rule of each kind of part that is allowed."""
        self.source = source
        self.rules = rules
        self.depth = 0
        self.terms = 0

    def term(self, node: nodes.Node) -> Term:
        """Translate one part.

        Raises `Refused` for what the language leaves out, and past `MAX_TERMS` and `MAX_DEPTH`.
        """
        rule = self.rules.get(type(node))
        if rule is None:
            raise self.refused(node, *_LEFT_OUT.get(type(node), ("this construct", None)))
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise Refused(too_many())
        if self.depth >= MAX_DEPTH:
            raise Refused(too_deep())
        self.depth += 1
        made = rule(self, node)
        self.depth -= 1
        return made

    def all(self, parts: list[nodes.Expr]) -> tuple[Term, ...]:
        """Translate several parts."""
        return tuple(self.term(part) for part in parts)

    def refused(self, node: nodes.Node, what: str, hint: str | None = None) -> Refused:
        """Make the finding for a construct that is left out."""
        message = f"{what} is not part of the language"
        stretch = self.token_at(node.lineno)
        if isinstance(node, nodes.Pow):
            at = self.source.index("**", node.lineno)
            stretch = (at, at + 2)
        return Refused(Fault(codes.EXPRESSION_CONSTRUCT, message, hint, stretch, (ALLOWED,)))

    def token_at(self, offset: int) -> tuple[int, int]:
        """Give the stretch of the token that starts at an offset: a word, or one character."""
        end = offset + 1
        while (
            end < len(self.source) and self.source[offset:end].isidentifier() and _is_word(self.source[end])
        ):
            end += 1
        return offset, end


def _is_word(character: str) -> bool:
    return character == "_" or character.isalnum()
