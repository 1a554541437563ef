"""What a run looks like at one moment, folded from its events; both displays read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runway_flow.engine.events import Found, RunStarted, RunSummary, StepChanged, StepProgress, StepState
from runway_flow.kernel.amounts import ZERO, Credits
from runway_flow.plan.duration import LOCAL, Work, estimate_time, works_of
from runway_flow.plan.plan import PlanState

if TYPE_CHECKING:
    from runway_flow.engine.events import Event
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.plan.plan import Plan

_FREE = (StepState.STORED, StepState.SKIPPED)


@dataclass(slots=True)
class StepView:
    """One instance: its state, since when, and what is known of its progress."""

    id: str
    state: StepState = StepState.WAITING
    since: float = 0.0
    began: float | None = None
    task: str | None = None
    credits: Credits = ZERO
    note: str | None = None
    ratio: float | None = None
    bytes_done: int | None = None
    bytes_total: int | None = None
    attempt: int = 0


@dataclass(slots=True)
class RunView:
    """A run as its events have told it so far."""

    plan: Plan | None = None
    run_id: str = ""
    started: float = 0.0
    steps: dict[str, StepView] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    summary: RunSummary | None = None
    works: dict[str, Work] | None = None
    is_stopping: bool = False
    """Whether the user asked for the end."""

    def take(self, event: Event) -> None:
        """Fold one event in."""
        if isinstance(event, RunStarted):
            self.plan, self.run_id, self.started = event.plan, event.run_id, event.at
            self.steps = {name: StepView(name, since=event.at) for name in event.plan.steps}
        elif isinstance(event, StepChanged):
            self._change(event)
        elif isinstance(event, StepProgress):
            self._progress(event)
        elif isinstance(event, Found):
            self.diagnostics.append(event.diagnostic)
        else:
            self.summary = event

    def _change(self, event: StepChanged) -> None:
        step = self._step(event.step, event.at)
        if event.state is not step.state:
            step.ratio = step.bytes_done = step.bytes_total = None
            step.since = event.at
        step.state, step.note = event.state, event.note
        step.task = event.task or step.task
        step.credits, step.attempt = event.credits, event.attempt
        if step.began is None and event.state is not StepState.WAITING:
            step.began = event.at

    def _progress(self, event: StepProgress) -> None:
        step = self._step(event.step, event.at)
        step.ratio = event.ratio
        step.bytes_done, step.bytes_total = event.bytes_done, event.bytes_total

    def _step(self, name: str, at: float) -> StepView:
        found = self.steps.get(name)
        if found is None:
            found = self.steps[name] = StepView(name, since=at)
        return found

    @property
    def finished(self) -> int:
        """How many instances are at an end."""
        return sum(step.state.is_end for step in self.steps.values())

    @property
    def credits(self) -> Credits:
        """What the instances cost so far, reservations included; what was paid before is free."""
        return sum((step.credits for step in self.steps.values() if self._is_paid(step)), ZERO)

    def _is_paid(self, step: StepView) -> bool:
        planned = self.plan.steps.get(step.id) if self.plan is not None else None
        was_paid = planned is not None and planned.state is PlanState.IN_FLIGHT
        return step.state not in _FREE and not was_paid

    def seconds_left(self, now: float, speed: float = 1.0) -> float:
        """Guess how long the rest takes, as the plan does for the whole, by what is not done yet.

        `speed`: how many times faster than usual remote time passes (the emulator's). What takes longer
        than usual counts with a tenth of it.
        """
        if self.plan is None:
            return 0.0
        left: dict[str, Work] = {}
        for name, work in self._usual().items():
            view = self.steps[name]
            if not view.state.is_end:
                usual = work.seconds / (1.0 if work.pool == LOCAL else speed)
                took = now - view.began if view.began is not None else 0.0
                left[name] = Work(max(usual - took, usual / 10), work.pool)
        needs = {name: self.plan.steps[name].needs for name in left}
        return estimate_time(left, needs, jobs=self.plan.jobs).seconds

    def _usual(self) -> dict[str, Work]:
        """Give what each instance usually takes, worked out once."""
        if self.works is None:
            self.works = works_of(self.plan.steps) if self.plan is not None else {}
        return self.works
