"""The event loop of a run: the engine, the display's heartbeat, and the signals that end it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

from runway_flow.engine.executor import execute
from runway_flow.engine.stopping import StopSignal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.cli.audience import Audience
    from runway_flow.cli.progress import Progress
    from runway_flow.engine.events import RunSummary
    from runway_flow.engine.outcome import RunOutcome
    from runway_flow.running import FlowRun

_SIGNALS = {"SIGINT": "interrupt", "SIGTERM": "terminate", "SIGHUP": "terminate", "SIGBREAK": "interrupt"}


def execute_with_signals(run: FlowRun, progress: Progress, audience: Audience) -> RunSummary:
    """Carry out a run that has begun, to its end or to its interruption.

    A reader of our output that goes away interrupts it too: nobody sees any more what is spent.
    """
    return run.finish(asyncio.run(_execute(run, progress, audience)))


async def _execute(run: FlowRun, progress: Progress, audience: Audience) -> RunOutcome:
    stop = StopSignal()
    loop = asyncio.get_running_loop()
    audience.on_loss = lambda: _request(loop, stop, "interrupt")
    audience.look()
    beat = asyncio.create_task(_beat(run, progress, audience))
    end_listening = stop.listen(lambda: _tell_stopping(stop, progress, audience))
    try:
        with _signals(loop, stop):
            ports, options = run.ports_and_options()
            return await execute(run.plan, ports, options, stop)
    finally:
        end_listening()
        audience.on_loss = None
        beat.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await beat


async def _beat(run: FlowRun, progress: Progress, audience: Audience) -> None:
    """Show that time passes, until the display cannot be written any more."""
    clock = run.session.clock
    try:
        while True:
            await clock.sleep(progress.interval_s)
            progress.heartbeat(clock.now())
    except OSError as error:
        audience.lose(progress, error)


def _tell_stopping(stop: StopSignal, progress: Progress, audience: Audience) -> None:
    """Say at once that the run ends: what is under way may take a moment."""
    if not stop.is_urgent and not audience.is_lost:
        try:
            progress.stopping()
        except OSError as error:
            audience.lose(progress, error)


def _request(loop: asyncio.AbstractEventLoop, stop: StopSignal, reason: str) -> None:
    loop.call_soon_threadsafe(stop.request, reason)


@contextlib.contextmanager
def _signals(loop: asyncio.AbstractEventLoop, stop: StopSignal) -> Iterator[None]:
    """Turn signals into stop requests for as long as the engine runs."""
    before: dict[int, object] = {}
    for name, reason in _SIGNALS.items():
        number = getattr(signal, name, None)
        if number is None or signal.getsignal(number) is signal.SIG_IGN:
            continue  # an ignored signal stays ignored: nohup
        before[number] = signal.getsignal(number)

        def request(_number: int, _frame: object, reason: str = reason) -> None:
            _request(loop, stop, reason)

        signal.signal(number, request)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)  # type: ignore[arg-type] # what getsignal gave
