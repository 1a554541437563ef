from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, TextIO, cast

import pytest

from runway_flow.cli.screens import error_screen, help_screen, is_utf8, open_screens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.report.terminal import Terminal


class Stream(io.TextIOWrapper):
    """A stream of some encoding that may call itself a terminal."""

    def __init__(self, encoding: str = "utf-8", *, is_terminal: bool = False) -> None:
        """Take what it is."""
        super().__init__(io.BytesIO(), encoding)
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        """Say what was asked for."""
        return self.is_terminal

    def fileno(self) -> int:
        """Give a number that no file has."""
        return 0 if self.is_terminal else super().fileno()


def screen(
    monkeypatch: pytest.MonkeyPatch,
    stream: TextIO,
    colour: str | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    is_ascii: bool = False,
) -> Terminal:
    """Give what a stream as stdout can show."""
    monkeypatch.setattr("sys.stdout", stream)
    return open_screens(colour, environ or {}, is_ascii=is_ascii)[0]


@pytest.mark.parametrize(
    ("asked", "environ", "is_terminal", "has_colour"),
    [
        (None, {}, True, True),
        (None, {}, False, False),
        ("auto", {}, True, True),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
        (None, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        (None, {"NO_COLOR": ""}, True, True),
        (None, {"FORCE_COLOR": "1"}, False, True),
        (None, {"TERM": "dumb"}, True, False),
    ],
)
def test_colour(
    monkeypatch: pytest.MonkeyPatch,
    asked: str | None,
    environ: dict[str, str],
    *,
    is_terminal: bool,
    has_colour: bool,
) -> None:
    """The flag, then NO_COLOR, then FORCE_COLOR, then whether there is a terminal."""
    stream = Stream(is_terminal=is_terminal)
    assert screen(monkeypatch, stream, asked, environ).has_colour is has_colour


@pytest.mark.parametrize(
    ("encoding", "is_ascii"),
    [("utf-8", False), ("UTF8", False), ("latin-1", True), ("cp1252", True), ("ascii", True)],
)
def test_glyphs_need_utf8(monkeypatch: pytest.MonkeyPatch, encoding: str, *, is_ascii: bool) -> None:
    """Where the locale is not UTF-8, glyphs are swapped."""
    assert screen(monkeypatch, Stream(encoding)).is_ascii is is_ascii


def test_ascii_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are swapped on demand too."""
    assert screen(monkeypatch, Stream(), is_ascii=True).is_ascii


def test_streams_without_an_encoding() -> None:
    """What says nothing of its encoding may take only ASCII."""
    assert not is_utf8(object())
    assert is_utf8(io.TextIOWrapper(io.BytesIO(), "utf-8-sig"))


@pytest.mark.parametrize(
    ("columns", "width"), [("60", 60), ("3", 20), ("0", 100), ("", 100), ("-5", 100), ("wide", 100)]
)
def test_width_from_the_environment(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    """COLUMNS decides where it is a number, down to a least width; else a file is 100 wide."""
    assert screen(monkeypatch, Stream(), environ={"COLUMNS": columns}).width == width


@pytest.mark.parametrize(("found", "width"), [(132, 132), (0, 100), (5, 20)])
def test_width_of_a_terminal(monkeypatch: pytest.MonkeyPatch, found: int, width: int) -> None:
    """A terminal is as wide as it says, if it says anything."""
    monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((found, 24)))
    assert screen(monkeypatch, Stream(is_terminal=True)).width == width


def test_terminal_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """What only calls itself a terminal is as wide as a file."""

    def fail(_: int) -> os.terminal_size:
        raise OSError(25, "Inappropriate ioctl for device")

    monkeypatch.setattr("os.get_terminal_size", fail)
    assert screen(monkeypatch, Stream(is_terminal=True)).width == 100


@pytest.mark.parametrize(
    ("given", "has_colour", "is_ascii"),
    [
        ([], False, False),
        (["--color", "always"], True, False),
        (["plan", "--color=always", "--ascii"], True, True),
        (["--color=always", "plan", "--color", "never"], False, False),
        (["--color"], False, False),
    ],
)
def test_screens_of_a_raw_command_line(
    monkeypatch: pytest.MonkeyPatch, given: list[str], *, has_colour: bool, is_ascii: bool
) -> None:
    """A command line that cannot be understood still says how its errors are to look."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.stdout", cast("TextIO", Stream()))
    monkeypatch.setattr("sys.stderr", cast("TextIO", Stream()))
    for found in (error_screen(given), help_screen(given)):
        assert (found.has_colour, found.is_ascii) == (has_colour, is_ascii)
