"""What the engine hands back when nothing more can happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from runway_flow.kernel.amounts import ZERO, Credits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.engine.events import EarlierTask, RunStatus, StepState
    from runway_flow.kernel.codes import ExitCode
    from runway_flow.plan.action import ActionResult


class StepOutcome(Struct, frozen=True):
    """How one instance ended; `task` where a remote task goes on or is in question."""

    state: StepState
    result: ActionResult | None = None
    task: str | None = None
    spent: Credits = ZERO


class RunOutcome(Struct, frozen=True):
    """How a run ended: the worst thing that happened decides status and exit code."""

    status: RunStatus
    exit: ExitCode
    steps: Mapping[str, StepOutcome]
    spent: Credits = ZERO
    saved: Credits = ZERO
    remote: Mapping[str, str] = field(default_factory=dict)
    earlier: tuple[EarlierTask, ...] = ()
