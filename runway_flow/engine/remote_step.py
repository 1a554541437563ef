"""One paid action of a run, from its lease to its end; nothing here submits what may have been submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.engine import collection, failures, recovery
from runway_flow.engine.attempts import TaskHandle
from runway_flow.engine.collection import Watched
from runway_flow.engine.drift import price_of
from runway_flow.engine.events import StepState
from runway_flow.engine.finishing import unbroken, with_grace
from runway_flow.engine.leases import LeaseBusy
from runway_flow.engine.messages import End, Freed, Halt, Left, Message, OverBudget, Settled
from runway_flow.engine.polling import first_look_delay, next_poll_delay
from runway_flow.engine.retry import may_pay_again
from runway_flow.engine.service import Accepted, Ambiguous, Refused, Rejected, TaskState
from runway_flow.engine.shell import find_media, is_fatal
from runway_flow.engine.submission import NotSent, limits_of, post
from runway_flow.kernel import codes
from runway_flow.kernel.amounts import ZERO
from runway_flow.kernel.codes import ExitCode
from runway_flow.kernel.errors import ProviderError, StoreError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.engine.service import PreparedRequest, TaskReport
    from runway_flow.engine.shell import Shell
    from runway_flow.engine.submission import Posted
    from runway_flow.kernel.amounts import Credits
    from runway_flow.plan.action import Action, ActionResult
    from runway_flow.plan.plan import PlannedStep


class RemoteStep:
    """The action of one instance; `tell` gets what happens before the end."""

    def __init__(
        self, shell: Shell, planned: PlannedStep, action: Action, tell: Callable[[Message], None]
    ) -> None:
        self._shell = shell
        self._planned = planned
        self._action = action
        self._tell = tell
        self._request: PreparedRequest | None = None
        self._failed = 0
        self._spent = ZERO
        self._refusals = 0
        self._refused_since = 0.0

    async def perform(self) -> Message:
        """Do it. Raises `StoreError` where the store takes nothing any more: then nothing is submitted."""
        shell, name = self._shell, self._planned.id
        try:
            async with shell.leases.hold(self._action.key, self._tell_lease):
                while True:
                    message = await self._go_on()
                    if message is not None:
                        return message
        except LeaseBusy:
            return Left(name, Halt(codes.STORE_BUSY))
        except (ProviderError, StoreError) as error:
            if is_fatal(error):
                raise
            if isinstance(error, Unreachable) and error.code.exit is ExitCode.UNREACHABLE:
                shell.announce.found(failures.gave_up(self._planned, error, shell.tasks.get(name)))
                return Left(name, Halt(error.code))
            paid = failures.Paid(shell.tasks.get(name), self._spent, self._failed + 1)
            return Settled(name, failures.from_error(self._planned, error, paid))

    async def _go_on(self) -> Message | None:
        """Do the next thing that what is known of the action asks for; None: look again."""
        shell = self._shell
        match shell.look(self._action):
            case recovery.UseResult(result):
                return self._settled(End(StepState.STORED, result, spent=self._spent))
            case recovery.InDoubt(attempt):
                reason = "an earlier run was cut off while it was submitted"
                return self._settled(failures.in_doubt(self._planned, reason, attempt.attempt_id))
            case recovery.Held(hold):
                return self._settled(failures.held(self._planned, hold))
            case recovery.Collect(attempt_id, task, since):
                shell.tasks[self._planned.id] = task
                self._change(StepState.SUBMITTED, task=task, note="submitted earlier, and collected now")
                elapsed = max(shell.ports.clock.now() - since, 0.0)
                delay = first_look_delay(elapsed, shell.options.poll_min_s)
                return await self._collect(attempt_id, self._watched(attempt_id, task, since), delay)
            case recovery.FetchAgain(result, task):
                return await self._fetch_again(result, task)
            case _:
                return await self._submit()

    # --- submitting -------------------------------------------------------------------------------

    async def _submit(self) -> Message | None:
        shell = self._shell
        request = self._request = self._request or await self._prepare()
        async with shell.submits:
            if shell.is_halted:
                return Left(self._planned.id)
            work = post(shell, self._planned, self._action, request, self._failed + 1)
            posted = await unbroken(work)
            if isinstance(posted.submission, Rejected):
                return self._reject(posted.submission)
        return await self._after(posted)

    def _reject(self, rejected: Rejected) -> Message:
        """End as refused; what holds for every request holds for those that wait for their turn, too."""
        end = failures.rejected(self._planned, rejected)
        if end.halt is not None:
            self._shell.is_halted = True
        return self._settled(end)

    async def _prepare(self) -> PreparedRequest:
        shell, name = self._shell, self._planned.id
        if next(find_media(self._action.request), None) is not None:
            self._change(StepState.UPLOADING)
        await shell.ingest(self._action)
        return await shell.patiently(
            lambda: shell.provider.prepare(
                self._action, lambda done, total: shell.announce.transfer(name, done, total)
            ),
            lambda error, wait: self._change(
                StepState.UPLOADING, note=f"{error.message}; tried again in {wait:.0f} s"
            ),
        )

    async def _after(self, posted: Posted) -> Message | None:
        match posted.submission:
            case Accepted(task, estimate):
                self._refusals = 0
                watched = self._watched(posted.attempt_id, task, posted.at, estimate)
                delay = next_poll_delay(0.0, watched.typical_s, self._shell.options.poll_min_s)
                return await self._collect(posted.attempt_id, watched, delay)
            case Refused() as refused:
                await self._wait_refused(refused)
                return None
            case Ambiguous(reason):
                attempt = self._failed + 1
                return self._settled(failures.in_doubt(self._planned, reason, posted.attempt_id, attempt))
            case NotSent.OVER_LIMIT:
                limits = limits_of(self._shell, self._planned)
                end = failures.over_budget(self._planned, self._action, limits)
                return OverBudget(self._planned.id, end)
            case _:
                # whoever submitted it had no lease: what it submitted is collected
                await self._shell.ports.clock.sleep(self._shell.options.lease_poll_s)
                return None

    async def _wait_refused(self, refused: Refused) -> None:
        """Wait until the service may be asked again. Raises `Unreachable` when patience is over."""
        clock = self._shell.ports.clock
        now = clock.monotonic()
        if self._refusals == 0:
            self._refused_since = now
        wait = self._shell.next_try(self._refusals, now - self._refused_since, refused.retry_after_s)
        self._refusals += 1
        if wait is None:
            code = codes.THROTTLED if refused.is_busy else codes.UNAVAILABLE
            raise Unreachable(refused.reason, code=code)
        self._change(StepState.WAITING, note=f"{refused.reason}; tried again in {wait:.0f} s")
        await clock.sleep(wait)

    # --- collecting -------------------------------------------------------------------------------

    async def _collect(self, attempt_id: str, watched: Watched, delay_s: float) -> Message | None:
        shell, name = self._shell, self._planned.id
        report = await collection.watch(shell, watched, delay_s)
        if report is None:
            return self._settled(failures.timed_out(self._planned, self._paid(watched)))
        if report.state is TaskState.SUCCEEDED:
            self._tell(Freed(name))
            result = await self._keep(watched, report)
            shell.tasks.pop(name, None)
            self._spent += result.credits
            paid = self._paid(watched)
            return self._settled(
                End(StepState.DONE, result, task=paid.task, spent=paid.spent, attempt=paid.attempt)
            )
        self._spent += await unbroken(collection.close_failed(shell, watched, attempt_id, report))
        self._failed += 1
        shell.tasks.pop(name, None)
        if report.state is TaskState.FAILED and await self._may_pay_again(report):
            return None
        return self._settled(failures.task_failed(self._planned, report, self._paid(watched)))

    async def _keep(self, watched: Watched, report: TaskReport) -> ActionResult:
        shell = self._shell
        return await with_grace(
            collection.keep(shell, watched, report), shell.ports.clock, shell.options.grace_s
        )

    async def _may_pay_again(self, report: TaskReport) -> bool:
        """Decide whether to submit once more after a failure, and wait a little if so."""
        shell = self._shell
        if not may_pay_again(report.failure_code, self._failed, self._planned.retry_max):
            return False
        wait = shell.next_try(self._failed - 1, 0.0, None) or 0.0
        self._change(
            StepState.WAITING, note=f"failed ({report.failure_code}); submitted again in {wait:.0f} s"
        )
        await shell.ports.clock.sleep(wait)
        return not shell.is_halted

    async def _fetch_again(self, result: ActionResult, task: str) -> Message:
        """Fetch bytes that the store lost; nothing is paid."""
        watched = self._watched(None, task, result.created_at, result.credits)
        report = await collection.watch(self._shell, watched, 0.0)
        if report is None or report.state is not TaskState.SUCCEEDED:
            return self._settled(failures.fetch_again_failed(self._planned, task))
        kept = await self._keep(watched, report)
        return self._settled(End(StepState.STORED, kept, note="its bytes were fetched again", task=task))

    # --- telling ----------------------------------------------------------------------------------

    def _watched(
        self, attempt_id: str | None, task: str, since: float, estimate: Credits | None = None
    ) -> Watched:
        capability, planned = self._action.capability, self._planned
        return Watched(
            step=planned.id,
            handle=TaskHandle(task, capability.endpoint, capability.model, since),
            attempt_id=attempt_id,
            key=self._action.key,
            document=self._action.document,
            reserved=self._action.estimate.high if estimate is None else estimate,
            sleep=self._shell.ports.clock.sleep,
            price=price_of(self._action, self._shell.plan.table_date),
            is_estimated=estimate is not None,
            action=self._action,
            typical_s=planned.seconds,
            timeout_s=planned.timeout_s,
            attempt=self._failed + 1,
        )

    def _paid(self, watched: Watched) -> failures.Paid:
        return failures.Paid(watched.handle.task, self._spent, watched.attempt)

    def _settled(self, end: End) -> Settled:
        return Settled(self._planned.id, end)

    def _change(self, state: StepState, *, task: str | None = None, note: str | None = None) -> None:
        self._shell.announce.change(
            self._planned.id, state, task=task, credits_=self._spent, attempt=self._failed + 1, note=note
        )

    def _tell_lease(self) -> None:
        self._change(StepState.WAITING, note="another process works on it; its result is used")
