"""The state of one instance in the plan: stored, to run, in flight, unknown, skipped; and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runway_flow.catalog.pricing import typical_seconds
from runway_flow.kernel.amounts import FREE
from runway_flow.plan.binding import Bound, NotWanted, Unusable, Waiting
from runway_flow.plan.describe import describe
from runway_flow.plan.explain import changed_fields
from runway_flow.plan.plan import Change, PlannedStep, PlanState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Capability
    from runway_flow.kernel.diagnostics import Diagnostic, Span
    from runway_flow.plan.action import Action, ActionKey
    from runway_flow.plan.binder import BoundInstance, PlanBinder
    from runway_flow.plan.instances import Instance
    from runway_flow.plan.lookup import Lookup, StoredResult
    from runway_flow.plan.needs import Needs
    from runway_flow.spec.flow import Step

_SHOWN_NEEDS = 3
_HEX_SHOWN = 8


@dataclass(slots=True)
class Stater:
    """Gives each instance its state; call it in an order in which each comes after what it needs."""

    flow: str
    binder: PlanBinder
    lookup: Lookup
    needs: Mapping[str, Needs]
    owners: dict[ActionKey, str] = field(default_factory=dict)
    """Which instance comes first with a key: equal actions are one."""

    def state(
        self, instance: Instance, earlier: Mapping[str, PlannedStep]
    ) -> tuple[PlannedStep, tuple[Diagnostic, ...]]:
        """State one instance, and give the findings about it."""
        bound = self.binder.bind_instance(instance)
        binding = bound.binding
        base = self._base(instance, bound)
        if isinstance(binding, Unusable):
            return replace(base, state=PlanState.BLOCKED, why="invalid"), binding.diagnostics
        if isinstance(binding, NotWanted):
            return replace(base, state=PlanState.SKIPPED, why=binding.reason), ()
        warnings = bound.judgement.diagnostics
        if isinstance(binding, Waiting):
            return self._waiting(base, binding, earlier), warnings
        return self._known(base, binding), warnings

    def _base(self, instance: Instance, bound: BoundInstance) -> PlannedStep:
        step = instance.step
        verdict = bound.judgement.verdict
        capability = bound.judgement.capability or self.binder.judge.candidates[step.id][0]
        params = verdict.params if verdict is not None else {}
        needs = self.needs[instance.address]
        return PlannedStep(
            id=instance.address,
            step=step.id,
            key=instance.key,
            uses=step.uses,
            capability=capability,
            state=PlanState.UNKNOWN,
            why="",
            what=describe(capability, params),
            span=_telling_span(step),
            estimate=bound.estimate,
            needs=tuple(sorted(needs.all)),
            order_needs=tuple(sorted(needs.order - needs.data)),
            params=params,
            seconds=typical_seconds(capability, params),
            retry_max=step.retry_max,
            timeout_s=step.timeout_s,
            on_failure=step.on_failure,
            budget=step.budget,
            description=step.description,
        )

    def _waiting(
        self, base: PlannedStep, binding: Waiting, earlier: Mapping[str, PlannedStep]
    ) -> PlannedStep:
        stuck = (PlanState.IN_DOUBT, PlanState.BLOCKED)
        culprit = next(
            (need for need in sorted(binding.needs) if need in earlier and earlier[need].state in stuck),
            None,
        )
        if culprit is not None:
            why = f"waits for {culprit}, which is {earlier[culprit].state.value.replace('_', ' ')}"
            return replace(base, state=PlanState.BLOCKED, why=why)
        needs = _short_list(sorted(binding.needs))
        if base.capability.is_local:
            return replace(base, state=PlanState.LOCAL, why=f"local; needs {needs}")
        return replace(base, state=PlanState.UNKNOWN, why=f"known when {needs} is done")

    def _known(self, base: PlannedStep, binding: Bound) -> PlannedStep:
        action = binding.action
        base = replace(base, action=action)
        stored = self.lookup.find_result(action.key)
        if stored is not None and (stored.is_whole or stored.result.task is not None):
            return _stored(base, stored)
        owner = self.owners.setdefault(action.key, base.id)
        state = PlanState.LOCAL if action.is_local else PlanState.RUN
        if owner != base.id:
            return replace(base, state=state, why=f"same as {owner}", estimate=FREE)
        attempt = None if action.is_local else self.lookup.find_open_attempt(action.key)
        if attempt is not None:
            return _open(base, attempt.attempt_id, attempt.task)
        change, why = self._why(base.id, action, base.capability)
        if stored is not None:
            why = "its bytes are gone from the store"
        if action.is_local and change is Change.NEW:
            why = "local"
        return replace(base, state=state, why=why, change=change)

    def _why(self, address: str, action: Action, capability: Capability) -> tuple[Change, str]:
        before = self.lookup.find_last_document(self.flow, address)
        if before is None:
            return Change.NEW, "new"
        fields = changed_fields(before, action.document, capability)
        if not fields:
            return Change.NEW, "new"
        return Change.CHANGED, f"{_short_list(fields)} changed"


def _stored(base: PlannedStep, stored: StoredResult) -> PlannedStep:
    result = stored.result
    if not stored.is_whole:
        why = f"paid; its bytes are fetched again from task {short_id(result.task)}"
        return replace(base, state=PlanState.IN_FLIGHT, why=why, result=result, task=result.task)
    digest = result.outputs[0].digest[:_HEX_SHOWN] if result.outputs else "nothing"
    return replace(base, state=PlanState.STORED, why=f"stored, {digest}", result=result)


def _open(base: PlannedStep, attempt_id: str, task: str | None) -> PlannedStep:
    if task is None:
        why = "in doubt: it was submitted, and no answer was kept"
        return replace(base, state=PlanState.IN_DOUBT, why=why, attempt_id=attempt_id)
    why = f"in flight: task {short_id(task)} (paid, will be collected)"
    return replace(base, state=PlanState.IN_FLIGHT, why=why, task=task, attempt_id=attempt_id)


def short_id(task: str | None) -> str:
    """Give the first part of a task's id, as people read it."""
    return f"{(task or '?')[:_HEX_SHOWN]}…"


def _short_list(names: list[str] | tuple[str, ...]) -> str:
    """Join names; instances of one fan-out are folded to `clip[…]` when they are many."""
    if len(names) <= _SHOWN_NEEDS:
        return ", ".join(names)
    folded = list(dict.fromkeys(_fold(name) for name in names))
    rest = len(folded) - _SHOWN_NEEDS
    shown = ", ".join(folded[:_SHOWN_NEEDS])
    return f"{shown} and {rest} more" if rest > 0 else shown


def _fold(name: str) -> str:
    return f"{name.partition('[')[0]}[…]" if "[" in name else name


def _telling_span(step: Step) -> Span:
    """Give the place that a failure of the step points at: its prompt, else what it uses."""
    for name, _, value in step.parameters.entries if step.parameters is not None else ():
        if name in ("prompt_text", "prompt"):
            return value.span
    return step.uses_span
