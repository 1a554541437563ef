"""`runs`: the runs so far."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import rich_click as click

from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.cli.printing import print_document, print_result
from runway_flow.kernel import codes
from runway_flow.kernel.amounts import credits_text, in_credits
from runway_flow.kernel.errors import UsageError
from runway_flow.kernel.redaction import excerpt, redact
from runway_flow.report.amounts import cost_text
from runway_flow.report.json_documents import attempt_data, run_data
from runway_flow.report.table import Column, layout, render_row
from runway_flow.wiring import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runway_flow.cli.options import Common
    from runway_flow.engine.attempts import Attempt
    from runway_flow.engine.records import RunRecord

_LIMIT = 50
_ALL = 1000
_RUNS = (
    Column("run", 8),
    Column("flow", 6, 1),
    Column("started", 0, 2),
    Column("status", 0),
    Column("credits", 0, is_right=True),
)
_ATTEMPTS = (
    Column("step", 6),
    Column("model", 6, 2),
    Column("state", 0),
    Column("table", 0, is_right=True),
    Column("API", 0, is_right=True),
    Column("paid", 0, is_right=True),
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
        runs = _known(session, _LIMIT)
    if common.is_json:
        print_document({"version": 1, "runs": [run_data(run) for run in runs]})
        return 0
    rows = [
        (run.run_id, run.flow, _when(run.started_at), run.status or "unfinished", _spent(run)) for run in runs
    ]
    _print(_RUNS, rows, common, "no runs yet")
    return 0


@command.command("show")
@click.argument("run_id", metavar="[RUN]", required=False)
@global_flags
@click.pass_context
def show(context: click.RichContext, /, run_id: str | None, **values: Any) -> int:  # noqa: ANN401
    """Show one run (the latest if none is named) with its paid attempts; the start of its id is enough."""
    common = resolve_common(take_globals(context, values))
    with Session(common.settings, can_write=False) as session:
        run = _find(_known(session, _ALL), run_id)
        attempts = session.store.state.attempts_of(run.run_id)
    if common.is_json:
        document = {"version": 1, "run": run_data(run), "attempts": [attempt_data(item) for item in attempts]}
        print_document(document)
        return 0
    status = run.status or "unfinished"
    head = f"{run.run_id}  {run.flow}  {_when(run.started_at)}  {status}  {in_credits(_spent(run))}"
    print_result(common.out.paint(common.out.line(head), "bold") + "\n")
    _print(_ATTEMPTS, [_cells(item) for item in attempts], common, "nothing was paid for in this run")
    return 0


def _known(session: Session, limit: int) -> list[RunRecord]:
    """Give the latest runs; with `--emulate` those that cost nothing."""
    runs = session.store.state.list_runs(limit)
    return [run for run in runs if not session.settings.emulate or run.realm == session.realm]


def _find(runs: Sequence[RunRecord], run_id: str | None) -> RunRecord:
    """Give the run that is meant. Raises `UsageError`."""
    if not runs:
        raise UsageError("there are no runs yet", code=codes.SELECTION_UNKNOWN)
    if run_id is None:
        return runs[0]
    wanted = run_id.upper()
    found = [run for run in runs if run.run_id.upper().startswith(wanted)]
    exact = [run for run in found if run.run_id.upper() == wanted]
    if len(exact or found) > 1:
        names = ", ".join(run.run_id for run in found[:5])
        raise UsageError(f"several runs begin with `{run_id}`", code=codes.SELECTION_UNKNOWN, hint=names)
    if not found:
        hint = f"the latest is {runs[0].run_id}; `runway-flow runs ls` lists them"
        raise UsageError(f"no run is called `{run_id}`", code=codes.SELECTION_UNKNOWN, hint=hint)
    return (exact or found)[0]


def _cells(item: Attempt) -> tuple[str, ...]:
    return (
        item.intent.step,
        item.intent.model or item.intent.endpoint,
        "in doubt" if item.state.is_open and item.task is None else item.state.value,
        cost_text(item.intent.estimate),
        credits_text(item.estimated) if item.estimated is not None else "–",
        credits_text(item.cost) if item.cost is not None else "–",
        item.task or "",
        excerpt(redact(item.failure)) if item.failure else "",
    )


def _print(columns: Sequence[Column], rows: Sequence[Sequence[str]], common: Common, nothing: str) -> None:
    if not rows:
        print_result(f"{nothing}\n")
        return
    out = common.out
    cleaned = [[out.line(cell) for cell in row] for row in rows]
    widths = layout(columns, cleaned, out.width)
    heads = render_row(columns, widths, [column.head for column in columns], out)
    lines = [out.paint(heads, "dim"), *(render_row(columns, widths, row, out) for row in cleaned)]
    print_result("\n".join(lines) + "\n")


def _when(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")


def _spent(run: RunRecord) -> str:
    return credits_text(run.spent) if run.spent is not None else "0"
