"""Text to its parts: what is literal, what stands between `${{` and `}}`."""

from __future__ import annotations

import re

from msgspec import Struct

_OPENING = re.compile(r"\$?\$\{\{")
# A text in quotes (possessive: a quotation mark without its partner is found out once), a brace.
_SIGNIFICANT = re.compile(r"""'[^'\\]*+(?:\\.[^'\\]*+)*+'|"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}'"]""", re.DOTALL)


class RawExpression(Struct, frozen=True):
    """The text between the braces, and where `${{` begins and `}}` ends in the text that was split."""

    source: str
    start: int
    end: int


class Unclosed(Struct, frozen=True):
    """A `${{` without its `}}`."""

    start: int


def split_text(text: str) -> tuple[str | RawExpression | Unclosed, ...]:
    """Split a text into literal stretches and expressions; `$${{` is a literal `${{`.

    A `}}` in a text of an expression, or one that closes a mapping in it, does not end it. Where braces or
    quotation marks do not match, the next `}}` does, so that the expression's own parser can say what is
    wrong; from there on every next `}}` does, which keeps the work linear in the length of the text.
    What follows an unclosed `${{` is not split any further.
    """
    parts: list[str | RawExpression | Unclosed] = []
    literal: list[str] = []
    position = 0
    is_regular = True
    while (found := _OPENING.search(text, position)) is not None:
        literal.append(text[position : found.start()])
        position = found.end()
        if found[0].startswith("$$"):
            literal.append("${{")
            continue
        _flush(literal, parts)
        end = _find_balanced_end(text, position) if is_regular else None
        if end is None:
            is_regular = False
            end = _find_next_end(text, position)
        if end is None:
            parts.append(Unclosed(found.start()))
            return tuple(parts)
        parts.append(RawExpression(text[position:end], found.start(), end + 2))
        position = end + 2
    literal.append(text[position:])
    _flush(literal, parts)
    return tuple(parts)


def _flush(literal: list[str], parts: list[str | RawExpression | Unclosed]) -> None:
    joined = "".join(literal)
    literal.clear()
    if joined:
        parts.append(joined)


def _find_balanced_end(text: str, start: int) -> int | None:
    depth = 0
    for found in _SIGNIFICANT.finditer(text, start):
        if found[0] in ("'", '"'):
            return None
        if found[0] == "{":
            depth += 1
        elif found[0] == "}" and depth:
            depth -= 1
        elif found[0] == "}" and text.startswith("}}", found.start()):
            return found.start()
    return None


def _find_next_end(text: str, start: int) -> int | None:
    """Give the next `}}`, unless another expression begins before it."""
    end = text.find("}}", start)
    inner = text.find("${{", start, max(end, start))
    return None if end < 0 or inner >= 0 else end
