"""The plan as people read it: a line for each instance, the sums, and the command that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.kernel.amounts import CREDIT_USD, credits_text
from runway_flow.plan.plan import Change, PlanState
from runway_flow.report.amounts import cost_text, seconds_text
from runway_flow.report.table import Column, layout, render_row
from runway_flow.report.terminal import clean, pad

if TYPE_CHECKING:
    from runway_flow.plan.plan import Plan, PlannedStep
    from runway_flow.report.terminal import Terminal

COLUMNS = (
    Column("step", 6, 0),
    Column("runs", 10, 2),
    Column("what", 8, 3),
    Column("credits", 0, 0, is_right=True),
    Column("why", 8, 1),
)
_STYLES = {"=": "dim", "+": "green", "~": "yellow", ">": "cyan", "?": "blue", "-": "dim", "·": "blue"}
_INDENT = 4


def symbol(step: PlannedStep) -> str:
    """Give the sign of a state: `=` stored, `+` new, `~` changed, `>` in flight, `·` local, `?`, `-`."""
    signs = {
        PlanState.STORED: "=",
        PlanState.IN_FLIGHT: ">",
        PlanState.LOCAL: "·",
        PlanState.UNKNOWN: "?",
        PlanState.SKIPPED: "-",
        PlanState.BLOCKED: "-",
        PlanState.IN_DOUBT: "!",
    }
    if step.state in signs:
        return signs[step.state]
    return "~" if step.change is Change.CHANGED else "+"


def runs_text(step: PlannedStep) -> str:
    """Name what runs: the model, and its endpoint where the model has several."""
    row = step.capability
    if row.is_local or row.model is None:
        return row.endpoint
    return (
        f"{row.model} {row.endpoint}" if step.uses in (row.model, row.uses) and _says_more(row) else row.model
    )


def _says_more(row: object) -> bool:
    return getattr(row, "endpoint", "") in ("image_to_video", "text_to_video", "video_to_video")


def render_plan(plan: Plan, terminal: Terminal, *, store: str, command: str | None, count: int) -> str:
    """Write the plan; `command` runs it, `count` is the number of steps that the flow declares."""
    steps = list(plan.steps.values())
    head = f"{plan.flow} · {count} steps · models of {plan.table_date} · store {store}"
    lines = [terminal.paint(clean(head), "bold"), ""]
    rows = [(step.id, runs_text(step), step.what, _credits(step), step.why) for step in steps]
    cleaned = [tuple(clean(cell) for cell in row) for row in rows]
    widths = layout(COLUMNS, cleaned, terminal.width - _INDENT)
    head_row = render_row(COLUMNS, widths, [column.head for column in COLUMNS])
    lines.append(terminal.paint(" " * _INDENT + head_row, "dim"))
    for step, row in zip(steps, cleaned, strict=True):
        sign = symbol(step)
        painted = terminal.paint(pad(f" {sign}", 3), _STYLES.get(sign, "red"))
        lines.append(f"{painted} {render_row(COLUMNS, widths, row)}".rstrip())
    lines += ["", *summary_lines(plan)]
    if command and plan.has_work:
        lines.append(f"Run it:  {command}")
    return terminal.glyphs("\n".join(lines) + "\n")


def _credits(step: PlannedStep) -> str:
    if step.state in (PlanState.IN_FLIGHT, PlanState.IN_DOUBT, PlanState.BLOCKED):
        return "–"
    if step.state not in (PlanState.RUN, PlanState.UNKNOWN):
        return "0"
    return cost_text(step.estimate)


_COUNTED = (
    ("{} paid task{s}", (PlanState.RUN,)),
    ("{} known later", (PlanState.UNKNOWN,)),
    ("{} to collect", (PlanState.IN_FLIGHT,)),
    ("{} local", (PlanState.LOCAL,)),
    ("{} stored", (PlanState.STORED,)),
    ("{} skipped", (PlanState.SKIPPED,)),
    ("{} in doubt", (PlanState.IN_DOUBT,)),
    ("{} blocked", (PlanState.BLOCKED,)),
)


def summary_lines(plan: Plan) -> list[str]:
    """Write what a run would do, cost and take, in two lines."""
    states = [step.state for step in plan.steps.values()]
    counts = [(form, sum(states.count(state) for state in wanted)) for form, wanted in _COUNTED]
    parts = [form.format(count, s="" if count == 1 else "s") for form, count in counts if count]
    if not plan.has_work:
        saved = f" Saved by the store: {credits_text(plan.saved)} credits." if plan.saved else ""
        return [f"Nothing to do: {', '.join(parts) or 'no instances'}.{saved}"]
    cost = plan.estimate
    text = f"Cost: {cost_text(cost)} credits"
    if cost.high:
        text += f" (${cost.high * CREDIT_USD:.2f})"
    if plan.unknown_prices:
        text += f", and {plan.unknown_prices} of unknown price"
    if plan.budget is not None:
        text += f" of a budget of {credits_text(plan.budget)}"
    text += "."
    if plan.saved:
        text += f" Saved by the store: {credits_text(plan.saved)}."
    if plan.critical_seconds:
        path = [name for name in plan.critical_path if (plan.steps[name].seconds or 0) > 0]
        names = " → ".join(path if len(path) <= 3 else (path[0], "…", path[-1]))  # noqa: PLR2004
        text += f" About {seconds_text(plan.critical_seconds)} (critical path {names})."
    return [f"Plan: {', '.join(parts)}.", text]
