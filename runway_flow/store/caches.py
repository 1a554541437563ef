"""What saves work and may be forgotten: uploads by content, and files by their stat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runway_flow.kernel.digests import Digest
from runway_flow.store.codec import read_facts, write_facts

if TYPE_CHECKING:
    import sqlite3

    from runway_flow.engine.records import StatIdentity
    from runway_flow.kernel.media import MediaFacts
    from runway_flow.store.database import Database, Value


class CacheRecords:
    """The part of `StateStore` about uploads and the stat cache. Writing here is not synced."""

    _database: Database

    def find_upload(self, digest: Digest, realm: str, now: float) -> str | None:
        """Give the address of an upload that is still good at `now`, or None."""
        row = self._database.read_one(
            "SELECT uri FROM upload WHERE digest = ? AND realm = ? AND expires_at > ?", (digest, realm, now)
        )
        return row[0] if row else None

    def record_upload(self, digest: Digest, realm: str, uri: str, expires_at: float) -> None:
        """Remember an upload in place of an earlier one."""
        self._put("INSERT OR REPLACE INTO upload VALUES (?, ?, ?, ?)", (digest, realm, uri, expires_at))

    def find_file(self, identity: StatIdentity) -> tuple[Digest, MediaFacts] | None:
        """Give what a file was, if its stat is the one that was recorded with it."""
        row = self._database.read_one(
            "SELECT digest, facts FROM file WHERE path = ? AND identity = ?", _identify(identity)
        )
        return (Digest(row[0]), read_facts(row[1])) if row else None

    def record_file(self, identity: StatIdentity, digest: Digest, facts: MediaFacts) -> None:
        """Remember what a file is; forgotten if the store was opened for reading.

        The caller leaves out files that were changed a moment ago: a second change within the same
        tick of the file system's clock would not show.
        """
        if not self._database.is_read_only:
            values = (*_identify(identity), digest, write_facts(facts))
            self._put("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?)", values)

    def _put(self, sql: str, values: tuple[Value, ...]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute(sql, values)

        self._database.write(work, is_durable=False)


def _identify(identity: StatIdentity) -> tuple[bytes, str]:
    numbers = (identity.device, identity.inode, identity.size, identity.mtime_ns, identity.ctime_ns)
    return identity.path.encode("utf-8", "surrogatepass"), ":".join(map(str, numbers))
