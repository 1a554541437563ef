"""From a task's id to kept bytes: looks at the task, fetches what it made, writes the result down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.engine.attempts import AttemptState
from runway_flow.engine.drift import Figure
from runway_flow.engine.events import StepState
from runway_flow.engine.polling import next_poll_delay
from runway_flow.engine.service import TaskState
from runway_flow.plan.action import ActionResult

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from runway_flow.engine.attempts import TaskHandle
    from runway_flow.engine.drift import TablePrice
    from runway_flow.engine.service import TaskReport
    from runway_flow.engine.shell import Shell
    from runway_flow.kernel.amounts import Credits
    from runway_flow.kernel.errors import Unreachable
    from runway_flow.kernel.media import Artifact
    from runway_flow.plan.action import Action, ActionKey

_SHOWN = {
    TaskState.THROTTLED: StepState.THROTTLED,
    TaskState.RUNNING: StepState.RUNNING,
    TaskState.PENDING: StepState.SUBMITTED,
    TaskState.UNRECOGNISED: StepState.RUNNING,
}


class Watched(Struct, frozen=True):
    """A task that is being collected for `step`: what is known of it, and how long it may take.

    `reserved`: what it counts for until its cost is known; `price`: what the table says; `is_estimated`:
    whether the service's own estimate is in the journal. `timeout_s` does not count the time that it is
    queued (THROTTLED). `sleep` waits between two looks, and may raise to end the collection.
    """

    step: str
    handle: TaskHandle
    attempt_id: str | None
    key: ActionKey
    document: Mapping[str, object]
    reserved: Credits
    sleep: Callable[[float], Awaitable[None]]
    price: TablePrice
    is_estimated: bool = False
    action: Action | None = None
    typical_s: float | None = None
    timeout_s: float | None = None
    attempt: int = 1
    is_quiet: bool = False


async def watch(shell: Shell, watched: Watched, first_delay_s: float) -> TaskReport | None:
    """Look at a task until it ends; None if its timeout passed.

    One that is GONE is looked at twice: what was paid for is not given up for a service that does not know
    its own task for a moment. Raises `Unreachable` when patience with the service is over, else
    `ProviderError`.
    """
    clock = shell.ports.clock
    poll_min_s = shell.options.poll_min_s
    began = looked = clock.monotonic()
    before = max(clock.now() - watched.handle.submitted_at, 0.0)
    queued_s, missed = 0.0, 0
    is_estimated = watched.is_estimated or watched.attempt_id is None
    # somebody else in this run may have looked at the task, and given it up
    looked_before = shell.looks.get(watched.handle.task)
    delay = first_delay_s
    if looked_before is not None:
        delay = max(delay, looked_before + poll_min_s - began)
    while True:
        if delay > 0.0:
            await watched.sleep(delay)
        report = await shell.patiently(
            lambda: _look(shell, watched.handle),
            lambda error, wait: _tell_trouble(shell, watched, error, wait),
            sleep=watched.sleep,
            at_least_s=poll_min_s,
        )
        missed = missed + 1 if report.state is TaskState.GONE else 0
        if missed == 1:
            delay = poll_min_s
            continue
        if report.state.is_end:
            return report
        _tell(shell, watched, report)
        if not is_estimated and report.estimate is not None:
            is_estimated = True
            await _note_estimate(shell, watched, report.estimate)
        now = clock.monotonic()
        if report.state is TaskState.THROTTLED:
            queued_s += now - looked
        looked = now
        elapsed = now - began
        delay = next_poll_delay(before + elapsed, watched.typical_s, poll_min_s)
        if watched.timeout_s is not None:
            left = watched.timeout_s - (elapsed - queued_s)
            if left <= 0.0:
                return None
            delay = min(delay, max(left, poll_min_s))


async def _look(shell: Shell, handle: TaskHandle) -> TaskReport:
    shell.looks[handle.task] = shell.ports.clock.monotonic()
    return await shell.provider.poll(handle)


async def _note_estimate(shell: Shell, watched: Watched, estimate: Credits) -> None:
    """Write down an estimate that the service gave later than the task's id. Raises `StoreError`."""
    handle, attempt_id = watched.handle, watched.attempt_id or ""
    await shell.offload.journal(
        lambda: shell.ports.state.mark_submitted(attempt_id, handle.task, handle.submitted_at, estimate)
    )
    _compare(shell, watched, Figure.ESTIMATE, estimate)


def _compare(shell: Shell, watched: Watched, figure: Figure, amount: Credits | None) -> None:
    """Hold a figure against the table; not that of a task of long ago, whose bytes are fetched again."""
    if watched.attempt_id is None:
        return
    shell.compare_price(watched.price, figure, amount, step=watched.step, task=watched.handle.task)


async def keep(shell: Shell, watched: Watched, report: TaskReport) -> ActionResult:
    """Fetch what a task made, and write it down: first the result, then the end of the attempt.

    Raises `ProviderError` (`Unreachable` when patience is over), `StoreError`.
    """
    if not watched.is_quiet:
        shell.announce.change(
            watched.step,
            StepState.DOWNLOADING,
            task=watched.handle.task,
            credits_=watched.reserved,
            attempt=watched.attempt,
        )

    def on_progress(done: int, total: int | None) -> None:
        if not watched.is_quiet:
            shell.announce.transfer(watched.step, done, total)

    outputs = await shell.patiently(
        lambda: shell.provider.fetch(watched.handle, report, watched.action, on_progress),
        lambda error, wait: _tell_trouble(shell, watched, error, wait),
        sleep=watched.sleep,
    )
    return await _record(shell, watched, report, outputs)


async def _record(
    shell: Shell, watched: Watched, report: TaskReport, outputs: tuple[Artifact, ...]
) -> ActionResult:
    now = shell.ports.clock.now()
    result = ActionResult(
        key=watched.key,
        document=watched.document,
        outputs=outputs,
        created_at=now,
        task=watched.handle.task,
        credits=watched.reserved if report.cost is None else report.cost,
    )
    state = shell.ports.state

    def work() -> None:
        state.record(result, flow=shell.plan.flow, step=watched.step)
        if watched.attempt_id is not None:
            state.close_attempt(watched.attempt_id, AttemptState.STORED, now, cost=report.cost)

    await shell.offload.journal(work)
    _compare(shell, watched, Figure.COST, report.cost)
    return result


async def close_failed(shell: Shell, watched: Watched, attempt_id: str, report: TaskReport) -> Credits:
    """Write down that a task ended without a result; gives what it cost. Raises `StoreError`."""
    now = shell.ports.clock.now()
    ended = AttemptState.CANCELLED if report.state is TaskState.CANCELLED else AttemptState.FAILED
    failure = report.failure or ("the task is gone" if report.state is TaskState.GONE else None)

    def work() -> None:
        shell.ports.state.close_attempt(
            attempt_id, ended, now, cost=report.cost, failure=failure, failure_code=report.failure_code
        )

    await shell.offload.journal(work)
    _compare(shell, watched, Figure.COST_OF_FAILURE, report.cost)
    return watched.reserved if report.cost is None else report.cost


def _tell(shell: Shell, watched: Watched, report: TaskReport) -> None:
    if watched.is_quiet:
        return
    state = _SHOWN.get(report.state, StepState.RUNNING)
    if shell.announce.shown.get(watched.step) is not state:
        note = None
        if report.state is TaskState.THROTTLED:
            note = "queued by Runway: the account's limit for the model is in use"
        elif report.state is TaskState.UNRECOGNISED:
            note = "the task is in a state that this version does not know; it is waited for"
        shell.announce.change(
            watched.step,
            state,
            task=watched.handle.task,
            credits_=watched.reserved,
            attempt=watched.attempt,
            note=note,
        )
    if report.progress is not None:
        shell.announce.ratio(watched.step, report.progress)


def _tell_trouble(shell: Shell, watched: Watched, error: Unreachable, wait: float) -> None:
    if watched.is_quiet:
        return
    shell.announce.change(
        watched.step,
        shell.announce.shown.get(watched.step, StepState.SUBMITTED),
        task=watched.handle.task,
        credits_=watched.reserved,
        attempt=watched.attempt,
        note=f"{error.message}; tried again in {wait:.0f} s",
    )
