"""The sums of a plan in sentences: what a run would do, cost and take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.kernel.amounts import CREDIT_USD, credits_text, in_credits
from runway_flow.plan.duration import LOCAL
from runway_flow.plan.plan import PlanState
from runway_flow.plan.totals import find_shortfalls
from runway_flow.report.amounts import about_text, cost_text, counted
from runway_flow.report.terminal import width_of, wrapped

if TYPE_CHECKING:
    from runway_flow.plan.plan import Plan
    from runway_flow.report.terminal import Terminal

_PATH_SHOWN = 3

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


def summary_lines(plan: Plan, terminal: Terminal, *, is_emulated: bool = False) -> list[str]:
    """Write what a run would do, cost and take: two lines, or lines for each sentence if that is too wide."""
    parts = _counts(plan)
    if not plan.has_work:
        saved = f" Saved by the store: {in_credits(credits_text(plan.saved))}." if plan.saved else ""
        text = f"Nothing to do: {', '.join(parts) or 'no instances'}.{saved}"
        return wrapped(terminal.line(text), terminal.width)
    sentences = [_cost_sentence(plan), *_history(plan), *_step_budgets(plan)]
    if plan.unknown_prices:
        sentences.append(f"Not counted: {counted(plan.unknown_prices, 'task')} of unknown price.")
    if plan.saved:
        sentences.append(f"Saved by the store: {credits_text(plan.saved)}.")
    if plan.seconds:
        where = " at Runway" if is_emulated else ""
        sentences.append(f"About {about_text(plan.seconds)}{where} ({_slowest(plan)}).")
    told = [terminal.line(sentence) for sentence in sentences]
    joined = " ".join(told)
    lines = [f"Plan: {', '.join(parts)}.", *([joined] if width_of(joined) <= terminal.width else told)]
    return [part for line in lines for part in wrapped(line, terminal.width)]


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
