"""A world for the executor: stores in memory, a fake service, virtual time, everything that was told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from runway_flow.engine.events import Event, Found, StepChanged
from runway_flow.engine.executor import Ports, RunOptions, StopSignal, execute
from runway_flow.engine.records import Owner, RunRecord
from runway_flow.store.memory import MemoryBlobStore, MemoryStateStore
from tests.fakes.engine_plans import FLOW, REALM, FakeBinder, Made, plan_of
from tests.fakes.task_provider import FakeLocalProvider, FakeTaskProvider
from tests.fakes.virtual_time import START, VirtualClock, run_virtual

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from runway_flow.engine.outcome import RunOutcome
    from runway_flow.kernel.amounts import Credits
    from runway_flow.plan.plan import Plan

_T = TypeVar("_T")

OPTIONS = RunOptions(run_id="r1", realm=REALM, poll_min_s=5.0)


class InlineOffload:
    """Does blocking work where it is asked for: no threads, so that every run is the same."""

    async def journal(self, work: Callable[[], _T]) -> _T:
        """Do it."""
        await asyncio.sleep(0)
        return work()

    async def files(self, work: Callable[[], _T]) -> _T:
        """Do it."""
        await asyncio.sleep(0)
        return work()

    def close(self) -> None:
        """Do nothing."""


@dataclass(slots=True)
class Events:
    """Takes events, and finds among them."""

    all: list[Event] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        """Keep it."""
        self.all.append(event)

    def states(self, step: str) -> list[str]:
        """Give the states that an instance went through, without repetitions."""
        told = [one.state.value for one in self.all if isinstance(one, StepChanged) and one.step == step]
        return [state for index, state in enumerate(told) if index == 0 or told[index - 1] != state]

    def notes(self, step: str) -> list[str]:
        """Give what was said about the states of an instance."""
        return [
            one.note for one in self.all if isinstance(one, StepChanged) and one.step == step and one.note
        ]

    def codes(self) -> list[str]:
        """Give the codes of the findings."""
        return [one.diagnostic.code.id for one in self.all if isinstance(one, Found)]


@dataclass(slots=True)
class EngineWorld:
    """Everything outside of one executor or several; a run begins, and another goes on with what it left."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    blobs: MemoryBlobStore = field(default_factory=MemoryBlobStore)
    events: Events = field(default_factory=Events)
    stop: StopSignal = field(default_factory=StopSignal)
    alive: set[str] = field(default_factory=set)
    draw: Callable[[], float] = lambda: 0.5
    state: MemoryStateStore = field(init=False)
    provider: FakeTaskProvider = field(init=False)
    local: FakeLocalProvider = field(init=False)
    made: dict[str, Made] = field(default_factory=dict)
    opened: int = 0
    ids: int = 0
    owners: int = 0

    def __post_init__(self) -> None:
        self.state = MemoryStateStore(self.blobs.has)
        self.provider = FakeTaskProvider(self.clock, self.blobs)
        self.local = FakeLocalProvider(self.clock, self.blobs)
        self.state.begin_run(RunRecord("r1", "identity", FLOW, "flow.yaml", REALM, START))

    def open_provider(self) -> FakeTaskProvider:
        """Open the service."""
        self.opened += 1
        return self.provider

    def new_id(self) -> str:
        """Make an id."""
        self.ids += 1
        return f"attempt-{self.ids}"

    def new_owner(self) -> Owner:
        """Give the next process, which lives until it is taken out of `alive`."""
        self.owners += 1
        owner = Owner(self.owners, "boot", f"process-{self.owners}")
        self.alive.add(owner.token)
        return owner

    def ports(self, *made: Made) -> Ports:
        """Give the ports of a new process that runs these instances."""
        return Ports(
            tasks=self.open_provider,
            local=self.local,
            blobs=self.blobs,
            state=self.state,
            events=self.events,
            clock=self.clock,
            binder=FakeBinder({one.id: one for one in made}),
            new_id=self.new_id,
            owner=self.new_owner(),
            is_alive=lambda owner: owner.token in self.alive,
            draw=self.draw,
            offload=InlineOffload(),
        )

    def run(
        self,
        *made: Made,
        options: RunOptions = OPTIONS,
        plan: Plan | None = None,
        limit_s: float = 1e6,
        beside: Callable[[], Coroutine[object, object, None]] | None = None,
        budget: Credits | None = None,
    ) -> RunOutcome:
        """Run instances to the end, in virtual time; `beside` goes on meanwhile."""
        options = replace(options, budget=budget) if budget is not None else options
        ports = self.ports(*made)

        async def work() -> RunOutcome:
            other = asyncio.ensure_future(beside()) if beside is not None else None
            try:
                return await execute(plan or plan_of(*made), ports, options, self.stop)
            finally:
                if other is not None:
                    other.cancel()

        try:
            return run_virtual(work(), self.clock, limit_s)
        finally:
            self.alive.discard(ports.owner.token)
            self.stop = StopSignal()

    def states(self, outcome: RunOutcome) -> dict[str, str]:
        """Give how the instances ended."""
        return {name: step.state.value for name, step in outcome.steps.items()}
