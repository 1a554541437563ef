"""The plan as people read it: a line for each instance, the sums, and the command that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel.amounts import FREE, Estimate
from runway_flow.plan.plan import Change, PlanState
from runway_flow.plan.stating import short_list
from runway_flow.plan.totals import find_shortfalls
from runway_flow.report.amounts import cost_text, counted
from runway_flow.report.plan_sums import summary_lines
from runway_flow.report.table import Column, layout, render_row
from runway_flow.report.terminal import packed, pad, with_command

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runway_flow.plan.plan import Plan, PlannedStep
    from runway_flow.report.terminal import Terminal

COLUMNS = (
    Column("step", 6, 0),
    Column("runs", 14, 2),
    Column("what", 14, 3),
    Column("credits", 0, 0, is_right=True),
    Column("why", 16, 1),
)
_STYLES = {"=": "dim", "+": "green", "~": "yellow", ">": "cyan", "?": "blue", "-": "dim", "·": "blue"}
_INDENT = 4
_FOLD_ABOVE = 60
"""Instances of one step that fare alike take one line in a plan of more instances than this."""
_SIGNS = {
    PlanState.STORED: "=",
    PlanState.IN_FLIGHT: ">",
    PlanState.LOCAL: "·",
    PlanState.UNKNOWN: "?",
    PlanState.SKIPPED: "-",
    PlanState.BLOCKED: "-",
    PlanState.IN_DOUBT: "*",
}


def symbol(step: PlannedStep) -> str:
    """Give the sign of a state: `=` stored, `+` new, `~` changed, `>` in flight, `·` local, `?` known later.

    `*` is in doubt, `-` skipped or blocked; `!` is kept for what is forced.
    """
    return _SIGNS.get(step.state) or ("~" if step.change is Change.CHANGED else "+")


def runs_text(step: PlannedStep) -> str:
    """Name what runs: the model, and for videos its endpoint, which the model's name leaves open."""
    row = step.capability
    if row.is_local or row.model is None:
        return row.endpoint
    return f"{row.model} {row.endpoint}" if row.endpoint.endswith("_to_video") else row.model


class _Line(Struct, frozen=True):
    """One line of the table: an instance, or several of one step that fare alike."""

    sign: str
    cells: tuple[str, ...]


def render_plan(
    plan: Plan,
    terminal: Terminal,
    *,
    store: str,
    count: int,
    command: str | None = None,
    is_whole: bool = False,
    is_emulated: bool = False,
) -> str:
    """Write the plan.

    `command` runs it; `count` is the number of steps that the flow declares. `is_whole`: a line for each
    instance, however many there are. `is_emulated`: nothing of it is really paid.
    """
    lines = [*_heading(plan, count, store, terminal, is_emulated=is_emulated), ""]
    if plan.steps:
        lines += [*_table(_lines(plan, is_whole=is_whole), terminal), ""]
    lines += summary_lines(plan, terminal, is_emulated=is_emulated)
    if command and plan.has_work and not find_shortfalls(plan):
        lines += with_command("Run it:", terminal.line(command), terminal.width)
    return "\n".join(lines) + "\n"


def _heading(plan: Plan, count: int, store: str, terminal: Terminal, *, is_emulated: bool) -> list[str]:
    """Write what is planned, by which table, and where results are kept, on as many lines as it needs."""
    parts = [plan.flow, counted(count, "step"), f"models of {plan.table_date}", f"store {store}"]
    if is_emulated:
        parts.insert(2, "emulated")
    lines = packed(map(terminal.line, parts), terminal.glyphs(" · "), terminal.width)
    return [terminal.paint(line, "bold") for line in lines]


def _lines(plan: Plan, *, is_whole: bool) -> list[_Line]:
    steps = list(plan.steps.values())
    if is_whole or len(steps) <= _FOLD_ABOVE:
        return [_line_of(step) for step in steps]
    groups: dict[tuple[str, str], list[PlannedStep]] = {}
    for step in steps:
        groups.setdefault((step.step, symbol(step)), []).append(step)
    return [_folded(group) if len(group) > 1 else _line_of(group[0]) for group in groups.values()]


def _line_of(step: PlannedStep) -> _Line:
    return _Line(symbol(step), (step.id, runs_text(step), step.what, _credits([step]), step.why))


def _folded(group: Sequence[PlannedStep]) -> _Line:
    first = group[0]
    why = _common(step.why for step in group)
    if first.state is PlanState.STORED:
        why = "stored"
    elif first.state is PlanState.UNKNOWN:
        why = f"needs {short_list(dict.fromkeys(need for step in group for need in step.needs))}"
    name = f"{first.step}[…] × {len(group)}"
    what = _common(step.what for step in group)
    return _Line(symbol(first), (name, _common(map(runs_text, group)), what, _credits(group), why))


def _common(texts: Iterable[str]) -> str:
    """Give what all texts say; the first of them and a sign that others say something else."""
    different = list(dict.fromkeys(texts))
    return different[0] if len(different) == 1 else f"{different[0]} …"


def _table(lines: Sequence[_Line], terminal: Terminal) -> list[str]:
    rows = [tuple(map(terminal.line, line.cells)) for line in lines]
    widths = layout(COLUMNS, rows, terminal.width - _INDENT)
    heads = render_row(COLUMNS, widths, [column.head for column in COLUMNS], terminal)
    shown = [terminal.paint(" " * _INDENT + heads, "dim")]
    for line, row in zip(lines, rows, strict=True):
        sign = pad(f" {terminal.glyphs(line.sign)}", _INDENT)
        painted = terminal.paint(sign, _STYLES.get(line.sign, "red"))
        shown.append(f"{painted}{render_row(COLUMNS, widths, row, terminal)}")
    return shown


def _credits(group: Sequence[PlannedStep]) -> str:
    """Write what instances that fare alike cost together."""
    if group[0].state in (PlanState.IN_FLIGHT, PlanState.IN_DOUBT, PlanState.BLOCKED):
        return "–"
    if group[0].state not in (PlanState.RUN, PlanState.UNKNOWN):
        return "0"
    return cost_text(_sum(step.estimate for step in group))


def _sum(estimates: Iterable[Estimate]) -> Estimate:
    total = FREE
    for estimate in estimates:
        total += estimate
    return total
