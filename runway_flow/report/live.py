"""Progress on a terminal: one screen that is drawn again in place, through rich's Live."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from runway_flow.report.echo import hide_control_keys
from runway_flow.report.run_view import RunView
from runway_flow.report.screen import FRAMES_A_SECOND, render_screen
from runway_flow.report.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from runway_flow.engine.events import Event

_MARGIN_ROWS = 4
"""Rows of the terminal that are left alone: a Live as tall as the screen flickers (Textualize/rich#2139)."""


class LiveProgress:
    """Draws the run in place; the last frame stays. rich is loaded with the first frame."""

    interval_s = 1 / FRAMES_A_SECOND

    def __init__(self, stream: TextIO, terminal: Terminal, speed: float = 1.0) -> None:
        """Take where to draw, and how many times faster than usual remote time passes."""
        self.stream = stream
        self.terminal = terminal
        self.speed = speed
        self.view = RunView()
        self.now = 0.0
        self._live: Live | None = None
        self._left = (0.0, 0.0)
        self._restore_echo: Callable[[], None] | None = None

    def emit(self, event: Event) -> None:
        """Take one event; it is drawn with the next frame."""
        self.view.take(event)
        self.now = max(self.now, event.at)

    def heartbeat(self, now: float) -> None:
        """Draw the run as it is now. Raises `OSError` if the stream cannot be written."""
        self.now = max(self.now, now)
        if self._live is None:
            self._live = self._start()
        self._live.update(self._frame(self._live.console), refresh=True)

    def stopping(self) -> None:
        """Show that the run ends; drawn with the next frame."""
        self.view.is_stopping = True

    def stop(self) -> None:
        """Draw the last frame, and leave the terminal as it was found, as far as it can be written to."""
        if self._live is not None:
            live, self._live = self._live, None
            with suppress(OSError):
                live.update(self._frame(live.console, is_last=True), refresh=True)
            with suppress(OSError):
                live.stop()
            if self._restore_echo is not None:
                self._restore_echo()

    def _start(self) -> Live:
        from rich.live import Live

        from runway_flow.report.live_console import LiveConsole

        console = LiveConsole(
            file=self.stream,
            force_terminal=True,
            color_system="standard" if self.terminal.has_colour else None,
            highlight=False,
            markup=False,
            emoji=False,
        )
        # What is drawn is the last thing before it stops: an automatic refresh would draw it again.
        live = Live(console=console, auto_refresh=False, redirect_stdout=False)
        self._restore_echo = hide_control_keys(self.stream)
        live.start()
        return live

    def _frame(self, console: Console, *, is_last: bool = False) -> Text:
        from rich.text import Text

        width, height = console.size
        # The last column stays free: whatever the terminal echoes there would begin a line.
        terminal = Terminal(width - 1, self.terminal.has_colour, self.terminal.is_ascii)
        rows = max(height - _MARGIN_ROWS, 3)
        left = self._seconds_left()
        lines = render_screen(self.view, terminal, rows, self.now, left, is_last=is_last)
        return Text.from_ansi("\n".join(lines), no_wrap=True, overflow="crop")

    def _seconds_left(self) -> float:
        """Guess anew once a second: a number that jumps with every frame tells less."""
        at, left = self._left
        if self.now - at >= 1:
            left = self.view.seconds_left(self.now, self.speed)
            self._left = (self.now, left)
        return left
