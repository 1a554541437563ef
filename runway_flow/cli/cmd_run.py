"""`run`: plan, confirm above `confirm_above`, execute, export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from runway_flow import api
from runway_flow.cli.cmd_plan import run_command, show_plan
from runway_flow.cli.flow_options import input_flags, selection_flags, take_inputs, take_selection
from runway_flow.cli.gates import check_before_paying
from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.cli.progress import open_progress
from runway_flow.engine.events import Found, RunStatus, RunSummary
from runway_flow.kernel.codes import ExitCode
from runway_flow.kernel.errors import RunwayFlowError, UsageError
from runway_flow.report.diagnostics import render_diagnostics
from runway_flow.report.sinks import JsonLines, Tee
from runway_flow.report.summary import render_summary
from runway_flow.running import FlowRun
from runway_flow.wiring import Session

if TYPE_CHECKING:
    from runway_flow.api import PlannedFlow
    from runway_flow.cli.options import Common
    from runway_flow.cli.progress import Progress
    from runway_flow.engine.events import EventSink


@click.command("run")
@click.argument("flow", metavar="FLOW")
@click.option("-j", "--jobs", type=click.IntRange(1), help="At most this many remote tasks at once.")
@click.option("--budget", help="Credits that the run may spend.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before spending much.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("out"), help="Where outputs go.")
@click.option("--events", type=click.Path(path_type=Path), help="Also write every event to this file.")
@click.option("--expect-stored", is_flag=True, help="Exit 6, running nothing, if anything would run.")
@click.option(
    "--progress", type=click.Choice(["auto", "live", "plain", "json", "none"]), help="How progress is shown."
)
@selection_flags
@input_flags
@global_flags
@click.pass_context
def command(context: click.RichContext, /, flow: str, **values: Any) -> int:  # noqa: ANN401 - click's own types
    """Run a flow: what is stored is used, what is in flight is collected, the rest is paid for once."""
    flags = take_globals(context, values)
    common = resolve_common(
        flags, progress=values.pop("progress"), jobs=values.pop("jobs"), budget=values.pop("budget")
    )
    selection = take_selection(values)
    arguments = take_inputs(values)
    with Session(common.settings, can_write=True) as session:
        planned = api.plan(flow, arguments, session, selection)
        if planned.plan is None:
            return _end_before(planned, common, session, RunStatus.INVALID, ExitCode.INVALID)
        if not common.is_json and not common.is_quiet:
            show_plan(planned, common, session, None)
        if values["expect_stored"] and planned.plan.has_work:
            return _end_before(planned, common, session, RunStatus.DRIFT, ExitCode.DRIFT)
        try:
            if planned.plan.has_work:
                check_before_paying(planned.plan, session, common, is_agreed=values["yes"])
            return _run(planned, common, session, values, run_command(flow, common))
        except RunwayFlowError as error:
            if common.is_json:
                _emit_end(planned, common, session, RunStatus.REFUSED, error.code.exit)
                return _explain(error, common)
            raise


def _run(
    planned: PlannedFlow, common: Common, session: Session, values: dict[str, Any], command_line: str
) -> int:
    if planned.plan is None or planned.planned is None:  # pragma: no cover - the caller looked
        raise TypeError
    progress = open_progress(common)
    with _open_events(values["events"]) as events_file:
        sinks: list[EventSink] = [progress]
        if common.is_json:
            sinks.append(JsonLines(sys.stdout))
        if events_file is not None:
            sinks.append(JsonLines(events_file))
        run = FlowRun(
            planned.planned,
            planned.plan,
            session,
            Tee(tuple(sinks)),
            values["out"] / planned.plan.flow,
        )
        run.begin()
        if planned.plan.has_work:
            from runway_flow.cli.executing import execute_with_signals

            summary = execute_with_signals(run, progress)
        else:
            summary = run.finish_stored()
    progress.stop()
    _show_end(planned, summary, progress, common, command_line)
    return int(summary.exit)


def _show_end(
    planned: PlannedFlow, summary: RunSummary, progress: Progress, common: Common, command_line: str
) -> None:
    if common.is_json:
        return
    found = progress.view.diagnostics
    if found:
        sys.stderr.write("\n" + render_diagnostics(found, planned.sources, common.err) + "\n")
    if not common.is_quiet or summary.status is not RunStatus.OK:
        sys.stdout.write(render_summary(summary, common.out, command_line))
        sys.stdout.flush()


class _NoFile:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def _open_events(path: Path | None) -> Any:  # noqa: ANN401 - a file, or nothing
    if path is None:
        return _NoFile()
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--events: {path} cannot be written: {error.strerror}") from error


def _end_before(
    planned: PlannedFlow, common: Common, session: Session, status: RunStatus, exit_code: ExitCode
) -> int:
    """End a run that never began."""
    if common.is_json:
        _emit_end(planned, common, session, status, exit_code)
    elif status is RunStatus.INVALID:
        sys.stderr.write(render_diagnostics(planned.diagnostics, planned.sources, common.err))
    else:
        sys.stderr.write("error[RF721]: there is work to do, and `--expect-stored` allows none\n")
    return int(exit_code)


def _emit_end(
    planned: PlannedFlow, common: Common, session: Session, status: RunStatus, exit_code: ExitCode
) -> None:
    del common
    now = session.clock.now()
    lines = JsonLines(sys.stdout)
    for item in planned.diagnostics:
        lines.emit(Found(item, now))
    lines.emit(RunSummary("", planned.plan.flow if planned.plan else "", status, exit_code, now, 0.0))


def _explain(error: RunwayFlowError, common: Common) -> int:
    from runway_flow.report.diagnostics import render_error

    sys.stderr.write(render_error(error, common.err))
    return int(error.code.exit)
