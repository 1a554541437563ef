"""Where in the file the events of a parser stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runway_flow.kernel.diagnostics import Span

if TYPE_CHECKING:
    from runway_flow.spec.yaml_findings import Mark

    YamlEvent = Any
    """PyYAML's stubs leave the fields of events open; `Mark` is what we use of marks."""


class YamlPlaces:
    """Turns the marks of one file's events, counted from 0, into spans."""

    def __init__(self, path: str, text: str) -> None:
        """Take the file's name and its text."""
        self._path = path
        self._text = text
        self._lines = text.count("\n") + 1

    def of(self, event: YamlEvent) -> Span:
        """Give the place of an event."""
        start, end = event.start_mark, event.end_mark
        return self._within(start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def of_block(self, event: YamlEvent) -> Span:
        """End a block with its last visible character: libyaml ends it where the next token begins."""
        start = event.start_mark
        raw = self._text[start.index : event.end_mark.index].rstrip()
        lines = raw.count("\n")
        end_column = len(raw) - raw.rfind("\n") if lines else start.column + len(raw) + 1
        return Span(self._path, start.line + 1, start.column + 1, start.line + 1 + lines, end_column)

    def of_collection(self, start: Mark | None, end: Mark, last: Span | None) -> Span:
        """Give a collection's place; one without brackets ends where `last`, its last child, does."""
        line, column = (start.line + 1, start.column + 1) if start else (1, 1)
        end_line, end_column = end.line + 1, end.column + 1
        if last is not None and (last.line, last.column) >= (line, column):
            end_line, end_column = last.end_line, last.end_column
        return self._within(line, column, end_line, end_column)

    def _within(self, line: int, column: int, end_line: int, end_column: int) -> Span:
        """Give a place; libyaml puts what is missing at the end of a file on a line below it."""
        if end_line > self._lines:
            end_line, end_column = self._lines, len(self._text) - self._text.rfind("\n")
            line, column = min((line, column), (end_line, end_column))
        return Span(self._path, line, column, end_line, end_column)
