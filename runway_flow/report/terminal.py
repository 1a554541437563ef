"""How text reaches a terminal: width, colour, glyphs, and nothing that could steer it."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

# What is seen differently from what it is: C0 and C1 controls (not the newline), the bidirectional controls
# that reorder what is read, line separators, signs without width, tags, and halves of surrogate pairs,
# which no UTF-8 stream takes. U+200C and U+200D belong to scripts and emoji.
UNPRINTABLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_TAB = "    "

_ASCII = str.maketrans(
    {
        "·": ".",
        "✓": "v",
        "✗": "x",
        "↓": "<",
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
        "↵": "\\n",
        "\ufffd": "?",
    }
)

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}


class Terminal(Struct, frozen=True):
    """What the reader's screen can show. Symbols carry the meaning; colour only helps."""

    width: int = 100
    has_colour: bool = False
    is_ascii: bool = False

    @property
    def ellipsis(self) -> str:
        """What stands for something that was cut."""
        return "..." if self.is_ascii else "…"

    def paint(self, text: str, *styles: str) -> str:
        """Colour a text, if there is colour."""
        if not self.has_colour or not text or not styles:
            return text
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"

    def glyphs(self, text: str) -> str:
        """Swap glyphs for ASCII where that is asked for; what has no ASCII form is escaped."""
        if not self.is_ascii or text.isascii():
            return text
        return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")

    def line(self, text: str) -> str:
        """Give a text from anywhere as it can stand in a line: cleaned, on one line, in our glyphs.

        Widths are to be measured afterwards.
        """
        if text.isascii() and text.isprintable():
            return text
        return self.glyphs(clean(text).replace("\n", "↵"))

    def shorten(self, text: str, width: int) -> str:
        """Cut a text to a number of columns, the last of them an ellipsis if anything was cut."""
        if width_of(text) <= width:
            return text
        mark = self.ellipsis[: max(width, 0)]
        return head_of(text, width - len(mark)) + mark


def clean(text: str) -> str:
    """Replace what could steer a terminal or reorder its text by a visible sign; tabs become spaces."""
    if text.isascii() and text.isprintable():
        return text
    return UNPRINTABLE.sub("\ufffd", text.replace("\t", _TAB).replace("\r\n", "\n"))


def width_of(text: str) -> int:
    """Count the columns that a text takes."""
    return len(text) if text.isascii() else sum(map(_sign_width, text))


def _sign_width(sign: str) -> int:
    if sign < "\u0300":
        return 1
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def head_of(text: str, width: int) -> str:
    """Give as much of a text's start as fits into a number of columns."""
    taken = 0
    for at, sign in enumerate(text):
        taken += _sign_width(sign)
        if taken > width:
            return text[:at]
    return text


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Break a line between words; a word that is too long (an id, a path) is left whole."""
    return [f"{indent}{line}" for line in packed(text.split(), " ", width - len(indent))]


def packed(parts: Iterable[str], between: str, width: int) -> list[str]:
    """Join parts to as few lines as they fit on; a part is never broken."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}{between}{part}" if lines else part
        if lines and width_of(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def with_command(text: str, command: str, width: int) -> list[str]:
    """Write what a command is for, then the command: on a line of its own, unbroken, where it must."""
    line = f"{text}  {command}"
    return [line] if width_of(line) <= width else [*wrapped(text, width), f"  {command}"]


def tail_of(text: str, width: int) -> str:
    """Give as much of a text's end as fits into a number of columns."""
    taken = 0
    for at in range(len(text) - 1, -1, -1):
        taken += _sign_width(text[at])
        if taken > width:
            return text[at + 1 :]
    return text


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Fill a text with spaces to a number of columns."""
    space = " " * max(width - width_of(text), 0)
    return space + text if right else text + space
