"""`plan`: what would run, why, cost, time, critical path; writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from runway_flow import api
from runway_flow.cli.command_line import again
from runway_flow.cli.flow_options import input_flags, selection_flags, take_inputs, take_selection
from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.cli.printing import print_document, print_message, print_result
from runway_flow.cli.shown_paths import shown_path
from runway_flow.kernel.codes import ExitCode
from runway_flow.report.diagnostics import render_diagnostics
from runway_flow.report.expanded import render_expanded
from runway_flow.report.json_documents import plan_document, validation_document
from runway_flow.report.plan_table import render_plan
from runway_flow.wiring import Session

if TYPE_CHECKING:
    from runway_flow.api import PlannedFlow
    from runway_flow.cli.options import Common


@click.command("plan")
@click.argument("flow", metavar="FLOW")
@click.option("--expanded", is_flag=True, help="Also show every parameter as it would be sent.")
@click.option("--expect-stored", is_flag=True, help="Exit 6 if anything would run.")
@click.option("--budget", metavar="CREDITS", help="Credits that a run may spend.")
@selection_flags
@input_flags
@global_flags
@click.pass_context
def command(
    context: click.RichContext,
    /,
    flow: str,
    *,
    expanded: bool,
    expect_stored: bool,
    budget: str | None,
    **values: Any,  # noqa: ANN401
) -> int:
    """Show what would run, why, what it costs and how long it takes. Writes nothing.

    Signs: = stored, + new, ~ changed, ? known when an earlier step is done, > in flight (paid, will be
    collected), * in doubt (perhaps paid), - skipped; a dot: done on this machine.
    """
    common = resolve_common(take_globals(context, values), budget=budget)
    selection = take_selection(values)
    arguments = take_inputs(values)
    with Session(common.settings, can_write=False) as session:
        planned = api.plan(flow, arguments, session, selection)
        if planned.plan is None:
            if common.is_json:
                print_document(validation_document({planned.path: planned.diagnostics}))
            else:
                show_findings(planned, common)
            return ExitCode.INVALID
        if common.is_json:
            print_document(plan_document(planned.plan))
        else:
            show_findings(planned, common)
            show_plan(planned, common, session, again(context, "run"))
            if expanded:
                print_result(render_expanded(planned.plan, common.out))
        is_drift = expect_stored and planned.plan.has_work
        return ExitCode.DRIFT if is_drift else ExitCode.DONE


def show_findings(planned: PlannedFlow, common: Common) -> None:
    """Print what was found in a flow; quietly, only what stops it."""
    found = [item for item in planned.diagnostics if item.is_error or not common.is_quiet]
    if found:
        text = render_diagnostics(found, planned.sources, common.err)
        print_message(text if planned.plan is None else f"{text}\n")


def show_plan(
    planned: PlannedFlow, common: Common, session: Session, command_line: str | None = None
) -> None:
    """Print the plan; `command_line` runs it."""
    if planned.plan is None:  # pragma: no cover - the callers looked
        raise TypeError
    text = render_plan(
        planned.plan,
        common.out,
        store=shown_path(session.store_root),
        command=command_line,
        count=planned.step_count,
        is_whole=common.verbosity > 0,
        is_emulated=session.is_emulated,
    )
    print_result(text)
