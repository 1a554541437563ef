"""The `StateStore` over SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from runway_flow.store.attempts import AttemptRecords
from runway_flow.store.caches import CacheRecords
from runway_flow.store.database import Database
from runway_flow.store.inventory import InventoryRecords
from runway_flow.store.leases import LeaseRecords
from runway_flow.store.results import ResultRecords
from runway_flow.store.runs import RunRecords

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.kernel.digests import Digest
    from runway_flow.store.layout import StoreLayout


class SqliteStateStore(
    AttemptRecords, ResultRecords, LeaseRecords, RunRecords, CacheRecords, InventoryRecords
):
    """Records in one database; any thread and any number of processes may use it at once.

    `has_blob` says whether the bytes of an output are here.
    """

    def __init__(self, database: Database, has_blob: Callable[[Digest], bool]) -> None:
        self._database = database
        self._has_blob = has_blob

    @classmethod
    def create(cls, layout: StoreLayout, has_blob: Callable[[Digest], bool]) -> Self:
        """Open for writing, making the database if it is missing. Raises `StoreError`."""
        return cls(Database.create(layout.state, lock=layout.lock, reserve=layout.reserve), has_blob)

    def close(self) -> None:
        """Close the database; no error if it is closed."""
        self._database.close()
