"""What the shell tells the state of a run, and what the scheduler asks the shell to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from runway_flow.kernel.amounts import ZERO, Credits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.engine.events import StepState
    from runway_flow.kernel.codes import Code
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.plan.action import Action, ActionKey, ActionResult


class Halt(Struct, frozen=True):
    """Nothing new is started any more. `code`: what it means for the end of the run.

    With a `note`, instances that have not begun are over (blocked, the note says why); without one they
    are left as they stand: the same command goes on with them.
    """

    code: Code | None = None
    note: str | None = None


class End(Struct, frozen=True):
    """How one instance ended. `spent`: what its attempts cost; `culprit`: the instance that it fell with."""

    state: StepState
    result: ActionResult | None = None
    code: Code | None = None
    note: str | None = None
    task: str | None = None
    spent: Credits = ZERO
    attempt: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()
    culprit: str | None = None
    halt: Halt | None = None


class PoolDepths(Struct, frozen=True):
    """How many actions may be under way at once: on this machine, by model, and remotely in all.

    A model that is not listed has `default`; None is no limit.
    """

    local: int
    models: Mapping[str, int | None] = field(default_factory=dict)
    default: int | None = None
    total: int | None = None


# --- messages: what happened ----------------------------------------------------------------------


class Offered(Struct, frozen=True):
    """An instance is bound and wants to run. `at_once`: it has something to recover and needs no room."""

    step: str
    action: Action
    at_once: bool = False


class Missing(Struct, frozen=True):
    """Binding an instance found that it waits for others."""

    step: str
    needs: frozenset[str]


class Settled(Struct, frozen=True):
    """An instance ended."""

    step: str
    end: End


class Freed(Struct, frozen=True):
    """The remote part of an action is over: another may take its room while this one is downloaded."""

    step: str


class OverBudget(Struct, frozen=True):
    """An action was refused by a limit. `end` is how it ends if nothing that is under way gives back."""

    step: str
    end: End


class Left(Struct, frozen=True):
    """An instance was left as it stands: interrupted, or out of reach."""

    step: str
    halt: Halt | None = None


class Halted(Struct, frozen=True):
    """Nothing new may be started."""

    halt: Halt


class LimitsKnown(Struct, frozen=True):
    """What the account may do is known."""

    depths: PoolDepths


class Collecting(Struct, frozen=True):
    """A task of an earlier flow is being collected under its key, by a name that is no instance's."""

    name: str
    key: ActionKey


class Collected(Struct, frozen=True):
    """That is over; the result is there if it went well."""

    name: str
    key: ActionKey
    result: ActionResult | None


Message = (
    Offered | Missing | Settled | Freed | OverBudget | Left | Halted | LimitsKnown | Collecting | Collected
)


# --- commands: what to do -------------------------------------------------------------------------


class Bind(Struct, frozen=True):
    """Bind an instance and look it up; answer with `Offered`, `Missing` or `Settled`."""

    step: str


class Start(Struct, frozen=True):
    """Do an action; answer with `Settled`, `OverBudget` or `Left`."""

    step: str
    action: Action


class AskLimits(Struct, frozen=True):
    """Ask for the limits of the account; answer with `LimitsKnown`."""


class Announce(Struct, frozen=True):
    """Tell that an instance ended."""

    step: str
    end: End


Command = Bind | Start | AskLimits | Announce
