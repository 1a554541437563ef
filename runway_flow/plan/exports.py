"""Which files the named outputs of a flow become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.file_names import fold_path, safe_name
from runway_flow.kernel.media import Artifact, extension_of
from runway_flow.kernel.values import Deferred, Skipped
from runway_flow.plan.expansion import describe_type
from runway_flow.plan.world import FanOutView, InstanceView, KeyedOutputs, WorldScope
from runway_flow.spec.evaluator import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from runway_flow.kernel.diagnostics import Span
    from runway_flow.plan.action import ActionResult
    from runway_flow.plan.world import World


@dataclass(frozen=True, slots=True)
class Export:
    """One file of a named output, below the output folder: `film.mp4`, `dubs/es.mp3`."""

    name: str
    path: str
    artifact: Artifact


def resolve_exports(world: World, results: Mapping[str, ActionResult | None]) -> tuple[Export, ...]:
    """Give the files of every named output that is known; what failed or is skipped is left out."""
    world.results = results
    return tuple(
        Export(name, f"{stem}.{extension_of(value.facts.media_type)}", value)
        for name, _, stem, value in _named_values(world, [])
        if isinstance(value, Artifact)
    )


def check_exports(world: World) -> tuple[Diagnostic, ...]:
    """Find outputs that hold no media, and files whose names collide (also when only case differs)."""
    problems: list[Diagnostic] = []
    seen: dict[str, tuple[str, str]] = {}
    for name, span, stem, value in _named_values(world, problems):
        if not isinstance(value, (Artifact, Deferred)):
            message = f"the output `{name}` holds {describe_type(value)}, which is nothing to write"
            hint = "an output is a medium, a list of media, or a mapping of them"
            problems.append(Diagnostic(codes.OUTPUT_NOT_MEDIA, message, span, hint=hint))
        folded = fold_path(stem)
        if folded in seen:
            message = f"two outputs would be written to `{stem}`: `{seen[folded][1]}` and `{stem}`"
            hint = "give the instances keys that differ in more than case and unsafe characters"
            problems.append(Diagnostic(codes.EXPORT_COLLISION, message, span, hint=hint))
        seen[folded] = (name, stem)
    return tuple(problems)


def _named_values(world: World, problems: list[Diagnostic]) -> Iterator[tuple[str, Span, str, object]]:
    """Go through (output name, place, path without extension, value)."""
    flow = world.checked.flow
    if not flow.outputs:
        yield from _last_results(world)
        return
    for output in flow.outputs.values():
        value = resolve(output.value, WorldScope(world, {}), problems)
        for stem, item in _spread(output.name, value):
            yield output.name, output.span, stem, item


def _spread(name: str, value: object) -> Iterator[tuple[str, object]]:
    if value is None or isinstance(value, Skipped):
        return
    if isinstance(value, FanOutView):
        value = value.get_field("outputs")
    if isinstance(value, InstanceView):
        value = value.get_field("output")
    if isinstance(value, KeyedOutputs):
        yield from _below(name, value.keys, value)
    elif isinstance(value, (tuple, list)):
        width = max(2, len(str(len(value))))
        yield from _below(name, (f"{at:0{width}}" for at in range(1, len(value) + 1)), value)
    elif isinstance(value, dict):
        yield from _below(name, value, value.values())
    else:
        yield name, value


def _below(name: str, keys: Iterable[str], values: Iterable[object]) -> Iterator[tuple[str, object]]:
    for key, item in zip(keys, values, strict=True):
        if isinstance(item, (InstanceView, FanOutView)):
            item = item.get_field("output" if isinstance(item, InstanceView) else "outputs")  # noqa: PLW2901
        if item is not None and not isinstance(item, Skipped):
            yield f"{name}/{safe_name(key)}", item


def _last_results(world: World) -> Iterator[tuple[str, Span, str, object]]:
    """Without `outputs`: the results of the steps that no other step reads."""
    from runway_flow.spec.references import references_in
    from runway_flow.spec.templates import expressions_in

    flow = world.checked.flow
    read: set[object] = set()
    for step in flow.steps.values():
        values = [loop.values for loop in step.foreach]
        values += [step.parameters] if step.parameters is not None else []
        expressions = [expression for value in values for expression in expressions_in(value)]
        expressions += [step.when] if step.when is not None else []
        for expression in expressions:
            for reference in references_in(expression.term):
                if reference.root == "steps" and reference.path:
                    read.add(reference.path[0])
    for name, fan_out in world.fan_outs.items():
        if name in read:
            continue
        for instance in fan_out.instances:
            stem = name if instance.key is None else f"{name}/{safe_name(instance.key)}"
            yield name, fan_out.step.span, stem, world.output(instance)
