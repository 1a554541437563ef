"""Plans without flows: instances, what they need, and a binder whose keys follow the content."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from runway_flow.catalog.capability import Capability, OutputSpec, Price
from runway_flow.kernel.amounts import Credits
from runway_flow.kernel.diagnostics import Span
from runway_flow.kernel.digests import digest_json
from runway_flow.kernel.media import MediaKind
from runway_flow.plan.action import Action, ActionKey, ActionResult
from runway_flow.plan.binding import Binding, Bound, NotWanted, Unusable, Waiting
from runway_flow.plan.plan import Plan, PlannedStep, PlanState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.spec.flow import OnFailure

SPAN = Span("flow.yaml", 3, 1, 3, 9)
PRICE = Credits(10)
FLOW = "teaser"
REALM = "local"


def capability(model: str | None, price: Credits | None = PRICE) -> Capability:
    """Give the row of a model with one price for every call, or of a local operation for None."""
    output = OutputSpec(MediaKind.VIDEO)
    if model is None:
        return Capability("media/concat", "", None, "", (), output, Price(None), is_local=True)
    rule = {"flat_without": {"discount": str(price)}}
    stated = Price(None) if price is None else Price("output_image", (), rule)
    return Capability("image_to_video", model, model, "/v1/image_to_video", (), output, stated)


class Made(Struct, frozen=True):
    """How an instance is made: `model` None on this machine; `name` is what its key comes from.

    Instances of equal names and equal inputs are equal actions. `order`: needs without data.
    """

    id: str
    needs: tuple[str, ...] = ()
    model: str | None = "gen4.5"
    name: str = ""
    order: tuple[str, ...] = ()
    price: Credits | None = PRICE
    seconds: float | None = None
    retry_max: int = 0
    timeout_s: float | None = None
    on_failure: OnFailure | None = None
    budget: Credits | None = None
    is_wanted: bool = True
    findings: tuple[Diagnostic, ...] = ()
    request: Mapping[str, object] = msgspec.field(default_factory=dict)


def action_of(made: Made, inputs: Iterable[str] = ()) -> Action:
    """Give the action of an instance whose inputs have these digests."""
    row = capability(made.model, made.price)
    document: dict[str, object] = {"name": made.name or made.id, "inputs": list(inputs)}
    if made.model is not None:
        document["realm"] = REALM
    request = {"promptText": made.name or made.id, **made.request}
    return Action(ActionKey(digest_json(document)), document, row, request, request)


@dataclass(slots=True)
class FakeBinder:
    """Binds as the plan's binder does: what is missing is waited for, what is skipped skips the reader."""

    made: Mapping[str, Made]
    calls: list[str] = field(default_factory=list)

    def bind(self, step_id: str, results: Mapping[str, ActionResult | None]) -> Binding:
        """Bind one instance."""
        self.calls.append(step_id)
        made = self.made[step_id]
        if made.findings:
            return Unusable(made.findings)
        if not made.is_wanted:
            return NotWanted("its `when` is false")
        missing = frozenset(need for need in made.needs if need not in results)
        if missing:
            return Waiting(missing)
        inputs: list[str] = []
        for need in made.needs:
            result = results[need]
            if result is None:
                return NotWanted(f"{need} is skipped")
            inputs.extend(output.digest for output in result.outputs)
        return Bound(action_of(made, inputs))


def planned_step(made: Made) -> PlannedStep:
    """Give an instance as a plan has it before anything is known of the store."""
    row = capability(made.model)
    is_bound = not made.needs and made.is_wanted and not made.findings
    return PlannedStep(
        id=made.id,
        step=made.id.partition("[")[0],
        key=None,
        uses=row.uses,
        capability=row,
        state=PlanState.UNKNOWN,
        why="new",
        what="",
        span=SPAN,
        needs=tuple(sorted({*made.needs, *made.order})),
        order_needs=made.order,
        action=action_of(made) if is_bound else None,
        seconds=made.seconds,
        retry_max=made.retry_max,
        timeout_s=made.timeout_s,
        on_failure=made.on_failure,
        budget=made.budget,
    )


def plan_of(*made: Made, budget: Credits | None = None) -> Plan:
    """Give a plan of instances in the order in which they stand."""
    steps = {one.id: planned_step(one) for one in made}
    return Plan(FLOW, "flow.yaml", steps, "identity", "2026-10-23", budget=budget)


def with_stored(plan: Plan, results: Mapping[str, ActionResult]) -> Plan:
    """Give the plan as it is when the store has these results."""
    steps = {
        name: replace(step, state=PlanState.STORED, result=results[name]) if name in results else step
        for name, step in plan.steps.items()
    }
    return replace(plan, steps=steps)
