"""What the reader's screen can show: width, colour and glyphs, from flags, environment and streams."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

from runway_flow.report.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FALLBACK_WIDTH = 100
"""Columns of a screen that nobody knows: a file, a pipe."""
LEAST_WIDTH = 20


def open_screens(
    colour: str | None, environ: Mapping[str, str], *, is_ascii: bool
) -> tuple[Terminal, Terminal]:
    """Give what stdout and stderr can show."""
    return (
        _screen(sys.stdout, colour, environ, is_ascii=is_ascii),
        _screen(sys.stderr, colour, environ, is_ascii=is_ascii),
    )


def help_screen(given: Sequence[str]) -> Terminal:
    """Give what stdout can show, by the words of a command line that is not understood yet."""
    return _screens_of(given)[0]


def error_screen(given: Sequence[str]) -> Terminal:
    """Give what stderr can show, by the words of a command line that may not be understood at all."""
    return _screens_of(given)[1]


def _screens_of(given: Sequence[str]) -> tuple[Terminal, Terminal]:
    colour = None
    for word, following in zip(given, [*given[1:], ""], strict=False):
        if word == "--color":
            colour = following
        elif word.startswith("--color="):
            colour = word.partition("=")[2]
    return open_screens(colour, os.environ, is_ascii="--ascii" in given)


def _screen(stream: TextIO, colour: str | None, environ: Mapping[str, str], *, is_ascii: bool) -> Terminal:
    is_terminal = stream.isatty()
    return Terminal(
        _width(stream, environ, is_terminal=is_terminal),
        _has_colour(colour, environ, is_terminal=is_terminal),
        is_ascii or not is_utf8(stream),
    )


def is_utf8(stream: Any) -> bool:  # noqa: ANN401 - whatever stands in for a stream
    """Whether a stream takes every character."""
    encoding = getattr(stream, "encoding", None) or "ascii"
    return str(encoding).lower().replace("-", "").replace("_", "") in ("utf8", "utf8sig")


def _width(stream: TextIO, environ: Mapping[str, str], *, is_terminal: bool) -> int:
    columns = environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return max(int(columns), LEAST_WIDTH)
    if is_terminal:
        try:
            found = os.get_terminal_size(stream.fileno()).columns
        except OSError:  # what calls itself a terminal need not be one
            found = 0
        return max(found, LEAST_WIDTH) if found else FALLBACK_WIDTH
    return FALLBACK_WIDTH


def _has_colour(asked: str | None, environ: Mapping[str, str], *, is_terminal: bool) -> bool:
    if asked in ("always", "never"):
        return asked == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return is_terminal and environ.get("TERM") != "dumb"
