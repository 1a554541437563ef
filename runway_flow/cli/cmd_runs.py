"""`runs`: the runs so far."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import rich_click as click

from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.kernel import codes
from runway_flow.kernel.amounts import credits_text
from runway_flow.kernel.errors import UsageError
from runway_flow.report.json_documents import attempt_data, run_data
from runway_flow.report.table import Column, layout, render_row
from runway_flow.report.terminal import clean
from runway_flow.wiring import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runway_flow.cli.options import Common
    from runway_flow.engine.ports import RunRecord

_LIMIT = 50
_ALL = 1000
_RUNS = (
    Column("run", 8),
    Column("flow", 6, 1),
    Column("started", 0, 2),
    Column("status", 0),
    Column("credits", 0),
)
_ATTEMPTS = (
    Column("step", 6),
    Column("model", 6, 2),
    Column("state", 0),
    Column("credits", 0, is_right=True),
    Column("task", 8, 3),
    Column("failure", 8, 1),
)


@click.group("runs")
def command() -> None:
    """Show the runs so far."""


@command.command("ls")
@global_flags
@click.pass_context
def list_(context: click.RichContext, /, **values: Any) -> int:  # noqa: ANN401 - click's own types
    """List the latest runs, newest first."""
    common = resolve_common(take_globals(context, values))
    with Session(common.settings, can_write=False) as session:
        runs = [run for run in session.store.state.list_runs(_LIMIT) if _is_of(run, session)]
    if common.is_json:
        document = {"version": 1, "runs": [run_data(run) for run in runs]}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return 0
    rows = [
        (run.run_id, run.flow, _when(run.started_at), run.status or "unfinished", _spent(run)) for run in runs
    ]
    _print(_RUNS, rows, common, "no runs yet")
    return 0


@command.command("show")
@click.argument("run_id", metavar="RUN", required=False)
@global_flags
@click.pass_context
def show(context: click.RichContext, /, run_id: str | None, **values: Any) -> int:  # noqa: ANN401
    """Show one run (the latest if none is named) with its paid attempts."""
    common = resolve_common(take_globals(context, values))
    with Session(common.settings, can_write=False) as session:
        runs = session.store.state.list_runs(_ALL)
        found = [run for run in runs if run.run_id.startswith((run_id or "").upper())]
        if not found or (run_id is None and not runs):
            hint = f"the latest is {runs[0].run_id}" if runs else "there are no runs yet"
            raise UsageError(
                f"no run is called `{run_id or 'latest'}`", code=codes.SELECTION_UNKNOWN, hint=hint
            )
        if run_id is not None and len(found) > 1 and found[0].run_id != run_id.upper():
            names = ", ".join(run.run_id for run in found[:5])
            raise UsageError(f"several runs begin with `{run_id}`", code=codes.SELECTION_UNKNOWN, hint=names)
        run = found[0]
        attempts = session.store.state.attempts_of(run.run_id)
    if common.is_json:
        document = {"version": 1, "run": run_data(run), "attempts": [attempt_data(item) for item in attempts]}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return 0
    status = run.status or "unfinished"
    head = f"{run.run_id}  {run.flow}  {_when(run.started_at)}  {status}  {_spent(run)} credits"
    sys.stdout.write(common.out.paint(clean(head), "bold") + "\n")
    rows = [
        (
            item.intent.step,
            item.intent.model or item.intent.endpoint,
            "in doubt" if item.state.is_open and item.task is None else item.state.value,
            credits_text(item.cost) if item.cost is not None else "–",
            item.task or "",
            item.failure or "",
        )
        for item in attempts
    ]
    _print(_ATTEMPTS, rows, common, "nothing was paid for in this run")
    return 0


def _print(columns: Sequence[Column], rows: Sequence[Sequence[str]], common: Common, nothing: str) -> None:
    if not rows:
        sys.stdout.write(f"{nothing}\n")
        return
    cleaned = [[clean(cell) for cell in row] for row in rows]
    widths = layout(columns, cleaned, common.out.width)
    lines = [common.out.paint(render_row(columns, widths, [column.head for column in columns], common.out), "dim")]
    lines += [render_row(columns, widths, row, common.out) for row in cleaned]
    sys.stdout.write(common.out.glyphs("\n".join(lines) + "\n"))


def _is_of(run: RunRecord, session: Session) -> bool:
    return not session.settings.emulate or run.realm == session.realm


def _when(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")


def _spent(run: RunRecord) -> str:
    return credits_text(run.spent) if run.spent is not None else "0"
