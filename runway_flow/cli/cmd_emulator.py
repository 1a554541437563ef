"""`emulator`: the local API server, on its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import rich_click as click

from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.tools.clock import SystemClock


@click.command("emulator")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8787, show_default=True, help="0: any free one."
)
@click.option(
    "--ledger", type=click.Path(path_type=Path), help="Append every POST and every bill to this file."
)
@click.option("--state", type=click.Path(path_type=Path), help="Keep tasks in this file over restarts.")
@click.option(
    "--concurrency",
    type=click.IntRange(1, 10_000),
    default=3,
    show_default=True,
    help="Tasks at once, per model.",
)
@click.option("--task-seconds", type=float, help="Make every task take this long.")
@click.option(
    "--balance", type=click.IntRange(0), default=100_000, show_default=True, help="Credits of the account."
)
@global_flags
@click.pass_context
def command(context: click.RichContext, /, **values: Any) -> int:  # noqa: ANN401 - click's own types
    """Serve a local API that answers like Runway's, for this program or any other client."""
    common = resolve_common(take_globals(context, values))
    from runway_flow.emulator.options import EmulatorOptions
    from runway_flow.emulator.server import serve

    options = EmulatorOptions(
        speed=common.settings.speed or 1.0,
        state_path=values["state"],
        ledger_path=values["ledger"],
        concurrency=values["concurrency"],
        task_seconds=values["task_seconds"],
        balance=values["balance"],
    )

    def say(url: str) -> None:
        sys.stdout.write(f"listening on {url}\n")
        sys.stdout.write(f"  RUNWAYML_BASE_URL={url} RUNWAYML_API_SECRET=any runway-flow run FLOW\n")
        sys.stdout.flush()

    serve(options, SystemClock(), port=values["port"], on_ready=say)
    return 0
