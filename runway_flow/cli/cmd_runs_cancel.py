"""`runs cancel`: cancels tasks that go on remotely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from runway_flow.cli.asking import agree
from runway_flow.cli.options import global_flags, resolve_common, take_globals
from runway_flow.cli.printing import print_document, print_result
from runway_flow.cli.waiting import wait_for
from runway_flow.engine.resolution import Wanted, choose, choose_run
from runway_flow.report.amounts import counted
from runway_flow.report.resolutions_json import cancelled_document
from runway_flow.report.resolutions_text import render_cancelled
from runway_flow.report.terminal import clean
from runway_flow.resolving import Resolver
from runway_flow.wiring import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runway_flow.engine.attempts import Attempt


@click.command("cancel")
@click.argument("run", metavar="[RUN]", required=False)
@click.argument("step", metavar="[STEP]", required=False)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@global_flags
@click.pass_context
def command(context: click.RichContext, /, run: str | None, step: str | None, **values: Any) -> int:  # noqa: ANN401
    """Cancel tasks in flight: of a run (the latest that has some), or of one step of it.

    Runway does not refund a task that is RUNNING; one that waits is perhaps refunded. What has ended is left
    for the next run to collect. A run that works on a task meanwhile ends its step as cancelled.
    """
    common = resolve_common(take_globals(context, values))
    with Session(common.settings, can_write=True) as session:
        session.can_write = session.has_store
        resolver = Resolver(session)
        flying = choose_run(resolver.in_flight(), run)
        if step is not None:
            flying = tuple(reversed(choose(flying, Wanted(step), "in flight")))
        if not flying and not common.is_json:
            print_result("nothing is in flight\n")
            return 0
        if flying:
            agree(_question(flying), common, is_agreed=values["yes"])
        done = wait_for(resolver.cancel(flying)) if flying else ()
    if common.is_json:
        print_document(cancelled_document(done))
    else:
        print_result(render_cancelled(done, common.out))
    return 0


def _question(flying: Sequence[Attempt]) -> str:
    names = clean(", ".join(one.intent.step for one in flying[:5]))
    more = ", …" if len(flying) > 5 else ""  # noqa: PLR2004 - as many as a line takes
    return f"Cancel {counted(len(flying), 'task')} ({names}{more})? What is running is not refunded."
