"""A paid service in memory: tasks that take their time, bills, and faults to order."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runway_flow.engine.service import (
    Accepted,
    Account,
    Ambiguous,
    PreparedRequest,
    Refused,
    Submission,
    TaskReport,
    TaskState,
)
from runway_flow.kernel.amounts import Credits
from runway_flow.kernel.errors import Unreachable
from runway_flow.kernel.media import Artifact, MediaFacts, MediaKind
from tests.fakes.engine_plans import PRICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.engine.attempts import TaskHandle
    from runway_flow.engine.ports import BlobStore, TransferProgress
    from runway_flow.kernel.clock import Clock
    from runway_flow.plan.action import Action

CLIP = MediaFacts(MediaKind.VIDEO, "video/mp4", 8, 1280, 720, 5.0, 24.0)


@dataclass(slots=True)
class FakeTask:
    """A task: it begins after `queued_s`, and ends as `end` says after `takes_s` more."""

    id: str
    key: str
    model: str
    created: float
    takes_s: float
    queued_s: float = 0.0
    end: TaskState = TaskState.SUCCEEDED
    failure_code: str | None = None
    end_was_told: bool = False

    def state_at(self, now: float) -> TaskState:
        """Tell the state at a moment."""
        if now < self.created + self.queued_s:
            return TaskState.THROTTLED
        return TaskState.RUNNING if now < self.over_at else self.end

    @property
    def over_at(self) -> float:
        """The moment at which it ends."""
        return self.created + self.queued_s + self.takes_s


@dataclass(slots=True)
class Faults:
    """What goes wrong next: each queue is used up in order, then nothing goes wrong.

    `submits`: outcomes in place of a task; `lost`: an `Ambiguous` with a task behind it; `polls`, `fetches`
    and `prepares`: exceptions; `ends`: how tasks end, with their failure code.
    """

    submits: deque[Submission] = field(default_factory=deque)
    lost: int = 0
    polls: deque[Exception] = field(default_factory=deque)
    fetches: deque[Exception] = field(default_factory=deque)
    prepares: deque[Exception] = field(default_factory=deque)
    ends: deque[tuple[TaskState, str | None]] = field(default_factory=deque)
    queues_s: deque[float] = field(default_factory=deque)
    account: Exception | None = None


@dataclass(slots=True)
class FakeTaskProvider:
    """Implements `TaskProvider`; everything that a rule may want to count is a list of it.

    `paid_twice`: keys for which a task was made while an earlier one had not been seen to fail.
    """

    clock: Clock
    blobs: BlobStore
    account_: Account = field(default_factory=lambda: Account(None, {}))
    takes_s: float = 5.0
    post_s: float = 0.1
    fetch_s: float = 0.2
    states_cost: bool = True
    estimate: Credits | None = PRICE
    """What an acceptance states; `late_estimate` is what polls state until the end."""
    late_estimate: Credits | None = None
    cost: Credits = PRICE
    cost_of_failure: Credits = field(default_factory=lambda: Credits(1))
    unknown_until_s: float = 0.0
    """For so long a running task is in a state that nobody knows."""
    faults: Faults = field(default_factory=Faults)
    tasks: dict[str, FakeTask] = field(default_factory=dict)
    posts: list[str] = field(default_factory=list)
    polls: list[tuple[str, float]] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    prepared: list[str] = field(default_factory=list)
    paid_twice: list[str] = field(default_factory=list)
    widest: dict[str, int] = field(default_factory=dict)
    posting: int = 0
    most_posting: int = 0
    accounts_asked: int = 0
    closed: int = 0
    on_created: Callable[[FakeTask], None] | None = None

    async def account(self) -> Account:
        """Tell the limits."""
        self.accounts_asked += 1
        if self.faults.account is not None:
            raise self.faults.account
        return self.account_

    async def prepare(self, action: Action, on_progress: TransferProgress) -> PreparedRequest:
        """Note the action in a request."""
        if self.faults.prepares:
            raise self.faults.prepares.popleft()
        self.prepared.append(action.key)
        on_progress(1, 1)
        return PreparedRequest(action.capability.path, {"key": action.key, "model": action.capability.model})

    async def submit(self, request: PreparedRequest) -> Submission:
        """Make a task, or not."""
        key, model = str(request.body["key"]), str(request.body["model"])
        self.posts.append(key)
        self.posting += 1
        self.most_posting = max(self.most_posting, self.posting)
        try:
            await self.clock.sleep(self.post_s / 2)
            if self.faults.submits:
                outcome = self.faults.submits.popleft()
                if not isinstance(outcome, Accepted):
                    return outcome
            task = self.create(key, model)
            await self.clock.sleep(self.post_s / 2)
        finally:
            self.posting -= 1
        if self.faults.lost > 0:
            self.faults.lost -= 1
            return Ambiguous("the connection failed before an answer came")
        return Accepted(task.id, self.estimate)

    def create(self, key: str, model: str) -> FakeTask:
        """Bill a task."""
        earlier = [task for task in self.tasks.values() if task.key == key]
        if any(task.end is TaskState.SUCCEEDED or not task.end_was_told for task in earlier):
            self.paid_twice.append(key)
        end, code = self.faults.ends.popleft() if self.faults.ends else (TaskState.SUCCEEDED, None)
        queued = self.faults.queues_s.popleft() if self.faults.queues_s else 0.0
        now = self.clock.now()
        task = FakeTask(f"task-{len(self.tasks) + 1}", key, model, now, self.takes_s, queued, end, code)
        self.tasks[task.id] = task
        live = sum(one.model == model and now < one.over_at for one in self.tasks.values())
        self.widest[model] = max(self.widest.get(model, 0), live)
        if self.on_created is not None:
            self.on_created(task)
        return task

    async def poll(self, handle: TaskHandle) -> TaskReport:
        """Tell how a task stands."""
        self.polls.append((handle.task, self.clock.now()))
        if self.faults.polls:
            raise self.faults.polls.popleft()
        task = self.tasks.get(handle.task)
        if task is None:
            return TaskReport(TaskState.GONE)
        state = task.state_at(self.clock.now())
        if state is TaskState.RUNNING and self.clock.now() < task.created + self.unknown_until_s:
            return TaskReport(TaskState.UNRECOGNISED)
        if not state.is_end:
            progress = 0.5 if state is TaskState.RUNNING else None
            return TaskReport(state, progress=progress, estimate=self.late_estimate)
        task.end_was_told = True
        charged = self.cost if state is TaskState.SUCCEEDED else self.cost_of_failure
        cost = charged if self.states_cost else None
        failure = None if state is TaskState.SUCCEEDED else "it did not work"
        links = ("https://signed.example/clip",) if state is TaskState.SUCCEEDED else ()
        return TaskReport(state, links=links, failure=failure, failure_code=task.failure_code, cost=cost)

    async def fetch(
        self, handle: TaskHandle, report: TaskReport, action: Action | None, on_progress: TransferProgress
    ) -> tuple[Artifact, ...]:
        """Put bytes into the store that depend on the action alone."""
        assert report.links
        assert action is None or action.key == self.tasks[handle.task].key
        if self.faults.fetches:
            raise self.faults.fetches.popleft()
        on_progress(1, 2)
        await self.clock.sleep(self.fetch_s)
        self.fetched.append(handle.task)
        draft = self.blobs.draft()
        draft.write(f"clip of {self.tasks[handle.task].key}".encode())
        return (Artifact(draft.keep(), CLIP),)

    async def cancel(self, handle: TaskHandle) -> None:
        """Nobody cancels here."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Count the end."""
        self.closed += 1


@dataclass(slots=True)
class FakeLocalProvider:
    """Implements `LocalProvider`: writes bytes that depend on the action alone."""

    clock: Clock
    blobs: BlobStore
    takes_s: float = 1.0
    performed: list[str] = field(default_factory=list)
    failures: deque[Exception] = field(default_factory=deque)
    at_once: int = 0
    widest: int = 0

    async def perform(self, action: Action, on_progress: Callable[[float], None]) -> tuple[Artifact, ...]:
        """Do it."""
        self.at_once += 1
        self.widest = max(self.widest, self.at_once)
        try:
            if self.takes_s:
                await self.clock.sleep(self.takes_s)
        finally:
            self.at_once -= 1
        if self.failures:
            raise self.failures.popleft()
        on_progress(1.0)
        self.performed.append(action.key)
        draft = self.blobs.draft()
        draft.write(f"film of {action.key}".encode())
        return (Artifact(draft.keep(), CLIP),)

    def tool_version(self) -> str:
        """Name the tool."""
        return "fake 1.0"


def unreachable(text: str = "asking failed", retry_after_s: float | None = None) -> Unreachable:
    """Give a failure that may pass."""
    return Unreachable(text, retry_after_s=retry_after_s)


def busy(retry_after_s: float | None = None) -> Refused:
    """Give a refusal by a service that is busy."""
    return Refused("the API answered 429", retry_after_s, is_busy=True)
