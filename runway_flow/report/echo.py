"""What a terminal echoes while something is drawn on it in place."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

_LOCAL_MODES = 3
"""Where `tcgetattr` has the local modes."""


def hide_control_keys(stream: TextIO) -> Callable[[], None]:
    """Keep Ctrl-C from shifting what is drawn in place: no `^C`, no lost output; gives what undoes it.

    Other keys are echoed as ever, so that a terminal is usable if a kill leaves it like this. A process in
    the background leaves the terminal alone: the system would stop it.
    """
    try:
        import termios
    except ImportError:  # pragma: no cover - Windows has no such echo
        return _nothing
    try:
        number = stream.fileno()
        modes = termios.tcgetattr(number)
    except (OSError, termios.error):
        return _nothing

    def write(local_modes: int) -> None:
        with suppress(OSError, termios.error):
            if os.tcgetpgrp(number) == os.getpgrp():
                changed = [*modes[:_LOCAL_MODES], local_modes, *modes[_LOCAL_MODES + 1 :]]
                termios.tcsetattr(number, termios.TCSANOW, changed)

    # NOFLSH: an interrupt would throw away what is written and not shown yet, in the middle of a frame.
    write(modes[_LOCAL_MODES] & ~termios.ECHOCTL | termios.NOFLSH)
    return lambda: write(modes[_LOCAL_MODES])


def _nothing() -> None:
    """Do nothing."""
