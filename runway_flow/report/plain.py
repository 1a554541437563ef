"""Progress without a terminal: a line for each change of state, and a heartbeat while nothing changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from runway_flow.engine.events import Found, RunStarted, RunSummary, StepChanged, StepState
from runway_flow.kernel.amounts import credits_text
from runway_flow.report.amounts import clock_text
from runway_flow.report.run_view import RunView
from runway_flow.report.step_lines import SIGNS, words
from runway_flow.report.terminal import Terminal, clean

if TYPE_CHECKING:
    from runway_flow.engine.events import Event

_QUIET = frozenset({StepState.WAITING, StepState.STORED})
"""States that a line each would drown the others in: they are counted instead."""


@dataclass(slots=True)
class PlainProgress:
    """Writes lines; nothing that was written changes."""

    stream: TextIO
    terminal: Terminal
    view: RunView = field(default_factory=RunView)
    interval_s: float = 30.0

    def emit(self, event: Event) -> None:
        """Take one event, and write a line if it changes the state of an instance."""
        before = self._state_of(event)
        self.view.take(event)
        if isinstance(event, RunStarted):
            verb = "continues" if event.continues else "starts"
            self._write(f"{event.plan.flow}: run {event.run_id} {verb}, {len(event.plan.steps)} instances")
        elif isinstance(event, StepChanged) and event.state is not before and event.state not in _QUIET:
            self._write(self._line(event))
        elif isinstance(event, (Found, RunSummary)):
            return

    def heartbeat(self, now: float) -> None:
        """Say that the run is alive, and what it waits for."""
        going = [step for step in self.view.steps.values() if not step.state.is_end]
        active = [step.id for step in going if step.state is not StepState.WAITING]
        shown = ", ".join(active[:4]) + (f" and {len(active) - 4} more" if len(active) > 4 else "")  # noqa: PLR2004
        self._write(
            f"{clock_text(now - self.view.started)}  {self.view.finished}/{len(self.view.steps)} done, "
            f"{credits_text(self.view.credits)} credits; working on {shown or 'nothing'}"
        )

    def stop(self) -> None:
        """Do nothing: what was written stays."""

    def _state_of(self, event: Event) -> StepState | None:
        found = self.view.steps.get(event.step) if isinstance(event, StepChanged) else None
        return found.state if found else None

    def _line(self, event: StepChanged) -> str:
        step = self.view.steps[event.step]
        planned = self.view.plan.steps.get(event.step) if self.view.plan else None
        sign = SIGNS[event.state] if event.state.is_end else "·"
        cells = [cell for cell in words(step, planned, event.at) if cell]
        at = clock_text(event.at - self.view.started)
        return f"{at} {sign} {event.step}  {'  '.join(cells)}"

    def _write(self, text: str) -> None:
        self.stream.write(self.terminal.glyphs(clean(text)) + "\n")
        self.stream.flush()
