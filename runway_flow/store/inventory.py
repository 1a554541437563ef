"""Everything that the store keeps, listed: for `cache`, which looks after it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from runway_flow.engine.inventory import Damage, KeptResult, OpenWork, RunsOfFlow, Use, realm_of
from runway_flow.kernel.digests import Digest, canonical_json, digest_json
from runway_flow.plan.action import ActionKey, ActionResult
from runway_flow.store.codec import read_artifacts, write_artifacts

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from runway_flow.store.database import Database, Row

_RESULTS = "SELECT id, key, document, outputs, created_at, task, credits, tool FROM result "
_OPEN = "SELECT key, document FROM attempt WHERE state IN ('intended', 'submitted') ORDER BY id"
_WORK = (
    "SELECT pid, flow, step FROM lease JOIN attempt ON attempt.key = lease.key "
    "WHERE state IN ('intended', 'submitted') ORDER BY attempt.id DESC"
)
_DIGEST = re.compile(r"[0-9a-f]{64}")


class InventoryRecords:
    """Lists of records, and what care of the store changes about them."""

    _database: Database

    def list_results(self) -> tuple[KeptResult, ...]:
        """Give every record that can be read, oldest first; damaged ones are `verify`'s to find."""
        uses = self._list_uses()
        found: list[KeptResult] = []
        for row in self._database.read_all(f"{_RESULTS} ORDER BY id"):
            result = _parse(row)
            if result is not None:
                found.append(KeptResult(row[0], result, uses.get(row[0], ())))
        return tuple(found)

    def _list_uses(self) -> dict[int, tuple[Use, ...]]:
        found: defaultdict[int, list[Use]] = defaultdict(list)
        for flow, step, result in self._database.read_all("SELECT flow, step, result FROM instance_use"):
            found[result].append(Use(flow, step))
        return {result: tuple(sorted(set(uses))) for result, uses in found.items()}

    def list_runs_of_flows(self) -> tuple[RunsOfFlow, ...]:
        """Give for each flow and realm when a run was last there, and whether one can be continued."""
        rows = self._database.read_all(
            "SELECT flow, realm, max(max(started_at, coalesce(ended_at, started_at))), min(is_finished) = 0 "
            "FROM run GROUP BY flow, realm ORDER BY flow, realm"
        )
        return tuple(RunsOfFlow(flow, realm, last, bool(is_open)) for flow, realm, last, is_open in rows)

    def list_open_work(self) -> tuple[OpenWork, ...]:
        """Give the actions with an open attempt or a lease."""
        opened = self._database.read_all(_OPEN)
        leased = self._database.read_all("SELECT key FROM lease ORDER BY key")
        work = [OpenWork(ActionKey(key), _loads(document)) for key, document in opened]
        return (*work, *(OpenWork(ActionKey(row[0])) for row in leased))

    def describe_work(self) -> dict[int, str]:
        """Say by process id which step it holds a lease for."""
        return {pid: f"{step} of {flow}" for pid, flow, step in self._database.read_all(_WORK)}

    def count_records(self) -> tuple[int, int]:
        """Count the records of results and of attempts."""
        counts = self._database.read_all("SELECT count(*) FROM result UNION ALL SELECT count(*) FROM attempt")
        return int(counts[0][0]), int(counts[1][0])

    def find_damage(self) -> tuple[dict[int, Damage], tuple[Damage, ...]]:
        """Read every record, its key computed anew; give what is wrong by result, and of the rest."""
        results = {
            row[0]: Damage("record", str(row[1]), problem)
            for row in self._database.read_all(f"{_RESULTS} ORDER BY id")
            if (problem := _fault_of(row)) is not None
        }
        rest = [
            Damage("attempt", str(attempt), "its key is not that of its document")
            for attempt, key, document in self._database.read_all(
                "SELECT attempt_id, key, document FROM attempt ORDER BY id"
            )
            if not _is_key_of(key, _loads(document))
        ]
        pages = self._database.read_all("PRAGMA integrity_check")
        rest += [Damage("database", "state.db", str(row[0])) for row in pages if row[0] != "ok"]
        return results, tuple(rest)

    def describe_record(self, position: int) -> dict[str, object]:
        """Give a record as it is stored, damaged or not, with its uses."""
        row = self._database.read_one(f"{_RESULTS} WHERE id = ?", (position,))
        names = ("id", "key", "document", "outputs", "created_at", "task", "credits", "tool")
        uses = self._list_uses().get(position, ())
        return {**dict(zip(names, row or (), strict=True)), "uses": [[use.flow, use.step] for use in uses]}

    def drop_record(self, position: int) -> None:
        """Take a record out; the caller has kept it elsewhere."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM instance_use WHERE result = ?", (position,))
            connection.execute("DELETE FROM result WHERE id = ?", (position,))

        self._database.write(work)

    def add_results(self, results: Iterable[KeptResult]) -> None:
        """Keep results that come from elsewhere, with their uses, in one transaction.

        Nothing is replaced: an instance that has a result keeps it.
        """

        def work(connection: sqlite3.Connection) -> None:
            for kept in results:
                position = _insert(connection, kept.result)
                realm = realm_of(kept.result) or ""
                for use in kept.uses:
                    connection.execute(
                        "INSERT OR IGNORE INTO instance_use VALUES (?, ?, ?, ?)",
                        (use.flow, use.step, realm, position),
                    )

        self._database.write(work)


def _insert(connection: sqlite3.Connection, result: ActionResult) -> int | None:
    """Write a result behind the others, unless it is here already; gives its position."""
    document, outputs = canonical_json(result.document), write_artifacts(result.outputs)
    row = connection.execute(
        "SELECT id FROM result WHERE key = ? AND outputs = ? AND task IS ?",
        (result.key, outputs, result.task),
    ).fetchone()
    if row:
        return int(row[0])
    return connection.execute(
        "INSERT INTO result (key, document, outputs, created_at, task, credits, tool) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (result.key, document, outputs, result.created_at, result.task, str(result.credits), result.tool),
    ).lastrowid


def latest_by_key(results: Iterable[KeptResult]) -> dict[ActionKey, KeptResult]:
    """Give of each action the record that counts, with the uses of all of them."""
    latest: dict[ActionKey, KeptResult] = {}
    for kept in results:
        before = latest.get(kept.result.key)
        uses = tuple(sorted({*kept.uses, *(before.uses if before else ())}))
        latest[kept.result.key] = KeptResult(kept.position, kept.result, uses)
    return latest


def _parse(row: Row) -> ActionResult | None:
    """Read a row as `list_results` gives it; None if it is damaged."""
    if _fault_of(row) is not None:
        return None
    _, key, document, outputs, created_at, task, credits_, tool = row
    artifacts = read_artifacts(outputs)
    parsed: Mapping[str, object] = json.loads(document)
    return ActionResult(ActionKey(key), parsed, artifacts, created_at, task, Decimal(credits_), tool)


def _fault_of(row: Row) -> str | None:
    _, key, document, outputs, _, _, credits_, _ = row
    if not _is_key_of(key, _loads(document)):
        return "its key is not that of its document"
    try:
        digests = [one.digest for one in read_artifacts(outputs)]
    except (ValueError, LookupError, TypeError, AttributeError):
        return "its outputs cannot be read"
    if not all(isinstance(digest, str) and _DIGEST.fullmatch(Digest(digest)) for digest in digests):
        return "its outputs have no digests"
    try:
        Decimal(credits_)
    except InvalidOperation:
        return "its credits are no number"
    return None


def _loads(text: str) -> Any:  # noqa: ANN401 - whatever stands there
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_key_of(key: str, document: object) -> bool:
    if not isinstance(document, dict):
        return False
    try:
        return digest_json(document) == key
    except (ValueError, TypeError, RecursionError):
        return False
