"""What the user decides about attempts: adopt a task, let the next run pay again, drop, cancel."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow.engine.attempts import AttemptState, TaskHandle
from runway_flow.engine.resolution import CancelFate, Cancelled, Evidence, realm_of
from runway_flow.engine.service import TaskReport, TaskState
from runway_flow.kernel import codes
from runway_flow.kernel.errors import ProviderError, RunwayFlowError, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runway_flow.engine.attempts import Attempt
    from runway_flow.engine.ports import TaskProvider
    from runway_flow.engine.service import Account
    from runway_flow.wiring import Session

_ALL_RUNS = 1000


@dataclass(slots=True)
class Resolver:
    """The attempts of one store, as the user looks at them and decides."""

    session: Session

    def in_doubt(self) -> tuple[Attempt, ...]:
        """Give the attempts of which nobody knows what became, oldest first; not those under way now."""
        return tuple(one for one in self._open() if one.task is None and not self._is_under_way(one))

    def held(self) -> tuple[Attempt, ...]:
        """Give the attempts whose actions are held back: refused by moderation, dropped; oldest first."""
        state = self.session.store.state
        found = [one for one in state.held_attempts() if self._is_ours(one)]
        return tuple(one for one in found if state.find_result(one.intent.key) is None)

    def lost(self) -> tuple[Attempt, ...]:
        """Give the attempts whose results lost bytes, oldest first: a run fetches them from their tasks."""
        store = self.session.store
        found = [
            attempt
            for kept in store.state.list_results()
            if kept.result.task and not all(store.blobs.has(one.digest) for one in kept.result.outputs)
            if (attempt := store.state.find_task(kept.result.task)) is not None
        ]
        return tuple(one for one in found if one.state is AttemptState.STORED and self._is_ours(one))

    def in_flight(self) -> tuple[Attempt, ...]:
        """Give the attempts whose tasks go on remotely at the address of this session, oldest first."""
        realm = self.session.realm
        return tuple(one for one in self._open() if one.task is not None and realm_of(one) == realm)

    def _open(self) -> list[Attempt]:
        return [one for one in self.session.store.state.open_attempts() if self._is_ours(one)]

    def _is_ours(self, attempt: Attempt) -> bool:
        return not self.session.settings.emulate or realm_of(attempt) == self.session.realm

    def _is_under_way(self, attempt: Attempt) -> bool:
        if not self._take(attempt):
            return True
        self._give_back(attempt)
        return False

    def _take(self, attempt: Attempt) -> bool:
        session = self.session
        key, now = attempt.intent.key, session.clock.now()
        return session.store.state.acquire_lease(key, session.owner, now, session.is_present)

    def _give_back(self, attempt: Attempt) -> None:
        self.session.store.state.release_lease(attempt.intent.key, self.session.owner)

    @contextmanager
    def _alone(self, attempt: Attempt) -> Iterator[Attempt]:
        """Hold the lease of an attempt's action; gives the attempt as it is now.

        Raises `StoreError` (`STORE_BUSY`) while a process works on it, `UsageError` if it was decided.
        """
        step = attempt.intent.step
        if not self._take(attempt):
            hint = "wait until it has ended, then look again: it may well know what became of it"
            raise StoreError(f"a process works on {step} now", code=codes.STORE_BUSY, hint=hint)
        try:
            for one in (*self._open(), *self.session.store.state.held_attempts(), *self.lost()):
                if one.intent.attempt_id == attempt.intent.attempt_id:
                    yield one
                    return
            raise UsageError(f"somebody else has decided about {step} meanwhile")
        finally:
            self._give_back(attempt)

    # --- looking ----------------------------------------------------------------------------------

    def describe(self, attempts: Sequence[Attempt]) -> tuple[Evidence, ...]:
        """Give what the store knows of attempts; nobody is asked."""
        runs = {run.run_id: run for run in self.session.store.state.list_runs(_ALL_RUNS)}
        now = self.session.clock.now()
        return tuple(Evidence(one, now, runs.get(one.intent.run_id)) for one in attempts)

    async def gather(self, attempts: Sequence[Attempt]) -> tuple[Evidence, ...]:
        """Give what is known of attempts; the account is asked once, if it is the one they were sent to."""
        account, unasked = await self._ask_account(attempts)
        return tuple(
            replace(one, account=account, unasked=unasked)
            if one.realm == self.session.realm
            else replace(one, unasked="it was sent to another address")
            for one in self.describe(attempts)
        )

    async def _ask_account(self, attempts: Sequence[Attempt]) -> tuple[Account | None, str | None]:
        if not any(one.state.is_open and realm_of(one) == self.session.realm for one in attempts):
            return None, None
        try:
            provider = self.session.task_provider()
            try:
                return await provider.account(), None
            finally:
                await provider.aclose()
        except RunwayFlowError as error:
            return None, error.message

    # --- deciding ---------------------------------------------------------------------------------

    async def adopt_task(self, attempt: Attempt, task: str) -> TaskReport:
        """Take a task for what became of an attempt: it is collected by the next run. Gives how it stands.

        Raises `UsageError` for one that cannot be it, `ProviderError` if the service does not know it.
        """
        session, intent = self.session, attempt.intent
        if realm_of(attempt) != session.realm:
            raise UsageError(
                f"{intent.step} was sent to {realm_of(attempt)}, and this command asks {session.realm}",
                hint="`--emulate`, or RUNWAYML_BASE_URL, says which one is asked",
            )
        with self._alone(attempt) as current:
            if current.task is not None:
                raise UsageError(f"{intent.step} has its task already: {current.task}")
            other = session.store.state.find_task(task)
            if other is not None:
                message = f"task {task} is that of {other.intent.step} in the run {other.intent.run_id}"
                raise UsageError(message, hint="each attempt has a task of its own")
            report = await self._look(TaskHandle(task, intent.endpoint, intent.model, intent.intended_at))
            session.store.state.mark_submitted(intent.attempt_id, task, intent.intended_at, report.estimate)
        return report

    async def _look(self, handle: TaskHandle) -> TaskReport:
        provider = self.session.task_provider()
        try:
            report = await provider.poll(handle)
        finally:
            await provider.aclose()
        if report.state is TaskState.GONE:
            raise ProviderError(
                f"there is no task {handle.task} at {self.session.realm}",
                code=codes.TASK_GONE,
                hint="copy its id from the request history; it must belong to the account of this key",
            )
        return report

    async def release(self, attempt: Attempt) -> None:
        """Let the next run pay for the action again, whatever became of this attempt.

        Raises `UsageError` if its result lost bytes that its task still has: those cost nothing.
        """
        if attempt.state is AttemptState.STORED:
            await self._refuse_fetchable(attempt)
        self._close(attempt, AttemptState.RELEASED)

    async def _refuse_fetchable(self, attempt: Attempt) -> None:
        intent = attempt.intent
        handle = TaskHandle(attempt.task or "", intent.endpoint, intent.model, intent.intended_at)
        try:
            await self._look(handle)
        except ProviderError as error:
            if error.code is not codes.TASK_GONE:
                raise
            return
        hint = "run the flow again: they are fetched, and nothing is paid"
        raise UsageError(f"the bytes of {intent.step} are gone, but its task still has them", hint=hint)

    def drop(self, attempt: Attempt) -> None:
        """Give the action up: nothing is adopted, and no run pays for it as it is."""
        self._close(attempt, AttemptState.DROPPED)

    def _close(self, attempt: Attempt, state: AttemptState) -> None:
        with self._alone(attempt) as current:
            self.session.store.state.close_attempt(
                current.intent.attempt_id,
                state,
                current.ended_at or self.session.clock.now(),
                failure=current.failure,
                failure_code=current.failure_code,
            )

    # --- cancelling -------------------------------------------------------------------------------

    async def cancel(self, attempts: Sequence[Attempt]) -> tuple[Cancelled, ...]:
        """Cancel tasks in flight, one after the other; one that has ended is left to the next run.

        Raises `ProviderError` where the service cannot be asked; what was cancelled before is journaled.
        """
        provider = self.session.task_provider()
        try:
            return tuple([await self._cancel(provider, one) for one in attempts])
        finally:
            await provider.aclose()

    async def _cancel(self, provider: TaskProvider, attempt: Attempt) -> Cancelled:
        intent = attempt.intent
        since = attempt.submitted_at or intent.intended_at
        handle = TaskHandle(attempt.task or "", intent.endpoint, intent.model, since)
        is_ours = self._take(attempt)
        try:
            before = after = await provider.poll(handle)
            # deleting a task that has ended would delete its result
            if before.state in (TaskState.SUCCEEDED, TaskState.FAILED):
                return Cancelled(attempt, CancelFate.FINISHED, before.state, before.cost)
            if not before.state.is_end:
                await provider.cancel(handle)
                after = await provider.poll(handle)
            if is_ours:
                self.session.store.state.close_attempt(
                    intent.attempt_id, AttemptState.CANCELLED, self.session.clock.now(), cost=after.cost
                )
            return Cancelled(attempt, CancelFate.CANCELLED, before.state, after.cost, is_noted=is_ours)
        finally:
            if is_ours:
                self._give_back(attempt)
