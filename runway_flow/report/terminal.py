"""How text reaches a terminal: width, colour, glyphs, and nothing that could steer it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# C0 and C1 controls but the newline, and the bidirectional controls that reorder what is read.
_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_ASCII = {
    "·": ".",
    "✓": "v",
    "✗": "x",
    "↓": "v",
    "↑": "^",
    "→": "->",
    "–": "-",
    "—": "-",
    "×": "x",
    "…": "...",
    "━": "=",
    "╸": ">",
    "«": '"',
    "»": '"',
    "≤": "<=",
    "≥": ">=",
    "⠹": "*",
}

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the reader's screen can show. Symbols carry the meaning; colour only helps."""

    width: int = 100
    has_colour: bool = False
    is_ascii: bool = False

    def paint(self, text: str, *styles: str) -> str:
        """Colour a text, if there is colour."""
        if not self.has_colour or not text or not styles:
            return text
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"

    def glyphs(self, text: str) -> str:
        """Swap glyphs for ASCII where that is asked for."""
        if not self.is_ascii:
            return text
        for glyph, plain in _ASCII.items():
            text = text.replace(glyph, plain)
        return text.encode("ascii", "replace").decode("ascii")


def clean(text: str) -> str:
    """Replace what could steer a terminal or reorder its text by a visible sign; tabs become spaces."""
    return _UNPRINTABLE.sub("\ufffd", text.replace("\t", "    ").replace("\r\n", "\n"))


def width_of(text: str) -> int:
    """Count the columns that a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def shorten(text: str, width: int) -> str:
    """Cut a text to a number of columns, the last of them `…` if anything was cut."""
    if width_of(text) <= width:
        return text
    kept = ""
    for sign in text:
        if width_of(kept + sign) > max(width - 1, 0):
            break
        kept += sign
    return f"{kept}…" if width > 0 else ""


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Fill a text with spaces to a number of columns."""
    space = " " * max(width - width_of(text), 0)
    return space + text if right else text + space
