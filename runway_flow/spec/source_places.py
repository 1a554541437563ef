"""Where in the file the expressions of a YAML text stand: never a wrong place, else the whole text's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.kernel.diagnostics import Span
from runway_flow.spec.text_templates import RawExpression, Unclosed, split_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runway_flow.spec.document import Document, Scalar

_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "t": "\t", "n": "\n", " ": " "}
"""The escapes of double quotes that one character follows and that may stand near an expression."""


class SourceLines:
    """The lines of a document, to look up what a value looks like in the file."""

    def __init__(self, document: Document) -> None:
        """Take the document whose values are asked for."""
        self._lines = document.text.split("\n")

    def find_places(self, scalar: Scalar, parts: Sequence[str | RawExpression | Unclosed]) -> list[Span]:
        """Give the places of a text's expressions (an unclosed one's too), in order, braces included.

        One that cannot be recognised in the file has the place of the whole text.
        """
        wanted = [part for part in parts if not isinstance(part, str)]
        raw = self._raw(scalar.span)
        if raw == scalar.value:
            cursor = _Cursor(scalar.span, raw)
            return [cursor.span(part.start, _end(part)) for part in wanted]
        decoded, offsets = _decode(raw)
        written = [part for part in split_text(decoded) if not isinstance(part, str)]
        if len(written) != len(wanted):
            return [scalar.span] * len(wanted)
        places = []
        cursor = _Cursor(scalar.span, raw)
        for part, seen in zip(wanted, written, strict=True):
            if not _is_same(part, seen):
                places.append(scalar.span)
                continue
            first, last = seen.start, _end(seen)
            if offsets is not None:
                first, last = offsets[first], offsets[last]
            places.append(cursor.span(first, last))
        return places

    def _raw(self, span: Span) -> str:
        """Give the characters of the file that a span covers."""
        lines = self._lines[span.line - 1 : span.end_line]
        if len(lines) == 1:
            return lines[0][span.column - 1 : span.end_column - 1]
        return "\n".join([lines[0][span.column - 1 :], *lines[1:-1], lines[-1][: span.end_column - 1]])


def _decode(raw: str) -> tuple[str, list[int] | None]:
    """Undo the escapes of quotes; beside the text the place that each character has in `raw`."""
    quote = raw[:1]
    if not (quote == '"' and "\\" in raw) and not (quote == "'" and "''" in raw):
        return raw, None
    characters: list[str] = []
    offsets: list[int] = []
    index = 0
    while index < len(raw):
        offsets.append(index)
        two = raw[index : index + 2]
        if quote == '"' and two[0] == "\\" and two[1:] in _ESCAPES:
            characters.append(_ESCAPES[two[1:]])
            index += 2
        elif quote == "'" and two == "''" and 0 < index < len(raw) - 2:
            characters.append("'")
            index += 2
        else:
            characters.append(raw[index])
            index += 1
    offsets.append(len(raw))
    return "".join(characters), offsets


def _end(part: RawExpression | Unclosed) -> int:
    """Give where an expression ends; of one that does not, where its opening ends."""
    return part.end if isinstance(part, RawExpression) else part.start + len("${{")


def _is_same(part: RawExpression | Unclosed, seen: RawExpression | Unclosed) -> bool:
    """Compare what YAML gave with what the file shows: folded lines differ in white space only."""
    if isinstance(part, Unclosed) or isinstance(seen, Unclosed):
        return isinstance(part, Unclosed) and isinstance(seen, Unclosed)
    return part.source == seen.source or part.source.split() == seen.source.split()


class _Cursor:
    """Turns offsets into lines and columns; they must come in ascending order, so that it stays linear."""

    def __init__(self, whole: Span, raw: str) -> None:
        self._whole = whole
        self._raw = raw
        self._index = 0
        self._line = whole.line
        self._first = 1 - whole.column
        """The offset at which the current line begins, counted so that columns begin with 1."""

    def span(self, start: int, end: int) -> Span:
        line, column = self._place(start)
        return Span(self._whole.path, line, column, *self._place(end))

    def _place(self, index: int) -> tuple[int, int]:
        breaks = self._raw.count("\n", self._index, index)
        if breaks:
            self._line += breaks
            self._first = self._raw.rfind("\n", self._index, index) + 1
        self._index = index
        return self._line, index - self._first + 1
