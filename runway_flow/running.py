"""One run of a planned flow: the record of it, the engine, the exports, the summary."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from runway_flow.engine.events import (
    Exported,
    Found,
    RunStarted,
    RunStatus,
    RunSummary,
    StepChanged,
    StepState,
)
from runway_flow.engine.records import RunRecord
from runway_flow.kernel.amounts import ZERO
from runway_flow.kernel.codes import ExitCode
from runway_flow.kernel.diagnostics import Diagnostic
from runway_flow.kernel.errors import RunwayFlowError
from runway_flow.plan.exports import expect_exports, resolve_exports, resolve_results
from runway_flow.plan.plan import PlanState
from runway_flow.store.attempts import charge_of
from runway_flow.store.outputs import ExportItem, PlannedFile, check_places, export
from runway_flow.tools.identifiers import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from runway_flow.engine.attempts import Attempt
    from runway_flow.engine.events import EarlierTask, EventSink
    from runway_flow.engine.outcome import RunOutcome
    from runway_flow.engine.setting import Ports, RunOptions
    from runway_flow.kernel.amounts import Credits
    from runway_flow.plan.action import ActionResult
    from runway_flow.plan.exports import Export
    from runway_flow.plan.plan import Plan
    from runway_flow.plan.planner import Planned
    from runway_flow.wiring import Session

Files = Mapping[str, tuple[Exported, ...]]


@dataclass(slots=True)
class FlowRun:
    """A run of one plan in one session; `folder` is where outputs go, by the flow's name."""

    planned: Planned
    plan: Plan
    session: Session
    events: EventSink
    folder: Path
    record: RunRecord = field(init=False)
    has_work: bool = field(init=False)
    """Whether there is anything to do but read the store: tasks of an earlier run are collected, too."""
    began: float = 0.0
    attempts: set[str] = field(default_factory=set)
    """The attempts of this process: another one may work on the same run at the same time."""

    def begin(self) -> None:
        """Write down that the run begins, or go on with the unfinished one of the same identity."""
        now = self.began = self.session.clock.now()
        self.session.store.blobs.remove_stale_drafts(now)
        fresh = RunRecord(
            new_id(self.session.clock),
            self.plan.run_identity,
            self.plan.flow,
            self.plan.path,
            self.session.realm,
            now,
        )
        self.record = self.session.store.state.begin_run(fresh)
        continues = self.record.run_id != fresh.run_id
        self.events.emit(RunStarted(self.record.run_id, now, self.plan, continues))
        self.has_work = self.plan.has_work
        opened = self.session.store.state.open_attempts()
        if opened:
            self._look_at_open(opened)

    def _look_at_open(self, attempts: tuple[Attempt, ...]) -> None:
        """See what there is to collect; warn of doubts that this run will not come upon, nobody works on."""
        from runway_flow.engine.failures import old_doubt
        from runway_flow.engine.recovery import find_doubts, find_orphans

        session = self.session
        state, owner, realm = session.store.state, session.owner, session.realm
        if find_orphans(attempts, frozenset(), flow=self.plan.flow, realm=realm):
            self.has_work = True
        for attempt in find_doubts(attempts, self.plan, realm=realm):
            key = attempt.intent.key
            if state.acquire_lease(key, owner, self.began, session.is_present):
                state.release_lease(key, owner)
                self.events.emit(Found(old_doubt(attempt), self.began))

    def ports_and_options(self) -> tuple[Ports, RunOptions]:
        """Give the engine the world, and how the run is to be done."""
        from runway_flow.engine.setting import Ports, RunOptions

        session, settings = self.session, self.session.settings
        ports = Ports(
            tasks=session.task_provider,
            local=session.local_provider(),
            blobs=session.store.blobs,
            state=session.store.state,
            events=self.events,
            clock=session.clock,
            binder=self.planned.binder,
            new_id=self._new_attempt,
            owner=session.owner,
            is_alive=session.is_present,
        )
        options = RunOptions(
            run_id=self.record.run_id,
            realm=session.realm,
            poll_min_s=session.poll_min_s,
            jobs=settings.jobs,
            local_jobs=os.cpu_count() or 1,
            budget=self.plan.budget,
            allow_unknown_price=settings.allow_unknown_price,
        )
        return ports, options

    def finish_stored(self) -> RunSummary:
        """End a run that has nothing to do: everything it needs is in the store."""
        now = self.session.clock.now()
        results: dict[str, ActionResult | None] = {}
        for address, step in self.plan.steps.items():
            results[address] = step.result
            state = StepState.SKIPPED if step.state is PlanState.SKIPPED else StepState.STORED
            outputs = step.result.outputs if step.result is not None else ()
            self.events.emit(StepChanged(address, state, now, note=step.why, outputs=outputs))
        stored = sum(step.state is PlanState.STORED for step in self.plan.steps.values())
        return self._finish(
            results,
            Ending(
                RunStatus.OK,
                ExitCode.DONE,
                saved=self.plan.saved,
                stored=stored,
                skipped=len(results) - stored,
            ),
        )

    def finish(self, outcome: RunOutcome) -> RunSummary:
        """End a run that the engine has carried out."""
        results = {
            address: step.result
            for address, step in outcome.steps.items()
            if step.result is not None or step.state is StepState.SKIPPED
        }
        return self._finish(results, ending_of(outcome))

    def _finish(self, results: Mapping[str, ActionResult | None], ending: Ending) -> RunSummary:
        state = self.session.store.state
        uses = {address: result.key for address, result in results.items() if result is not None}
        state.note_use(self.plan.flow, uses)
        ending = self._export(results, ending)
        now = self.session.clock.now()
        is_finished = ending.status in (RunStatus.OK, RunStatus.DRIFT)
        state.end_run(self.record.run_id, now, ending.status.value, is_finished=is_finished)
        summary = RunSummary(
            run_id=self.record.run_id,
            flow=self.plan.flow,
            status=ending.status,
            exit=ending.exit,
            at=now,
            seconds=max(now - self.began, 0.0),
            spent=self._count_spent(),
            saved=ending.saved,
            stored=ending.stored,
            ran=ending.ran,
            failed=ending.failed,
            not_run=ending.not_run,
            skipped=ending.skipped,
            in_doubt=ending.in_doubt,
            outputs=ending.outputs,
            results=ending.results,
            remote=ending.remote,
            earlier=ending.earlier,
        )
        self.events.emit(summary)
        return summary

    def _new_attempt(self) -> str:
        attempt = new_id(self.session.clock)
        self.attempts.add(attempt)
        return attempt

    def _count_spent(self) -> Credits:
        """Sum up what the attempts of this process cost, or reserve where their cost is not known yet."""
        if not self.attempts:
            return ZERO
        made = [
            attempt
            for attempt in self.session.store.state.attempts_of(self.record.run_id)
            if attempt.intent.attempt_id in self.attempts
        ]
        charges = (charge_of(one.state, one.task, one.reserved or ZERO, one.cost) for one in made)
        return sum(charges, ZERO)

    def _export(self, results: Mapping[str, ActionResult | None], ending: Ending) -> Ending:
        """Write the named outputs and the selected results that are known; a failure is one of the run."""
        world = self.planned.world
        outputs = resolve_exports(world, results)
        items = (*outputs, *resolve_results(world, self.plan.named, results, outputs))
        try:
            wanted = [ExportItem(item.path, item.artifact) for item in items]
            files = export(self.folder, wanted, self.session.store.blobs)
        except RunwayFlowError as error:
            found = Diagnostic(error.code, error.message, hint=error.hint, notes=error.notes)
            self.events.emit(Found(found, self.session.clock.now()))
            exit_code = ending.exit if ending.exit is not ExitCode.DONE else error.code.exit
            status = ending.status if ending.status is not RunStatus.OK else RunStatus.FAILED
            return replace(ending, status=status, exit=exit_code)
        exported = [Exported(str(file.path), file.artifact) for file in files]
        count = len(outputs)
        return replace(
            ending,
            outputs=_by_name(items[:count], exported[:count]),
            results=_by_name(items[count:], exported[count:]),
        )


def check_outputs(planned: Planned, folder: Path) -> None:
    """Look for what would be in the way of the files that a run writes below `folder`.

    Raises `StoreError` (`OUTPUT_UNWRITABLE`); what it finds now need not be found when everything is paid.
    """
    if planned.plan is not None:
        expected = expect_exports(planned.world, planned.plan)
        check_places(folder, [PlannedFile(one.path, one.artifact) for one in expected])


def _by_name(items: Sequence[Export], files: Sequence[Exported]) -> Files:
    found: dict[str, tuple[Exported, ...]] = {}
    for item, file in zip(items, files, strict=True):
        found[item.name] = (*found.get(item.name, ()), file)
    return found


class Ending(Struct, frozen=True):
    """The sums of a run, and how it ended."""

    status: RunStatus
    exit: ExitCode
    saved: Credits = ZERO
    stored: int = 0
    ran: int = 0
    failed: int = 0
    not_run: int = 0
    skipped: int = 0
    in_doubt: int = 0
    remote: Mapping[str, str] = msgspec.field(default_factory=dict)
    earlier: tuple[EarlierTask, ...] = ()
    outputs: Files = msgspec.field(default_factory=dict)
    results: Files = msgspec.field(default_factory=dict)


def ending_of(outcome: RunOutcome) -> Ending:
    """Count how the instances of a run ended."""
    states = [step.state for step in outcome.steps.values()]
    counted = (StepState.STORED, StepState.DONE, StepState.SKIPPED, StepState.IN_DOUBT)
    failed = sum(state in (StepState.FAILED, StepState.CANCELLED) for state in states)
    known = failed + sum(state in counted for state in states)
    return Ending(
        status=outcome.status,
        exit=outcome.exit,
        saved=outcome.saved,
        stored=states.count(StepState.STORED),
        ran=states.count(StepState.DONE),
        failed=failed,
        not_run=len(states) - known,
        skipped=states.count(StepState.SKIPPED),
        in_doubt=states.count(StepState.IN_DOUBT),
        remote=outcome.remote,
        earlier=outcome.earlier,
    )
