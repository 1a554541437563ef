"""Progress on a terminal: one screen that is drawn again, never taller than the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.engine.events import StepState
from runway_flow.kernel.amounts import credits_text
from runway_flow.report.amounts import clock_text, seconds_text
from runway_flow.report.run_view import RunView
from runway_flow.report.step_lines import SIGNS, words
from runway_flow.report.table import Column, layout, render_row
from runway_flow.report.terminal import Terminal, clean, width_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live

    from runway_flow.engine.events import Event
    from runway_flow.report.run_view import StepView

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ASCII_SPINNER = "|/-\\"
_FRAMES_A_SECOND = 8
_COLUMNS = (
    Column("", 6, 0),
    Column("", 8, 4),
    Column("", 7, 0),
    Column("", 4, 2, is_right=True),
    Column("", 4, 3, is_right=True),
    Column("", 6, 1),
)
_STYLES = {
    StepState.DONE: "green",
    StepState.STORED: "dim",
    StepState.FAILED: "red",
    StepState.CANCELLED: "red",
    StepState.IN_DOUBT: "yellow",
    StepState.THROTTLED: "yellow",
    StepState.WAITING: "dim",
    StepState.BLOCKED: "dim",
    StepState.SKIPPED: "dim",
}
_RANK = {
    StepState.FAILED: 0,
    StepState.IN_DOUBT: 0,
    StepState.CANCELLED: 0,
    StepState.DOWNLOADING: 1,
    StepState.RUNNING: 1,
    StepState.UPLOADING: 1,
    StepState.SUBMITTED: 1,
    StepState.THROTTLED: 2,
    StepState.DONE: 3,
    StepState.WAITING: 4,
    StepState.STORED: 5,
    StepState.BLOCKED: 5,
    StepState.SKIPPED: 6,
}


def render_screen(view: RunView, terminal: Terminal, height: int, now: float) -> list[str]:
    """Draw a run: a head with the sums, then the instances, those that matter now first if all do not fit."""
    lines = [_head(view, terminal, now)]
    steps = list(view.steps.values())
    room = max(height - 2, 1)
    shown = steps
    if len(steps) > room:
        kept = {step.id for step in sorted(steps, key=lambda step: _RANK[step.state])[: room - 1]}
        shown = [step for step in steps if step.id in kept]
    rows = [_cells(view, step, now) for step in shown]
    widths = layout(_COLUMNS, rows, terminal.width - 3)
    for step, row in zip(shown, rows, strict=True):
        style = _STYLES.get(step.state)
        line = f" {_sign(step, terminal, now)} {render_row(_COLUMNS, widths, row)}"
        lines.append(terminal.paint(terminal.glyphs(line), *([style] if style else [])))
    if len(shown) < len(steps):
        lines.append(terminal.glyphs(_folded([step for step in steps if step not in shown])))
    return lines


def _cells(view: RunView, step: StepView, now: float) -> tuple[str, ...]:
    planned = view.plan.steps.get(step.id) if view.plan else None
    return tuple(clean(cell) for cell in (step.id, *words(step, planned, now)))


def _sign(step: StepView, terminal: Terminal, now: float) -> str:
    sign = SIGNS[step.state]
    if sign != "⠹":
        return sign
    frames = _ASCII_SPINNER if terminal.is_ascii else _SPINNER
    return frames[int(now * _FRAMES_A_SECOND) % len(frames)]


def _folded(steps: list[StepView]) -> str:
    counts: dict[str, int] = {}
    for step in steps:
        name = step.state.value.replace("_", " ")
        counts[name] = counts.get(name, 0) + 1
    return " … " + ", ".join(f"{count} {name}" for name, count in counts.items())


def _head(view: RunView, terminal: Terminal, now: float) -> str:
    plan = view.plan
    flow = plan.flow if plan else ""
    total = max(len(view.steps), 1)
    limit = plan.budget if plan and plan.budget is not None else (plan.estimate.high if plan else None)
    spent = f"{credits_text(view.credits)}"
    spent += f" of {credits_text(limit)} credits" if limit else " credits"
    text = f"{view.finished}/{len(view.steps)}   {spent}   {clock_text(now - view.started)}"
    left = _left(view, now)
    text += f"   ~{seconds_text(left)} left" if left else ""
    name = clean(f"{flow}  run {view.run_id[:6]}")
    room = terminal.width - width_of(name) - width_of(text) - 6
    bar = ""
    if room >= 10:  # noqa: PLR2004 - a shorter bar says nothing
        size = min(room, 24)
        done = round(view.finished / total * size)
        bar = f"  {'━' * done}{terminal.paint('━' * (size - done), 'dim')}"
    return terminal.glyphs(f"{terminal.paint(name, 'bold')}{bar}  {text}")


def _left(view: RunView, now: float) -> float:
    """Guess what is left: the plan's longest path, less what has passed."""
    if view.plan is None:
        return 0.0
    return max(view.plan.critical_seconds - (now - view.started), 0.0)


class LiveProgress:
    """Draws the run in place, through rich's Live."""

    interval_s = 1 / _FRAMES_A_SECOND

    def __init__(self, console: Console, terminal: Terminal) -> None:
        """Take the console to draw on."""
        self.console = console
        self.terminal = terminal
        self.view = RunView()
        self.live: Live | None = None
        self.now = 0.0

    def emit(self, event: Event) -> None:
        """Take one event; it is drawn with the next frame."""
        self.view.take(event)
        self.now = max(self.now, event.at)

    def heartbeat(self, now: float) -> None:
        """Draw the run as it is now."""
        from rich.live import Live
        from rich.text import Text

        if self.live is None:
            self.live = Live(console=self.console, auto_refresh=False, transient=True)
            self.live.start()
        self.terminal = Terminal(self.console.width, self.terminal.has_colour, self.terminal.is_ascii)
        height = max(self.console.height - 4, 3)
        text = "\n".join(render_screen(self.view, self.terminal, height, now))
        self.live.update(Text.from_ansi(text, no_wrap=True, overflow="crop"), refresh=True)

    def stop(self) -> None:
        """Leave the last frame's place to whatever comes next."""
        if self.live is not None:
            self.live.stop()
            self.live = None
