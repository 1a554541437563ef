"""What a parser says when it fails, and what becomes of it: a finding, and what to leave out to go on."""

from __future__ import annotations

import re

from msgspec import Struct

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, Span

EXPRESSION = re.compile(r"\$\{\{.*?\}\}+")
"""An expression on one line, as it is meant."""


class Quoted(Struct, frozen=True):
    """The last text in quotes before a failure: where it begins and ends (exclusive), counted from 0."""

    line: int
    column: int
    end_line: int
    end_column: int


class Failure(Struct, frozen=True):
    """What a parser says: its words, and two places counted from 0."""

    problem: str
    context: str
    line: int
    column: int
    context_line: int
    context_column: int
    quoted: Quoted | None = None


class Explained(Struct, frozen=True):
    """A failure in the author's terms; `rest` is the value that it spoils, if that can be told.

    Read as null, the value is out of the way, and what stands below it can be read.
    """

    finding: Diagnostic
    rest: Span | None = None


def finding_at(
    path: str, place: tuple[int, int], message: str, hint: str, width: int = 1, notes: tuple[str, ...] = ()
) -> Diagnostic:
    """Make a finding at a place that is counted from 0."""
    line, column = place
    span = Span(path, line + 1, column + 1, line + 1, column + 1 + width)
    return Diagnostic(codes.YAML_SYNTAX, message, span, hint=hint, notes=notes)


def line_at(lines: list[str], number: int) -> str:
    """Give a line by its number from 0; beyond the file it is empty."""
    return lines[number] if 0 <= number < len(lines) else ""


def stretch(path: str, lines: list[str], line: int, column: int, width: int) -> Span:
    """Give a stretch of one line, cut where the line ends."""
    end = min(column + width, len(line_at(lines, line)))
    return Span(path, line + 1, column + 1, line + 1, end + 1)


def value_below(path: str, lines: list[str], line: int, column: int, indent: int) -> Span:
    """Give a value that begins at a place, with the lines below that are indented deeper than `indent`."""
    last = line
    for number in range(line + 1, len(lines)):
        text = lines[number]
        if text.strip() and len(text) - len(text.lstrip(" ")) <= indent:
            break
        if text.strip():
            last = number
    return Span(path, line + 1, column + 1, last + 1, len(line_at(lines, last)) + 1)


def without(text: str, rest: Span) -> str:
    """Give a text with null in place of a value; every other character keeps its place."""
    lines = text.split("\n")
    first, last = rest.line - 1, rest.end_line - 1
    tail = lines[last][rest.end_column - 1 :]
    width = (rest.end_column if first == last else len(lines[first]) + 1) - rest.column
    lines[first] = lines[first][: rest.column - 1] + "~".ljust(width) + (tail if first == last else "")
    for number in range(first + 1, last + 1):
        lines[number] = " " * len(lines[number])
    return "\n".join(lines)
