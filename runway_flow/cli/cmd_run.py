"""`run`: plan, confirm above `confirm_above`, execute, export."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import rich_click as click

from runway_flow import api
from runway_flow.cli.audience import Audience
from runway_flow.cli.cmd_plan import show_findings, show_plan
from runway_flow.cli.command_line import about, again
from runway_flow.cli.configuration import PROGRESS
from runway_flow.cli.failures import show_error
from runway_flow.cli.flow_options import input_flags, selection_flags, take_inputs, take_selection
from runway_flow.cli.gates import check_before_paying
from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.cli.printing import print_message, print_result, unwritable
from runway_flow.cli.progress import open_progress
from runway_flow.engine.events import Found, RunStatus, RunSummary
from runway_flow.kernel import codes
from runway_flow.kernel.codes import ExitCode
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.errors import RunwayFlowError, UsageError
from runway_flow.kernel.file_names import safe_name
from runway_flow.report.diagnostics import render_diagnostics
from runway_flow.report.sinks import JsonLines, Sheltered
from runway_flow.report.summary import output_paths, render_summary
from runway_flow.running import FlowRun, check_outputs
from runway_flow.wiring import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.api import PlannedFlow
    from runway_flow.cli.options import Common
    from runway_flow.cli.progress import Progress
    from runway_flow.plan.plan import Plan

STATUS_OF_EXIT = {
    ExitCode.DONE: RunStatus.OK,
    ExitCode.FAILED: RunStatus.FAILED,
    ExitCode.INVALID: RunStatus.INVALID,
    ExitCode.DRIFT: RunStatus.DRIFT,
    ExitCode.UNREACHABLE: RunStatus.UNREACHABLE,
    ExitCode.BUSY: RunStatus.BUSY,
    ExitCode.WAITING: RunStatus.WAITING,
    ExitCode.INTERNAL: RunStatus.FAILED,
}
"""How a run that never began is said to have ended; whatever is not here refused it."""


@click.command("run")
@click.argument("flow", metavar="FLOW")
@click.option("-j", "--jobs", type=click.IntRange(1), metavar="N", help="At most N remote tasks at once.")
@click.option("--budget", metavar="CREDITS", help="Credits that the run may spend.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before spending much.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("out"), metavar="DIR", help="Where outputs go."
)
@click.option(
    "--events", type=click.Path(path_type=Path), metavar="FILE", help="Also write every event to this file."
)
@click.option("--expect-stored", is_flag=True, help="Exit 6, running nothing, if anything would run.")
@click.option(
    "--progress", type=click.Choice(PROGRESS), metavar="|".join(PROGRESS), help="How progress is shown."
)
@selection_flags
@input_flags
@global_flags
@click.pass_context
def command(context: click.RichContext, /, flow: str, **values: Any) -> int:  # noqa: ANN401 - click's own types
    """Run a flow: what is stored is used, what is in flight is collected, the rest is paid for once."""
    flags = take_globals(context, values)
    lines = JsonLines(sys.stdout) if flags.get("is_json") else None
    try:
        given = {name: values.pop(name) for name in ("progress", "jobs", "budget")}
        return _Run(context, flow, values, resolve_common(flags, **given), lines).perform()
    except RunwayFlowError as error:
        if lines is None:
            raise
        return _end_in_json(error, lines, is_verbose=bool(flags.get("verbose")))


class _Run:
    """One call of the command."""

    def __init__(
        self,
        context: click.Context,
        flow: str,
        values: dict[str, Any],
        common: Common,
        lines: JsonLines | None,
    ) -> None:
        self.flow = flow
        self.common = common
        self.lines = lines
        self.context = context
        self.selection = take_selection(values)
        self.arguments = take_inputs(values)
        self.values = values

    def perform(self) -> int:
        """Plan, and run if nothing speaks against it. Raises `RunwayFlowError`, `BrokenPipeError`."""
        with Session(self.common.settings, can_write=True) as session:
            planned = api.plan(self.flow, self.arguments, session, self.selection)
            if planned.plan is None:
                return self._refuse_invalid(planned, session.clock.now())
            self._show_plan(planned, session)
            if planned.plan.has_work:
                if self.values["expect_stored"]:
                    raise UsageError(
                        "there is work to do, and `--expect-stored` allows none",
                        code=codes.DRIFT,
                        hint="`runway-flow plan` says what, and why",
                    )
                self._check(planned, session)
            return self._execute(planned, session)

    def _check(self, planned: PlannedFlow, session: Session) -> None:
        """Raise for what would stop the run after something was paid, or before."""
        if planned.plan is None or planned.planned is None:  # pragma: no cover - the caller looked
            raise TypeError
        check_before_paying(
            planned.plan,
            session,
            self.common,
            is_agreed=self.values["yes"],
            check_outputs=partial(check_outputs, planned.planned, self._folder(planned.plan)),
        )

    def _folder(self, plan: Plan) -> Path:
        """Give where outputs go."""
        return Path(self.values["out"]) / safe_name(plan.flow)

    def _refuse_invalid(self, planned: PlannedFlow, now: float) -> int:
        if self.lines is None:
            show_findings(planned, self.common)
        else:
            for item in planned.diagnostics:
                self.lines.emit(Found(item, now))
            self.lines.emit(RunSummary("", "", RunStatus.INVALID, ExitCode.INVALID, now, 0.0))
        return ExitCode.INVALID

    def _show_plan(self, planned: PlannedFlow, session: Session) -> None:
        if self.lines is not None or self.common.is_quiet:
            return
        show_findings(planned, self.common)
        if planned.plan is not None and planned.plan.has_work:
            show_plan(planned, self.common, session)

    def _execute(self, planned: PlannedFlow, session: Session) -> int:
        if planned.plan is None or planned.planned is None:  # pragma: no cover - the caller looked
            raise TypeError
        progress = open_progress(self.common, session.speed)
        with _open_events(self.values["events"]) as file:
            events = JsonLines(file) if file is not None else None
            sinks = [sink for sink in (progress, self.lines, events) if sink is not None]
            audience = Audience.of(*sinks)
            run = FlowRun(planned.planned, planned.plan, session, audience, self._folder(planned.plan))
            try:
                summary = _carry_out(run, progress, audience)
            finally:
                progress.stop()
        if audience.is_lost:
            raise BrokenPipeError
        self._show_end(planned, summary, progress)
        failure = audience.failure_of(self.lines)
        if failure is not None:
            raise unwritable(failure)
        failure = audience.failure_of(events)
        if failure is not None:
            print_message(f"warning: --events: the file could not be written: {failure.strerror}\n")
        return int(summary.exit)

    def _show_end(self, planned: PlannedFlow, summary: RunSummary, progress: Progress) -> None:
        common = self.common
        if progress.view.diagnostics:
            found = render_diagnostics(progress.view.diagnostics, planned.sources, common.err)
            print_message(f"{found}\n")
        if self.lines is not None:
            return
        if common.is_quiet and summary.status is RunStatus.OK:
            print_result(output_paths(summary))
            return
        show = about(self.context, "runs resolve")
        print_result(render_summary(summary, common.out, again(self.context, "run"), show))


def _carry_out(run: FlowRun, progress: Progress, audience: Audience) -> RunSummary:
    run.begin()
    if not run.has_work:
        return run.finish_stored()
    from runway_flow.cli.executing import execute_with_signals

    return execute_with_signals(run, progress, audience)


@contextmanager
def _open_events(path: Path | None) -> Iterator[TextIO | None]:
    """Open the file of `--events`. Raises `UsageError`; what cannot be written later is no failure here."""
    if path is None:
        yield None
        return
    try:
        file = path.expanduser().open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(f"--events: {path} cannot be written: {error.strerror}") from error
    try:
        yield file
    finally:
        with suppress(OSError):
            file.close()


def _end_in_json(error: RunwayFlowError, lines: JsonLines, *, is_verbose: bool) -> int:
    """End the stream of events of a run that was refused, and say so to people too."""
    from runway_flow.cli.screens import error_screen
    from runway_flow.tools.clock import SystemClock

    now = SystemClock().now()
    exit_code = error.code.exit
    sink = Sheltered(lines)  # stdout may be what failed
    sink.emit(Found(Diagnostic(error.code, error.message, hint=error.hint, notes=error.notes), now))
    status = STATUS_OF_EXIT.get(exit_code, RunStatus.REFUSED)
    sink.emit(RunSummary("", "", status, exit_code, now, 0.0))
    show_error(error, error_screen(()), is_verbose=is_verbose)
    return int(exit_code)
