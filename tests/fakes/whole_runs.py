"""Whole runs in this process: the real planner, engine, SDK, SQLite and files, with short deadlines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow import api
from runway_flow.engine.events import Event, Found, RunSummary, StepChanged
from runway_flow.engine.executor import execute
from runway_flow.engine.stopping import StopSignal
from runway_flow.providers.runway.provider import RunwayProvider
from runway_flow.providers.runway.timing import Timing
from runway_flow.running import FlowRun
from runway_flow.tools.probe import probe
from runway_flow.wiring import KEY_VARIABLE, URL_VARIABLE, Session, Settings
from tests.fakes.crashing import Fuse, fused
from tests.fakes.runway_api import CANARY

if TYPE_CHECKING:
    from pathlib import Path

    from runway_flow.engine.attempts import Attempt
    from runway_flow.engine.ports import TaskProvider
    from runway_flow.kernel.diagnostics import Diagnostic

IMPATIENT = Timing(submit_s=0.4, ask_s=0.4, stall_s=0.4, transfer_s=5.0, grace_s=5.0, min_rate=1.0)

STILL = """\
version: 1
name: faults
steps:
  still:
    uses: gen4_image
    with:
      ratio: 1280:720
      prompt_text: A lamp on a rock
outputs:
  still: ${{ steps.still.output }}
"""


@dataclass(slots=True)
class Ran:
    """What a run told, and how it ended."""

    events: list[Event] = field(default_factory=list)
    open_attempts: tuple[Attempt, ...] = ()

    def emit(self, event: Event) -> None:
        """Keep an event."""
        self.events.append(event)

    @property
    def summary(self) -> RunSummary:
        """The last event."""
        last = self.events[-1]
        assert isinstance(last, RunSummary)
        return last

    @property
    def exit(self) -> int:
        """The exit code."""
        return int(self.summary.exit)

    @property
    def found(self) -> list[Diagnostic]:
        """What was found."""
        return [event.diagnostic for event in self.events if isinstance(event, Found)]

    @property
    def codes(self) -> list[str]:
        """The codes of the errors that were found."""
        return [item.code.id for item in self.found if item.is_error]

    @property
    def told(self) -> str:
        """Everything that was said about errors."""
        return "\n".join(
            "\n".join((item.message, *item.notes, item.hint or "")) for item in self.found if item.is_error
        )

    def states(self, step: str) -> list[str]:
        """Give the states of a step, in order."""
        return [one.state.value for one in self.events if isinstance(one, StepChanged) and one.step == step]

    @property
    def ends(self) -> dict[str, str]:
        """How each step ended."""
        changes = (one for one in self.events if isinstance(one, StepChanged))
        return {one.step: one.state.value for one in changes if one.state.is_end}

    def notes(self, step: str) -> list[str]:
        """Give what was said about the states of a step."""
        return [
            one.note for one in self.events if isinstance(one, StepChanged) and one.step == step and one.note
        ]


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of flows in a folder against the API at `url`."""

    folder: Path
    url: str
    timing: Timing = IMPATIENT
    patience_s: float = 0.5

    async def run(self, text: str = STILL, stop: StopSignal | None = None, fuse: Fuse | None = None) -> Ran:
        """Run a flow as the program does; with a fuse, until it burns (raises `Crash` or `StoreError`)."""
        path = self.folder / "flow.yaml"
        path.write_text(text, encoding="utf-8")
        environ = {KEY_VARIABLE: CANARY, URL_VARIABLE: self.url}
        settings = Settings(store=self.folder / "store", speed=1000.0, environ=environ)
        ran = Ran()
        with Session(settings, can_write=True) as session:
            planned = api.plan(str(path), api.InputArguments(), session)
            assert planned.planned is not None, planned.diagnostics
            assert planned.plan is not None, planned.diagnostics
            run = FlowRun(planned.planned, planned.plan, session, ran, self.folder / "out")
            run.begin()
            if not run.has_work:
                run.finish_stored()
            else:
                await self._execute(run, session, stop or StopSignal(), fuse or Fuse())
            ran.open_attempts = session.store.state.open_attempts()
        return ran

    async def _execute(self, run: FlowRun, session: Session, stop: StopSignal, fuse: Fuse) -> None:
        ports, options = run.ports_and_options()
        ports = fused(replace(ports, tasks=lambda: self._provider(session), draw=lambda: 0.02), fuse)
        options = replace(options, patience_s=self.patience_s, lease_poll_s=0.05)
        run.finish(await execute(run.plan, ports, options, stop))

    def _provider(self, session: Session) -> TaskProvider:
        return RunwayProvider(
            base_url=self.url,
            key=CANARY,
            blobs=session.store.blobs,
            state=session.store.state,
            clock=session.clock,
            probe=probe,
            timing=self.timing,
        )
