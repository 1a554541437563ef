"""The plan: what a run would do, why, and what it would cost."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field

from runway_flow.kernel.amounts import FREE, ZERO, Credits, Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Capability
    from runway_flow.kernel.diagnostics import Diagnostic, Span
    from runway_flow.plan.action import Action, ActionResult
    from runway_flow.spec.flow import OnFailure


class PlanState(StrEnum):
    """What a run would do with an instance."""

    STORED = "stored"
    RUN = "run"
    IN_FLIGHT = "in_flight"
    LOCAL = "local"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    BLOCKED = "blocked"
    IN_DOUBT = "in_doubt"


class Change(StrEnum):
    """Why an instance is not stored: it is new, or it differs from what it last was."""

    NONE = "none"
    NEW = "new"
    CHANGED = "changed"


class PlannedStep(Struct, frozen=True):
    """One instance.

    `id` is its address (`clip[wide]`). `needs` are the instances that it waits for; `order_needs` those
    of them that it waits for only because of `needs:`. `what` is a short description of the request.
    `action` is set once every input is known, `result` where the store has it.
    `seconds`: how long it usually takes, None where nobody knows. `span` is where a failure points, `spans`
    where each parameter that the author wrote has its value. `same_as`: the instance that the same action
    is done for; this one gets its result and costs nothing.
    """

    id: str
    step: str
    key: str | None
    uses: str
    capability: Capability
    state: PlanState
    why: str
    what: str
    span: Span
    change: Change = Change.NONE
    estimate: Estimate = FREE
    needs: tuple[str, ...] = ()
    order_needs: tuple[str, ...] = ()
    params: Mapping[str, object] = field(default_factory=dict)
    action: Action | None = None
    result: ActionResult | None = None
    task: str | None = None
    attempt_id: str | None = None
    seconds: float | None = None
    retry_max: int = 0
    timeout_s: float | None = None
    on_failure: OnFailure | None = None
    budget: Credits | None = None
    description: str | None = None
    spans: Mapping[str, Span] = field(default_factory=dict)
    same_as: str | None = None


class Crowd(Struct, frozen=True):
    """More to be done than there is room for: `count` in a pool (None: all remote ones), `width` at once."""

    pool: str | None
    count: int
    width: int


class Plan(Struct, frozen=True):
    """Every instance, by address, in an order in which each comes after what it needs.

    `run_identity` is the digest of flow file, inputs and profile: a run of the same identity that is
    unfinished is continued. `saved`: what the stored results cost when they were paid. `spent`: what the
    run that this one continues has spent of the budget, reservations included; `spent_by`: the same for
    each step that has a budget of its own. `seconds`: about how long a run takes, by its longest chain
    (`critical_seconds`), or where that is more by what waits for room: then `crowd` says where. `jobs`: how
    many remote tasks the user allows at once. `named`: the instances that a selection names.
    """

    flow: str
    path: str
    steps: Mapping[str, PlannedStep]
    run_identity: str
    table_date: str
    estimate: Estimate = FREE
    unknown_prices: int = 0
    saved: Credits = ZERO
    budget: Credits | None = None
    critical_path: tuple[str, ...] = ()
    critical_seconds: float = 0.0
    diagnostics: tuple[Diagnostic, ...] = ()
    spent: Credits = ZERO
    spent_by: Mapping[str, Credits] = field(default_factory=dict)
    seconds: float = 0.0
    crowd: Crowd | None = None
    jobs: int | None = None
    named: tuple[str, ...] = ()

    @property
    def has_work(self) -> bool:
        """Whether a run would do anything but read the store."""
        return any(step.state not in (PlanState.STORED, PlanState.SKIPPED) for step in self.steps.values())
