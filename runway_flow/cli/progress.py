"""Which display shows the progress of a run."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from runway_flow.report.plain import HEARTBEAT_S, PlainProgress
from runway_flow.report.run_view import RunView
from runway_flow.report.sinks import JsonLines

if TYPE_CHECKING:
    from runway_flow.cli.options import Common
    from runway_flow.engine.events import Event


class Progress(Protocol):
    """A display: takes events, is told the time every `interval_s` seconds, and ends."""

    @property
    def view(self) -> RunView:
        """The run as its events have told it so far."""
        ...

    @property
    def interval_s(self) -> float:
        """How often `heartbeat` wants to be called."""
        ...

    def emit(self, event: Event) -> None:
        """Take one event."""
        ...

    def heartbeat(self, now: float) -> None:
        """Show that time passes."""
        ...

    def stopping(self) -> None:
        """Show that the user asked for the end. Raises `OSError` if it cannot be written."""
        ...

    def stop(self) -> None:
        """Leave the screen to others."""
        ...


@dataclass(slots=True)
class Quiet:
    """Shows nothing, but knows how the run goes; `lines` writes the events as JSON."""

    lines: JsonLines | None = None
    view: RunView = field(default_factory=RunView)
    interval_s: float = HEARTBEAT_S

    def emit(self, event: Event) -> None:
        """Take one event."""
        self.view.take(event)
        if self.lines is not None:
            self.lines.emit(event)

    def heartbeat(self, now: float) -> None:
        """Show nothing."""

    def stopping(self) -> None:
        """Show nothing."""

    def stop(self) -> None:
        """Do nothing."""


def open_progress(common: Common, speed: float = 1.0) -> Progress:
    """Choose a display: the one that was asked for, else live on a terminal outside CI, else plain.

    `speed`: how many times faster than usual remote time passes.
    """
    asked = _chosen(common)
    if asked == "none":
        return Quiet()
    if asked == "json":
        return Quiet(None if common.is_json else JsonLines(sys.stderr))
    if asked == "live":
        from runway_flow.report.live import LiveProgress

        return LiveProgress(sys.stderr, common.err, speed)
    return PlainProgress(sys.stderr, common.err, lists_all=common.verbosity > 0)


def _chosen(common: Common) -> str:
    if common.progress != "auto":
        return common.progress
    if common.is_json or common.is_quiet:
        return "none"
    environ = common.settings.environ
    is_live = sys.stderr.isatty() and not environ.get("CI") and environ.get("TERM") != "dumb"
    return "live" if is_live else "plain"
