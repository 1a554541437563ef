"""Joins the pure core to the world: commands become effects, what they come to becomes messages."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, assert_never

from runway_flow.engine import failures, states
from runway_flow.engine.budget import depths_before_asking, depths_of
from runway_flow.engine.conclusion import conclude
from runway_flow.engine.events import StepState
from runway_flow.engine.local_step import perform_local
from runway_flow.engine.messages import (
    Announce,
    AskLimits,
    Bind,
    Command,
    End,
    Halt,
    Halted,
    Left,
    LimitsKnown,
    Message,
    Missing,
    Offered,
    Settled,
    Start,
)
from runway_flow.engine.orphans import Orphans
from runway_flow.engine.recovery import DoIt, UseResult
from runway_flow.engine.remote_step import RemoteStep
from runway_flow.engine.scheduler import is_over, longest_remaining, next_commands
from runway_flow.engine.setting import Ports, RunOptions
from runway_flow.engine.shell import Shell
from runway_flow.engine.stopping import StopSignal
from runway_flow.kernel.errors import ProviderError, RunwayFlowError
from runway_flow.plan.binding import Binding, Bound, NotWanted, Unusable, Waiting

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from runway_flow.engine.outcome import RunOutcome
    from runway_flow.plan.action import Action
    from runway_flow.plan.plan import Plan

__all__ = ["Ports", "RunOptions", "StopSignal", "execute"]

_BATCH = 64
"""After so many messages without a pause everyone else gets a turn."""


async def execute(plan: Plan, ports: Ports, options: RunOptions, stop: StopSignal) -> RunOutcome:
    """Carry a plan out, and give how that ended; every change is told to `ports.events` as it happens.

    What fails, is refused or interrupted is part of the outcome. Raises `StoreError` where the store takes
    nothing any more (what was submitted is collected by the next run; its notes name the tasks whose ids
    could not be written down), `InternalError` for our bugs.
    """
    run = _Run(plan, ports, options, stop)
    try:
        return await run.carry_out()
    except BaseExceptionGroup as group:
        first = _first(group)
        if isinstance(first, RunwayFlowError):
            first.notes = (*first.notes, *run.shell.unjournaled)
        raise first from group
    finally:
        await run.shell.aclose()


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


class _Run:
    """One execution: the state, the tasks of the event loop that work on it, and their messages."""

    def __init__(self, plan: Plan, ports: Ports, options: RunOptions, stop: StopSignal) -> None:
        self.shell = Shell(plan, ports, options)
        self._plan = plan
        self._options = options
        self._stop = stop
        depths = depths_before_asking(options.local_jobs, options.jobs)
        self._state = states.begin(plan, depths, longest_remaining(plan))
        self._inbox: deque[Message] = deque()
        self._news = asyncio.Event()
        self._working: set[asyncio.Task[Message]] = set()
        self._beside: set[asyncio.Task[None]] = set()
        self._orphans = Orphans(self.shell, self._put)

    async def carry_out(self) -> RunOutcome:
        """Work until nothing more can happen."""
        end_listening = self._stop.listen(self._on_stop)
        try:
            if self._stop.is_requested:
                self._on_stop()
            async with asyncio.TaskGroup() as group:
                for attempt in self._orphans.find():
                    self._do_beside(group, self._orphans.collect(attempt))
                await self._loop(group)
                self._orphans.close()
        finally:
            end_listening()
        return conclude(
            self._state,
            self.shell.announce.shown,
            self.shell.tasks,
            stopped=self._stop.reason,
            earlier=self.shell.earlier,
        )

    async def _loop(self, group: asyncio.TaskGroup) -> None:
        taken = 0
        while True:
            commands = next_commands(self._state)
            for command in commands:
                self._do(command, group)
            if not self._inbox:
                if commands:
                    continue
                if is_over(self._state):
                    return
                self._news.clear()
                await self._news.wait()
            while self._inbox:
                self._state = states.advance(self._state, self._inbox.popleft())
                taken += 1
            self.shell.is_halted = self.shell.is_halted or self._state.halt is not None
            if taken >= _BATCH:
                taken = 0
                await asyncio.sleep(0)

    def _put(self, message: Message) -> None:
        self._inbox.append(message)
        self._news.set()

    def _do(self, command: Command, group: asyncio.TaskGroup) -> None:
        match command:
            case Announce(step, end):
                self.shell.announce.end(step, end)
            case Bind(step):
                self._put(self._bind(step))
            case Start(step, action):
                self._start(step, action, group)
            case AskLimits():
                self._do_beside(group, self._ask_limits())
            case _:
                assert_never(command)

    # --- binding ----------------------------------------------------------------------------------

    def _bind(self, step: str) -> Message:
        planned = self._plan.steps[step]
        binding: Binding
        if planned.action is not None:
            binding = Bound(planned.action)
        else:
            binding = self.shell.ports.binder.bind(step, self._state.results)
        match binding:
            case Bound(action):
                return self._look_up(step, action)
            case Waiting(needs):
                return Missing(step, needs)
            case NotWanted(reason):
                return Settled(step, End(StepState.SKIPPED, note=reason))
            case Unusable(diagnostics):
                return Settled(step, failures.unusable(diagnostics))
            case _:
                assert_never(binding)

    def _look_up(self, step: str, action: Action) -> Message:
        """Look an action up before it waits for room: what is done, or goes on already, needs none."""
        found = self.shell.look(action)
        if isinstance(found, UseResult):
            return Settled(step, End(StepState.STORED, found.result))
        return Offered(step, action, at_once=not isinstance(found, DoIt))

    # --- effects ----------------------------------------------------------------------------------

    def _start(self, step: str, action: Action, group: asyncio.TaskGroup) -> None:
        planned = self._plan.steps[step]
        if action.is_local:
            work = perform_local(self.shell, planned, action)
        else:
            work = RemoteStep(self.shell, planned, action, self._put).perform()
        task = group.create_task(work)
        self._working.add(task)
        task.add_done_callback(lambda done: self._on_done(step, done))

    def _on_done(self, step: str, task: asyncio.Task[Message]) -> None:
        self._working.discard(task)
        if task.cancelled():
            self._put(Left(step))
        elif task.exception() is None:
            self._put(task.result())

    async def _ask_limits(self) -> None:
        options = self._options
        try:
            account = await self.shell.provider.account()
        except ProviderError as error:
            depths = depths_before_asking(options.local_jobs, options.jobs)
            self.shell.announce.found(failures.unknown_limits(error, depths.default))
        else:
            depths = depths_of(account, options.local_jobs, options.jobs)
        self._put(LimitsKnown(depths))

    def _do_beside(self, group: asyncio.TaskGroup, work: Coroutine[object, object, None]) -> None:
        task = group.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def _on_stop(self) -> None:
        """End in order; asked for a second time, at once: a second cancellation waits for nothing."""
        self.shell.is_halted = True
        self._orphans.close()
        self._put(Halted(Halt()))
        for task in (*self._working, *self._beside):
            task.cancel()
