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
        decoded, offsets = _decode(raw)
        written = [part for part in split_text(decoded) if not isinstance(part, str)]
        if len(written) != len(wanted):
            return [scalar.span] * len(wanted)
        places = []
        for part, seen in zip(wanted, written, strict=True):
            if not _is_same(part, seen):
                places.append(scalar.span)
                continue
            end = seen.end if isinstance(seen, RawExpression) else seen.start + len("${{")
            first, last = (seen.start, end) if offsets is None else (offsets[seen.start], offsets[end])
            places.append(_span(scalar.span, raw, first, last))
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


def _is_same(part: RawExpression | Unclosed, seen: RawExpression | Unclosed) -> bool:
    """Compare what YAML gave with what the file shows: folded lines differ in white space only."""
    if isinstance(part, Unclosed) or isinstance(seen, Unclosed):
        return isinstance(part, Unclosed) and isinstance(seen, Unclosed)
    return part.source == seen.source or part.source.split() == seen.source.split()


def _span(whole: Span, raw: str, start: int, end: int) -> Span:
    line, column = _place(whole, raw, start)
    end_line, end_column = _place(whole, raw, end)
    return Span(whole.path, line, column, end_line, end_column)


def _place(whole: Span, raw: str, index: int) -> tuple[int, int]:
    breaks = raw.count("\n", 0, index)
    if not breaks:
        return whole.line, whole.column + index
    return whole.line + breaks, index - raw.rfind("\n", 0, index)
