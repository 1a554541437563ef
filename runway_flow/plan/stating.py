"""The state of one instance in the plan: stored, to run, in flight, unknown, skipped; and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from runway_flow.catalog.pricing import estimate, typical_seconds
from runway_flow.kernel.amounts import FREE, credits_text, in_credits
from runway_flow.plan.binding import Bound, NotWanted, Unusable
from runway_flow.plan.describe import describe
from runway_flow.plan.explain import changed_fields
from runway_flow.plan.lengths import Lengths
from runway_flow.plan.plan import Change, PlannedStep, PlanState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runway_flow.catalog.capability import Capability
    from runway_flow.kernel.amounts import Estimate
    from runway_flow.kernel.diagnostics import Diagnostic, Span
    from runway_flow.plan.action import Action, ActionResult
    from runway_flow.plan.binder import BoundInstance, PlanBinder
    from runway_flow.plan.instances import Instance
    from runway_flow.plan.lookup import Hold, Lookup, OpenAttempt, StoredResult
    from runway_flow.plan.needs import Needs
    from runway_flow.spec.flow import Step

_SHOWN_NEEDS = 3
_HEX_SHOWN = 8
_STUCK = (PlanState.IN_DOUBT, PlanState.BLOCKED)
_PAID_LATER = (PlanState.RUN, PlanState.UNKNOWN)
_OVER = (PlanState.STORED, PlanState.SKIPPED)


class Prospect(Struct, frozen=True):
    """What a run would do with an instance."""

    state: PlanState
    why: str
    change: Change = Change.NONE
    action: Action | None = None
    result: ActionResult | None = None
    task: str | None = None
    attempt_id: str | None = None


@dataclass(slots=True)
class Stater:
    """Gives each instance its state; call it in an order in which each comes after what it needs."""

    flow: str
    binder: PlanBinder
    lookup: Lookup
    needs: Mapping[str, Needs]
    spans: dict[str, Mapping[str, Span]] = field(default_factory=dict)
    """Step → parameter → place."""
    lengths: Lengths = field(default_factory=Lengths)

    def state(
        self, instance: Instance, earlier: Mapping[str, PlannedStep]
    ) -> tuple[PlannedStep, tuple[Diagnostic, ...]]:
        """State one instance, and give the findings about it."""
        bound = self.binder.bind_instance(instance)
        binding = bound.binding
        if isinstance(binding, Unusable):
            found = binding.diagnostics
            return self._planned(instance, bound, Prospect(PlanState.BLOCKED, "invalid"), earlier), found
        if isinstance(binding, NotWanted):
            return self._planned(instance, bound, Prospect(PlanState.SKIPPED, binding.reason), earlier), ()
        order = self.needs[instance.address].order
        if isinstance(binding, Bound):
            prospect = self._known(instance, binding.action, _find_stuck(order, earlier))
        else:
            is_local = self.binder.judge.candidates[instance.step.id][0].is_local
            stuck = _find_stuck(binding.needs | order, earlier)
            prospect = stuck or _waiting(binding.needs, is_local=is_local)
        return self._planned(instance, bound, prospect, earlier), bound.judgement.diagnostics

    def _planned(
        self,
        instance: Instance,
        bound: BoundInstance,
        prospect: Prospect,
        earlier: Mapping[str, PlannedStep],
    ) -> PlannedStep:
        step = instance.step
        verdict = bound.judgement.verdict
        row = bound.judgement.capability or self.binder.judge.candidates[step.id][0]
        params = verdict.params if verdict is not None else {}
        needs = self.needs[instance.address]
        return PlannedStep(
            id=instance.address,
            step=step.id,
            key=instance.key,
            uses=step.uses,
            capability=row,
            state=prospect.state,
            why=prospect.why,
            what=describe(row, params),
            span=_telling_span(step),
            change=prospect.change,
            estimate=self._estimate(row, params, earlier) if prospect.state in _PAID_LATER else FREE,
            needs=tuple(sorted(needs.all)),
            order_needs=tuple(sorted(needs.order - needs.data)),
            params=params,
            action=prospect.action,
            result=prospect.result,
            task=prospect.task,
            attempt_id=prospect.attempt_id,
            seconds=0.0 if prospect.state in _OVER else typical_seconds(row, params),
            retry_max=step.retry_max,
            timeout_s=step.timeout_s,
            on_failure=step.on_failure,
            budget=step.budget,
            description=step.description,
            spans=self._spans_of(step),
        )

    def _estimate(
        self, row: Capability, params: Mapping[str, object], earlier: Mapping[str, PlannedStep]
    ) -> Estimate:
        return estimate(row, params, input_seconds=lambda medium: self.lengths.of(medium, earlier))

    def _spans_of(self, step: Step) -> Mapping[str, Span]:
        """Give the places of a step's parameters; its instances share them."""
        if step.id not in self.spans:
            entries = step.parameters.entries if step.parameters is not None else ()
            self.spans[step.id] = {name: value.span for name, _, value in entries}
        return self.spans[step.id]

    def _known(self, instance: Instance, action: Action, stuck: Prospect | None) -> Prospect:
        """Tell what a run would do with an action: read it, collect it, or do it."""
        stored = self.lookup.find_result(action.key)
        if stored is not None and (stored.is_whole or stored.result.task is not None):
            return _stored(action, stored)
        if stuck is not None:
            return replace(stuck, action=action)
        attempt = None if action.is_local else self.lookup.find_open_attempt(action.key)
        if attempt is not None:
            return _open(action, attempt)
        hold = None if action.is_local else self.lookup.find_hold(action.key)
        if hold is not None:
            return Prospect(PlanState.BLOCKED, _why_held(hold), action=action, attempt_id=hold.attempt_id)
        state = PlanState.LOCAL if action.is_local else PlanState.RUN
        change, why = self._why(instance.address, action)
        if stored is not None:
            why = "its bytes are gone from the store"
        elif action.is_local and change is Change.NEW:
            why = "local"
        return Prospect(state, why, change, action)

    def _why(self, address: str, action: Action) -> tuple[Change, str]:
        before = self.lookup.find_last_document(self.flow, address)
        fields = changed_fields(before, action.document, action.capability) if before is not None else ()
        if not fields:
            return Change.NEW, "new"
        if "realm" in fields:
            return Change.NEW, "new here: the last result came from another service or the emulator"
        return Change.CHANGED, f"{short_list(fields)} changed"


def _find_stuck(needs: Iterable[str], earlier: Mapping[str, PlannedStep]) -> Prospect | None:
    """Give what becomes of an instance that waits for one which a run would not finish."""
    for need in sorted(needs):
        if need in earlier and earlier[need].state in _STUCK:
            word = earlier[need].state.value.replace("_", " ")
            return Prospect(PlanState.BLOCKED, f"waits for {need}, which is {word}")
    return None


def _waiting(needs: frozenset[str], *, is_local: bool) -> Prospect:
    names = short_list(sorted(needs))
    if is_local:
        return Prospect(PlanState.LOCAL, f"local; needs {names}")
    return Prospect(PlanState.UNKNOWN, f"needs {names}")


def _stored(action: Action, stored: StoredResult) -> Prospect:
    result = stored.result
    if not stored.is_whole:
        why = f"paid; its bytes are fetched again from task {short_id(result.task)}"
        return Prospect(PlanState.IN_FLIGHT, why, action=action, result=result, task=result.task)
    digest = result.outputs[0].digest[:_HEX_SHOWN] if result.outputs else "nothing"
    return Prospect(PlanState.STORED, f"stored, {digest}", action=action, result=result)


def _open(action: Action, attempt: OpenAttempt) -> Prospect:
    if attempt.task is None:
        why = "in doubt: it was submitted, and no answer was kept"
        return Prospect(PlanState.IN_DOUBT, why, action=action, attempt_id=attempt.attempt_id)
    why = f"in flight: task {short_id(attempt.task)} (paid, will be collected)"
    return Prospect(PlanState.IN_FLIGHT, why, action=action, task=attempt.task, attempt_id=attempt.attempt_id)


def _why_held(hold: Hold) -> str:
    if hold.is_dropped:
        return "dropped; not paid for until it changes or is resubmitted"
    cost = f", {in_credits(credits_text(hold.cost))}" if hold.cost else ""
    return f"refused by moderation before{cost}; the same request would be refused again"


def short_id(task: str | None) -> str:
    """Give the first part of a task's id, as people read it."""
    return f"{(task or '?')[:_HEX_SHOWN]}…"


def short_list(names: Iterable[str]) -> str:
    """Join names; several instances of one fan-out are folded to `clip[…]`."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(name.partition("[")[0], []).append(name)
    shown = [group[0] if len(group) == 1 else f"{step}[…]" for step, group in groups.items()]
    rest = len(shown) - _SHOWN_NEEDS
    return ", ".join(shown[:_SHOWN_NEEDS]) + (f" and {rest} more" if rest > 0 else "")


def _telling_span(step: Step) -> Span:
    """Give the place that a failure of the step points at: its prompt, else what it uses."""
    for name, _, value in step.parameters.entries if step.parameters is not None else ():
        if name in ("prompt_text", "prompt"):
            return value.span
    return step.uses_span
