"""Opening a store: for runs, which write it, and for plans, which leave no trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from msgspec import Struct

from runway_flow.store.blobs import DiskBlobStore
from runway_flow.store.database import Database
from runway_flow.store.layout import StoreLayout
from runway_flow.store.memory import MemoryStateStore
from runway_flow.store.state import SqliteStateStore

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class OpenStore(Struct, frozen=True):
    """A store in use; `close` it, or use it as a context."""

    layout: StoreLayout
    blobs: DiskBlobStore
    state: SqliteStateStore

    def close(self) -> None:
        """Close the database; no error if it is closed."""
        self.state.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(root: Path, *, create: bool) -> OpenStore:
    """Open the store at `root`.

    With `create` what is missing is made. Without, the records can only be read and nothing is made but
    what SQLite needs to read (`Database.read`): a store that is not there is an empty one in memory.
    Raises `StoreError`: `STORE_UNUSABLE` (not a folder, not ours, not writable, damaged), `STORE_NEWER`,
    `STORE_BUSY`, `DISK_FULL`.
    """
    layout = StoreLayout(root)
    blobs = DiskBlobStore(layout)
    if create:
        layout.create()
        return OpenStore(layout, blobs, SqliteStateStore.create(layout, blobs.has))
    database = Database.read(layout.state) if layout.exists() and layout.state.exists() else None
    if database is None:
        return OpenStore(layout, blobs, MemoryStateStore(blobs.has))
    return OpenStore(layout, blobs, SqliteStateStore(database, blobs.has))
