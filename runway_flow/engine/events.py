"""What happened, as values: the only thing that console, JSON lines, report and summary read."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from runway_flow.kernel.amounts import ZERO, Credits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.kernel.codes import ExitCode
    from runway_flow.kernel.diagnostics import Diagnostic
    from runway_flow.kernel.media import Artifact
    from runway_flow.plan.plan import Plan


class StepState(StrEnum):
    """Where an instance stands during a run."""

    WAITING = "waiting"
    UPLOADING = "uploading"
    SUBMITTED = "submitted"
    THROTTLED = "throttled"
    RUNNING = "running"
    DOWNLOADING = "downloading"
    DONE = "done"
    STORED = "stored"
    FAILED = "failed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    IN_DOUBT = "in_doubt"

    @property
    def is_end(self) -> bool:
        """Whether nothing more happens to the instance in this run."""
        return self in _ENDS


_ENDS = frozenset(
    {
        StepState.DONE,
        StepState.STORED,
        StepState.FAILED,
        StepState.BLOCKED,
        StepState.SKIPPED,
        StepState.CANCELLED,
        StepState.IN_DOUBT,
    }
)


class RunStatus(StrEnum):
    """How a run ended."""

    OK = "ok"
    FAILED = "failed"
    INVALID = "invalid"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    WAITING = "waiting"
    DRIFT = "drift"


class RunStarted(Struct, frozen=True):
    """A run begins; `continues` when it goes on with an unfinished run of the same identity."""

    run_id: str
    at: float
    plan: Plan
    continues: bool = False


class StepChanged(Struct, frozen=True):
    """An instance is in another state. `credits`: what is known of its cost so far (reserved, then final).

    `note` says why where that is not plain: what it waits for, why it failed.
    """

    step: str
    state: StepState
    at: float
    task: str | None = None
    credits: Credits = ZERO
    attempt: int = 0
    note: str | None = None
    outputs: tuple[Artifact, ...] = ()


class StepProgress(Struct, frozen=True):
    """How far an instance is: `ratio` 0…1 of the remote work, or bytes of a transfer."""

    step: str
    at: float
    ratio: float | None = None
    bytes_done: int | None = None
    bytes_total: int | None = None


class Found(Struct, frozen=True):
    """A finding that came up during the run: a failure with its place, a warning."""

    diagnostic: Diagnostic
    at: float


class Exported(Struct, frozen=True):
    """One file that was written for a named output."""

    path: str
    artifact: Artifact


class EarlierFate(StrEnum):
    """What became of a task that an earlier form of the flow submitted."""

    KEPT = "kept"
    FAILED = "failed"
    GOES_ON = "goes_on"


class EarlierTask(Struct, frozen=True):
    """A task that was submitted for `step` before the flow changed, as a later run came upon it.

    `credits`: what it cost, or reserves. `outputs` are in the store, under the key of what was asked for.
    """

    step: str
    task: str
    fate: EarlierFate
    credits: Credits = ZERO
    outputs: tuple[Artifact, ...] = ()


class RunSummary(Struct, frozen=True):
    """How the run ended. `saved`: what the stored results that it used had cost.

    `remote` are tasks that go on remotely (step → task id), after an interruption. `earlier`: what became
    of tasks that the flow submitted before it was changed. `results`: files of the instances that a
    selection names (address → files), beside those of named outputs.
    """

    run_id: str
    flow: str
    status: RunStatus
    exit: ExitCode
    at: float
    seconds: float
    spent: Credits = ZERO
    saved: Credits = ZERO
    stored: int = 0
    ran: int = 0
    failed: int = 0
    not_run: int = 0
    skipped: int = 0
    in_doubt: int = 0
    outputs: Mapping[str, tuple[Exported, ...]] = field(default_factory=dict)
    results: Mapping[str, tuple[Exported, ...]] = field(default_factory=dict)
    remote: Mapping[str, str] = field(default_factory=dict)
    earlier: tuple[EarlierTask, ...] = ()


Event = RunStarted | StepChanged | StepProgress | Found | RunSummary


class EventSink(Protocol):
    """Whoever wants to know what happens. Must be quick and must not raise."""

    def emit(self, event: Event) -> None:
        """Take one event; called in the order in which things happen."""
        ...
