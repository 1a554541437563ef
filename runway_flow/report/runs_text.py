"""Runs as people read them: a list of them, and one with what it paid for. Ids are never cut."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from runway_flow.kernel.amounts import ZERO, credits_text, in_credits
from runway_flow.kernel.redaction import excerpt, redact
from runway_flow.report.amounts import cost_text
from runway_flow.report.table import GAP, Column, layout, render_row
from runway_flow.report.terminal import packed, width_of, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runway_flow.engine.attempts import Attempt
    from runway_flow.engine.records import RunRecord
    from runway_flow.report.terminal import Terminal

_RUNS = (
    Column("run"),
    Column("flow", 6, 2),
    Column("started", 0, 3),
    Column("where"),
    Column("status", 0, 1),
    Column("credits", 0, 1, is_right=True),
)
_ATTEMPTS = (
    Column("step", 6),
    Column("model", 6, 1),
    Column("state"),
    Column("table", 0, 2, is_right=True),
    Column("API", 0, 2, is_right=True),
    Column("paid", is_right=True),
    Column("task"),
)
"""What an attempt was to cost by our table, by the API's own estimate, and in the end."""
_INDENT = "    "


def where_text(realm: str) -> str:
    """Name who did the work of a realm: `emulated` where no credit was real."""
    return "emulated" if realm == "local" else realm


def render_runs(runs: Sequence[RunRecord], terminal: Terminal) -> str:
    """Write a line for each run, in the order given."""
    if not runs:
        return "no runs yet\n"
    return _joined(_table(_RUNS, [_run_cells(run) for run in runs], terminal))


def render_run(run: RunRecord, attempts: Sequence[Attempt], terminal: Terminal) -> str:
    """Write one run with its attempts; where a row has no room for a task's id, that is on the next line."""
    head = [terminal.paint(line, "bold") for line in _head(run, terminal)]
    if not attempts:
        return _joined([*head, "", "nothing was paid for in this run"])
    rows = [tuple(map(terminal.line, _attempt_cells(item))) for item in attempts]
    is_wide = _least_width(rows) <= terminal.width
    columns = _ATTEMPTS if is_wide else _ATTEMPTS[:-1]
    table = _table(columns, [row if is_wide else row[:-1] for row in rows], terminal)
    lines = [table[0]]
    for line, row, item in zip(table[1:], rows, attempts, strict=True):
        lines.append(line)
        if not is_wide:
            lines += [f"{_INDENT}{more}" for more in _cut_off(line, row)]
        lines += _failure(item, terminal)
    return _joined([*head, "", *lines])


def _head(run: RunRecord, terminal: Terminal) -> list[str]:
    """Write what a run is, in as many lines as it needs."""
    spent = in_credits(_spent(run))
    paid = f"{spent}, emulated" if run.realm == "local" else spent
    parts = [
        run.flow,
        f"run {run.run_id}",
        run.status or "unfinished",
        paid,
        when_text(run.started_at),
        run.path,
    ]
    if run.realm not in ("local", "runway"):
        parts.append(run.realm)
    return packed(map(terminal.line, parts), terminal.glyphs(" · "), terminal.width)


def _run_cells(run: RunRecord) -> tuple[str, ...]:
    status = run.status or "unfinished"
    return (run.run_id, run.flow, when_text(run.started_at), where_text(run.realm), status, _spent(run))


def _attempt_cells(item: Attempt) -> tuple[str, ...]:
    state = item.state.value
    if item.state.is_open:
        state = "in doubt" if item.task is None else "in flight"
    return (
        item.intent.step,
        item.intent.model or item.intent.endpoint,
        state,
        cost_text(item.intent.estimate),
        credits_text(item.estimated) if item.estimated is not None else "–",
        credits_text(item.cost) if item.cost is not None else "–",
        item.task or "",
    )


def _least_width(rows: Iterable[Sequence[str]]) -> int:
    """Count the columns that rows need if what can be left out is, and nothing else is cut."""
    cells = zip(_ATTEMPTS, *rows, strict=True)
    widest = [
        max(width_of(cell) for cell in (head.head, *found)) for head, *found in cells if not head.leaves
    ]
    return sum(widest) + len(GAP) * (len(widest) - 1)


def _cut_off(line: str, row: Sequence[str]) -> list[str]:
    """Give what people may copy and what a narrow row does not show whole."""
    step, task = row[0], row[-1]
    return [text for text in (step, task) if text and text not in line]


def _failure(item: Attempt, terminal: Terminal) -> list[str]:
    if not item.failure:
        return []
    return wrapped(terminal.line(excerpt(redact(item.failure))), terminal.width, _INDENT)


def _table(columns: Sequence[Column], rows: Iterable[Sequence[str]], terminal: Terminal) -> list[str]:
    cleaned = [[terminal.line(cell) for cell in row] for row in rows]
    widths = layout(columns, cleaned, terminal.width)
    heads = render_row(columns, widths, [column.head for column in columns], terminal)
    return [terminal.paint(heads, "dim"), *(render_row(columns, widths, row, terminal) for row in cleaned)]


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def when_text(at: float, *, is_exact: bool = False) -> str:
    """Write a time in the zone of the machine; exactly with seconds and the zone."""
    form = "%Y-%m-%d %H:%M:%S %Z" if is_exact else "%Y-%m-%d %H:%M"
    return datetime.fromtimestamp(at).astimezone().strftime(form)


def _spent(run: RunRecord) -> str:
    return credits_text(run.spent if run.spent is not None else ZERO)
