"""`runs adopt`: binds something that was made elsewhere to an instance of a flow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from runway_flow import api
from runway_flow.cli.cmd_plan import show_findings
from runway_flow.cli.flow_options import input_flags, take_inputs
from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.cli.printing import print_document, print_result
from runway_flow.cli.waiting import wait_for
from runway_flow.kernel.codes import ExitCode
from runway_flow.kernel.errors import UsageError
from runway_flow.report.json_documents import validation_document
from runway_flow.report.resolutions_json import bound_document
from runway_flow.report.resolutions_text import bound_text
from runway_flow.wiring import Session


@click.command("adopt")
@click.argument("flow", metavar="FLOW")
@click.argument("step", metavar="STEP")
@click.option("--task", metavar="ID", help="Bind what this task of the account made.")
@click.option(
    "--file",
    "files",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Bind this file; again for each output of the step, in order.",
)
@input_flags
@global_flags
@click.pass_context
def command(
    context: click.RichContext,
    /,
    flow: str,
    step: str,
    *,
    task: str | None,
    files: tuple[Path, ...],
    **values: Any,  # noqa: ANN401 - click's own types
) -> int:
    """Bind a task or a file to a step: it is the step's result from now on, and nothing is paid for it.

    STEP is one instance (`clip`, `clip[wide]`, `clip.wide`) whose inputs are all known, without a result.
    """
    common = resolve_common(take_globals(context, values))
    arguments = take_inputs(values)
    if (task is None) == (not files):
        raise UsageError("say what to bind: `--task ID` or `--file FILE`", hint="one of them, not both")
    from runway_flow import adopting

    with Session(common.settings, can_write=True) as session:
        found = api.plan(flow, arguments, session)
        if found.plan is None or found.planned is None:
            if common.is_json:
                print_document(validation_document({found.path: found.diagnostics}))
            else:
                show_findings(found, common)
            return ExitCode.INVALID
        place = adopting.find_place(found.planned, found.plan, step, session)
        if task is not None:
            result = wait_for(adopting.bind_task(place, task, session))
        else:
            result = adopting.bind_files(place, files, session)
    if common.is_json:
        print_document(bound_document(place.flow, place.step, result))
    else:
        print_result(common.out.glyphs(bound_text(place.flow, place.step, result)))
    return ExitCode.DONE
