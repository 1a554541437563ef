"""The stores on disk and in memory keep the same rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runway_flow.store.blobs import DiskBlobStore
from runway_flow.store.layout import StoreLayout
from runway_flow.store.memory import MemoryBlobStore, MemoryStateStore
from runway_flow.store.state import SqliteStateStore
from tests.conformance.blob_store_suite import BlobStoreSuite
from tests.conformance.inventory_suite import InventorySuite
from tests.conformance.state_store_suite import StateStoreSuite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runway_flow.engine.ports import BlobStore, StateStore
    from runway_flow.kernel.digests import Digest


class TestDiskBlobStore(BlobStoreSuite):
    """Blobs as files."""

    @pytest.fixture
    def blobs(self, tmp_path: Path) -> BlobStore:
        """Make an empty store."""
        layout = StoreLayout(tmp_path / "store")
        layout.create()
        return DiskBlobStore(layout)

    def damage(self, blobs: BlobStore, digest: Digest) -> None:
        """Change the file."""
        assert isinstance(blobs, DiskBlobStore)
        path = blobs.path_of(digest)
        path.chmod(0o600)
        path.write_bytes(b"!" + path.read_bytes()[1:])


class TestMemoryBlobStore(BlobStoreSuite):
    """Blobs in memory."""

    @pytest.fixture
    def blobs(self) -> BlobStore:
        """Make an empty store."""
        return MemoryBlobStore()

    def damage(self, blobs: BlobStore, digest: Digest) -> None:
        """Change the bytes."""
        assert isinstance(blobs, MemoryBlobStore)
        blobs._blobs[digest] = b"!" + blobs._blobs[digest][1:]


class TestSqliteStateStore(StateStoreSuite):
    """Records in a database on disk."""

    @pytest.fixture
    def state(self, present: set[Digest], tmp_path: Path) -> Iterator[StateStore]:
        """Make an empty store."""
        layout = StoreLayout(tmp_path / "store")
        layout.create()
        state = SqliteStateStore.create(layout, present.__contains__)
        yield state
        state.close()


class TestMemoryStateStore(StateStoreSuite):
    """Records in memory."""

    @pytest.fixture
    def state(self, present: set[Digest]) -> Iterator[StateStore]:
        """Make an empty store."""
        state = MemoryStateStore(present.__contains__)
        yield state
        state.close()


class TestSqliteInventory(InventorySuite):
    """Records in a database on disk, listed."""

    @pytest.fixture
    def state(self, tmp_path: Path) -> Iterator[SqliteStateStore]:
        """Make an empty store."""
        layout = StoreLayout(tmp_path / "store")
        layout.create()
        state = SqliteStateStore.create(layout, lambda _: True)
        yield state
        state.close()


class TestMemoryInventory(InventorySuite):
    """Records in memory, listed."""

    @pytest.fixture
    def state(self) -> Iterator[SqliteStateStore]:
        """Make an empty store."""
        state = MemoryStateStore(lambda _: True)
        yield state
        state.close()
