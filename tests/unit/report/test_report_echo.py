from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

import pytest

from runway_flow.report.echo import hide_control_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such echo")


@pytest.fixture
def terminal() -> Iterator[int]:
    """Give a terminal that echoes."""
    import pty

    master, slave = pty.openpty()
    yield slave
    os.close(master)
    os.close(slave)


def echoes_control_keys(terminal: int) -> bool:
    """Whether a terminal shows Ctrl-C as `^C`."""
    import termios

    return bool(termios.tcgetattr(terminal)[3] & termios.ECHOCTL)


def test_control_keys_are_not_shown_for_a_while(terminal: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the foreground `^C` is not echoed until that is undone."""
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp())
    with open(terminal, "w", closefd=False, encoding="utf-8") as stream:
        assert echoes_control_keys(terminal)
        restore = hide_control_keys(stream)
        assert not echoes_control_keys(terminal)
        restore()
        assert echoes_control_keys(terminal)


def test_a_background_process_leaves_the_terminal_alone(
    terminal: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system would stop a background process that changes the terminal."""
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp() + 1)
    with open(terminal, "w", closefd=False, encoding="utf-8") as stream:
        hide_control_keys(stream)()
        assert echoes_control_keys(terminal)


def test_what_is_no_terminal_has_no_echo() -> None:
    """A stream that is none of the system's, or no terminal, is left alone."""
    hide_control_keys(io.StringIO())()
    reader, writer = os.pipe()
    with open(reader, encoding="utf-8"), open(writer, "w", encoding="utf-8") as pipe:  # noqa: PTH123 - descriptors
        hide_control_keys(pipe)()
