"""Where inside an expression's text a finding points, as far as that can be told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    from runway_flow.kernel.codes import Code

TEXT_LITERAL = re.compile(r"'[^'\\]*(?:\\.[^'\\]*)*'|\"[^\"\\]*(?:\\.[^\"\\]*)*\"", re.DOTALL)
"""One text in quotes; linear, whatever it is given."""

Stretch = tuple[int, int]
"""Offsets into an expression's source: start, and end (exclusive)."""


class Fault(Struct, frozen=True):
    """A finding about an expression's text before it has a place in a file."""

    code: Code
    message: str
    hint: str | None = None
    stretch: Stretch | None = None
    notes: tuple[str, ...] = ()

    def at(self, source: str, span: Span) -> Diagnostic:
        """Give the finding its place: the stretch if it can be found in the file, else the expression."""
        place = span if self.stretch is None else narrow(span, source, self.stretch)
        return Diagnostic(self.code, self.message, place, hint=self.hint, notes=self.notes)


_BRACES = len("${{}}")
_OPENING = len("${{")


def narrow(span: Span, source: str, stretch: Stretch) -> Span:
    """Give the place of a stretch of an expression's source.

    `span` is the expression's, with or without its braces. Where its text stands in the file in another
    form (several lines, escapes of a quoted YAML text) offsets mean nothing: then it is `span` itself.
    """
    shift = {_BRACES: _OPENING, 0: 0}.get(span.end_column - span.column - len(source))
    if shift is None or span.line != span.end_line or "\n" in source:
        return span
    start, end = stretch
    first = span.column + shift
    return Span(span.path, span.line, first + start, span.line, first + end)


def find_name(source: str, name: str) -> Stretch | None:
    """Find a name that stands by itself (no field, no filter); None unless it is there exactly once."""
    blank = _without_texts(source)
    found = [
        match.span()
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", blank)
        if not blank[: match.start()].rstrip().endswith((".", "|"))
    ]
    return found[0] if len(found) == 1 else None


def find_field(source: str, name: str) -> Stretch | None:
    """Find `.name` or `['name']`; None unless it is there exactly once."""
    blank = _without_texts(source)
    dotted = re.finditer(rf"\.\s*({re.escape(name)})(?!\w)", blank)
    found: list[Stretch] = [match.span(1) for match in dotted]
    found.extend(
        match.span()
        for match in TEXT_LITERAL.finditer(source)
        if match.group()[1:-1] == name and source[: match.start()].rstrip().endswith("[")
    )
    return found[0] if len(found) == 1 else None


def _without_texts(source: str) -> str:
    return TEXT_LITERAL.sub(lambda match: " " * len(match.group()), source)
