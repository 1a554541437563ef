"""Binding: an instance, and what is known of the others, to an action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from runway_flow.catalog.outputs import output_count, output_kind
from runway_flow.check.judgement import Judgement
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.values import Deferred, Skipped
from runway_flow.plan.binding import Binding, Bound, NotWanted, Unusable, Waiting
from runway_flow.plan.keys import key_document, make_action
from runway_flow.plan.world import Promise, WorldScope, scope_of
from runway_flow.spec.descriptions import describe_value
from runway_flow.spec.evaluator import EvaluationProblem, evaluate
from runway_flow.spec.expression_offers import offer_comparison

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Capability
    from runway_flow.catalog.verdict import Verdict
    from runway_flow.check.judgement import Judge
    from runway_flow.plan.action import ActionResult
    from runway_flow.plan.instances import Instance
    from runway_flow.plan.world import World

TAKE = 1


class BoundInstance(Struct, frozen=True):
    """A binding with what was learned on the way: the judged parameters."""

    binding: Binding
    judgement: Judgement


@dataclass(slots=True)
class PlanBinder:
    """Binds the instances of one flow. `results` of the world are what the caller hands in."""

    world: World
    judge: Judge
    instances: Mapping[str, Instance]
    realm: str

    def bind(self, step_id: str, results: Mapping[str, ActionResult | None]) -> Binding:
        """Bind one instance; `results`: address → result, None for a skipped one, others missing."""
        self.world.results = results
        return self.bind_instance(self.instances[step_id]).binding

    def bind_instance(self, instance: Instance) -> BoundInstance:
        """Bind one instance to what the world knows."""
        scope = scope_of(self.world, instance)
        condition = _decide(instance, scope)
        if isinstance(condition, (NotWanted, Unusable)):
            return BoundInstance(condition, Judgement())
        judgement = self.judge.judge(instance.step, scope, instance.address)
        if judgement.skipped is not None:
            reason = f"{judgement.skipped.instance} is skipped"
            return BoundInstance(NotWanted(reason), judgement)
        row, verdict = judgement.capability, judgement.verdict
        if row is None or verdict is None or not judgement.is_accepted:
            return BoundInstance(Unusable(judgement.diagnostics), judgement)
        if row.output.kind_of is not None or row.output.count != 1:
            promise = Promise(output_kind(row, verdict.params), output_count(row, verdict.params))
            self.world.promises[instance.address] = promise
        waits = _joined(condition, judgement.needs)
        if waits is not None:
            return BoundInstance(Waiting(waits), judgement)
        return BoundInstance(self._act(instance, row, verdict), judgement)

    def _act(self, instance: Instance, capability: Capability, verdict: Verdict) -> Bound:
        document = key_document(
            capability,
            verdict,
            realm=self.realm,
            api_version=self.world.checked.catalog.api_version,
            take=TAKE,
            salt=instance.step.salt,
        )
        return Bound(make_action(capability, verdict, document))


def _decide(instance: Instance, scope: WorldScope) -> NotWanted | Unusable | frozenset[str] | None:
    """Judge `when`: not wanted, not a boolean, waiting for instances, or None where it holds."""
    when = instance.step.when
    if when is None:
        return None
    try:
        value = evaluate(when, scope)
    except EvaluationProblem as problem:
        return Unusable((replace(problem.diagnostic, step=instance.address),))
    if value is True:
        return None
    if value is False:
        return NotWanted("its `when` is false")
    if isinstance(value, Deferred):
        return value.needs
    if isinstance(value, Skipped):
        return NotWanted(f"its `when` reads {value.instance}, which is skipped")
    message = f"`when` must be true or false, this is {describe_value(value)}"
    hint = offer_comparison(when, value)
    found = Diagnostic(codes.CONDITION_NOT_BOOLEAN, message, when.span, hint=hint, step=instance.address)
    return Unusable((found,))


def _joined(first: frozenset[str] | None, second: frozenset[str] | None) -> frozenset[str] | None:
    if first is None:
        return second
    return first if second is None else first | second
