"""Reads the text of an expression: plain paths at once, everything else through Jinja2's parser."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.spec.expression_places import Fault
from runway_flow.spec.expression_scan import find_fault, too_deep
from runway_flow.spec.expressions import Constant, Expression, Field, Item, Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment, TemplateSyntaxError
    from jinja2.lexer import Token
    from jinja2.parser import Parser

    from runway_flow.kernel.diagnostics import Diagnostic, Span
    from runway_flow.spec.expressions import Term
    from runway_flow.spec.jinja_translation import Translation

CACHED_TEXTS = 32_768
"""How many texts are remembered; a flow repeats its expressions."""


def parse_expression(source: str, span: Span) -> Expression | Diagnostic:
    """Read one expression, given without its braces, or say why it is none.

    `span` is its place in the file, braces included. Time and memory are bounded whatever the text is.
    """
    found = read_term(source)
    if isinstance(found, Fault):
        return found.at(source, span)
    return Expression(source, found, span)


@lru_cache(CACHED_TEXTS)
def read_term(source: str) -> Term | Fault:
    """Read one expression as a tree; the result depends on nothing but the text."""
    return read_path(source) or read_with_jinja(source)


_WORD = "[A-Za-z_][A-Za-z0-9_]*"
_DOTTED = re.compile(rf"\s*({_WORD}(?:\.{_WORD})*)\s*")
_KEY = rf"{_WORD}(?:\.{_WORD})*|0|[1-9][0-9]{{0,14}}|\"[^\"\\\n\r\ud800-\udfff]*\"|'[^'\\\n\r\ud800-\udfff]*'"
_PATH = re.compile(rf"\s*({_WORD})((?:\.{_WORD}|\[(?:{_KEY})\])+)\s*")
_PART = re.compile(rf"\.({_WORD})|\[({_KEY})\]")
_MAX_PATH = 200
"""Longer texts go to the parser that knows all bounds."""

_NO_NAMES = frozenset(
    {"and", "or", "not", "in", "is", "if", "else", "null", "none", "None", "true", "True", "false", "False"}
)


def read_path(source: str) -> Term | None:
    """Read a plain path (`steps.clip[key].output`); None for everything that is not surely one.

    A flow of 10,000 steps holds twice as many of these, and Jinja2 takes some fifty times as long.
    """
    if len(source) > _MAX_PATH:
        return None
    if "[" not in source:
        match = _DOTTED.fullmatch(source)
        return None if match is None else _dotted(match.group(1))
    match = _PATH.fullmatch(source)
    return None if match is None else _with_items(*match.groups())


def _dotted(text: str) -> Term | None:
    root, *fields = text.split(".")
    term = _root(root)
    if term is None or len(fields) > _MAX_FIELDS:
        return None
    for name in fields:
        term = Field(term, name)
    return term


_MAX_FIELDS = 20


@lru_cache(1024)
def _root(name: str) -> Term | None:
    return None if name in _NO_NAMES else Name(name)


def _with_items(root: str, rest: str) -> Term | None:
    term = _root(root)
    parts = _PART.findall(rest)
    if term is None or len(parts) > _MAX_FIELDS:
        return None
    for name, key in parts:
        if name:
            term = Field(term, name)
            continue
        index = _index(key)
        if index is None:
            return None
        term = Item(term, index)
    return term


@lru_cache(1024)
def _index(key: str) -> Term | None:
    first = key[0]
    if first in "\"'":
        return Constant(key[1:-1])
    return Constant(int(key)) if first in "0123456789" else _dotted(key)


def read_with_jinja(source: str) -> Term | Fault:
    """Read any expression through Jinja2's parser and the allow-list."""
    fault = find_fault(source)
    if fault is not None:
        return fault
    from jinja2 import TemplateSyntaxError

    from runway_flow.spec.jinja_terms import make_translation
    from runway_flow.spec.jinja_translation import Refused

    translation = make_translation(source)
    try:
        parser = _parser(source)
        tree = parser.parse_expression()
        if not parser.stream.eos:
            return _trailing(translation, parser.stream.current)
        return translation.term(tree)
    except Refused as refused:
        return refused.fault
    except TemplateSyntaxError as problem:
        return _syntax_fault(translation, problem)
    except RecursionError:
        # The scan bounds nesting; this is for a caller who has used up the stack himself.
        return too_deep()


def _parser(source: str) -> Parser:
    """Make a parser whose tokens carry offsets into the source where others carry line numbers."""
    from jinja2.lexer import TokenStream
    from jinja2.parser import Parser

    environment = _environment()
    parser = Parser(environment, "", state="variable")
    tokens = environment.lexer.wrap(_tokens(environment, source))
    parser.stream = TokenStream(tokens, None, None)
    return parser


@lru_cache(1)
def _environment() -> Environment:
    from jinja2 import Environment

    return Environment(autoescape=False)  # noqa: S701 - nothing is ever rendered with it


def _tokens(environment: Environment, source: str) -> Iterator[tuple[int, str, str]]:
    offset = 0
    for _, kind, text in environment.lexer.tokeniter(source, None, None, "variable"):
        yield offset, kind, text
        offset += len(text)


_HINTS = {
    "for": "`map` and `select` go through a list; `foreach` makes instances",
    "else": "write `a if condition else b`",
    "then": "write `a if condition else b`",
    ",": "a list is written `[a, b]`",
    "not": "write `x is not none`, `x not in y`, `not (x)`",
}


def _trailing(translation: Translation, token: Token) -> Fault:
    start, end = translation.token_at(token.lineno)
    text = translation.source[start:end]
    message = f"the expression is complete before `{text}`"
    hint = _HINTS.get(text)
    if translation.source.lstrip().startswith("if "):
        hint = _HINTS["else"]
    elif hint is None and (text.isidentifier() or text[:1] in "'\""):
        hint = "an operator is missing between (`~` joins texts), or a name has a space in it"
    return Fault(codes.EXPRESSION_SYNTAX, message, hint, (start, end))


def _syntax_fault(translation: Translation, problem: TemplateSyntaxError) -> Fault:
    said = str(problem.message)
    if "end of template" in said:
        message = "the expression ends too early"
        return Fault(codes.EXPRESSION_SYNTAX, message, "something is missing at its end")
    start, end = translation.token_at(problem.lineno)
    text = translation.source[start:end]
    message = f"the expression is not well formed at `{text}`"
    return Fault(codes.EXPRESSION_SYNTAX, message, _HINTS.get(text), (start, end), (f"parser: {said}",))
