"""Attempts: one submission of an action each, and what became of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from runway_flow.kernel.amounts import Credits, Estimate
    from runway_flow.plan.action import ActionKey


class AttemptState(StrEnum):
    """Where an attempt stands. INTENDED and SUBMITTED are open; the rest are ends.

    INTENDED: durable before the POST; found so at a start it is in doubt.
    SUBMITTED: the task's id is durable. STORED: its outputs are kept.
    REFUSED: provably nothing was created. REJECTED: the service said no (4xx).
    FAILED, CANCELLED: the task ended so. DROPPED: the user gave it up; the action is not paid for again.
    RELEASED: the user said that the action may be paid for again, whatever became of this attempt.
    """

    INTENDED = "intended"
    SUBMITTED = "submitted"
    STORED = "stored"
    REFUSED = "refused"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DROPPED = "dropped"
    RELEASED = "released"

    @property
    def is_open(self) -> bool:
        """Whether its end is not known."""
        return self in (AttemptState.INTENDED, AttemptState.SUBMITTED)


class Intent(Struct, frozen=True):
    """What is written down before a POST: which action, for which step and run, at which estimate."""

    attempt_id: str
    key: ActionKey
    run_id: str
    flow: str
    step: str
    endpoint: str
    model: str | None
    number: int
    estimate: Estimate
    intended_at: float
    document: str
    """The canonical key document, so that what was collected can be kept even if the flow changed."""
    table_date: str = ""
    """Of the capability table that `estimate` comes from; empty in records of older versions."""


class Attempt(Struct, frozen=True):
    """An intent and what became of it; times are seconds since 1970 UTC.

    Three figures of its price: `intent.estimate` is the table's, `estimated` the service's own before the
    work, `cost` what it charged; None as long as it did not say.
    """

    intent: Intent
    state: AttemptState
    task: str | None = None
    submitted_at: float | None = None
    ended_at: float | None = None
    reserved: Credits | None = None
    cost: Credits | None = None
    failure: str | None = None
    failure_code: str | None = None
    estimated: Credits | None = None


class TaskHandle(Struct, frozen=True):
    """What is needed to ask for a task again: its id and when it was submitted."""

    task: str
    endpoint: str
    model: str | None
    submitted_at: float
