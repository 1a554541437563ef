"""Which files the named outputs of a flow become."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow import graph
from runway_flow.check.readings import expressions_of, steps_named
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.file_names import fold_path, safe_name
from runway_flow.kernel.media import Artifact, extension_of
from runway_flow.kernel.values import Deferred, Skipped
from runway_flow.plan.world import FanOutView, InstanceView, KeyedOutputs, WorldScope
from runway_flow.spec.descriptions import describe_value
from runway_flow.spec.evaluator import resolve
from runway_flow.spec.templates import expressions_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from runway_flow.kernel.diagnostics import Span
    from runway_flow.plan.action import ActionResult
    from runway_flow.plan.world import World
    from runway_flow.spec.flow import Flow


class Export(Struct, frozen=True):
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
            message = f"the output `{name}` holds {describe_value(value)}, which is nothing to write"
            hint = "an output is what a step gives, or a list or a mapping of such results"
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
    """Go through the files that a value becomes; lists and mappings become folders."""
    if isinstance(value, (FanOutView, InstanceView)):
        value = value.get_field("outputs" if isinstance(value, FanOutView) else "output")
    names: Iterable[str]
    if isinstance(value, KeyedOutputs):
        names, items = value.keys, tuple(value)
    elif isinstance(value, (tuple, list)):
        names, items = _names_of(value), tuple(value)
    elif isinstance(value, dict):
        names, items = value, tuple(value.values())
    else:
        if value is not None and not isinstance(value, Skipped):
            yield name, value
        return
    for key, item in zip(names, items, strict=True):
        yield from _spread(f"{name}/{safe_name(key)}", item)


def _names_of(items: Sequence[object]) -> list[str]:
    """Name the items of a list: instances by their keys, anything else by its number."""
    width = max(2, len(str(len(items))))
    keys = [item.instance.key if isinstance(item, InstanceView) else None for item in items]
    return [f"{at:0{width}}" if key is None else key for at, key in enumerate(keys, 1)]


def _last_results(world: World) -> Iterator[tuple[str, Span, str, object]]:
    """Go through the results of the last steps: what a flow without `outputs` exports."""
    for name in _last_steps(world.checked.flow):
        fan_out = world.fan_outs[name]
        for instance in fan_out.instances:
            stem = name if instance.key is None else f"{name}/{safe_name(instance.key)}"
            outputs = world.outputs(instance)
            value = outputs[0] if isinstance(outputs, tuple) and len(outputs) == 1 else outputs
            for path, item in _spread(stem, value):
                yield name, fan_out.step.span, path, item


def _last_steps(flow: Flow) -> list[str]:
    """Give the steps that no other one reads, or only such as they read themselves (chained takes)."""
    defaults = (
        expression for _, template in flow.defaults.values() for expression in expressions_in(template)
    )
    by_defaults = steps_named(defaults)
    reads = {name: steps_named(expressions_of(step)) - {name} for name, step in flow.steps.items()}
    readers: dict[str, set[str]] = {name: set() for name in reads}
    for name, found in reads.items():
        for other in found:
            readers[other].add(name)
    last = [name for name in reads if not readers[name]]
    if graph.order(reads) is None:
        last = [n for n in reads if graph.ancestors((n,), readers) <= graph.ancestors((n,), reads)]
    return [name for name in last if name not in by_defaults]
