"""What the engine needs of the world, as protocols; each has a conformance suite in `tests/conformance`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, Protocol

from runway_flow.plan.lookup import Lookup

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from runway_flow.engine.attempts import Attempt, AttemptState, Intent, TaskHandle
    from runway_flow.engine.records import Owner, RunRecord, StatIdentity
    from runway_flow.engine.service import Account, PreparedRequest, Submission, TaskReport
    from runway_flow.kernel.amounts import Credits
    from runway_flow.kernel.digests import Digest
    from runway_flow.kernel.media import Artifact, MediaFacts
    from runway_flow.plan.action import Action, ActionKey, ActionResult
    from runway_flow.plan.binding import Binding


# --- the remote service -------------------------------------------------------------------------


TransferProgress = Callable[[int, int | None], None]
"""Called with (bytes done, bytes in all or None) during a transfer."""


class TaskProvider(Protocol):
    """A paid, resumable service. Nothing here repeats a `submit`."""

    async def account(self) -> Account:
        """Ask for balance and limits. Raises `ProviderError` (`Unreachable` where it may pass)."""
        ...

    async def prepare(self, action: Action, on_progress: TransferProgress) -> PreparedRequest:
        """Put the action's media where the service reads them. Free; may be repeated.

        Raises `ProviderError` (`Unreachable` where it may pass).
        """
        ...

    async def submit(self, request: PreparedRequest) -> Submission:
        """POST once, within a deadline of its own. Never raises for what the service or network did.

        A cancellation while bytes may be under way is `Ambiguous` to the caller, who shields the call.
        """
        ...

    async def poll(self, handle: TaskHandle) -> TaskReport:
        """Ask once. Raises `Unreachable` where asking again may help, else `ProviderError`."""
        ...

    async def fetch(
        self,
        handle: TaskHandle,
        report: TaskReport,
        action: Action | None,
        on_progress: TransferProgress,
    ) -> tuple[Artifact, ...]:
        """Download every output into the blob store, checked (length, type, magic bytes), in order.

        Asks the task again for fresh links when they expired. With the action, what came is compared
        with what its row promises. Raises `ProviderError` (`Unreachable` where trying again may help).
        """
        ...

    async def cancel(self, handle: TaskHandle) -> None:
        """Cancel or delete the task; a task that is gone already is no error."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


class LocalProvider(Protocol):
    """Operations on this machine: free, repeatable."""

    async def perform(self, action: Action, on_progress: Callable[[float], None]) -> tuple[Artifact, ...]:
        """Do it, check what came, put it into the blob store. Raises `MediaError`.

        On cancellation it ends its child processes and removes what it left.
        """
        ...

    def tool_version(self) -> str:
        """Give the version of the tool that does the work, for the record."""
        ...


# --- bytes --------------------------------------------------------------------------------------


class Draft(Protocol):
    """Bytes that are not in the store yet; `keep` or `discard` ends it."""

    def write(self, data: bytes) -> None:
        """Append."""
        ...

    def open(self) -> BinaryIO:
        """Read what was written so far, from the start."""
        ...

    def keep(self) -> Digest:
        """Make it a blob: durable and complete, or not there at all. Gives its digest."""
        ...

    def discard(self) -> None:
        """Forget it; no error after `keep` or a first `discard`."""
        ...


class BlobStore(Protocol):
    """Immutable bytes by sha256. All methods block and may be called from any thread.

    Raises `StoreError` (disk full, permission, corrupt) from every method.
    """

    def has(self, digest: Digest) -> bool:
        """Whether the bytes are here (by presence, not by reading them)."""
        ...

    def open(self, digest: Digest) -> BinaryIO:
        """Read a blob. Raises `StoreError` if it is not here."""
        ...

    def draft(self) -> Draft:
        """Begin to write a blob."""
        ...

    def put_file(self, path: Path, expected: Digest | None = None) -> Digest:
        """Take a copy of a file. Raises `StoreError` if its content is not the expected one."""
        ...

    def materialise(self, digest: Digest, target: Path) -> None:
        """Write a blob to a file outside the store: reflink or copy, by way of a temporary name.

        Hashed on the way: wrong bytes never leave (code `BLOB_CORRUPT`, the blob is put aside).
        """
        ...


# --- records ------------------------------------------------------------------------------------


class StateStore(Lookup, Protocol):
    """Records. All methods block and may be called from any thread.

    They are durable when they return unless they say otherwise. Raises `StoreError` from every method.
    """

    # attempts
    def intend(
        self, intent: Intent, limits: tuple[tuple[str, Credits], ...], *, may_be_unknown: bool
    ) -> bool:
        """Reserve the estimate's upper bound and journal the intent, in one transaction.

        `limits`: (scope, credits) with scope `run:ID` or `step:ID:STEP`; spent + reserved + this may not
        pass any of them. An unknown price is refused under a limit unless `may_be_unknown`.
        Gives False, and writes nothing, if a limit would be passed. Raises `StoreError` (`STORE_BUSY`) if
        the action has an open attempt: even two processes that both hold its lease never pay it twice.
        """
        ...

    def mark_submitted(self, attempt_id: str, task: str, at: float, estimate: Credits | None) -> None:
        """Journal the task's id. A stated estimate replaces what was reserved, and is kept.

        It may be said again of an open attempt, when the estimate comes later than the id.
        """
        ...

    def close_attempt(
        self,
        attempt_id: str,
        state: AttemptState,
        at: float,
        *,
        cost: Credits | None = None,
        failure: str | None = None,
        failure_code: str | None = None,
    ) -> None:
        """Journal the end. `cost` None: what was reserved counts as spent if a task existed, else nothing."""
        ...

    def note_doubt(self, attempt_id: str, reason: str) -> None:
        """Keep why it is not known what became of an attempt; no change if that is known meanwhile."""
        ...

    def open_attempts(self) -> tuple[Attempt, ...]:
        """Give every attempt that is in flight or in doubt, oldest first."""
        ...

    def held_attempts(self) -> tuple[Attempt, ...]:
        """Give the last attempts of actions that forbid another one (`recovery.hold_of`), oldest first."""
        ...

    def attempts_of(self, run_id: str) -> tuple[Attempt, ...]:
        """Give the attempts of a run, oldest first."""
        ...

    def count_attempts(self, key: ActionKey) -> int:
        """How many attempts this action has had."""
        ...

    # results
    def record(self, result: ActionResult, *, flow: str, step: str) -> None:
        """Keep a result under its key, and note that this instance of this flow has it."""
        ...

    def note_use(self, flow: str, uses: Mapping[str, ActionKey]) -> None:
        """Note which instances use which stored results (for `why` and gc). Need not be durable."""
        ...

    # leases
    def acquire_lease(
        self, key: ActionKey, owner: Owner, now: float, is_alive: Callable[[Owner], bool]
    ) -> bool:
        """Take the lease of an action, or take it over from a dead owner. False: another has it.

        Need not be durable, like all of leases: a power loss ends every owner, too.
        """
        ...

    def renew_leases(self, owner: Owner, now: float) -> None:
        """Write the heartbeat of every lease of an owner. Need not be durable."""
        ...

    def release_lease(self, key: ActionKey, owner: Owner) -> None:
        """Give a lease back; no error if it is not held."""
        ...

    # runs
    def begin_run(self, run: RunRecord) -> RunRecord:
        """Start a run, or continue the unfinished one of the same identity and realm (then that is given)."""
        ...

    def end_run(self, run_id: str, at: float, status: str, *, is_finished: bool) -> None:
        """Note how a run ended; an unfinished one can be continued."""
        ...

    def list_runs(self, limit: int) -> tuple[RunRecord, ...]:
        """Give the latest runs, newest first."""
        ...

    def find_unfinished(self, identity: str, realm: str) -> RunRecord | None:
        """Give the run that a start of this identity and realm would continue, or None."""
        ...

    def spent(self, run_id: str, step: str | None = None) -> Credits:
        """Give what the attempts of a run have cost (final costs, and reservations of open ones).

        With `step` (an id or an address): those of the instances of that declared step alone.
        """
        ...

    # uploads
    def find_upload(self, digest: Digest, realm: str, now: float) -> str | None:
        """Give the address of an upload that is still good at `now`, or None."""
        ...

    def record_upload(self, digest: Digest, realm: str, uri: str, expires_at: float) -> None:
        """Remember an upload. Need not be durable."""
        ...

    # the stat cache
    def find_file(self, identity: StatIdentity) -> tuple[Digest, MediaFacts] | None:
        """Give what a file was, if nothing about it changed."""
        ...

    def record_file(self, identity: StatIdentity, digest: Digest, facts: MediaFacts) -> None:
        """Remember what a file is. Need not be durable."""
        ...


# --- the plan, as the engine asks it --------------------------------------------------------------


class Binder(Protocol):
    """Turns an instance and what is known of the others into an action; pure."""

    def bind(self, step_id: str, results: Mapping[str, ActionResult | None]) -> Binding:
        """Bind one instance. `results`: address → result, None for a skipped instance; others are missing."""
        ...
