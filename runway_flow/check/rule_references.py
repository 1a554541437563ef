"""Rule: every name in an expression means something where it stands, in every branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.suggest import did_you_mean
from runway_flow.spec.expression_places import Fault, find_field, find_name
from runway_flow.spec.expressions import Constant
from runway_flow.spec.reference import read_address, step_of_path
from runway_flow.spec.references import references_in
from runway_flow.spec.signatures import FUNCTIONS, NAME_HINTS
from runway_flow.spec.templates import expressions_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runway_flow.spec.expressions import Expression, Term
    from runway_flow.spec.flow import Flow, Need, Step
    from runway_flow.spec.references import Reference
    from runway_flow.spec.templates import ValueTemplate

BASE_NAMES = frozenset({"inputs", "steps", "flow"})
FLOW_FIELDS = ("name", "seed")
INSTANCE_FIELDS = ("key", "output", "outputs", "takes", "results")
_SHOWN = 8

Path = tuple["str | Term", ...]


class Place(Struct, frozen=True):
    """An expression, the names that it may use, and the step that it stands in.

    `names` is None where they are not known: in a default, which stands in many steps (`plan` judges it in
    each), and in a step whose `foreach` could not be read.
    """

    expression: Expression
    names: frozenset[str] | None
    step: str | None


def check_references(flow: Flow) -> list[Diagnostic]:
    """Give a finding for each name, step, input or field that does not exist."""
    found = [
        replace(fault.at(place.expression.source, place.expression.span), step=place.step)
        for place in _places(flow)
        for reference in references_in(place.expression.term)
        for fault in _judge(reference, place, flow)
    ]
    for step in flow.steps.values():
        found += [fault for need in step.needs for fault in _judge_need(need, step, flow)]
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
    names = BASE_NAMES if all(loop.is_known for loop in step.foreach) else None
    for loop in step.foreach:
        yield from _each(expressions_in(loop.values), names, step)
        names = _with(names, loop.name)
    yield from _each((step.where,), names, step)
    yield from _each(_in(step.key), _with(names, "index"), step)
    if step.is_fan_out:
        names = _with(names, "key", "index")
    yield from _each((step.when,), names, step)
    yield from _each(_in(step.parameters), _with(names, "take"), step)


def _each(
    expressions: Iterable[Expression | None], names: frozenset[str] | None, step: Step
) -> Iterator[Place]:
    return (Place(expression, names, step.id) for expression in expressions if expression is not None)


def _in(value: ValueTemplate | None) -> Iterable[Expression]:
    return () if value is None else expressions_in(value)


def _with(names: frozenset[str] | None, *more: str) -> frozenset[str] | None:
    return None if names is None else names | set(more)


def _judge(reference: Reference, place: Place, flow: Flow) -> Iterator[Fault]:
    source, root, path = place.expression.source, reference.root, reference.path
    if place.names is not None and root not in place.names:
        yield _undefined(reference, place.names, flow, source)
    elif path and root in _JUDGES:
        yield from _JUDGES[root](path, flow, source)


def _undefined(reference: Reference, names: frozenset[str], flow: Flow, source: str) -> Fault:
    name = reference.root
    hint = NAME_HINTS.get(name) or did_you_mean(name, names)
    if name in flow.steps:
        hint = f"did you mean `steps.{name}`?"
    elif name in flow.inputs:
        hint = f"did you mean `inputs.{name}`?"
    elif name in ("key", "index"):
        hint = f"`{name}` is only defined in a step with `foreach`"
    elif name in FUNCTIONS:
        hint = f"`{name}` is a function: write `{name}()`"
    elif name == "take":
        hint = "`take` is only defined in `with`"
    if hint is None:
        hint = f"defined here: {', '.join(sorted(names))}"
        if not reference.path:
            hint += f"; a text is written in quotes: `'{name}'`"
    message = f"`{name}` is not defined here"
    return Fault(codes.UNDEFINED_NAME, message, hint, find_name(source, name))


def _judge_input(path: Path, flow: Flow, source: str) -> Iterator[Fault]:
    name = _text(path[0])
    if name is not None and not flow.may_declare("inputs", name):
        hint = did_you_mean(name, flow.inputs) or f"declared inputs: {_some(flow.inputs)}"
        message = f"the flow declares no input `{name}`"
        yield Fault(codes.UNDEFINED_NAME, message, hint, find_field(source, name))


def _judge_flow(path: Path, _: Flow, source: str) -> Iterator[Fault]:
    name = _text(path[0])
    if name is not None and name not in FLOW_FIELDS:
        yield _no_field("`flow`", name, FLOW_FIELDS, source)


def _judge_step(path: Path, flow: Flow, source: str) -> Iterator[Fault]:
    name = _text(path[0])
    step = flow.steps.get(name or "")
    if step is None:
        if name is not None and not flow.may_declare("steps", name):
            hint = did_you_mean(name, flow.steps) or f"steps of this flow: {_some(flow.steps)}"
            yield Fault(codes.UNKNOWN_STEP, f"no step is called `{name}`", hint, find_field(source, name))
    elif len(path) == 1 or not step.is_known:
        return
    elif step.is_fan_out:
        yield from _judge_fan_out_field(step, path, source)
    else:
        yield from _judge_single_field(step, path[1], source)


_JUDGES = {"inputs": _judge_input, "flow": _judge_flow, "steps": _judge_step}


def _judge_single_field(step: Step, part: str | Term, source: str) -> Iterator[Fault]:
    if not isinstance(part, str):
        message = f"`{step.id}` has no `foreach`, so it has no instances to choose from"
        hint = f"write `steps.{step.id}.output`"
        yield Fault(codes.UNKNOWN_INSTANCE, message, hint, find_field(source, step.id))
    elif part not in INSTANCE_FIELDS:
        yield _no_field(f"`steps.{step.id}`", part, INSTANCE_FIELDS, source)


def _judge_fan_out_field(step: Step, path: Path, source: str) -> Iterator[Fault]:
    part = path[1]
    if part == "output":
        message = f"`{step.id}` is a fan-out: it has many outputs, not one"
        hint = f"`steps.{step.id}.outputs` is the list of them, `steps.{step.id}[key].output` is one"
        yield Fault(codes.OUTPUT_OF_FAN_OUT, message, hint, find_field(source, "output"))
    elif isinstance(part, str):
        if part != "outputs":
            yield _no_field(f"`steps.{step.id}`", part, ("outputs",), source)
    elif len(path) > 2 and isinstance(path[2], str):  # noqa: PLR2004 - steps.ID[key].field
        fields = (*INSTANCE_FIELDS, *(loop.name for loop in step.foreach))
        if path[2] not in fields:
            yield _no_field(f"an instance of `{step.id}`", path[2], fields, source)


def _no_field(owner: str, name: str, fields: tuple[str, ...], source: str) -> Fault:
    hint = did_you_mean(name, fields) or f"it has: {', '.join(fields)}"
    message = f"{owner} has no field `{name}`"
    return Fault(codes.UNKNOWN_FIELD, message, hint, find_field(source, name))


def _text(part: str | Term) -> str | None:
    if isinstance(part, str):
        return part
    return part.value if isinstance(part, Constant) and isinstance(part.value, str) else None


def _some(names: Iterable[str]) -> str:
    return ", ".join(list(names)[:_SHOWN]) or "none"


def _judge_need(need: Need, step: Step, flow: Flow) -> Iterator[Diagnostic]:
    name, key = read_address(need.address) or (need.address, None)
    if not flow.may_declare("steps", name):
        hint = did_you_mean(name, flow.steps) or f"steps of this flow: {_some(flow.steps)}"
        meant = step_of_path(need.address)
        if meant in flow.steps:
            hint = f"write the id alone: `needs: {meant}`"
        message = f"no step is called `{name}`"
        yield Diagnostic(codes.UNKNOWN_STEP, message, need.span, hint=hint, step=step.id)
    elif key is not None and name in flow.steps and not flow.steps[name].is_fan_out:
        message = f"`{name}` has no `foreach`, so it has no instance `{key}`"
        hint = f"write `{name}`"
        yield Diagnostic(codes.UNKNOWN_INSTANCE, message, need.span, hint=hint, step=step.id)
