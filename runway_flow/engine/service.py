"""What the remote service is asked and answers, as values."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.kernel.amounts import Credits


class PreparedRequest(Struct, frozen=True):
    """A request whose media are where the service can read them. Making one is free and repeatable."""

    path: str
    body: Mapping[str, object]


class Accepted(Struct, frozen=True):
    """The service created a task. `estimate`: the most that it will charge, if it says so."""

    task: str
    estimate: Credits | None = None


class Refused(Struct, frozen=True):
    """Provably nothing was created; it may be tried again. `is_busy`: the service answered (429, 503)."""

    reason: str
    retry_after_s: float | None = None
    is_busy: bool = False


class Issue(Struct, frozen=True):
    """One complaint of the service about a request; `path` by wire names."""

    path: tuple[str | int, ...]
    message: str


class Rejected(Struct, frozen=True):
    """The service said no, and would say no again (400, 401, 403, 404, 405, 422). `status` is HTTP's."""

    reason: str
    status: int
    issues: tuple[Issue, ...] = ()


class Ambiguous(Struct, frozen=True):
    """A task may or may not have been created. Never resubmitted by itself."""

    reason: str


Submission = Accepted | Refused | Rejected | Ambiguous


class TaskState(StrEnum):
    """The states of a remote task; UNRECOGNISED stands for one that is not known yet: it is polled on."""

    PENDING = "PENDING"
    THROTTLED = "THROTTLED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    GONE = "GONE"
    UNRECOGNISED = "UNRECOGNISED"

    @property
    def is_end(self) -> bool:
        """Whether the task will not change any more."""
        return self in (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED, TaskState.GONE)


class TaskReport(Struct, frozen=True):
    """What a poll said. `links` (signed, expiring) only when SUCCEEDED; `cost` when the service states it."""

    state: TaskState
    progress: float | None = None
    links: tuple[str, ...] = ()
    failure: str | None = None
    failure_code: str | None = None
    cost: Credits | None = None
    estimate: Credits | None = None

    def __repr__(self) -> str:
        # The links are signed: a trace or a log may show this object.
        return f"TaskReport({self.state!r}, {len(self.links)} links, {self.failure_code!r})"


class PoolLimits(Struct, frozen=True):
    """What the account may do with one model; None: no limit."""

    concurrent: int | None = None
    daily: int | None = None
    used_today: int | None = None


class Account(Struct, frozen=True):
    """The account's balance and its limits by model."""

    balance: Credits | None
    pools: Mapping[str, PoolLimits]
