"""Tells what happens: changes of state at once, progress only as often as anyone can see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.engine.events import EventSink, Found, StepChanged, StepProgress, StepState
from runway_flow.kernel.amounts import ZERO, Credits

if TYPE_CHECKING:
    from runway_flow.engine.messages import End
    from runway_flow.kernel.clock import Clock
    from runway_flow.kernel.diagnostics import Diagnostic

PROGRESS_S = 0.2
"""Progress of one instance is told no more often than this."""


class Announcer:
    """Puts events into words for one sink; `shown` is the state that each instance was last told to have."""

    def __init__(self, events: EventSink, clock: Clock) -> None:
        self.shown: dict[str, StepState] = {}
        self._events = events
        self._clock = clock
        self._last: dict[str, float] = {}

    def change(
        self,
        step: str,
        state: StepState,
        *,
        task: str | None = None,
        credits_: Credits = ZERO,
        attempt: int = 0,
        note: str | None = None,
    ) -> None:
        """Tell that an instance is in another state, or why it stays in this one."""
        self.shown[step] = state
        self._events.emit(
            StepChanged(step, state, self._clock.now(), task, credits_, attempt=attempt, note=note)
        )

    def end(self, step: str, end: End) -> None:
        """Tell that an instance ended, and what was found about that."""
        self.shown[step] = end.state
        self._last.pop(step, None)
        for diagnostic in end.diagnostics:
            self.found(diagnostic)
        outputs = end.result.outputs if end.result is not None else ()
        self._events.emit(
            StepChanged(
                step,
                end.state,
                self._clock.now(),
                end.task,
                end.spent,
                attempt=end.attempt,
                note=end.note,
                outputs=outputs,
            )
        )

    def ratio(self, step: str, ratio: float) -> None:
        """Tell how far the work of an instance is."""
        if self._is_due(step):
            self._events.emit(StepProgress(step, self._clock.now(), ratio))

    def transfer(self, step: str, done: int, total: int | None) -> None:
        """Tell how far a transfer is."""
        if self._is_due(step) or done == total:
            self._events.emit(StepProgress(step, self._clock.now(), bytes_done=done, bytes_total=total))

    def found(self, diagnostic: Diagnostic) -> None:
        """Tell a finding."""
        self._events.emit(Found(diagnostic, self._clock.now()))

    def _is_due(self, step: str) -> bool:
        now = self._clock.monotonic()
        last = self._last.get(step)
        if last is not None and now - last < PROGRESS_S:
            return False
        self._last[step] = now
        return True
