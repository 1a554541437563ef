"""One line for an instance during a run, the same words in every display."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.engine.events import StepState
from runway_flow.kernel.amounts import credits_text
from runway_flow.report.amounts import bytes_text, seconds_text
from runway_flow.report.plan_table import runs_text

if TYPE_CHECKING:
    from runway_flow.plan.plan import PlannedStep
    from runway_flow.report.run_view import StepView

SIGNS = {
    StepState.WAITING: "·",
    StepState.UPLOADING: "↑",
    StepState.SUBMITTED: "⠹",
    StepState.THROTTLED: "⠹",
    StepState.RUNNING: "⠹",
    StepState.DOWNLOADING: "↓",
    StepState.DONE: "✓",
    StepState.STORED: "✓",
    StepState.FAILED: "✗",
    StepState.BLOCKED: "-",
    StepState.SKIPPED: "-",
    StepState.CANCELLED: "✗",
    StepState.IN_DOUBT: "!",
}
_TASK_SHOWN = 8


def words(view: StepView, planned: PlannedStep | None, now: float) -> tuple[str, ...]:
    """Give the cells of a line: what runs, state, time, credits, note."""
    runs = runs_text(planned) if planned is not None else ""
    state = _state(view)
    if view.state is StepState.STORED:
        return ("stored", "", "", "", view.note or "")
    took = (
        ""
        if view.began is None or view.state is StepState.WAITING
        else seconds_text(_until(view, now) - view.began)
    )
    cost = f"{credits_text(view.credits)} cr" if view.credits else ""
    note = view.note or ""
    if view.task and not view.state.is_end:
        task = f"task {view.task[:_TASK_SHOWN]}…"
        note = f"{task} · {note}" if note else task
    return (runs, state, took, cost, note)


def _until(view: StepView, now: float) -> float:
    return view.since if view.state.is_end else now


def _state(view: StepView) -> str:
    if view.bytes_done is not None:
        total = f" of {bytes_text(view.bytes_total)}" if view.bytes_total else ""
        return f"{view.state.value} {bytes_text(view.bytes_done)}{total}"
    if view.ratio is not None and not view.state.is_end:
        return f"{view.state.value} {view.ratio:.0%}".replace("%", " %")
    return view.state.value.replace("_", " ")
