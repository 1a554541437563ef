"""The paid POST, in the order that keeps the promise: reserve and journal, POST, journal the answer."""

from __future__ import annotations

import contextlib
from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.engine import failures
from runway_flow.engine.attempts import AttemptState, Intent
from runway_flow.engine.budget import limits_for
from runway_flow.engine.drift import Figure, price_of
from runway_flow.engine.events import StepState
from runway_flow.engine.service import Accepted, Ambiguous, Refused, Rejected
from runway_flow.kernel import codes
from runway_flow.kernel.digests import canonical_json
from runway_flow.kernel.errors import StoreError

if TYPE_CHECKING:
    from runway_flow.engine.budget import Limits
    from runway_flow.engine.service import PreparedRequest, Submission
    from runway_flow.engine.shell import Shell
    from runway_flow.kernel.amounts import Credits
    from runway_flow.plan.action import Action
    from runway_flow.plan.plan import PlannedStep


class NotSent(Enum):
    """Why an attempt was not sent: a limit does not cover it, or the action has an open one already."""

    OVER_LIMIT = "over limit"
    TAKEN = "taken"


class Posted(Struct, frozen=True):
    """What became of an attempt."""

    attempt_id: str
    submission: Submission | NotSent
    at: float


def limits_of(shell: Shell, planned: PlannedStep) -> Limits:
    """Give the limits that an attempt of an instance must keep."""
    options = shell.options
    return limits_for(options.run_id, planned, options.budget, shell.plan.budget)


async def post(
    shell: Shell, planned: PlannedStep, action: Action, request: PreparedRequest, attempt: int
) -> Posted:
    """Do one attempt up to the journal entry of its answer. Never cut this in two: use `unbroken`.

    Raises `StoreError` if something could not be written down; then nothing more is submitted.
    """
    state, clock = shell.ports.state, shell.ports.clock
    intent = _intent(shell, planned, action)
    limits = limits_of(shell, planned)
    may_be_unknown = shell.options.allow_unknown_price or not limits
    try:
        granted = await shell.offload.journal(
            lambda: state.intend(intent, limits, may_be_unknown=may_be_unknown)
        )
    except StoreError as error:
        if error.code is codes.STORE_BUSY and state.find_open_attempt(action.key) is not None:
            return Posted(intent.attempt_id, NotSent.TAKEN, clock.now())
        raise
    if not granted:
        return Posted(intent.attempt_id, NotSent.OVER_LIMIT, clock.now())
    submission = await shell.provider.submit(request)
    now = clock.now()
    match submission:
        case Accepted(task, estimate):
            await _mark_submitted(shell, planned, intent, task, estimate, now)
            reserved = action.estimate.high if estimate is None else estimate
            shell.announce.change(
                planned.id, StepState.SUBMITTED, task=task, credits_=reserved, attempt=attempt
            )
            price = price_of(action, shell.plan.table_date)
            shell.compare_price(price, Figure.ESTIMATE, estimate, step=planned.id, task=task)
        case Refused(reason) | Rejected(reason):
            closed = AttemptState.REFUSED if isinstance(submission, Refused) else AttemptState.REJECTED
            await shell.offload.journal(
                lambda: state.close_attempt(intent.attempt_id, closed, now, failure=reason)
            )
        case Ambiguous(reason):
            # The intent stays open: that is what «in doubt» is. Why is kept if that can be.
            with contextlib.suppress(StoreError):
                await shell.offload.journal(lambda: state.note_doubt(intent.attempt_id, reason))
    return Posted(intent.attempt_id, submission, now)


async def _mark_submitted(
    shell: Shell, planned: PlannedStep, intent: Intent, task: str, estimate: Credits | None, now: float
) -> None:
    shell.tasks[planned.id] = task
    try:
        await shell.offload.journal(
            lambda: shell.ports.state.mark_submitted(intent.attempt_id, task, now, estimate)
        )
    except StoreError as error:
        found = failures.unjournaled(planned, task, error)
        shell.announce.found(found)
        shell.unjournaled.append(f"{planned.id}: task {task} was created, is paid, and is not in the journal")
        raise


def _intent(shell: Shell, planned: PlannedStep, action: Action) -> Intent:
    return Intent(
        attempt_id=shell.ports.new_id(),
        key=action.key,
        run_id=shell.options.run_id,
        flow=shell.plan.flow,
        step=planned.id,
        endpoint=action.capability.endpoint,
        model=action.capability.model,
        number=shell.ports.state.count_attempts(action.key) + 1,
        estimate=action.estimate,
        intended_at=shell.ports.clock.now(),
        document=canonical_json(action.document),
        table_date=shell.plan.table_date,
    )
