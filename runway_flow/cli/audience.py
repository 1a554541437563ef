"""Everyone who watches a run: a display, JSON lines, a file; none of them can stop it by failing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runway_flow.report.sinks import Sheltered

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.engine.events import Event, EventSink


@dataclass(slots=True)
class Audience:
    """Passes events on to each sink that still works.

    `on_loss` is called once when a reader of our output is gone (a closed pipe), in the thread of the event.
    """

    sinks: tuple[Sheltered, ...]
    on_loss: Callable[[], None] | None = None
    has_told: bool = False

    @classmethod
    def of(cls, *sinks: EventSink) -> Audience:
        """Gather sinks."""
        return cls(tuple(Sheltered(sink) for sink in sinks))

    @property
    def is_lost(self) -> bool:
        """Whether a reader of our output is gone."""
        return any(isinstance(sink.failure, BrokenPipeError) for sink in self.sinks)

    def emit(self, event: Event) -> None:
        """Pass one event on."""
        for sink in self.sinks:
            sink.emit(event)
        self.look()

    def lose(self, sink: EventSink, error: OSError) -> None:
        """Note that a sink cannot write, as it said outside of an event."""
        for each in self.sinks:
            if each.sink is sink and each.failure is None:
                each.failure = error
        self.look()

    def look(self) -> None:
        """Tell of a loss that has not been told of yet."""
        if self.on_loss is not None and not self.has_told and self.is_lost:
            self.has_told = True
            self.on_loss()

    def failure_of(self, sink: EventSink | None) -> OSError | None:
        """Give what kept a sink from writing, if anything did."""
        return next((each.failure for each in self.sinks if each.sink is sink), None)
