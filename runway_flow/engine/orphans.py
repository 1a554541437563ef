"""Tasks that an earlier form of the flow submitted: collected beside the run, never in its way."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from runway_flow.engine import collection
from runway_flow.engine.attempts import AttemptState, TaskHandle
from runway_flow.engine.collection import Watched
from runway_flow.engine.drift import TablePrice
from runway_flow.engine.events import EarlierFate, EarlierTask
from runway_flow.engine.finishing import unbroken, with_grace
from runway_flow.engine.messages import Collected, Collecting
from runway_flow.engine.recovery import document_of, find_orphans
from runway_flow.engine.service import TaskState
from runway_flow.engine.shell import is_fatal
from runway_flow.kernel.amounts import ZERO
from runway_flow.kernel.errors import ProviderError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.engine.attempts import Attempt, Intent
    from runway_flow.engine.messages import Message
    from runway_flow.engine.shell import Shell
    from runway_flow.kernel.amounts import Credits
    from runway_flow.kernel.media import Artifact
    from runway_flow.plan.action import ActionResult


class _Closing(Exception):
    """The run is over; what is not finished remotely is left to a later one."""


class Orphans:
    """The collections of one run. `tell` gets when one begins and ends."""

    def __init__(self, shell: Shell, tell: Callable[[Message], None]) -> None:
        self._shell = shell
        self._tell = tell
        self._closing = asyncio.Event()

    def find(self) -> tuple[Attempt, ...]:
        """Give the tasks to collect; attempts whose result is kept already are closed.

        Raises `StoreError`.
        """
        shell, state = self._shell, self._shell.ports.state
        known = frozenset(step.action.key for step in shell.plan.steps.values() if step.action is not None)
        found = state.open_attempts()
        orphans = find_orphans(found, known, flow=shell.plan.flow, realm=shell.options.realm)
        for attempt in find_orphans(found, frozenset(), flow=shell.plan.flow, realm=shell.options.realm):
            stored = state.find_result(attempt.intent.key)
            if stored is not None and stored.result.task == attempt.task:
                state.close_attempt(
                    attempt.intent.attempt_id,
                    AttemptState.STORED,
                    shell.ports.clock.now(),
                    cost=stored.result.credits,
                )
                orphans = tuple(one for one in orphans if one is not attempt)
        for attempt in orphans:
            self._tell(Collecting(_name(attempt), attempt.intent.key))
        return orphans

    def close(self) -> None:
        """Let those that wait for a task end; what is being fetched is fetched."""
        self._closing.set()

    async def collect(self, attempt: Attempt) -> None:
        """Collect one task under its key. What fails remotely is written down and fails nothing else."""
        key = attempt.intent.key
        result: ActionResult | None = None
        try:
            if await self._shell.leases.try_take(key):
                try:
                    result = await self._collect(attempt)
                finally:
                    await unbroken(self._shell.leases.give_back(key))
        except (_Closing, ProviderError):
            self._note(attempt, EarlierFate.GOES_ON, attempt.reserved or ZERO)  # it stays in the journal
        except asyncio.CancelledError:
            self._note(attempt, EarlierFate.GOES_ON, attempt.reserved or ZERO)
            raise
        except StoreError as error:
            if is_fatal(error):
                raise
        finally:
            self._tell(Collected(_name(attempt), key, result))

    async def _collect(self, attempt: Attempt) -> ActionResult | None:
        shell, intent = self._shell, attempt.intent
        since = attempt.submitted_at or intent.intended_at
        watched = Watched(
            step=intent.step,
            handle=TaskHandle(attempt.task or "", intent.endpoint, intent.model, since),
            attempt_id=intent.attempt_id,
            key=intent.key,
            document=document_of(attempt),
            reserved=attempt.reserved or ZERO,
            sleep=self._sleep,
            price=TablePrice(_row_name(intent), intent.estimate, intent.table_date or shell.plan.table_date),
            is_estimated=attempt.estimated is not None,
            is_quiet=True,
        )
        report = await collection.watch(shell, watched, 0.0)
        if report is None:  # pragma: no cover - only a timeout gives that, and it has none
            return None
        if report.state is TaskState.SUCCEEDED:
            work = collection.keep(shell, watched, report)
            result = await with_grace(work, shell.ports.clock, shell.options.grace_s)
            self._note(attempt, EarlierFate.KEPT, result.credits, result.outputs)
            return result
        planned = shell.plan.steps.get(intent.step)
        if planned is not None and planned.action is None:
            # maybe it is of that very instance, which tells of failures and decides about retries
            return None
        cost = await unbroken(collection.close_failed(shell, watched, intent.attempt_id, report))
        self._note(attempt, EarlierFate.FAILED, cost)
        return None

    def _note(
        self, attempt: Attempt, fate: EarlierFate, cost: Credits, outputs: tuple[Artifact, ...] = ()
    ) -> None:
        task = EarlierTask(attempt.intent.step, attempt.task or "", fate, cost, outputs)
        self._shell.earlier.append(task)

    async def _sleep(self, seconds: float) -> None:
        """Wait. Raises `_Closing` if the run ends meanwhile."""
        closing = asyncio.ensure_future(self._closing.wait())
        sleeping = asyncio.ensure_future(self._shell.ports.clock.sleep(seconds))
        try:
            await asyncio.wait((closing, sleeping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for future in (closing, sleeping):
                future.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait((future,))
        if self._closing.is_set():
            raise _Closing


def _row_name(intent: Intent) -> str:
    return f"{intent.model} ({intent.endpoint})" if intent.model is not None else intent.endpoint


def _name(attempt: Attempt) -> str:
    """Name a collection as no instance is named."""
    return f"task {attempt.task}"
