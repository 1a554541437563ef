"""Runs: what was executed when, and which one a new start continues."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runway_flow.engine.records import RunRecord
from runway_flow.kernel.amounts import ZERO
from runway_flow.kernel.errors import InternalError
from runway_flow.store.database import clean_text

if TYPE_CHECKING:
    import sqlite3

    from runway_flow.store.database import Database, Row

# The ledger's scope of a run is `attempts.run_scope`.
_LATEST = (
    "SELECT run_id, identity, flow, path, realm, started_at, ended_at, status, charged "
    "FROM run LEFT JOIN ledger ON scope = 'run:' || run_id ORDER BY id DESC LIMIT ?"
)
_UNFINISHED = (
    "SELECT run_id, identity, flow, path, realm, started_at, ended_at, status, charged "
    "FROM run LEFT JOIN ledger ON scope = 'run:' || run_id "
    "WHERE identity = ? AND realm = ? AND is_finished = 0 ORDER BY id DESC LIMIT 1"
)


class RunRecords:
    """The part of `StateStore` about runs."""

    _database: Database

    def begin_run(self, run: RunRecord) -> RunRecord:
        """Start a run, or continue the latest unfinished one of the same identity and realm.

        Latest by the order of starts, not by the wall clock, which may jump. A run that is continued
        keeps its id, start and ledger, and is not ended any more.
        """

        def work(connection: sqlite3.Connection) -> RunRecord:
            row = connection.execute(_UNFINISHED, (run.identity, run.realm)).fetchone()
            if row:
                found = _read(row)
                connection.execute(
                    "UPDATE run SET ended_at = NULL, status = NULL WHERE run_id = ?", (found.run_id,)
                )
                return replace(found, ended_at=None, status=None)
            connection.execute(
                "INSERT INTO run (run_id, identity, flow, path, realm, started_at) VALUES (?, ?, ?, ?, ?, ?)",
                (run.run_id, run.identity, run.flow, clean_text(run.path), run.realm, run.started_at),
            )
            return replace(run, ended_at=None, status=None, spent=ZERO)

        return self._database.write(work)

    def find_unfinished(self, identity: str, realm: str) -> RunRecord | None:
        """Give the run that `begin_run` would continue, with what it spent, or None."""
        row = self._database.read_one(_UNFINISHED, (identity, realm))
        return _read(row) if row else None

    def end_run(self, run_id: str, at: float, status: str, *, is_finished: bool) -> None:
        """Note how a run ended; an unfinished one can be continued."""

        def work(connection: sqlite3.Connection) -> None:
            found = connection.execute(
                "UPDATE run SET ended_at = ?, status = ?, is_finished = ? WHERE run_id = ?",
                (at, status, int(is_finished), run_id),
            )
            if found.rowcount == 0:
                message = f"there is no run {run_id}"
                raise InternalError(message)

        self._database.write(work)

    def list_runs(self, limit: int) -> tuple[RunRecord, ...]:
        """Give the latest runs, newest first, with what they spent."""
        return tuple(map(_read, self._database.read_all(_LATEST, (limit,))))


def _read(row: Row) -> RunRecord:
    run_id, identity, flow, path, realm, started_at, ended_at, status, charged = row
    spent = Decimal(charged) if charged else ZERO
    return RunRecord(run_id, identity, flow, path, realm, started_at, ended_at, status, spent)
