"""Kept results, and which instance of which flow had which."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from runway_flow.engine.attempts import AttemptState
from runway_flow.kernel.digests import canonical_json
from runway_flow.plan.action import ActionKey, ActionResult
from runway_flow.plan.lookup import StoredResult
from runway_flow.store.codec import read_artifacts, write_artifacts

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence

    from runway_flow.kernel.digests import Digest
    from runway_flow.store.database import Database

_LATEST = (
    "SELECT id, document, outputs, created_at, task, credits, tool FROM result "
    "WHERE key = ? ORDER BY id DESC LIMIT 1"
)
_LAST_STATE = "SELECT state FROM attempt WHERE key = ? ORDER BY id DESC LIMIT 1"
_INSERT = (
    "INSERT INTO result (key, document, outputs, created_at, task, credits, tool) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)


class ResultRecords:
    """The part of `StateStore` about results."""

    _database: Database
    _has_blob: Callable[[Digest], bool]

    def find_result(self, key: ActionKey) -> StoredResult | None:
        """Give the latest result of an action, and whether every blob of it is there.

        None, too, for one that lost bytes and that the user released: it is to be paid for again.
        """
        row = self._database.read_one(_LATEST, (key,))
        if row is None:
            return None
        _, document, outputs, created_at, task, credits_, tool = row
        artifacts = read_artifacts(outputs)
        result = ActionResult(key, json.loads(document), artifacts, created_at, task, Decimal(credits_), tool)
        is_whole = all(self._has_blob(one.digest) for one in artifacts)
        if not is_whole and self._database.read_one(_LAST_STATE, (key,)) == (AttemptState.RELEASED.value,):
            return None
        return StoredResult(result, is_whole)

    def record(self, result: ActionResult, *, flow: str, step: str) -> None:
        """Keep a result, and note that this instance has it.

        An earlier result of the same action stays as a record; the same outputs again (collected by two
        processes, fetched anew) are no second result.
        """
        document, outputs = canonical_json(result.document), write_artifacts(result.outputs)

        def work(connection: sqlite3.Connection) -> None:
            latest = connection.execute(_LATEST, (result.key,)).fetchone()
            if latest and (latest[2], latest[4]) == (outputs, result.task):
                position = latest[0]
            else:
                values = (result.key, document, outputs, result.created_at)
                more = (result.task, str(result.credits), result.tool)
                position = connection.execute(_INSERT, (*values, *more)).lastrowid
            _note(connection, flow, step, (position, document))

        self._database.write(work)

    def note_use(self, flow: str, uses: Mapping[str, ActionKey]) -> None:
        """Note which instances use which stored results; a key without a result is passed over.

        Not synced; forgotten if the store was opened for reading.
        """
        if self._database.is_read_only:
            return

        def work(connection: sqlite3.Connection) -> None:
            for step, key in uses.items():
                latest = connection.execute(_LATEST, (key,)).fetchone()
                if latest:
                    _note(connection, flow, step, latest)

        self._database.write(work, is_durable=False)

    def find_last_document(self, flow: str, step: str) -> Mapping[str, object] | None:
        """Give the key document of the result that the instance had last."""
        row = self._database.read_one(
            "SELECT document FROM instance_use JOIN result ON result.id = result WHERE flow = ? AND step = ? "
            "ORDER BY result DESC LIMIT 1",
            (flow, step),
        )
        if row is None:
            return None
        document: dict[str, object] = json.loads(row[0])
        return document


_NOTE = """
    INSERT INTO instance_use
    VALUES (?1, ?2, iif(json_valid(?3), coalesce(json_extract(?3, '$.realm'), ''), ''), ?4)
    ON CONFLICT (flow, step, realm) DO UPDATE SET result = excluded.result WHERE result <> excluded.result
"""


def _note(connection: sqlite3.Connection, flow: str, step: str, result: Sequence[Any]) -> None:
    """Note a use of a result, given as its position and its document."""
    connection.execute(_NOTE, (flow, step, result[1], result[0]))
