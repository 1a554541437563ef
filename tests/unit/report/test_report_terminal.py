from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runway_flow.report.terminal import Terminal, clean, head_of, pad, tail_of, width_of, wrapped

PLAIN = Terminal()
ASCII = Terminal(is_ascii=True)
COLOUR = Terminal(has_colour=True)
texts = st.text(max_size=60)


@pytest.mark.parametrize(
    ("sign", "name"),
    [
        ("\x1b", "escape"),
        ("\x07", "bell"),
        ("\r", "carriage return"),
        ("\x9b", "control sequence introducer"),
        ("\u202e", "right-to-left override"),
        ("\u2066", "isolate"),
        ("\u200b", "zero-width space"),
        ("\ufeff", "byte order mark"),
        ("\u2028", "line separator"),
        ("\U000e0041", "tag"),
        ("\udc80", "half of a surrogate pair"),
    ],
)
def test_clean_replaces_what_steers(sign: str, name: str) -> None:
    """Nothing that steers a terminal, reorders text or hides in it gets through."""
    assert clean(f"a{sign}b") == "a\ufffdb", name


@given(texts)
def test_cleaned_text_can_be_written(text: str) -> None:
    """A cleaned text has an encoding, and no control character but the newline."""
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not any(ord(sign) < 32 and sign != "\n" for sign in cleaned)


def test_clean_keeps_scripts() -> None:
    """Letters of every script, joiners and emoji stay."""
    text = "Größe 灯 नमस्ते 👩\u200d💻 é"
    assert clean(text) == text


def test_clean_expands_tabs_and_line_ends() -> None:
    """A tab is four spaces, a Windows line end a newline."""
    assert clean("a\tb\r\nc") == "a    b\nc"


@given(texts)
def test_line_is_one_line(text: str) -> None:
    """Whatever a text holds, it takes one line, in ASCII too."""
    for terminal in (PLAIN, ASCII):
        line = terminal.line(text)
        assert "\n" not in line
        assert not terminal.is_ascii or line.isascii()


def test_newline_is_visible() -> None:
    """A newline in a key shows as a sign."""
    assert PLAIN.line("a\nb") == "a↵b"
    assert ASCII.line("a\nb") == "a\\nb"


def test_ascii_swaps_glyphs_and_escapes_the_rest() -> None:
    """Our glyphs have ASCII forms; letters beyond ASCII are escaped, so that none is lost."""
    assert ASCII.glyphs("✓ clip → cut · 1×2 …") == "v clip -> cut . 1x2 ..."
    assert ASCII.glyphs("größe") == "gr\\xf6\\xdfe"


def test_glyphs_stay_without_ascii() -> None:
    """Where the screen can show them, glyphs stay."""
    assert PLAIN.glyphs("✓ …") == "✓ …"


def test_paint_needs_colour_text_and_style() -> None:
    """Only a text with a style on a screen with colour is painted."""
    assert COLOUR.paint("x", "red", "bold") == "\x1b[31;1mx\x1b[0m"
    assert PLAIN.paint("x", "red") == "x"
    assert COLOUR.paint("", "red") == ""
    assert COLOUR.paint("x") == "x"


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("灯塔", 4), ("e\u0301", 1), ("Ä…", 2), ("👍", 2), ("a\u200db", 2), ("", 0)],
)
def test_width_counts_columns(text: str, width: int) -> None:
    """Wide signs take two columns, combining ones none."""
    assert width_of(text) == width


@given(texts, st.integers(0, 20))
def test_shortened_text_fits(text: str, width: int) -> None:
    """A shortened text never takes more than its columns, and is whole if it fits."""
    for terminal in (PLAIN, ASCII):
        line = terminal.line(text)
        short = terminal.shorten(line, width)
        assert width_of(short) <= width
        assert short == line or width_of(line) > width


def test_shorten_marks_the_cut() -> None:
    """What was cut ends in an ellipsis, in ASCII in three points."""
    assert PLAIN.shorten("abcdef", 4) == "abc…"
    assert ASCII.shorten("abcdef", 4) == "a..."
    assert ASCII.shorten("abcdef", 2) == ".."
    assert PLAIN.shorten("abc", 0) == ""


def test_wide_signs_are_not_halved() -> None:
    """A wide sign that does not fit whole is left out."""
    assert head_of("灯塔", 3) == "灯"
    assert tail_of("灯塔", 3) == "塔"
    assert PLAIN.shorten("灯塔灯", 4) == "灯…"


@given(texts, st.integers(0, 30))
def test_head_and_tail_are_parts(text: str, width: int) -> None:
    """A head begins the text, a tail ends it."""
    assert text.startswith(head_of(text, width))
    assert text.endswith(tail_of(text, width))


def test_pad_fills_columns() -> None:
    """Filling counts columns, on either side."""
    assert pad("灯", 4) == "灯  "
    assert pad("7", 3, right=True) == "  7"
    assert pad("abc", 2) == "abc"


def test_lines_break_between_words() -> None:
    """A long text takes several lines; an id is never broken."""
    assert wrapped("a clip goes on as task 8c2b0000-0000-4000", 16, "  ") == [
        "  a clip goes on",
        "  as task",
        "  8c2b0000-0000-4000",
    ]
    assert wrapped("", 9) == []
