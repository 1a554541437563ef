"""The facade: load, check, plan, run a flow. What the commands call, and programs may."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from runway_flow.check.checker import check_flow
from runway_flow.check.untouched import find_untouched
from runway_flow.kernel import codes
from runway_flow.kernel.diagnostics import Diagnostic, has_errors, sorted_diagnostics
from runway_flow.kernel.files import FileProblem
from runway_flow.plan.lookup import EmptyLookup
from runway_flow.plan.planner import make_plan
from runway_flow.plan.settings import PlanSettings
from runway_flow.spec.builder import build_flow
from runway_flow.spec.given_inputs import GivenInput, read_inputs_file, read_option
from runway_flow.spec.inputs import resolve_inputs
from runway_flow.spec.media_path import find_named
from runway_flow.spec.reader import decode, read_document
from runway_flow.spec.structure import check_structure
from runway_flow.tools.text_files import read_bytes, text_reader
from runway_flow.wiring import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.plan.plan import Plan
    from runway_flow.plan.planner import Planned
    from runway_flow.plan.settings import Selection
    from runway_flow.spec.flow import Flow
    from runway_flow.spec.given_inputs import ReadText
    from runway_flow.wiring import Settings


class InputArguments(Struct, frozen=True):
    """Input values as a command line gives them: `name=value` texts, and a file of values."""

    assignments: tuple[str, ...] = ()
    inputs_file: str | None = None


class LoadedFlow(Struct, frozen=True):
    """A flow file as far as it could be read; `sources` maps paths to the texts that spans count in."""

    path: str
    flow: Flow | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, str] = field(default_factory=dict)


class PlannedFlow(Struct, frozen=True):
    """A plan, or why there is none."""

    path: str
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, str]
    planned: Planned | None = None
    step_count: int = 0

    @property
    def plan(self) -> Plan | None:
        """The plan, if there is one."""
        return self.planned.plan if self.planned is not None else None


def load(path: str) -> LoadedFlow:
    """Read a flow file and build the flow; no model is looked at. With errors there is no flow."""
    loaded = _load(path)
    return replace(loaded, flow=None) if has_errors(loaded.diagnostics) else loaded


def _load(path: str) -> LoadedFlow:
    """Read a flow file as far as that goes: of one with errors too, so that all of them can be told."""
    data = read_bytes(path)
    if isinstance(data, FileProblem):
        return LoadedFlow(path, None, (Diagnostic(codes.FLOW_UNREADABLE, data.message, hint=data.hint),))
    text = decode(data, path)
    if isinstance(text, Diagnostic):
        return LoadedFlow(path, None, (text,))
    sources = {path: text}
    document, found_in_text = read_document(text, path)
    if document is None:
        return LoadedFlow(path, None, sorted_diagnostics(found_in_text), sources)
    flow, built = build_flow(document)
    found = sorted_diagnostics((*found_in_text, *check_structure(document), *built))
    return LoadedFlow(path, flow, found, sources)


def validate(path: str, arguments: InputArguments, settings: Settings) -> LoadedFlow:
    """Check a flow as far as that goes without a run: inputs without a value are unknown, not errors."""
    with Session(settings, can_write=False) as session:
        result = _plan(path, arguments, session, None, is_validation=True)
    return LoadedFlow(path, None, result.diagnostics, result.sources)


def plan(
    path: str, arguments: InputArguments, session: Session, selection: Selection | None = None
) -> PlannedFlow:
    """Plan a flow against the store. Raises `UsageError` for a selection that does not exist."""
    return _plan(path, arguments, session, selection, is_validation=False)


def _plan(
    path: str,
    arguments: InputArguments,
    session: Session,
    selection: Selection | None,
    *,
    is_validation: bool,
) -> PlannedFlow:
    loaded = _load(path)
    if loaded.flow is None:
        return PlannedFlow(path, loaded.diagnostics, loaded.sources)
    flow = loaded.flow
    folders = [Path(path).parent]
    if arguments.inputs_file is not None:
        folders.append(Path(arguments.inputs_file).parent)
    read_own = text_reader(decode, session.readable(*folders))
    values, inputs_found, input_sources = _read_inputs(
        flow, arguments, read_own, is_complete=not is_validation
    )
    files = session.files(*folders, named=find_named(values))
    checked, found = check_flow(flow, session.catalog, files)
    sources = {**loaded.sources, **input_sources}
    diagnostics = sorted_diagnostics((*loaded.diagnostics, *found, *inputs_found))
    is_part = checked is None or has_errors(diagnostics)
    if is_part:
        checked = find_untouched(flow, session.catalog, found)
    if checked is None:
        return PlannedFlow(path, diagnostics, sources)
    settings = PlanSettings(
        realm=session.realm,
        selection=selection,
        budget=session.settings.budget,
        jobs=session.settings.jobs,
    )
    lookup = EmptyLookup() if is_validation or is_part else session.store.state
    planned = make_plan(checked, values, lookup=lookup, files=files, settings=settings)
    merged = sorted_diagnostics((*diagnostics, *planned.diagnostics))
    if is_part:
        return PlannedFlow(path, merged, sources)
    if not is_validation:
        planned = _with_history(planned, session)
    return PlannedFlow(path, merged, sources, planned, len(flow.steps))


def _with_history(planned: Planned, session: Session) -> Planned:
    """Tell the plan what the unfinished run that it continues has spent already."""
    plan = planned.plan
    if plan is None or not plan.has_work:
        return planned
    state = session.store.state
    run = state.find_unfinished(plan.run_identity, session.realm)
    if run is None or not run.spent:
        return planned
    limited = {step.step for step in plan.steps.values() if step.budget is not None}
    spent_by = {step: state.spent(run.run_id, step) for step in limited}
    return replace(planned, plan=replace(plan, spent=run.spent, spent_by=spent_by))


def _read_inputs(
    flow: Flow, arguments: InputArguments, read_own: ReadText, *, is_complete: bool
) -> tuple[Mapping[str, object], tuple[Diagnostic, ...], dict[str, str]]:
    """Give the value of every input, what is wrong with them, and the texts that findings point into.

    `read_own` reads what the flow itself names; what the command line names is the user's own word.
    """
    sources: dict[str, str] = {}

    def keeping(read: ReadText) -> ReadText:
        def read_and_keep(path: str) -> str | FileProblem:
            text = read(path)
            if isinstance(text, str):
                sources[path] = text
            return text

        return read_and_keep

    read_and_keep = keeping(text_reader(decode))

    given: dict[str, GivenInput] = {}
    found: list[Diagnostic] = []
    if arguments.inputs_file is not None:
        text = read_and_keep(arguments.inputs_file)
        if isinstance(text, FileProblem):
            found.append(Diagnostic(codes.INPUT_FILE, f"--inputs: {text.message}", hint=text.hint))
        else:
            from_file, problems = read_inputs_file(arguments.inputs_file, text)
            given.update(from_file)
            found += problems
    for assignment in arguments.assignments:
        answer = read_option(assignment, read_and_keep)
        if isinstance(answer, Diagnostic):
            found.append(answer)
        else:
            given[answer[0]] = answer[1]
    values, problems = resolve_inputs(flow, given, keeping(read_own), is_complete=is_complete)
    return values, (*found, *problems), sources
