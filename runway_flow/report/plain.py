"""Progress without a terminal: a line for each change of state, and a heartbeat while nothing changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from runway_flow.engine.events import RunStarted, RunSummary, StepChanged, StepState
from runway_flow.kernel.amounts import credits_text, in_credits
from runway_flow.report.amounts import clock_text, counted
from runway_flow.report.run_view import RunView
from runway_flow.report.step_lines import SIGNS, words

if TYPE_CHECKING:
    from runway_flow.engine.events import Event
    from runway_flow.report.terminal import Terminal

HEARTBEAT_S = 30.0
_QUIET = frozenset({StepState.WAITING, StepState.STORED, StepState.SKIPPED})
"""States that a line each would drown the others in: they are counted, or come with the next one."""
_NAMED = 4


@dataclass(slots=True)
class PlainProgress:
    """Writes lines; nothing that was written changes. `lists_all`: also what is stored or skipped."""

    stream: TextIO
    terminal: Terminal
    lists_all: bool = False
    view: RunView = field(default_factory=RunView)
    interval_s: float = HEARTBEAT_S
    uncounted: dict[StepState, int] = field(default_factory=dict)

    def emit(self, event: Event) -> None:
        """Take one event, and write a line if it changes the state of an instance."""
        before = self._state_of(event)
        self.view.take(event)
        if isinstance(event, RunStarted):
            verb = "goes on" if event.continues else "starts"
            number = counted(len(event.plan.steps), "instance")
            self._write(f"{event.plan.flow}: run {event.run_id} {verb}, {number}")
        elif isinstance(event, StepChanged) and event.state is not before:
            self._change(event)
        elif isinstance(event, RunSummary):
            self._write_counts(event.at)

    def heartbeat(self, now: float) -> None:
        """Say that the run is alive, and what it waits for."""
        self._write_counts(now)
        going = [step for step in self.view.steps.values() if not step.state.is_end]
        active = [step.id for step in going if step.state is not StepState.WAITING]
        shown = ", ".join(active[:_NAMED])
        if len(active) > _NAMED:
            shown += f" and {len(active) - _NAMED} more"
        self._write(
            f"{clock_text(now - self.view.started)}   {self.view.finished}/{len(self.view.steps)} done, "
            f"{in_credits(credits_text(self.view.credits))}; working on {shown or 'nothing'}"
        )

    def stopping(self) -> None:
        """Say that the run ends, and how to leave it at once."""
        self.view.is_stopping = True
        self._write("stopping: what is under way is written down; interrupt again to leave at once")

    def stop(self) -> None:
        """Do nothing: what was written stays."""

    def _state_of(self, event: Event) -> StepState | None:
        found = self.view.steps.get(event.step) if isinstance(event, StepChanged) else None
        return found.state if found else None

    def _change(self, event: StepChanged) -> None:
        if event.state in _QUIET and not self.lists_all:
            if event.state is not StepState.WAITING:
                self.uncounted[event.state] = self.uncounted.get(event.state, 0) + 1
            return
        self._write_counts(event.at)
        step = self.view.steps[event.step]
        planned = self.view.plan.steps.get(event.step) if self.view.plan else None
        sign = SIGNS[event.state] if event.state.is_end else "·"
        cells = [cell for cell in words(step, planned, event.at) if cell]
        self._write(f"{self._clock(event.at)} {sign} {event.step}  {'  '.join(cells)}")

    def _write_counts(self, at: float) -> None:
        """Write how many instances were stored or skipped since the last line."""
        if self.uncounted:
            parts = ", ".join(f"{number} {state.value}" for state, number in self.uncounted.items())
            self._write(f"{self._clock(at)} {SIGNS[next(iter(self.uncounted))]} {parts}")
            self.uncounted.clear()

    def _clock(self, at: float) -> str:
        return clock_text(at - self.view.started)

    def _write(self, text: str) -> None:
        self.stream.write(self.terminal.line(text) + "\n")
        self.stream.flush()
