"""What a start finds of an action, and what follows from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.engine.attempts import AttemptState
from runway_flow.engine.retry import is_moderated_refusal, is_moderation
from runway_flow.plan.lookup import Hold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.engine.attempts import Attempt
    from runway_flow.plan.action import ActionKey, ActionResult
    from runway_flow.plan.lookup import OpenAttempt, StoredResult
    from runway_flow.plan.plan import Plan


class UseResult(Struct, frozen=True):
    """It was done, and everything of it is here."""

    result: ActionResult


class Collect(Struct, frozen=True):
    """It was submitted: its task is waited for, nothing is paid."""

    attempt_id: str
    task: str
    since: float


class InDoubt(Struct, frozen=True):
    """It was about to be submitted, and what became of that is not known: never paid again by itself."""

    attempt: OpenAttempt


class FetchAgain(Struct, frozen=True):
    """It was paid, and bytes of it are gone: they are fetched from its task."""

    result: ActionResult
    task: str


class Held(Struct, frozen=True):
    """It was refused by moderation, or given up: not submitted until it changes or the user says so."""

    hold: Hold


class DoIt(Struct, frozen=True):
    """Nothing is known of it."""


Finding = UseResult | Collect | InDoubt | FetchAgain | Held | DoIt


def decide_recovery(
    stored: StoredResult | None, attempt: OpenAttempt | None, hold: Hold | None = None, *, is_local: bool
) -> Finding:
    """Say what follows from what the store knows of an action."""
    if stored is not None and stored.is_whole:
        return UseResult(stored.result)
    if is_local:
        return DoIt()
    if attempt is not None:
        if attempt.task is None:
            return InDoubt(attempt)
        return Collect(attempt.attempt_id, attempt.task, attempt.since)
    if stored is not None and stored.result.task is not None:
        return FetchAgain(stored.result, stored.result.task)
    return DoIt() if hold is None else Held(hold)


def hold_of(last: Attempt) -> Hold | None:
    """Say whether the last attempt of an action forbids another one by itself.

    What moderation refused would be refused again, and too many refusals suspend the account; what the
    user dropped is not paid for behind their back. Every other end lets the next run try again.
    """
    is_dropped = last.state is AttemptState.DROPPED
    is_refused = (last.state is AttemptState.FAILED and is_moderation(last.failure_code)) or (
        last.state is AttemptState.REJECTED and is_moderated_refusal(last.failure)
    )
    if not (is_dropped or is_refused):
        return None
    return Hold(
        attempt_id=last.intent.attempt_id,
        is_dropped=is_dropped,
        at=last.intent.intended_at if last.ended_at is None else last.ended_at,
        task=last.task,
        cost=last.cost,
        failure=last.failure,
        failure_code=last.failure_code,
    )


def find_orphans(
    attempts: Iterable[Attempt], known: frozenset[ActionKey], *, flow: str, realm: str
) -> tuple[Attempt, ...]:
    """Give the submitted attempts of a flow that none of its instances will collect: the flow changed.

    Those of another realm are left alone: their tasks are not known at this address.
    """
    return tuple(
        attempt
        for attempt in attempts
        if attempt.task is not None
        and attempt.intent.flow == flow
        and attempt.intent.key not in known
        and document_of(attempt).get("realm") == realm
    )


def find_doubts(attempts: Iterable[Attempt], plan: Plan, *, realm: str) -> tuple[Attempt, ...]:
    """Give the attempts in doubt of a flow that no instance of the plan will come upon: the flow changed.

    One whose instance is not bound yet is left out: it may well come upon it.
    """
    known = {step.action.key for step in plan.steps.values() if step.action is not None}
    unbound = {name for name, step in plan.steps.items() if step.action is None}
    return tuple(
        attempt
        for attempt in attempts
        if attempt.task is None
        and attempt.intent.flow == plan.flow
        and attempt.intent.key not in known
        and attempt.intent.step not in unbound
        and document_of(attempt).get("realm") == realm
    )


def document_of(attempt: Attempt) -> dict[str, object]:
    """Give the key document of an attempt; an empty one if it cannot be read."""
    try:
        document = json.loads(attempt.intent.document)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
