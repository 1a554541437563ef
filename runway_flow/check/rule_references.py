"""Rule: every name in an expression means something where it stands, in every branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runway_flow.check.places import name_span
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.spec.expressions import Constant
from runway_flow.spec.reference import read_address
from runway_flow.spec.references import references_in
from runway_flow.spec.templates import expressions_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runway_flow.kernel.codes import Code
    from runway_flow.spec.expressions import Expression, Term
    from runway_flow.spec.flow import Flow, Step

BASE_NAMES = frozenset({"inputs", "steps", "flow"})
FLOW_FIELDS = ("name", "seed")
INSTANCE_FIELDS = ("key", "output", "outputs", "takes", "results")

Found = tuple["Code", str, str, "str | None"]
"""A code, a message, the name to point at, a hint."""


@dataclass(frozen=True, slots=True)
class Place:
    """An expression, the names that it may use, and the step that it stands in.

    `names` is None for a default: it stands in many steps, and `plan` judges it in each.
    """

    expression: Expression
    names: frozenset[str] | None
    step: str | None


def check_references(flow: Flow) -> list[Diagnostic]:
    """Give a finding for each name, step, input or field that does not exist."""
    found: list[Diagnostic] = []
    for place in _places(flow):
        for code, message, name, hint in _judge_place(place, flow):
            span = name_span(place.expression, name)
            found.append(Diagnostic(code, message, span, hint=hint, step=place.step))
    for step in flow.steps.values():
        found.extend(_judge_needs(step, flow))
    return found


def _places(flow: Flow) -> Iterator[Place]:
    for _, template in flow.defaults.values():
        for expression in expressions_in(template):
            yield Place(expression, None, None)
    for step in flow.steps.values():
        yield from _places_in(step)
    for output in flow.outputs.values():
        for expression in expressions_in(output.value):
            yield Place(expression, BASE_NAMES, None)


def _places_in(step: Step) -> Iterator[Place]:
    names = BASE_NAMES
    for loop in step.foreach:
        for expression in expressions_in(loop.values):
            yield Place(expression, names, step.id)
        names |= {loop.name}
    if step.where is not None:
        yield Place(step.where, names, step.id)
    if step.key is not None:
        for expression in expressions_in(step.key):
            yield Place(expression, names | {"index"}, step.id)
    if step.is_fan_out:
        names |= {"key", "index"}
    if step.when is not None:
        yield Place(step.when, names, step.id)
    if step.parameters is not None:
        for expression in expressions_in(step.parameters):
            yield Place(expression, names | {"take"}, step.id)


def _judge_place(place: Place, flow: Flow) -> Iterator[Found]:
    for reference in references_in(place.expression.term):
        if place.names is not None and reference.root not in place.names:
            yield _undefined(reference.root, place.names, flow)
        elif reference.root == "inputs":
            yield from _judge_input(reference.path, flow)
        elif reference.root == "steps":
            yield from _judge_step(reference.path, flow)
        elif reference.root == "flow":
            yield from _judge_flow(reference.path)


def _undefined(name: str, names: frozenset[str], flow: Flow) -> Found:
    hint = did_you_mean(name, names)
    if name in flow.steps:
        hint = f"did you mean `steps.{name}`?"
    elif name in flow.inputs:
        hint = f"did you mean `inputs.{name}`?"
    elif name in ("key", "index", "prev"):
        hint = f"`{name}` is only defined in a step with `foreach`"
    elif name == "take":
        hint = "`take` is only defined in `with`"
    hint = hint or f"defined here: {', '.join(sorted(names))}"
    return codes.UNDEFINED_NAME, f"`{name}` is not defined here", name, hint


def _judge_input(path: tuple[str | Term, ...], flow: Flow) -> Iterator[Found]:
    name = _text(path[0]) if path else None
    if name is not None and name not in flow.inputs:
        known = ", ".join(flow.inputs) or "none"
        hint = did_you_mean(name, flow.inputs) or f"declared inputs: {known}"
        yield codes.UNDEFINED_NAME, f"the flow declares no input `{name}`", name, hint


def _judge_flow(path: tuple[str | Term, ...]) -> Iterator[Found]:
    name = _text(path[0]) if path else None
    if name is not None and name not in FLOW_FIELDS:
        hint = did_you_mean(name, FLOW_FIELDS) or "`flow` has: name, seed"
        yield codes.UNKNOWN_FIELD, f"`flow` has no field `{name}`", name, hint


def _judge_step(path: tuple[str | Term, ...], flow: Flow) -> Iterator[Found]:
    name = _text(path[0]) if path else None
    if name is None:
        return
    step = flow.steps.get(name)
    if step is None:
        known = ", ".join(list(flow.steps)[:8])
        hint = did_you_mean(name, flow.steps) or f"steps of this flow: {known}"
        yield codes.UNKNOWN_STEP, f"no step is called `{name}`", name, hint
    elif len(path) > 1 and step.is_fan_out:
        yield from _judge_fan_out_field(step, path)
    elif len(path) > 1:
        yield from _judge_single_field(step, path[1])


def _judge_single_field(step: Step, part: str | Term) -> Iterator[Found]:
    if not isinstance(part, str):
        message = f"`{step.id}` has no `foreach`, so it has no instances to choose from"
        yield codes.UNKNOWN_INSTANCE, message, step.id, f"write `steps.{step.id}.output`"
    elif part not in INSTANCE_FIELDS:
        yield _no_field(f"steps.{step.id}", part, INSTANCE_FIELDS)


def _judge_fan_out_field(step: Step, path: tuple[str | Term, ...]) -> Iterator[Found]:
    part = path[1]
    if part == "output":
        yield (
            codes.OUTPUT_OF_FAN_OUT,
            f"`{step.id}` is a fan-out: it has many outputs, not one",
            f"steps.{step.id}.output",
            f"`steps.{step.id}.outputs` is the list of them, `steps.{step.id}[key].output` is one",
        )
    elif isinstance(part, str):
        if part != "outputs":
            yield _no_field(f"steps.{step.id}", part, ("outputs",))
    elif len(path) > 2 and isinstance(path[2], str):  # noqa: PLR2004 - steps.ID[key].field
        fields = (*INSTANCE_FIELDS, *(loop.name for loop in step.foreach))
        if path[2] not in fields:
            yield _no_field(f"an instance of `{step.id}`", path[2], fields)


def _no_field(owner: str, name: str, fields: tuple[str, ...]) -> Found:
    hint = did_you_mean(name, fields) or f"it has: {', '.join(fields)}"
    return codes.UNKNOWN_FIELD, f"{owner} has no field `{name}`", name, hint


def _text(part: str | Term) -> str | None:
    if isinstance(part, str):
        return part
    return part.value if isinstance(part, Constant) and isinstance(part.value, str) else None


def _judge_needs(step: Step, flow: Flow) -> Iterator[Diagnostic]:
    for need in step.needs:
        address = read_address(need.address)
        if address is None or address[0] not in flow.steps:
            name = address[0] if address else need.address
            hint = did_you_mean(name, flow.steps) or f"steps of this flow: {', '.join(list(flow.steps)[:8])}"
            message = f"no step is called `{name}`"
            yield Diagnostic(codes.UNKNOWN_STEP, message, need.span, hint=hint, step=step.id)
        elif address[1] is not None and not flow.steps[address[0]].is_fan_out:
            message = f"`{address[0]}` has no `foreach`, so it has no instance `{address[1]}`"
            hint = f"write `{address[0]}`"
            yield Diagnostic(codes.UNKNOWN_INSTANCE, message, need.span, hint=hint, step=step.id)
