"""Where events go: JSON lines, and several sinks at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct

from runway_flow.report.event_lines import event_line, version_line
from runway_flow.report.json_text import json_text

if TYPE_CHECKING:
    from runway_flow.engine.events import Event, EventSink


@dataclass(slots=True)
class JsonLines:
    """Writes each event as a line of JSON, flushed; the first line names the version."""

    stream: TextIO
    has_begun: bool = False

    def emit(self, event: Event) -> None:
        """Write one event."""
        if not self.has_begun:
            self.has_begun = True
            self._write(version_line())
        self._write(event_line(event))

    def _write(self, data: dict[str, object]) -> None:
        self.stream.write(json_text(data, self.stream) + "\n")
        self.stream.flush()


@dataclass(slots=True)
class Sheltered:
    """Passes events on until the sink fails to write; then it is silent, because a sink must not raise.

    `failure` is why; `BrokenPipeError`: whoever read is gone.
    """

    sink: EventSink
    failure: OSError | None = None

    def emit(self, event: Event) -> None:
        """Pass one event on, if the sink still works."""
        if self.failure is None:
            try:
                self.sink.emit(event)
            except OSError as error:
                self.failure = error


class Tee(Struct, frozen=True):
    """Gives every event to each of several sinks."""

    sinks: tuple[EventSink, ...]

    def emit(self, event: Event) -> None:
        """Pass one event on."""
        for sink in self.sinks:
            sink.emit(event)


@dataclass(slots=True)
class Collected:
    """Keeps every event, for programs that use the library."""

    events: list[Event] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        """Keep one event."""
        self.events.append(event)
