"""How far the reading of many bytes is, on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from runway_flow.cli.printing import print_message
from runway_flow.report.amounts import bytes_text

if TYPE_CHECKING:
    from runway_flow.cli.options import Common
    from runway_flow.kernel.clock import Clock

_EVERY_S = 0.2
_HEARTBEAT_S = 30.0


class ByteMeter:
    """On a terminal one line that is written over, else a line every 30 s; nothing if quiet was asked for."""

    def __init__(self, doing: str, common: Common, clock: Clock) -> None:
        self._doing = doing
        self._clock = clock
        self._is_silent = common.is_quiet or common.progress == "none"
        self._is_live = sys.stderr.isatty() and common.progress in ("auto", "live")
        self._last = clock.monotonic()
        self._is_shown = False
        self._read = 0

    def add(self, count: int) -> None:
        """Count bytes of which nobody knows how many there will be."""
        self._read += count
        self.show(self._read, None)

    def show(self, read: int, of: int | None) -> None:
        """Say how many bytes were read, if it is time to say something."""
        now = self._clock.monotonic()
        if self._is_silent or now - self._last < (_EVERY_S if self._is_live else _HEARTBEAT_S):
            return
        self._last = now
        self._is_shown = True
        text = f"{self._doing}: {bytes_text(read)}" + (f" of {bytes_text(of)}" if of is not None else "")
        print_message(f"\r\x1b[K{text}" if self._is_live else f"{text}\n")

    def end(self) -> None:
        """Leave the screen to others."""
        if self._is_live and self._is_shown:
            print_message("\r\x1b[K")
