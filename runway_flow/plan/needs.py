"""Which instances each instance needs, before anything is known of their results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runway_flow.check.readings import expressions_of
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.kernel.values import Deferred
from runway_flow.plan.world import scope_of
from runway_flow.spec.evaluator import EvaluationProblem, evaluate, find_deferred, resolve
from runway_flow.spec.reference import read_address
from runway_flow.spec.templates import Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.kernel.diagnostics import Span
    from runway_flow.plan.instances import Instance
    from runway_flow.plan.world import World
    from runway_flow.spec.flow import Need

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Needs:
    """`data`: instances whose outputs are read; `order`: those that are only named by `needs:`."""

    data: frozenset[str] = NOTHING
    order: frozenset[str] = NOTHING

    @property
    def all(self) -> frozenset[str]:
        """Everything that it waits for."""
        return self.data | self.order if self.order else self.data


def find_needs(
    world: World, instances: Mapping[str, Instance], problems: list[Diagnostic]
) -> dict[str, Needs]:
    """Give the needs of every instance, as if no result were known: every branch that may be reached."""
    world.results = {}
    return {
        address: Needs(_data_needs(world, instance), _order_needs(world, instance, problems))
        for address, instance in instances.items()
    }


def _data_needs(world: World, instance: Instance) -> frozenset[str]:
    step = instance.step
    if step.parameters is None and step.when is None:
        return NOTHING
    scope = scope_of(world, instance)
    found: set[str] = set()
    ignored: list[Diagnostic] = []  # binding reports them, with the values that it knows
    if step.when is not None:
        try:
            condition = evaluate(step.when, scope)
        except EvaluationProblem:
            condition = None
        if condition is False:
            return NOTHING
        if isinstance(condition, Deferred):
            found |= condition.needs
    values = () if step.parameters is None else step.parameters.entries
    for _, _, value in values:
        if not isinstance(value, Literal):
            found |= find_deferred(resolve(value, scope, ignored)) or NOTHING
    return frozenset(found)


def _order_needs(world: World, instance: Instance, problems: list[Diagnostic]) -> frozenset[str]:
    found: set[str] = set()
    for need in instance.step.needs:
        address = read_address(need.address)
        fan_out = world.fan_outs.get(address[0]) if address else None
        if address is None or fan_out is None:
            continue
        if address[1] is None:
            found.update(item.address for item in fan_out.instances)
        elif address[1] in fan_out.by_key:
            found.add(fan_out.by_key[address[1]].address)
        elif not fan_out.is_open:
            problems.append(_unknown_instance(need, address[0], address[1], instance, fan_out.by_key))
    return frozenset(found)


def _unknown_instance(
    need: Need, step: str, key: str, instance: Instance, known: Mapping[str | None, Instance]
) -> Diagnostic:
    keys = [item for item in known if item is not None]
    hint = did_you_mean(key, keys) or f"instances: {', '.join(keys[:12])}"
    message = f"`{step}` has no instance `{key}`"
    return Diagnostic(codes.UNKNOWN_INSTANCE, message, need.span, hint=hint, step=instance.address)


def find_edge(world: World, reader: Instance, read: str) -> Span | None:
    """Find where in the file an instance reads another; None where only `needs` of a whole step names it."""
    world.results = {}
    scope = scope_of(world, reader)
    step = reader.step
    for expression in expressions_of(step):
        try:
            value = evaluate(expression, scope)
        except EvaluationProblem:
            continue
        if read in (find_deferred(value) or NOTHING):
            return expression.span
    for need in step.needs:
        address = read_address(need.address)
        if address is not None and read in (need.address, f"{address[0]}[{address[1]}]"):
            return need.span
        if address is not None and address[1] is None and read.startswith(f"{address[0]}["):
            return need.span
    return None
