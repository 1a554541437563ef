"""The plan as people read it: a line for each instance, the sums, and the command that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel.amounts import CREDIT_USD, FREE, Estimate, credits_text, in_credits
from runway_flow.plan.duration import LOCAL
from runway_flow.plan.plan import Change, PlanState
from runway_flow.plan.totals import find_shortfalls
from runway_flow.report.amounts import about_text, cost_text, counted
from runway_flow.report.table import Column, layout, render_row
from runway_flow.report.terminal import pad, width_of

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
_PATH_SHOWN = 3
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
) -> str:
    """Write the plan.

    `command` runs it; `count` is the number of steps that the flow declares. `is_whole`: a line for each
    instance, however many there are.
    """
    lines = [*_heading(plan, count, store, terminal), ""]
    if plan.steps:
        lines += [*_table(_lines(plan, is_whole=is_whole), terminal), ""]
    lines += [*(terminal.line(text) for text in summary_lines(plan, terminal.width))]
    if command and plan.has_work and not find_shortfalls(plan):
        lines.append(f"Run it:  {terminal.line(command)}")
    return "\n".join(lines) + "\n"


def _heading(plan: Plan, count: int, store: str, terminal: Terminal) -> list[str]:
    """Write what is planned and where results are kept: the latter on a line of its own if it must."""
    head = terminal.line(f"{plan.flow} · {counted(count, 'step')} · models of {plan.table_date}")
    place = terminal.line(f"store {store}")
    joined = f"{head}{terminal.glyphs(' · ')}{place}"
    lines = [joined] if width_of(joined) <= terminal.width else [head, place]
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
    why = "stored" if first.state is PlanState.STORED else _common(step.why for step in group)
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


_COUNTED = (
    ("paid task", "paid tasks", PlanState.RUN),
    ("known later", "known later", PlanState.UNKNOWN),
    ("to collect", "to collect", PlanState.IN_FLIGHT),
    ("local", "local", PlanState.LOCAL),
    ("stored", "stored", PlanState.STORED),
    ("skipped", "skipped", PlanState.SKIPPED),
    ("in doubt", "in doubt", PlanState.IN_DOUBT),
    ("blocked", "blocked", PlanState.BLOCKED),
)


def summary_lines(plan: Plan, width: int) -> list[str]:
    """Write what a run would do, cost and take: two lines, or one for each sentence if that is too wide."""
    parts = _counts(plan)
    if not plan.has_work:
        saved = f" Saved by the store: {in_credits(credits_text(plan.saved))}." if plan.saved else ""
        return [f"Nothing to do: {', '.join(parts) or 'no instances'}.{saved}"]
    sentences = [_cost_sentence(plan), *_history(plan), *_step_budgets(plan)]
    if plan.unknown_prices:
        sentences.append(f"Not counted: {counted(plan.unknown_prices, 'task')} of unknown price.")
    if plan.saved:
        sentences.append(f"Saved by the store: {credits_text(plan.saved)}.")
    if plan.seconds:
        sentences.append(f"About {about_text(plan.seconds)} ({_slowest(plan)}).")
    joined = " ".join(sentences)
    return [f"Plan: {', '.join(parts)}.", *([joined] if width_of(joined) <= width else sentences)]


def _slowest(plan: Plan) -> str:
    """Say what a run waits for the longest: room, or a chain."""
    crowd = plan.crowd
    if crowd is None:
        path = plan.critical_path
        names = path if len(path) <= _PATH_SHOWN else (path[0], "…", path[-1])
        return f"critical path {' → '.join(names)}"
    if crowd.pool == LOCAL:
        return f"{crowd.count} operations on this machine, one after the other"
    return f"{crowd.count} {f'tasks of {crowd.pool}' if crowd.pool else 'tasks'}, {crowd.width} at once"


def _counts(plan: Plan) -> list[str]:
    """Count instances by what becomes of them; of equal actions only the one that is done."""
    states = [step.state for step in plan.steps.values() if step.same_as is None]
    parts = [counted(number, one, many) for one, many, state in _COUNTED if (number := states.count(state))]
    equal = len(plan.steps) - len(states)
    return [*parts, f"{equal} the same as another"] if equal else parts


def _cost_sentence(plan: Plan) -> str:
    cost = plan.estimate
    text = f"Cost: {in_credits(cost_text(cost))}"
    if cost.high:
        text += f" (${cost.high * CREDIT_USD:.2f})"
    if plan.budget is not None:
        text += f" of a budget of {credits_text(plan.budget)}"
        short = [one for one in find_shortfalls(plan) if one.step is None]
        if short:
            text += f": {credits_text(short[0].missing)} too many, a run would be refused"
    return f"{text}."


def _history(plan: Plan) -> list[str]:
    """Say what the run that would be continued has spent."""
    if not plan.spent:
        return []
    limit = f" of {credits_text(plan.budget)}" if plan.budget is not None else ""
    return [f"Spent so far: {credits_text(plan.spent)}{limit}."]


def _step_budgets(plan: Plan) -> list[str]:
    return [
        f"The budget of {short.step} is {credits_text(short.budget)}: "
        f"{credits_text(short.missing)} too few, a run would be refused."
        for short in find_shortfalls(plan)
        if short.step is not None
    ]
