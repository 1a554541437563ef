"""A store that is gone with its process: for plans without a store, and for tests."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, BinaryIO

from runway_flow.kernel.digests import Digest
from runway_flow.store.atomic import copy_checked
from runway_flow.store.blobs import corrupt_blob, fill_draft, missing_blob
from runway_flow.store.database import Database
from runway_flow.store.state import SqliteStateStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class MemoryDraft:
    """Bytes that are not in the store yet."""

    def __init__(self, blobs: dict[Digest, bytes]) -> None:
        self._blobs = blobs
        self._written = bytearray()

    def write(self, data: bytes) -> None:
        """Append."""
        self._written += data

    def open(self) -> BinaryIO:
        """Read what was written so far, from the start."""
        return io.BytesIO(bytes(self._written))

    def keep(self) -> Digest:
        """Make it a blob."""
        data = bytes(self._written)
        digest = Digest(hashlib.sha256(data).hexdigest())
        self._blobs[digest] = data
        return digest

    def discard(self) -> None:
        """Forget it."""
        self._written = bytearray()


class MemoryBlobStore:
    """The `BlobStore` in memory."""

    def __init__(self) -> None:
        self._blobs: dict[Digest, bytes] = {}

    def has(self, digest: Digest) -> bool:
        """Whether the bytes are here."""
        return digest in self._blobs

    def open(self, digest: Digest) -> BinaryIO:
        """Read a blob. Raises `StoreError` (`BLOB_MISSING`)."""
        try:
            return io.BytesIO(self._blobs[digest])
        except KeyError as error:
            raise missing_blob(digest) from error

    def draft(self) -> MemoryDraft:
        """Begin to write a blob."""
        return MemoryDraft(self._blobs)

    def put_file(self, path: Path, expected: Digest | None = None) -> Digest:
        """Take a copy of a file. Raises `StoreError` (`FILE_UNREADABLE`)."""
        draft = self.draft()
        fill_draft(draft, path, expected)
        return draft.keep()

    def materialise(self, digest: Digest, target: Path) -> None:
        """Write a blob to a file, hashed on the way. Raises `StoreError` as the store on disk does."""
        with self.open(digest) as source:
            if copy_checked(source, target, digest):
                return
        del self._blobs[digest]
        raise corrupt_blob(digest, "the damaged bytes are dropped")


class MemoryStateStore(SqliteStateStore):
    """The `StateStore` in memory: the same code over a database that no file holds."""

    def __init__(self, has_blob: Callable[[Digest], bool]) -> None:
        super().__init__(Database.in_memory(), has_blob)
