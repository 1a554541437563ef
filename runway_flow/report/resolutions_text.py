"""Attempts that the user decides about, as people read them: lists, the evidence of one, what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.engine.attempts import AttemptState
from runway_flow.engine.resolution import CancelFate
from runway_flow.engine.service import TaskState
from runway_flow.kernel.amounts import credits_text, in_credits
from runway_flow.kernel.redaction import excerpt, redact
from runway_flow.report.amounts import cost_text, counted, seconds_text
from runway_flow.report.runs_text import when_text, where_text
from runway_flow.report.table import Column, layout, render_row
from runway_flow.report.terminal import pad, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runway_flow.engine.attempts import Attempt
    from runway_flow.engine.resolution import Cancelled, Evidence
    from runway_flow.plan.action import ActionResult
    from runway_flow.report.terminal import Terminal

_COLUMNS = (
    Column("step", 6),
    Column("flow", 6, 3),
    Column("state"),
    Column("model", 6, 2),
    Column("sent", 0, 1),
    Column("where", 0, 4),
    Column("credits", 0, 1, is_right=True),
)
_INDENT = "  "
_LABEL = 10
_CUT_OFF = "the process ended before an answer was written down"
"""Why an attempt is in doubt that has no reason in the journal."""


def state_text(attempt: Attempt) -> str:
    """Name why an attempt asks for a decision."""
    if attempt.state.is_open:
        return "in doubt"
    return "dropped" if attempt.state is AttemptState.DROPPED else "refused by moderation"


def render_open(found: Sequence[Evidence], terminal: Terminal, command: str) -> str:
    """List attempts in the order given; `command` shows one of them."""
    if not found:
        return "nothing is in doubt, and nothing is held back\n"
    rows = [[terminal.line(cell) for cell in _cells(one)] for one in found]
    widths = layout(_COLUMNS, rows, terminal.width)
    heads = render_row(_COLUMNS, widths, [column.head for column in _COLUMNS], terminal)
    lines = [terminal.paint(heads, "dim"), *(render_row(_COLUMNS, widths, row, terminal) for row in rows)]
    return _joined([*lines, "", f"Show the evidence, and decide:  {command} STEP"])


def _cells(found: Evidence) -> tuple[str, ...]:
    attempt, intent = found.attempt, found.attempt.intent
    price = cost_text(intent.estimate) if attempt.cost is None else credits_text(attempt.cost)
    return (
        intent.step,
        intent.flow,
        state_text(attempt),
        intent.model or intent.endpoint,
        when_text(intent.intended_at),
        where_text(found.realm),
        price,
    )


def render_evidence(found: Evidence, terminal: Terminal, command: str) -> str:
    """Write all that is known of one attempt, and the ways to decide; `command` names the step already."""
    intent, attempt = found.attempt.intent, found.attempt
    name = terminal.line(f"{intent.step} of {intent.flow}")
    if found.is_in_doubt:
        head = f"{name} is in doubt: it was sent, and what became of it is not known"
        ways = [
            ("A task was made there", f"{command} --task ID"),
            ("None was, or pay again", f"{command} --resubmit"),
            ("Go without it", f"{command} --drop"),
        ]
    else:
        head = f"{name} is not submitted: it was {state_text(attempt)}"
        ways = [("Let the next run pay again", f"{command} --resubmit")]
    lines = [terminal.paint(head, "bold")]
    for label, text in _facts(found):
        first, *more = wrapped(terminal.line(text), max(terminal.width - _LABEL - len(_INDENT), 20)) or [""]
        lines.append(f"{_INDENT}{terminal.paint(pad(label, _LABEL), 'dim')}{first}")
        lines += [" " * (len(_INDENT) + _LABEL) + line for line in more]
    width = max(len(label) for label, _ in ways) + 1
    return _joined([*lines, "", *(f"{pad(f'{label}:', width)}  {text}" for label, text in ways)])


def _facts(found: Evidence) -> list[tuple[str, str]]:
    attempt, intent = found.attempt, found.attempt.intent
    ago = seconds_text(max(found.at - intent.intended_at, 0.0))
    model = f"{intent.model} ({intent.endpoint})" if intent.model else intent.endpoint
    table = f", by the table of {intent.table_date}" if intent.table_date else ""
    path = f", {found.run.path}" if found.run is not None else ""
    facts = [
        ("sent", f"{when_text(intent.intended_at, is_exact=True)}, {ago} ago"),
        ("to", where_text(found.realm)),
        ("what", f"{model}, {in_credits(cost_text(intent.estimate))}{table}"),
        ("run", f"{intent.run_id}{path}"),
        ("attempt", f"{intent.attempt_id}, number {intent.number} of its action"),
    ]
    if not found.is_in_doubt:
        cost = "" if attempt.cost is None else f", {in_credits(credits_text(attempt.cost))} charged"
        if attempt.task is not None:
            facts.append(("task", f"{attempt.task}{cost}"))
        said = " ".join(part for part in (attempt.failure_code, attempt.failure) if part)
        return [*facts, ("why", excerpt(redact(said)))] if said else facts
    facts.append(("why", excerpt(redact(attempt.failure)) if attempt.failure else _CUT_OFF))
    return [*facts, ("account", _account(found)), ("look at", _portal(found))]


def _account(found: Evidence) -> str:
    """Say what the account has now: less than remembered, or one generation more, hints at a task."""
    if found.account is None:
        return f"not asked: {found.unasked}"
    balance = found.account.balance
    parts = [f"{in_credits(credits_text(balance))} left now"] if balance is not None else []
    model = found.attempt.intent.model
    pool = found.account.pools.get(model) if model is not None else None
    if pool is not None and pool.used_today is not None:
        of = f" of {pool.daily}" if pool.daily is not None else ""
        parts.append(f"{pool.used_today}{of} generations of {model} in the last 24 h")
    return "; ".join(parts) or "the API says nothing of balance and generations"


def _portal(found: Evidence) -> str:
    if found.realm == "local":
        return "the emulator's ledger: its lines `post` and `billed` of that moment"
    return "the developer portal, Manage → Request History, at that minute: it lists tasks with their ids"


def adopted_text(attempt: Attempt, task: str, state: TaskState) -> str:
    """Say that a task was taken for an attempt, and what comes next."""
    how = f"adopted: task {task} ({state.value})"
    after = "the next run of the flow collects it; nothing is paid for it again"
    if state in (TaskState.FAILED, TaskState.CANCELLED):
        after = "the next run of the flow writes that down"
    return f"{attempt.intent.step}: {how}; {after}\n"


def released_text(attempt: Attempt) -> str:
    """Say that the next run pays again."""
    most = in_credits(cost_text(attempt.intent.estimate))
    return f"{attempt.intent.step}: the next run of the flow submits it again, and pays up to {most}\n"


def dropped_text(attempt: Attempt, command: str) -> str:
    """Say that a step is given up; `command` takes that back."""
    step = attempt.intent.step
    return f"{step}: dropped; no run pays for it until it changes, or `{command} --resubmit` says so\n"


def render_cancelled(found: Sequence[Cancelled], terminal: Terminal) -> str:
    """Say of each task what became of it, and what that cost."""
    return _joined(terminal.line(_cancelled(one)) for one in found)


def _cancelled(one: Cancelled) -> str:
    name = f"{one.attempt.intent.step}: task {one.attempt.task}"
    if one.fate is CancelFate.FINISHED:
        ended = "is done" if one.was is TaskState.SUCCEEDED else "has failed"
        return f"{name} {ended} already, and was left as it is; the next run collects it"
    noted = "" if one.is_noted else "; the run that works on it writes that down"
    if one.cost is not None:
        return f"{name} is cancelled, {in_credits(credits_text(one.cost))} charged{noted}"
    reserved = one.attempt.reserved
    amount = in_credits(credits_text(reserved)) if reserved is not None else "its estimate"
    why = (
        "running, so not refunded"
        if one.was is TaskState.RUNNING
        else "perhaps refunded: the API does not say"
    )
    return f"{name} is cancelled ({why}); {amount} counted as spent{noted}"


def bound_text(flow: str, step: str, result: ActionResult) -> str:
    """Say that something made elsewhere is the result of an instance now."""
    kinds = counted(len(result.outputs), "output")
    what = f"task {result.task}" if result.task else "a file"
    return (
        f"{step} of {flow}: {what} is its result now ({kinds}, {in_credits(credits_text(result.credits))})\n"
    )


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line.rstrip()}\n" for line in lines)
