"""Which instances each instance needs, before anything is known of their results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.check.judgement import Reading
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.plan.world import scope_of
from runway_flow.spec.evaluator import EvaluationProblem, evaluate, find_deferred
from runway_flow.spec.reference import read_address
from runway_flow.spec.templates import expressions_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runway_flow.check.judgement import Judge
    from runway_flow.kernel.diagnostics import Span
    from runway_flow.plan.instances import Instance
    from runway_flow.plan.world import World
    from runway_flow.spec.flow import Need

NOTHING: frozenset[str] = frozenset()


class Needs(Struct, frozen=True):
    """`data`: instances whose outputs are read; `order`: those that are only named by `needs:`."""

    data: frozenset[str] = NOTHING
    order: frozenset[str] = NOTHING

    @property
    def all(self) -> frozenset[str]:
        """Everything that it waits for."""
        return self.data | self.order if self.order else self.data


def find_needs(
    world: World, judge: Judge, instances: Mapping[str, Instance], problems: list[Diagnostic]
) -> dict[str, Needs]:
    """Give the needs of every instance, as if no result were known: every branch that may be reached."""
    world.results = {}
    return {
        address: Needs(
            _data_needs(world, judge, instance),
            frozenset(_order_needs(world, instance, problems)) if instance.step.needs else NOTHING,
        )
        for address, instance in instances.items()
    }


def _data_needs(world: World, judge: Judge, instance: Instance) -> frozenset[str]:
    step = instance.step
    if step.when is None and step.id in judge.settled:
        return NOTHING
    scope = scope_of(world, instance)
    found: set[str] = set()
    if step.when is not None:
        try:
            condition = evaluate(step.when, scope)
        except EvaluationProblem:
            condition = None
        if condition is False:
            return NOTHING
        found |= find_deferred(condition) or NOTHING
    reading = Reading(scope)  # its problems are found again by binding, with the values that it knows
    for template in judge.templates(step, reading):
        found |= find_deferred(reading.value(template)) or NOTHING
    return frozenset(found)


def _order_needs(world: World, instance: Instance, problems: list[Diagnostic]) -> Iterator[str]:
    for need in instance.step.needs:
        name, key = read_address(need.address) or (need.address, None)
        fan_out = world.fan_outs[name]
        if key is None:
            yield from (item.address for item in fan_out.instances)
        elif key in fan_out.by_key:
            yield fan_out.by_key[key].address
        elif not fan_out.is_open:
            problems.append(_unknown_instance(need, name, key, instance, fan_out.by_key))


def _unknown_instance(
    need: Need, step: str, key: str, instance: Instance, known: Mapping[str | None, Instance]
) -> Diagnostic:
    keys = [item for item in known if item is not None]
    hint = did_you_mean(key, keys) or f"instances: {', '.join(keys[:12])}"
    message = f"`{step}` has no instance `{key}`"
    return Diagnostic(codes.UNKNOWN_INSTANCE, message, need.span, hint=hint, step=instance.address)


def find_edge(world: World, judge: Judge, reader: Instance, read: str) -> Span:
    """Find where in the file an instance reads another, or names it in `needs`."""
    world.results = {}
    scope = scope_of(world, reader)
    step = reader.step
    templates = judge.templates(step, Reading(scope))
    expressions = [expression for template in templates for expression in expressions_in(template)]
    for expression in (*([step.when] if step.when is not None else []), *expressions):
        try:
            value = evaluate(expression, scope)
        except EvaluationProblem:
            continue
        if read in (find_deferred(value) or NOTHING):
            return expression.span
    names = read_address(read)
    named = (need.span for need in step.needs if names is not None and _may_name(need, *names))
    return next(named, step.span)


def _may_name(need: Need, step: str, key: str | None) -> bool:
    return read_address(need.address) in ((step, key), (step, None))
