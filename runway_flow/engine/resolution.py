"""Which attempts a user means who decides about them: in doubt, held back, or in flight."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.engine.recovery import document_of
from runway_flow.kernel import codes
from runway_flow.kernel.errors import UsageError
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.spec.reference import read_address, write_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runway_flow.engine.attempts import Attempt
    from runway_flow.engine.records import RunRecord
    from runway_flow.engine.service import Account, TaskState
    from runway_flow.kernel.amounts import Credits

_SHOWN = 8


class Wanted(Struct, frozen=True):
    """What the command line names: a step (or an attempt's id), and where that is not enough flow or run.

    The start of a run's id is enough.
    """

    step: str
    flow: str | None = None
    run: str | None = None


class Evidence(Struct, frozen=True):
    """What is known about an attempt that the user is to decide.

    `account` is as it is now; where it could not be asked, `unasked` says why.
    """

    attempt: Attempt
    at: float
    run: RunRecord | None = None
    account: Account | None = None
    unasked: str | None = None

    @property
    def is_in_doubt(self) -> bool:
        """Whether it is not known what became of it; else it holds its action back."""
        return self.attempt.state.is_open

    @property
    def realm(self) -> str:
        """Where it was sent to."""
        return realm_of(self.attempt) or "?"


class CancelFate(StrEnum):
    """What became of a task that was to be cancelled. FINISHED: it had ended before, and is not touched."""

    CANCELLED = "cancelled"
    FINISHED = "finished"


class Cancelled(Struct, frozen=True):
    """A task that was to be cancelled; `was` is its state before.

    `cost`: what it charged, None where the service does not say. `is_noted`: whether the journal has it;
    else the run that works on it writes it down.
    """

    attempt: Attempt
    fate: CancelFate
    was: TaskState
    cost: Credits | None = None
    is_noted: bool = True


def realm_of(attempt: Attempt) -> str | None:
    """Give where an attempt was sent to: `runway`, `local`, a host's name; None if that cannot be read."""
    realm = document_of(attempt).get("realm")
    return realm if isinstance(realm, str) else None


def is_named(attempt: Attempt, text: str) -> bool:
    """Whether a text names an attempt: by its id, its instance (`clip[wide]`, `clip.wide`) or its step."""
    if attempt.intent.attempt_id.upper() == text.strip().upper():
        return True
    address = read_address(text)
    if address is None:
        return False
    step = attempt.intent.step
    return step == write_address(*address) or (address[1] is None and step.partition("[")[0] == address[0])


def choose(attempts: Sequence[Attempt], wanted: Wanted, what: str) -> tuple[Attempt, ...]:
    """Give the attempts that are meant, newest first; `attempts` come oldest first.

    Where several flows have such a step, it is that of the latest. Raises `UsageError` if there is none;
    `what` says what they are: «in doubt».
    """
    found = [
        attempt
        for attempt in attempts
        if is_named(attempt, wanted.step)
        and wanted.flow in (None, attempt.intent.flow)
        and attempt.intent.run_id.upper().startswith((wanted.run or "").upper())
    ]
    if not found:
        raise UsageError(
            f"no attempt of `{wanted.step}`{_where(wanted)} is {what}",
            code=codes.SELECTION_UNKNOWN,
            hint=_offer(attempts, wanted, what),
        )
    flow = found[-1].intent.flow
    return tuple(attempt for attempt in reversed(found) if attempt.intent.flow == flow)


def choose_run(attempts: Sequence[Attempt], run: str | None) -> tuple[Attempt, ...]:
    """Give those of a run, or of the latest that has some. Raises `UsageError` if the run has none."""
    if run is None:
        latest = attempts[-1].intent.run_id if attempts else None
        return tuple(one for one in attempts if one.intent.run_id == latest)
    found = tuple(one for one in attempts if one.intent.run_id.upper().startswith(run.upper()))
    if not found:
        runs = list(dict.fromkeys(one.intent.run_id for one in reversed(attempts)))
        hint = f"runs with tasks in flight: {', '.join(runs[:_SHOWN])}" if runs else "nothing is in flight"
        message = f"no run `{run}` has a task in flight"
        raise UsageError(message, code=codes.SELECTION_UNKNOWN, hint=hint)
    return found


def only(found: Sequence[Attempt]) -> Attempt:
    """Give the one attempt that is left. Raises `UsageError` if there are several: each is decided alone."""
    if len(found) == 1:
        return found[0]
    listed = tuple(f"{one.intent.attempt_id}: {one.intent.step}, run {one.intent.run_id}" for one in found)
    raise UsageError(
        f"{len(found)} attempts are meant by this, and each is decided alone",
        code=codes.SELECTION_UNKNOWN,
        hint="name the instance, `--run`, or the attempt's id in place of the step",
        notes=listed[:_SHOWN],
    )


def _where(wanted: Wanted) -> str:
    flow = f" of the flow {wanted.flow}" if wanted.flow is not None else ""
    return flow + (f" in the run {wanted.run}" if wanted.run is not None else "")


def _offer(attempts: Sequence[Attempt], wanted: Wanted, what: str) -> str:
    names = list(dict.fromkeys(attempt.intent.step for attempt in reversed(attempts)))
    if not names:
        return f"nothing is {what}"
    known = {*names, *(name.partition("[")[0] for name in names)}
    near = None if wanted.step in known else did_you_mean(wanted.step, sorted(known))
    return near or f"{what}: {', '.join(names[:_SHOWN])}"
