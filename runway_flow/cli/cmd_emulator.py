"""`emulator`: the local API server, on its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.cli.printing import print_document, print_result
from runway_flow.tools.clock import SystemClock
from runway_flow.wiring import open_catalog

if TYPE_CHECKING:
    from runway_flow.cli.options import Common
    from runway_flow.emulator.faults import Fault

_FILE = click.Path(path_type=Path)
_MAX_FACTOR = 1000.0


def _read_prices(_: object, __: object, texts: tuple[str, ...]) -> dict[str, float]:
    factors: dict[str, float] = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        try:
            factors[name] = float(number)
        except ValueError:
            factors[name] = -1.0
        if not name or not 0 <= factors[name] <= _MAX_FACTOR:
            raise click.BadParameter(f"`{text}` is not MODEL=FACTOR, as in gen4.5=1.5")
    return factors


def _read_faults(_: object, __: object, texts: tuple[str, ...]) -> tuple[Fault, ...]:
    from runway_flow.emulator.faults import parse_fault

    try:
        return tuple(parse_fault(text) for text in texts)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("emulator")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8787,
    show_default=True,
    metavar="N",
    help="Where it listens on loopback; 0: any free port.",
)
@click.option("--ledger", type=_FILE, metavar="FILE", help="Append every POST and every bill to this file.")
@click.option("--state", type=_FILE, metavar="FILE", help="Keep tasks in this file over restarts.")
@click.option(
    "--concurrency",
    type=click.IntRange(1, 10_000),
    default=3,
    show_default=True,
    metavar="N",
    help="Tasks at once, for each model.",
)
@click.option(
    "--task-seconds",
    type=click.FloatRange(0, 86_400, min_open=True),
    metavar="N",
    help="Make every task take this long.",
)
@click.option(
    "--balance",
    type=click.IntRange(0),
    default=100_000,
    show_default=True,
    metavar="N",
    help="Credits of the account.",
)
@click.option(
    "--price",
    "prices",
    multiple=True,
    metavar="MODEL=FACTOR",
    callback=_read_prices,
    help="Bill a model at a multiple of the table's price: `gen4.5=1.5`; may be given again.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="SPEC",
    callback=_read_faults,
    help="Go wrong on purpose: `create status=503 first=2`; may be given again.",
)
@click.option(
    "--fault-seed", type=click.IntRange(0), default=0, metavar="N", help="What chance does among the faults."
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
        price_factors=values["prices"],
        faults=values["faults"],
        fault_seed=values["fault_seed"],
    )
    catalog = open_catalog(common.settings)
    serve(
        options,
        SystemClock(),
        port=values["port"],
        on_ready=lambda url: _say(url, common),
        catalog=catalog,
    )
    return 0


def _say(url: str, common: Common) -> None:
    if common.is_json:
        print_document({"version": 1, "url": url}, indent=None)
    elif common.is_quiet:
        print_result(f"{url}\n")
    else:
        print_result(
            f"listening on {url}\n  RUNWAYML_BASE_URL={url} RUNWAYML_API_SECRET=any runway-flow run FLOW\n"
        )
