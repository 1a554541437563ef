"""What the shell tells the state of a run, and what the scheduler asks the shell to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runway_flow.kernel.amounts import ZERO, Credits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.engine.events import StepState
    from runway_flow.kernel.codes import Code
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.plan.action import Action, ActionKey, ActionResult


@dataclass(frozen=True, slots=True)
class Halt:
    """Nothing new is started any more. `code`: what it means for the end of the run.

    With a `note`, instances that have not begun are over (blocked, the note says why); without one they
    are left as they stand: the same command goes on with them.
    """

    code: Code | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class End:
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


@dataclass(frozen=True, slots=True)
class PoolDepths:
    """How many actions may be under way at once: on this machine, by model, and remotely in all.

    A model that is not listed has `default`; None is no limit.
    """

    local: int
    models: Mapping[str, int | None] = field(default_factory=dict)
    default: int | None = None
    total: int | None = None


# --- messages: what happened ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offered:
    """An instance is bound and wants to run. `at_once`: it has something to recover and needs no room."""

    step: str
    action: Action
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """Binding an instance found that it waits for others."""

    step: str
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Settled:
    """An instance ended."""

    step: str
    end: End


@dataclass(frozen=True, slots=True)
class Freed:
    """The remote part of an action is over: another may take its room while this one is downloaded."""

    step: str


@dataclass(frozen=True, slots=True)
class OverBudget:
    """An action was refused by a limit. `end` is how it ends if nothing that is under way gives back."""

    step: str
    end: End


@dataclass(frozen=True, slots=True)
class Left:
    """An instance was left as it stands: interrupted, or out of reach."""

    step: str
    halt: Halt | None = None


@dataclass(frozen=True, slots=True)
class Halted:
    """Nothing new may be started."""

    halt: Halt


@dataclass(frozen=True, slots=True)
class LimitsKnown:
    """What the account may do is known."""

    depths: PoolDepths


@dataclass(frozen=True, slots=True)
class Collecting:
    """A task of an earlier flow is being collected under its key, by a name that is no instance's."""

    name: str
    key: ActionKey


@dataclass(frozen=True, slots=True)
class Collected:
    """That is over; the result is there if it went well."""

    name: str
    key: ActionKey
    result: ActionResult | None


Message = (
    Offered | Missing | Settled | Freed | OverBudget | Left | Halted | LimitsKnown | Collecting | Collected
)


# --- commands: what to do -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bind:
    """Bind an instance and look it up; answer with `Offered`, `Missing` or `Settled`."""

    step: str


@dataclass(frozen=True, slots=True)
class Start:
    """Do an action; answer with `Settled`, `OverBudget` or `Left`."""

    step: str
    action: Action


@dataclass(frozen=True, slots=True)
class AskLimits:
    """Ask for the limits of the account; answer with `LimitsKnown`."""


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell that an instance ended."""

    step: str
    end: End


Command = Bind | Start | AskLimits | Announce
