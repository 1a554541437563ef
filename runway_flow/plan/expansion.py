"""Expansion: from steps with `foreach` to instances with keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow import graph
from runway_flow.check.readings import expressions_of_lists, steps_named
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.plan.combinations import (
    MAX_INSTANCES,
    CombinationProblem,
    Combinations,
    OpenListError,
    too_many,
)
from runway_flow.plan.instances import FanOut, Instance
from runway_flow.spec.evaluator import EvaluationProblem
from runway_flow.spec.reference import write_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runway_flow.plan.world import World
    from runway_flow.spec.flow import Step


def expand(world: World) -> list[Diagnostic]:
    """Fill `world.fan_outs` for every step, in an order in which lists are known; give what went wrong."""
    problems: list[Diagnostic] = []
    steps = world.checked.flow.steps
    # All are open until their turn; assigned again they keep the order of the file, which plan, display
    # and scheduling follow.
    world.fan_outs = {name: _open(step) for name, step in steps.items()}
    total = 0
    for step in _in_order(steps, problems):
        fan_out = _expand_step(step, world, problems)
        total += len(fan_out.instances)
        if total > MAX_INSTANCES:
            problems.append(too_many(step, f"the flow has more than {MAX_INSTANCES:,} instances"))
            break
        world.fan_outs[step.id] = fan_out
    return problems


def _in_order(steps: Mapping[str, Step], problems: list[Diagnostic]) -> Iterator[Step]:
    """Go through single steps, then through fan-outs after those that their lists, filters and keys read."""
    yield from (step for step in steps.values() if not step.is_fan_out)
    needs = {
        name: [other for other in steps_named(expressions_of_lists(step)) if other in steps]
        for name, step in steps.items()
        if step.is_fan_out
    }
    ordered = graph.order(needs)
    if ordered is None:
        circular = _find_circular(needs, steps, problems)
        ordered = graph.order({name: found for name, found in needs.items() if name not in circular}) or ()
    yield from (steps[name] for name in ordered if name in needs)


def _find_circular(
    needs: Mapping[str, list[str]], steps: Mapping[str, Step], problems: list[Diagnostic]
) -> frozenset[str]:
    """Give the fan-outs whose lists wait for each other, and those that read them; tell one circle."""
    cycle = graph.find_cycle(needs)
    step = steps[cycle[0]]
    names = ", ".join(f"`{name}`" for name in cycle)
    message = f"the lists of {names} depend on each other"
    if len(cycle) == 1:
        message = f"the list of {names} depends on itself"
    hint = "a `foreach` may only run over inputs and over steps that do not depend on it"
    problems.append(Diagnostic(codes.CYCLE, message, step.foreach[0].span, hint=hint, step=step.id))
    circular = [name for name, found in needs.items() if name in graph.ancestors(found, needs)]
    return graph.descendants(circular, needs)


def _open(step: Step) -> FanOut:
    """Give a step of whose instances nothing is known."""
    return FanOut(step, (), {}, is_open=True)


def _expand_step(step: Step, world: World, problems: list[Diagnostic]) -> FanOut:
    if not step.is_fan_out:
        single = Instance(step.id, step)
        return FanOut(step, (single,), {None: single})
    try:
        return _fan_out(step, world, problems)
    except OpenListError:
        pass
    except CombinationProblem as problem:
        problems.append(problem.diagnostic)
    except EvaluationProblem as problem:
        problems.append(replace(problem.diagnostic, step=step.id))
    return _open(step)


def _fan_out(step: Step, world: World, problems: list[Diagnostic]) -> FanOut:
    combinations = Combinations(step, world)
    instances: dict[str | None, Instance] = {}
    for index, loops in enumerate(combinations.all()):
        key = combinations.key(loops, index)
        if key in instances:
            problems.append(_duplicate(step, key, instances[key].index, index))
        else:
            instances[key] = Instance(write_address(step.id, key), step, key, index, loops)
    return FanOut(step, tuple(instances.values()), instances)


def _duplicate(step: Step, key: str, first: int, second: int) -> Diagnostic:
    message = f"items {first + 1} and {second + 1} both give the key `{key}`"
    hint = "keys name instances: give each item its own `id`, or write `key:`"
    span = step.key.span if step.key is not None else step.foreach[0].span
    return Diagnostic(codes.DUPLICATE_INSTANCE, message, span, hint=hint, step=step.id)
