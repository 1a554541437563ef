"""Which files the named outputs of a flow become, and the results of steps that a selection names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow import graph
from runway_flow.catalog.outputs import output_kind, output_media_type
from runway_flow.check.places import offer_reference
from runway_flow.check.readings import expressions_of, steps_named
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.file_names import fold_path, safe_name
from runway_flow.kernel.media import Artifact, extension_of
from runway_flow.kernel.values import Deferred, Skipped
from runway_flow.plan.plan import PlanState
from runway_flow.plan.world import FanOutView, InstanceView, KeyedOutputs, WorldScope
from runway_flow.spec.descriptions import describe_value
from runway_flow.spec.evaluator import resolve
from runway_flow.spec.templates import expressions_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from runway_flow.kernel.diagnostics import Span
    from runway_flow.plan.action import ActionResult
    from runway_flow.plan.plan import Plan
    from runway_flow.plan.world import World
    from runway_flow.spec.flow import Flow


RESULTS = "steps"
"""The folder of results that were asked for by the name of their step."""


_WILL_GIVE = (PlanState.RUN, PlanState.UNKNOWN, PlanState.IN_FLIGHT, PlanState.LOCAL)


class Export(Struct, frozen=True):
    """One file of a named output, below the output folder: `film.mp4`, `dubs/es.mp3`."""

    name: str
    path: str
    artifact: Artifact


class Expected(Struct, frozen=True):
    """One file to be, as a plan knows it: what it holds only where that is stored already."""

    path: str
    artifact: Artifact | None


_OUTPUTS = "an output is what a step gives, or a list or a mapping of such results"


def resolve_exports(world: World, results: Mapping[str, ActionResult | None]) -> tuple[Export, ...]:
    """Give the files of every named output that is known; what failed or is skipped is left out."""
    world.results = results
    return tuple(
        Export(name, f"{stem}.{extension_of(value.facts.media_type)}", value)
        for name, _, stem, value in _named_values(world, [])
        if isinstance(value, Artifact)
    )


def resolve_results(
    world: World,
    named: Iterable[str],
    results: Mapping[str, ActionResult | None],
    exports: Sequence[Export],
) -> tuple[Export, ...]:
    """Give the files of instances that are asked for by name; `name` is then the instance's address.

    What one of the named outputs (`exports`) holds already is not written twice.
    """
    world.results = results
    held = {item.artifact.digest for item in exports}
    taken = {fold_path(item.path.rpartition(".")[0]) for item in exports}
    return tuple(
        Export(address, f"{stem}.{extension_of(value.facts.media_type)}", value)
        for address, stem, value in _results_of(world, named, taken)
        if isinstance(value, Artifact) and value.digest not in held
    )


def expect_exports(world: World, plan: Plan) -> tuple[Expected, ...]:
    """Give the files that a run of the plan would write, as far as their places are known before it.

    `world` is as the planner left it.
    """
    found: list[Expected] = []
    held: set[object] = set()
    for _, _, stem, value in _named_values(world, []):
        held.add(value)
        found += _expected(stem, value, plan)
    taken = {fold_path(item.path.rpartition(".")[0]) for item in found}
    for _, stem, value in _results_of(world, plan.named, taken):
        if value not in held:
            found += _expected(stem, value, plan)
    return tuple(found)


def _expected(stem: str, value: object, plan: Plan) -> Iterator[Expected]:
    if isinstance(value, Artifact):
        yield Expected(f"{stem}.{extension_of(value.facts.media_type)}", value)
        return
    step = plan.steps.get(value.output_of or "") if isinstance(value, Deferred) else None
    if step is None or step.state not in _WILL_GIVE:
        return
    row, params = step.capability, step.params
    if output_kind(row, params) is row.output.kind:  # of another kind nobody states the type
        yield Expected(f"{stem}.{extension_of(output_media_type(row, params))}", None)


def _results_of(world: World, named: Iterable[str], taken: set[str]) -> Iterator[tuple[str, str, object]]:
    """Go through (instance, path without extension, value); paths that are `taken` get a number."""
    wanted = frozenset(named)
    for name in dict.fromkeys(address.partition("[")[0] for address in named):
        for instance in world.fan_outs[name].instances:
            folder = f"{RESULTS}/{safe_name(name)}"
            stem = folder if instance.key is None else f"{folder}/{safe_name(instance.key)}"
            stem = _free(stem, taken)
            if instance.address in wanted:
                for path, value in _spread(stem, _one_or_all(world.outputs(instance))):
                    yield instance.address, path, value


def _free(stem: str, taken: set[str]) -> str:
    found, number = stem, 1
    while fold_path(found) in taken:
        number += 1
        found = f"{stem}-{number}"
    taken.add(fold_path(found))
    return found


def _one_or_all(outputs: object) -> object:
    return outputs[0] if isinstance(outputs, tuple) and len(outputs) == 1 else outputs


def check_exports(world: World) -> tuple[Diagnostic, ...]:
    """Find outputs that hold no media, and files whose names collide (also when only case differs)."""
    problems: list[Diagnostic] = []
    seen: dict[str, tuple[str, str]] = {}
    for name, span, stem, value in _named_values(world, problems):
        if not isinstance(value, (Artifact, Deferred)):
            message = f"the output `{name}` holds {describe_value(value)}, which is nothing to write"
            text = value.strip() if isinstance(value, str) else ""
            hint = offer_reference(text, world.checked.flow) or _OUTPUTS
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
            for path, item in _spread(stem, _one_or_all(world.outputs(instance))):
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
