"""The event loop of a run: the engine, the display's heartbeat, and the signals that end it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

from runway_flow.engine.executor import StopSignal, execute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.cli.progress import Progress
    from runway_flow.engine.events import RunSummary
    from runway_flow.engine.outcome import RunOutcome
    from runway_flow.running import FlowRun


def execute_with_signals(run: FlowRun, progress: Progress) -> RunSummary:
    """Carry out a run that has begun, to its end or to its interruption."""
    return run.finish(asyncio.run(_execute(run, progress)))


async def _execute(run: FlowRun, progress: Progress) -> RunOutcome:
    stop = StopSignal()
    beat = asyncio.create_task(_beat(run, progress))
    with _signals(stop):
        try:
            ports, options = run.ports_and_options()
            return await execute(run.plan, ports, options, stop)
        finally:
            beat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beat


async def _beat(run: FlowRun, progress: Progress) -> None:
    clock = run.session.clock
    while True:
        await clock.sleep(progress.interval_s)
        progress.heartbeat(clock.now())


_SIGNALS = {"SIGINT": "interrupt", "SIGTERM": "terminate", "SIGHUP": "terminate", "SIGBREAK": "interrupt"}


@contextlib.contextmanager
def _signals(stop: StopSignal) -> Iterator[None]:
    """Turn signals into stop requests for as long as the engine runs."""
    loop = asyncio.get_running_loop()
    before: dict[int, object] = {}
    for name, reason in _SIGNALS.items():
        number = getattr(signal, name, None)
        if number is None or signal.getsignal(number) is signal.SIG_IGN:
            continue  # an ignored signal stays ignored: nohup
        before[number] = signal.getsignal(number)

        def request(_number: int, _frame: object, reason: str = reason) -> None:
            loop.call_soon_threadsafe(stop.request, reason)

        signal.signal(number, request)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)  # type: ignore[arg-type] # what getsignal gave
