"""The journal of paid attempts, and the ledger of what they reserve and cost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from runway_flow.engine.attempts import Attempt, AttemptState, Intent
from runway_flow.engine.recovery import hold_of
from runway_flow.kernel.amounts import ZERO, Credits, Estimate
from runway_flow.kernel.codes import STORE_BUSY
from runway_flow.kernel.errors import InternalError, StoreError
from runway_flow.plan.action import ActionKey
from runway_flow.plan.lookup import OpenAttempt
from runway_flow.store.database import clean_text

if TYPE_CHECKING:
    import sqlite3

    from runway_flow.plan.lookup import Hold
    from runway_flow.store.database import Database, Row

_INSERT = (
    "INSERT INTO attempt (attempt_id, key, run_id, flow, step, endpoint, model, number, low, high, "
    "is_price_known, intended_at, document, state, reserved, table_date) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_OPEN = "SELECT * FROM attempt WHERE state IN ('intended', 'submitted') ORDER BY id"
_OPEN_OF_KEY = (
    "SELECT attempt_id, task, coalesce(submitted_at, intended_at), step FROM attempt "
    "WHERE key = ? AND state IN ('intended', 'submitted') ORDER BY task IS NULL, id"
)
_LAST_OF_KEY = "SELECT * FROM attempt WHERE key = ? ORDER BY id DESC LIMIT 1"
_PERHAPS_HELD = (
    "SELECT * FROM attempt WHERE id IN (SELECT max(id) FROM attempt GROUP BY key) "
    "AND state IN ('dropped', 'failed', 'rejected') ORDER BY id"
)


class AttemptRecords:
    """The part of `StateStore` about attempts."""

    _database: Database

    def intend(
        self, intent: Intent, limits: tuple[tuple[str, Credits], ...], *, may_be_unknown: bool
    ) -> bool:
        """Reserve and journal in one transaction, or give False and write nothing.

        Raises `StoreError` (`STORE_BUSY`) if the action has an open attempt: whoever submitted it
        collects it, and nothing is paid twice even if two processes hold its lease.
        """
        if limits and not intent.estimate.is_known and not may_be_unknown:
            return False

        def work(connection: sqlite3.Connection) -> bool:
            self._refuse_second(connection, intent)
            reserved = intent.estimate.high
            for scope, limit in limits:
                if _charged(connection, scope) + reserved > limit:
                    return False
            _insert(connection, intent)
            _charge(connection, intent.run_id, intent.step, reserved)
            return True

        return self._database.write(work)

    def _refuse_second(self, connection: sqlite3.Connection, intent: Intent) -> None:
        found = connection.execute(_OPEN_OF_KEY, (intent.key,)).fetchone()
        if found:
            message = (
                f"{intent.step}: the action has an open attempt already ({found[0]}); it is not paid twice"
            )
            hint = "run the flow again: what was submitted is collected"
            raise StoreError(message, code=STORE_BUSY, hint=hint)

    def mark_submitted(self, attempt_id: str, task: str, at: float, estimate: Credits | None) -> None:
        """Journal the task's id, also of an attempt that was closed meanwhile: it is open again."""

        def work(connection: sqlite3.Connection) -> None:
            before = _get(connection, attempt_id)
            reserved = before.reserved if estimate is None else estimate
            connection.execute(
                "UPDATE attempt SET state = ?, task = ?, submitted_at = ?, reserved = ?, "
                "estimated = coalesce(?, estimated), ended_at = NULL, cost = NULL, failure = NULL, "
                "failure_code = NULL WHERE attempt_id = ?",
                (
                    AttemptState.SUBMITTED.value,
                    task,
                    at,
                    _amount(reserved),
                    _amount(estimate),
                    attempt_id,
                ),
            )
            _recharge(connection, before, _get(connection, attempt_id))

        self._database.write(work)

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
        """Journal the end; a cost that was stated before stays if none is stated now."""
        if state.is_open:
            message = f"an attempt cannot be closed as {state.value}"
            raise InternalError(message)

        def work(connection: sqlite3.Connection) -> None:
            before = _get(connection, attempt_id)
            connection.execute(
                "UPDATE attempt SET state = ?, ended_at = ?, cost = coalesce(?, cost), failure = ?, "
                "failure_code = ? WHERE attempt_id = ?",
                (
                    state.value,
                    at,
                    _amount(cost),
                    None if failure is None else clean_text(failure),
                    failure_code,
                    attempt_id,
                ),
            )
            _recharge(connection, before, _get(connection, attempt_id))

        self._database.write(work)

    def note_doubt(self, attempt_id: str, reason: str) -> None:
        """Keep why an attempt is in doubt; no change if it is not any more."""
        values = (clean_text(reason), attempt_id)
        sql = "UPDATE attempt SET failure = ? WHERE attempt_id = ? AND state = 'intended'"
        self._database.write(lambda connection: connection.execute(sql, values))

    def open_attempts(self) -> tuple[Attempt, ...]:
        """Give every attempt that is in flight or in doubt, oldest first (in the order of journaling)."""
        return tuple(map(_read, self._database.read_all(_OPEN)))

    def held_attempts(self) -> tuple[Attempt, ...]:
        """Give the last attempts of actions that forbid another one, oldest first."""
        last = map(_read, self._database.read_all(_PERHAPS_HELD))
        return tuple(attempt for attempt in last if hold_of(attempt) is not None)

    def find_hold(self, key: ActionKey) -> Hold | None:
        """Give what forbids another attempt of an action, or None."""
        row = self._database.read_one(_LAST_OF_KEY, (key,))
        return hold_of(_read(row)) if row else None

    def find_task(self, task: str) -> Attempt | None:
        """Give the attempt that a task is of, or None."""
        row = self._database.read_one(
            "SELECT * FROM attempt WHERE task = ? ORDER BY id DESC LIMIT 1", (task,)
        )
        return _read(row) if row else None

    def attempts_of(self, run_id: str) -> tuple[Attempt, ...]:
        """Give the attempts of a run, oldest first."""
        rows = self._database.read_all("SELECT * FROM attempt WHERE run_id = ? ORDER BY id", (run_id,))
        return tuple(map(_read, rows))

    def count_attempts(self, key: ActionKey) -> int:
        """How many attempts this action has had, however they ended."""
        return int(self._database.read_all("SELECT count(*) FROM attempt WHERE key = ?", (key,))[0][0])

    def find_open_attempt(self, key: ActionKey) -> OpenAttempt | None:
        """Give the attempt that is in flight or in doubt; one with a task before one without."""
        row = self._database.read_one(_OPEN_OF_KEY, (key,))
        return OpenAttempt(*row) if row else None

    def spent(self, run_id: str, step: str | None = None) -> Credits:
        """Give what the attempts of a run, or of a step in it, have cost, and what the open ones reserve."""
        scope = run_scope(run_id) if step is None else step_scope(run_id, step)
        row = self._database.read_one("SELECT charged FROM ledger WHERE scope = ?", (scope,))
        return Decimal(row[0]) if row else ZERO


def run_scope(run_id: str) -> str:
    """Name what a run may spend in all."""
    return f"run:{run_id}"


def step_scope(run_id: str, step: str) -> str:
    """Name what the instances of a declared step may spend in a run; `step` is an address (`clip[wide]#2`).

    A step's id has neither `[` nor `#`, so all that follows one of them is a key or a take.
    """
    return f"step:{run_id}:{step.partition('[')[0].partition('#')[0]}"


def charge_of(state: AttemptState, task: str | None, reserved: Credits, cost: Credits | None) -> Credits:
    """Give what an attempt counts: its cost, else its reservation, unless it ended without a task."""
    if state.is_open:
        return reserved
    if cost is not None:
        return cost
    return reserved if task else ZERO


def _insert(connection: sqlite3.Connection, intent: Intent) -> None:
    estimate = intent.estimate
    connection.execute(
        _INSERT,
        (
            intent.attempt_id,
            intent.key,
            intent.run_id,
            intent.flow,
            intent.step,
            intent.endpoint,
            intent.model,
            intent.number,
            str(estimate.low),
            str(estimate.high),
            int(estimate.is_known),
            intent.intended_at,
            intent.document,
            AttemptState.INTENDED.value,
            str(estimate.high),
            intent.table_date,
        ),
    )


def _get(connection: sqlite3.Connection, attempt_id: str) -> Attempt:
    row = connection.execute("SELECT * FROM attempt WHERE attempt_id = ?", (attempt_id,)).fetchone()
    if row is None:
        message = f"there is no attempt {attempt_id}"
        raise InternalError(message)
    return _read(row)


def _read(row: Row) -> Attempt:
    """Read a whole row; its columns are in the order of the table, a column added later is behind them."""
    (attempt_id, key, run_id, flow, step, endpoint, model, number, low, high, is_known) = row[1:12]
    (intended_at, document, state, task, submitted_at, ended_at, reserved, cost) = row[12:20]
    estimate = Estimate(Decimal(low), Decimal(high), bool(is_known))
    estimated, table_date = row[22:24] or (None, None)  # a store of format 1 that is only read
    return Attempt(
        Intent(
            attempt_id,
            ActionKey(key),
            run_id,
            flow,
            step,
            endpoint,
            model,
            number,
            estimate,
            intended_at,
            document,
            table_date or "",
        ),
        AttemptState(state),
        task=task,
        submitted_at=submitted_at,
        ended_at=ended_at,
        reserved=Decimal(reserved),
        cost=None if cost is None else Decimal(cost),
        failure=row[20],
        failure_code=row[21],
        estimated=None if estimated is None else Decimal(estimated),
    )


def _recharge(connection: sqlite3.Connection, before: Attempt, after: Attempt) -> None:
    change = _charge_of_attempt(after) - _charge_of_attempt(before)
    _charge(connection, after.intent.run_id, after.intent.step, change)


def _charge_of_attempt(attempt: Attempt) -> Credits:
    reserved = attempt.reserved if attempt.reserved is not None else ZERO
    return charge_of(attempt.state, attempt.task, reserved, attempt.cost)


def _charge(connection: sqlite3.Connection, run_id: str, step: str, change: Credits) -> None:
    for scope in (run_scope(run_id), step_scope(run_id, step)):
        connection.execute(
            "INSERT INTO ledger VALUES (?, ?) ON CONFLICT (scope) DO UPDATE SET charged = excluded.charged",
            (scope, str(_charged(connection, scope) + change)),
        )


def _charged(connection: sqlite3.Connection, scope: str) -> Credits:
    row = connection.execute("SELECT charged FROM ledger WHERE scope = ?", (scope,)).fetchone()
    return Decimal(row[0]) if row else ZERO


def _amount(amount: Credits | None) -> str | None:
    return None if amount is None else str(amount)
