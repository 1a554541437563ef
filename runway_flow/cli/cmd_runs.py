"""`runs`: the runs so far."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import rich_click as click

from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.cli.printing import print_document, print_result
from runway_flow.kernel import codes
from runway_flow.kernel.errors import UsageError
from runway_flow.report.json_documents import attempt_data, run_data
from runway_flow.report.runs_text import render_run, render_runs
from runway_flow.wiring import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runway_flow.engine.records import RunRecord

_LIMIT = 50
_ALL = 1000
_DECIDING = ("resolve", "adopt", "cancel")


class _Runs(click.RichGroup):
    """A group whose deciding commands, which need an event loop, are loaded when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the commands that look, then those that decide."""
        return [*super().list_commands(ctx), *_DECIDING]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command; None if there is none of this name."""
        if cmd_name not in _DECIDING:
            return super().get_command(ctx, cmd_name)
        found = import_module(f"runway_flow.cli.cmd_runs_{cmd_name}").command
        return found if isinstance(found, click.Command) else None


@click.group("runs", cls=_Runs)
def command() -> None:
    """Show the runs so far, and decide about what they left open."""


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
    print_result(render_runs(runs, common.out))
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
    print_result(render_run(run, attempts, common.out))
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
