"""One frame of the live display: a head with the sums, then instances, within a width and a height."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.engine.events import StepState
from runway_flow.kernel.amounts import credits_text, in_credits
from runway_flow.plan.stating import short_list
from runway_flow.report.amounts import clock_text
from runway_flow.report.step_lines import SIGNS, WORKING, words
from runway_flow.report.table import Column, layout, render_row
from runway_flow.report.terminal import width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runway_flow.report.run_view import RunView, StepView
    from runway_flow.report.terminal import Terminal

FRAMES_A_SECOND = 8
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ASCII_SPINNER = "|/-\\"
_IN_FLIGHT = ">"
_INDENT = 3
_RUN_SHOWN = 6
_BAR_LEAST, _BAR_MOST = 10, 24
_COLUMNS = (
    Column("", 6, 0),
    Column("", 8, 4),
    Column("", 7, 0),
    Column("", 0, 2, is_right=True),
    Column("", 0, 3, is_right=True),
    Column("", 6, 1),
)
_ROOM = ("", "", "downloading", "1 min 10 s", "", "")
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
"""What is shown first where not all instances fit."""


def render_screen(
    view: RunView,
    terminal: Terminal,
    height: int,
    now: float,
    seconds_left: float = 0.0,
    *,
    is_last: bool = False,
) -> list[str]:
    """Draw a run in at most `height` lines; what does not fit is counted in the last of them.

    `is_last`: nothing turns any more; what still goes on has the sign of a plan's `in flight`.
    """
    shown = _chosen(list(view.steps.values()), max(height - 1, 0))
    rows = [_cells(view, step, terminal, now) for step in shown]
    # A little room for the states: their lengths differ, and the columns behind them should stand still.
    widths = layout(_COLUMNS, [*rows, _ROOM], terminal.width - _INDENT)
    lines = [_head(view, terminal, now, "" if is_last else _left(view, seconds_left))]
    for step, row in zip(shown, rows, strict=True):
        sign = _IN_FLIGHT if is_last and SIGNS[step.state] == WORKING else _sign(step, terminal, now)
        line = f" {sign} {render_row(_COLUMNS, widths, row, terminal)}"
        style = _STYLES.get(step.state)
        lines.append(terminal.paint(terminal.shorten(line, terminal.width), *([style] if style else [])))
    names = {step.id for step in shown}
    folded = [step for step in view.steps.values() if step.id not in names]
    if folded:
        lines.append(terminal.shorten(terminal.line(_counts(folded)), terminal.width))
    return lines[:height]


def _chosen(steps: list[StepView], room: int) -> list[StepView]:
    """Choose the instances that matter now, in the order of the plan; one line is left for the rest."""
    if len(steps) <= room:
        return steps
    ranked = sorted(range(len(steps)), key=lambda at: _RANK[steps[at].state])
    return [steps[at] for at in sorted(ranked[: max(room - 1, 0)])]


def _cells(view: RunView, step: StepView, terminal: Terminal, now: float) -> tuple[str, ...]:
    planned = view.plan.steps.get(step.id) if view.plan else None
    cells = words(step, planned, now)
    if step.state is StepState.WAITING and not step.note and planned is not None:
        needs = [need for need in planned.needs if need in view.steps and not view.steps[need].state.is_end]
        cells = (*cells[:-1], f"for {short_list(needs)}" if needs else "")
    return tuple(terminal.line(cell) for cell in (step.id, *cells))


def _sign(step: StepView, terminal: Terminal, now: float) -> str:
    sign = SIGNS[step.state]
    if sign != WORKING:
        return terminal.glyphs(sign)
    frames = _ASCII_SPINNER if terminal.is_ascii else _SPINNER
    return frames[int(now * FRAMES_A_SECOND) % len(frames)]


def _counts(steps: Sequence[StepView]) -> str:
    counts: dict[str, int] = {}
    for step in steps:
        name = step.state.value.replace("_", " ")
        counts[name] = counts.get(name, 0) + 1
    return " … " + ", ".join(f"{count} {name}" for name, count in counts.items())


def _head(view: RunView, terminal: Terminal, now: float, left: str) -> str:
    """Write the sums; where there is no room, the least important of them are left out."""
    name = view.plan.flow if view.plan else ""
    parts = [
        f"  run {view.run_id[:_RUN_SHOWN]}",
        f"  {view.finished}/{len(view.steps)}",
        f"   {_credits(view)}",
        f"   {clock_text(now - view.started)}",
        left,
    ]
    for least in (4, 0, 2):  # what is left of the time, the run's id, the credits
        if width_of(name) + sum(map(width_of, parts)) > terminal.width:
            parts[least] = ""
    texts = [terminal.line(part) for part in parts]
    rest = "".join(texts[1:])
    room = terminal.width - width_of(texts[0]) - width_of(rest)
    title = terminal.shorten(terminal.line(name), max(room, 0)) + texts[0]
    bar = _bar(view, terminal, terminal.width - width_of(title) - width_of(rest) - 2)
    return f"{terminal.paint(title, 'bold')}{bar}{rest}"


def _left(view: RunView, seconds_left: float) -> str:
    if view.is_stopping:
        return "   stopping"
    return f"   ~{clock_text(seconds_left)} left" if seconds_left >= 1 else ""


def _credits(view: RunView) -> str:
    spent = credits_text(view.credits)
    if view.plan is None or not view.plan.estimate.high:
        return in_credits(spent)
    cost = credits_text(view.plan.estimate.high)
    # What nobody states the price of comes on top.
    return f"{spent} of {in_credits(f'{cost}+' if view.plan.unknown_prices else cost)}"


def _bar(view: RunView, terminal: Terminal, room: int) -> str:
    if room < _BAR_LEAST:
        return ""
    size = min(room, _BAR_MOST)
    done = view.finished * size // max(len(view.steps), 1)
    if terminal.is_ascii or not terminal.has_colour:
        # Without colour the two parts differ by their signs.
        return "  " + terminal.glyphs("━" * done) + "." * (size - done)
    return f"  {'━' * done}{terminal.paint('━' * (size - done), 'dim')}"
