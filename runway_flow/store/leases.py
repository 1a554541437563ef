"""One lease per action key, so that two processes never work on the same action at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.engine.records import Owner

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from runway_flow.plan.action import ActionKey
    from runway_flow.store.database import Database

_SELECT = "SELECT pid, started, token FROM lease WHERE key = ?"


class LeaseRecords:
    """The part of `StateStore` about leases. They are not synced: a power loss ends every owner, too."""

    _database: Database

    def acquire_lease(
        self, key: ActionKey, owner: Owner, now: float, is_alive: Callable[[Owner], bool]
    ) -> bool:
        """Take the lease, or take it over from a dead owner. False: another has it.

        Whoever holds it already has it again. `is_alive` is asked outside any transaction.
        """
        holder = self._find_holder(key)
        if holder is not None and holder != owner and is_alive(holder):
            return False

        def work(connection: sqlite3.Connection) -> bool:
            row = connection.execute(_SELECT, (key,)).fetchone()
            if row and Owner(*row) not in (owner, holder):
                # Another process took it since we looked.
                return False
            connection.execute(
                "INSERT OR REPLACE INTO lease (key, pid, started, token, heartbeat) VALUES (?, ?, ?, ?, ?)",
                (key, owner.pid, owner.started, owner.token, now),
            )
            return True

        return self._database.write(work, is_durable=False)

    def renew_leases(self, owner: Owner, now: float) -> None:
        """Write the heartbeat of every lease of an owner."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE lease SET heartbeat = ? WHERE token = ?", (now, owner.token))

        self._database.write(work, is_durable=False)

    def release_lease(self, key: ActionKey, owner: Owner) -> None:
        """Give a lease back; no error if another has it or nobody."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM lease WHERE key = ? AND token = ?", (key, owner.token))

        self._database.write(work, is_durable=False)

    def _find_holder(self, key: ActionKey) -> Owner | None:
        row = self._database.read_one(_SELECT, (key,))
        return Owner(*row) if row else None
