"""One line for an instance during a run, the same words in every display."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.engine.events import StepState
from runway_flow.kernel.amounts import credits_text
from runway_flow.kernel.redaction import redact
from runway_flow.report.amounts import bytes_text, seconds_text
from runway_flow.report.plan_table import runs_text

if TYPE_CHECKING:
    from runway_flow.plan.plan import PlannedStep
    from runway_flow.report.run_view import StepView

WORKING = "⠹"
"""The sign of whatever goes on; the live display turns it."""
SIGNS = {
    StepState.WAITING: "·",
    StepState.UPLOADING: "↑",
    StepState.SUBMITTED: WORKING,
    StepState.THROTTLED: WORKING,
    StepState.RUNNING: WORKING,
    StepState.DOWNLOADING: "↓",
    StepState.DONE: "✓",
    StepState.STORED: "✓",
    StepState.FAILED: "✗",
    StepState.BLOCKED: "-",
    StepState.SKIPPED: "-",
    StepState.CANCELLED: "✗",
    StepState.IN_DOUBT: "*",
}
_TASK_SHOWN = 8
_NOT_BEGUN = (StepState.WAITING, StepState.STORED, StepState.BLOCKED, StepState.SKIPPED)


def words(view: StepView, planned: PlannedStep | None, now: float) -> tuple[str, ...]:
    """Give the cells of a line: what runs, state, time, credits, note."""
    runs = runs_text(planned) if planned is not None else ""
    if view.state is StepState.STORED:
        return (runs, "stored", "", "", "")
    cost = f"{credits_text(view.credits)} cr" if view.credits else ""
    return (runs, _state(view), _took(view, now), cost, _note(view))


def transfer_text(done: int, total: int | None) -> str:
    """Write how far a transfer is: `8.1 of 12.4 MB`, `812 B of 34 kB`, `34 kB` where the end is not known."""
    if not total:
        return bytes_text(done)
    amount, _, unit = bytes_text(done).partition(" ")
    whole = bytes_text(total)
    return f"{amount} of {whole}" if whole.endswith(f" {unit}") else f"{amount} {unit} of {whole}"


def _took(view: StepView, now: float) -> str:
    if view.began is None or view.state in _NOT_BEGUN:
        return ""
    until = view.since if view.state.is_end else now
    seconds = until - view.began
    return seconds_text(seconds) if seconds >= 1 else ""


def _note(view: StepView) -> str:
    note = redact(view.note) if view.note else ""
    if view.task is None or view.state.is_end:
        return note
    task = f"task {view.task[:_TASK_SHOWN]}…"
    return f"{task} · {note}" if note else task


def _state(view: StepView) -> str:
    name = view.state.value.replace("_", " ")
    if view.state.is_end:
        return name
    if view.bytes_done is not None:
        return transfer_text(view.bytes_done, view.bytes_total)
    return f"{name} {round(view.ratio * 100)} %" if view.ratio is not None else name
