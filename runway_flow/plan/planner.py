"""The planner: from a checked flow, its inputs and the store to what a run would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow import graph
from runway_flow.check.judgement import Judge
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, has_errors, sorted_diagnostics
from runway_flow.kernel.digests import digest_json
from runway_flow.kernel.errors import UsageError
from runway_flow.plan.binder import PlanBinder
from runway_flow.plan.expansion import expand
from runway_flow.plan.exports import check_exports
from runway_flow.plan.films import check_films
from runway_flow.plan.needs import find_needs
from runway_flow.plan.plan import Plan, PlannedStep, PlanState
from runway_flow.plan.selecting import named_by, select
from runway_flow.plan.stating import Stater
from runway_flow.plan.totals import summed
from runway_flow.plan.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.check.checked_flow import CheckedFlow
    from runway_flow.kernel.amounts import Credits
    from runway_flow.kernel.files import Files
    from runway_flow.plan.action import ActionResult
    from runway_flow.plan.lookup import Lookup
    from runway_flow.plan.settings import PlanSettings


class Planned(Struct, frozen=True):
    """What planning came to: the plan (None if anything is wrong), every finding, and the binder."""

    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]
    binder: PlanBinder
    world: World


def make_plan(
    checked: CheckedFlow,
    inputs: Mapping[str, object],
    *,
    lookup: Lookup,
    files: Files,
    settings: PlanSettings,
) -> Planned:
    """Expand, order, bind and look up every instance. Writes nothing.

    Raises `UsageError` if the selection names what does not exist.
    """
    world = World(checked, {name: inputs.get(name) for name in checked.flow.inputs})
    problems = list(expand(world))
    instances = {
        instance.address: instance for fan_out in world.fan_outs.values() for instance in fan_out.instances
    }
    judge = Judge(checked.flow, checked.catalog, files, checked.candidates, dict(checked.settled))
    binder = PlanBinder(world, judge, instances, settings.realm)
    needs = find_needs(world, judge, instances, problems)
    all_needs = {address: found.all for address, found in needs.items()}
    ordered = graph.order(all_needs)
    if ordered is None:
        problems.append(_cycle(graph.find_cycle(all_needs), binder, world))
        ordered = tuple(instances)  # for the other findings; there will be no plan
    steps = _state_all(ordered, Stater(checked.flow.name, binder, lookup, needs), problems)
    if not checked.is_part:
        problems += check_exports(world)
    diagnostics = sorted_diagnostics([*checked.warnings, *problems])
    if has_errors(diagnostics) or checked.is_part:
        return Planned(None, diagnostics, binder, world)
    if settings.selection is not None:
        steps = _selected(steps, select(settings.selection, world.fan_outs, all_needs))
    plan = summed(
        Plan(
            flow=checked.flow.name,
            path=checked.flow.path,
            steps=steps,
            run_identity=_identity(checked, inputs),
            table_date=checked.catalog.date,
            budget=_lower(checked.flow.budget, settings.budget),
            jobs=settings.jobs,
            named=named_by(settings.selection, world.fan_outs) if settings.selection is not None else (),
            diagnostics=diagnostics,
        )
    )
    return Planned(plan, diagnostics, binder, world)


def _state_all(
    ordered: tuple[str, ...], stater: Stater, problems: list[Diagnostic]
) -> dict[str, PlannedStep]:
    """State every instance; what is stored or skipped is known to those that come after it."""
    steps: dict[str, PlannedStep] = {}
    results: dict[str, ActionResult | None] = {}
    stater.binder.world.results = results
    for address in ordered:
        step, found = stater.state(stater.binder.instances[address], steps)
        problems += found
        steps[address] = step
        if step.state is PlanState.SKIPPED:
            results[address] = None
        elif step.result is not None and step.state is PlanState.STORED:
            results[address] = step.result
    problems += check_films(steps)
    return steps


def _selected(steps: Mapping[str, PlannedStep], chosen: frozenset[str]) -> dict[str, PlannedStep]:
    """Keep the chosen instances, and those stored ones that they need."""
    wanted = graph.ancestors(chosen, {address: step.needs for address, step in steps.items()})
    settled = (PlanState.STORED, PlanState.SKIPPED)
    for address in chosen:
        missing = [
            need for need in steps[address].needs if need not in chosen and steps[need].state not in settled
        ]
        if missing and steps[address].state not in settled:
            raise UsageError(
                f"{address} needs {missing[0]}, which is neither selected nor stored",
                code=codes.SELECTION_UNKNOWN,
                hint=f"`--until {address}` takes what it needs too",
            )
    return {
        address: step
        for address, step in steps.items()
        if address in chosen or (address in wanted and step.state in settled)
    }


def _cycle(cycle: tuple[str, ...], binder: PlanBinder, world: World) -> Diagnostic:
    """Report a cycle of instances with the place of each edge."""
    from runway_flow.plan.needs import find_edge

    edges = list(zip(cycle, (*cycle[1:], cycle[0]), strict=True))
    spans = [find_edge(world, binder.judge, binder.instances[reader], read) for reader, read in edges]
    notes = [
        f"{reader} needs {read} ({span.path}:{span.line}:{span.column})"
        for (reader, read), span in zip(edges, spans, strict=True)
    ]
    chain = " → ".join((*cycle, cycle[0]))
    return Diagnostic(
        codes.CYCLE,
        f"these instances need each other in a circle: {chain}",
        spans[0],
        hint="take one of the references out, or use `prev()` to read the instance before",
        notes=tuple(notes),
        step=cycle[0],
    )


def _lower(first: Credits | None, second: Credits | None) -> Credits | None:
    given = [budget for budget in (first, second) if budget is not None]
    return min(given) if given else None


def _identity(checked: CheckedFlow, inputs: Mapping[str, object]) -> str:
    document = {"flow": checked.flow.document.text, "inputs": _plain(inputs), "profile": None}
    return digest_json(document)


def _plain(value: object) -> object:
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if hasattr(value, "items"):
        return {str(key): _plain(item) for key, item in value.items()}
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return getattr(value, "path", repr(value))
