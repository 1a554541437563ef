"""Expansion: from steps with `foreach` to instances with keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow import graph
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.values import Deferred, Skipped
from runway_flow.plan.instances import FanOut, Instance
from runway_flow.plan.world import InstanceView, WorldScope
from runway_flow.spec.evaluator import EvaluationProblem, evaluate, resolve
from runway_flow.spec.reference import write_address
from runway_flow.spec.references import references_in
from runway_flow.spec.templates import expressions_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from runway_flow.plan.world import World
    from runway_flow.spec.expressions import Expression
    from runway_flow.spec.flow import Flow, Loop, Step

MAX_INSTANCES = 100_000
"""How many instances a flow may have; past it a mistake is likelier than a film."""


def expand(world: World) -> list[Diagnostic]:
    """Fill `world.fan_outs` for every step, in an order in which lists are known; give what went wrong."""
    problems: list[Diagnostic] = []
    flow = world.checked.flow
    ordered = _expansion_order(flow, problems)
    total = 0
    for step in ordered:
        world.fan_outs[step.id] = fan_out = _expand_step(step, world, problems)
        total += len(fan_out.instances)
        if total > MAX_INSTANCES:
            message = f"the flow has more than {MAX_INSTANCES} instances"
            problems.append(Diagnostic(codes.LIMIT_EXCEEDED, message, step.span, step=step.id))
            break
    # In the order of the file again: plan, display and scheduling follow it.
    for name in flow.steps:
        if name in world.fan_outs:
            world.fan_outs[name] = world.fan_outs.pop(name)
    return problems


def _expansion_order(flow: Flow, problems: list[Diagnostic]) -> list[Step]:
    """Put steps after those that their lists, filters and keys read."""
    needs = {step.id: _read_by_lists(step, flow) for step in flow.steps.values() if step.is_fan_out}
    ordered = graph.order(needs)
    if ordered is None:
        cycle = graph.find_cycle(needs)
        step = flow.steps[cycle[0]]
        message = f"the lists of {', '.join(f'`{name}`' for name in cycle)} depend on each other"
        hint = "a `foreach` may only run over inputs and over steps that do not depend on it"
        problems.append(Diagnostic(codes.CYCLE, message, step.foreach[0].span, hint=hint, step=step.id))
        return []
    single = [step for step in flow.steps.values() if not step.is_fan_out]
    return [*single, *(flow.steps[name] for name in ordered if flow.steps[name].is_fan_out)]


def _read_by_lists(step: Step, flow: Flow) -> set[str]:
    expressions: list[Expression] = [
        expression for loop in step.foreach for expression in expressions_in(loop.values)
    ]
    if step.where is not None:
        expressions.append(step.where)
    if step.key is not None:
        expressions.extend(expressions_in(step.key))
    found: set[str] = set()
    for expression in expressions:
        for reference in references_in(expression.term):
            name = reference.path[0] if reference.root == "steps" and reference.path else None
            if isinstance(name, str) and name in flow.steps:
                found.add(name)
    return found


def _expand_step(step: Step, world: World, problems: list[Diagnostic]) -> FanOut:
    if not step.is_fan_out:
        single = Instance(step.id, step)
        return FanOut(step, (single,), {None: single})
    try:
        combinations = list(_combinations(step, step.foreach, {}, world))
    except _OpenListError:
        return FanOut(step, (), {}, is_open=True)
    except EvaluationProblem as problem:
        problems.append(problem.diagnostic)
        return FanOut(step, (), {}, is_open=True)
    instances: dict[str | None, Instance] = {}
    for index, loops in enumerate(combinations):
        try:
            key = _key_of(step, loops, index, world)
        except EvaluationProblem as problem:
            problems.append(problem.diagnostic)
            break
        if key in instances:
            problems.append(_duplicate(step, key, instances[key].index, index))
            continue
        address = write_address(step.id, key)
        instances[key] = Instance(address, step, key, len(instances), loops)
    return FanOut(step, tuple(instances.values()), instances)


class _OpenListError(Exception):
    """A list waits for an input value that nobody gave (only `validate` meets this)."""


def _combinations(
    step: Step, loops: tuple[Loop, ...], chosen: dict[str, object], world: World
) -> Iterator[Mapping[str, object]]:
    if not loops:
        if _is_kept(step, chosen, world):
            yield dict(chosen)
        return
    loop, *rest = loops
    for item in _items(step, loop, chosen, world):
        yield from _combinations(step, tuple(rest), {**chosen, loop.name: item}, world)


def _items(step: Step, loop: Loop, chosen: Mapping[str, object], world: World) -> tuple[object, ...]:
    problems: list[Diagnostic] = []
    value = resolve(loop.values, WorldScope(world, chosen), problems)
    if problems:
        raise EvaluationProblem(problems[0])
    if value is None or isinstance(value, Skipped):
        return ()
    as_list = getattr(value, "as_list", None)
    if as_list is not None:
        return tuple(as_list())
    if isinstance(value, Deferred):
        if not value.needs:
            raise _OpenListError
        raise EvaluationProblem(_unknown_list(step, loop, value))
    if not isinstance(value, (tuple, list)):
        message = f"`foreach` needs a list, this is {describe_type(value)}"
        hint = "write a list, or `${{ steps.NAME }}` for the instances of a fan-out"
        raise EvaluationProblem(
            Diagnostic(codes.FOREACH_NOT_LIST, message, loop.values.span, hint=hint, step=step.id)
        )
    return tuple(value)


def _unknown_list(step: Step, loop: Loop, value: Deferred) -> Diagnostic:
    message = f"this list is known only when {', '.join(sorted(value.needs))} is done"
    hint = "`foreach` must be known before anything runs: use an input, or a step with `foreach`"
    return Diagnostic(codes.NOT_KNOWN_IN_PLAN, message, loop.values.span, hint=hint, step=step.id)


def _is_kept(step: Step, chosen: Mapping[str, object], world: World) -> bool:
    if step.where is None:
        return True
    value = evaluate(step.where, WorldScope(world, chosen))
    if isinstance(value, bool):
        return value
    if isinstance(value, Deferred):
        if not value.needs:
            raise _OpenListError
        message = f"`where` is known only when {', '.join(sorted(value.needs))} is done"
        hint = "it must be known before anything runs; `when` may wait"
        raise EvaluationProblem(
            Diagnostic(codes.NOT_KNOWN_IN_PLAN, message, step.where.span, hint=hint, step=step.id)
        )
    message = f"`where` must be true or false, this is {describe_type(value)}"
    raise EvaluationProblem(Diagnostic(codes.CONDITION_NOT_BOOLEAN, message, step.where.span, step=step.id))


def _key_of(step: Step, loops: Mapping[str, object], index: int, world: World) -> str:
    if step.key is not None:
        problems: list[Diagnostic] = []
        value = resolve(step.key, WorldScope(world, {**loops, "index": index}), problems)
        if problems:
            raise EvaluationProblem(problems[0])
        text = plain_key(value)
        if text is None:
            message = f"a key is a text or a number, this is {describe_type(value)}"
            raise EvaluationProblem(Diagnostic(codes.KEY_NEEDED, message, step.key.span, step=step.id))
        return text
    parts = [_default_key(item) for item in loops.values()]
    if any(part is None for part in parts):
        loop = step.foreach[[part is None for part in parts].index(True)]
        message = f"the items of `{loop.name}` have nothing that could name their instances"
        hint = "give each an `id`, or write `key:` with an expression that is different for each"
        raise EvaluationProblem(Diagnostic(codes.KEY_NEEDED, message, loop.span, hint=hint, step=step.id))
    return "-".join(part for part in parts if part is not None)


def _default_key(item: object) -> str | None:
    if isinstance(item, InstanceView):
        return item.instance.key or item.instance.step.id
    if isinstance(item, dict):
        return plain_key(item.get("id"))
    return plain_key(item)


def plain_key(value: object) -> str | None:
    """Give the key that a text or a number is; None for anything else, and for empty text."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value) or None


def describe_type(value: object) -> str:
    """Name the type of a value as the language does."""
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "a boolean"),
        (int, "an integer"),
        (float, "a number"),
        (str, "text"),
        ((tuple, list), "a list"),
        (dict, "a mapping"),
        (Deferred, "not known yet"),
        (Skipped, "skipped"),
    )
    if value is None:
        return "null"
    return next((name for kind, name in names if isinstance(value, kind)), "a medium or an instance")


def _duplicate(step: Step, key: str, first: int, second: int) -> Diagnostic:
    message = f"items {first + 1} and {second + 1} both give the key `{key}`"
    hint = "keys name instances: give each item its own `id`, or write `key:`"
    span = step.key.span if step.key is not None else step.foreach[0].span
    return Diagnostic(codes.DUPLICATE_INSTANCE, message, span, hint=hint, step=step.id)
