"""Exports in tests: bytes at a path, what a folder holds, what was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runway_flow.kernel.codes import OUTPUT_UNWRITABLE
from runway_flow.kernel.errors import StoreError
from runway_flow.kernel.media import Artifact, MediaFacts, MediaKind
from runway_flow.store.manifest import MANIFEST_NAME
from runway_flow.store.outputs import ExportItem, export
from tests.conformance.blob_store_suite import keep

if TYPE_CHECKING:
    from pathlib import Path

    from runway_flow.store.memory import MemoryBlobStore


def item(blobs: MemoryBlobStore, path: str, data: bytes) -> ExportItem:
    """Put bytes into the store and ask for them at a path."""
    facts = MediaFacts(MediaKind.VIDEO, "video/mp4", len(data))
    return ExportItem(path, Artifact(keep(blobs, data), facts))


def contents(folder: Path) -> dict[str, bytes]:
    """Give the files below a folder, without the manifest."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST_NAME
    }


def refusal(out: Path, items: list[ExportItem], blobs: MemoryBlobStore) -> StoreError:
    """Export what must be refused, and give the error."""
    with pytest.raises(StoreError) as caught:
        export(out, items, blobs)
    assert caught.value.code is OUTPUT_UNWRITABLE
    return caught.value
