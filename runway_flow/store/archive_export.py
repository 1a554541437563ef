"""Writes results with their bytes into one archive."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, BinaryIO

from runway_flow.engine.inventory import Transfer
from runway_flow.kernel.codes import OUTPUT_UNWRITABLE
from runway_flow.kernel.errors import StoreError
from runway_flow.store import archive
from runway_flow.store.atomic import (
    SYSTEM_DISK,
    Disk,
    create_new,
    part_name,
    read_chunks,
    remove_quietly,
    store_error,
)
from runway_flow.store.blobs import corrupt_blob

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from runway_flow.engine.inventory import KeptResult
    from runway_flow.kernel.digests import Digest
    from runway_flow.store.blobs import DiskBlobStore


def export_archive(
    target: Path, results: Sequence[KeptResult], blobs: DiskBlobStore, disk: Disk = SYSTEM_DISK
) -> Transfer:
    """Write the results (one for each key) to a new file: whole and durable, or not there at all.

    Bytes are hashed on the way; what is not here is left out, its record is not. Raises `StoreError`:
    `OUTPUT_UNWRITABLE` if there is a file already or it cannot be written, `DISK_FULL`, `BLOB_CORRUPT`.
    """
    if os.path.lexists(target):
        message = f"{target} is there already; it is not overwritten"
        raise StoreError(message, code=OUTPUT_UNWRITABLE, hint="choose another name, or move it away")
    digests = sorted({one.digest for kept in results for one in kept.result.outputs})
    here = [digest for digest in digests if blobs.has(digest)]
    part = target.with_name(f".{part_name()}")
    try:
        with create_new(part, 0o666) as file:
            size = _write(_Tar(file, disk), results, here, blobs)
            disk.sync(file)
        disk.rename(part, target)
        disk.sync_folder(target.parent)
    except OSError as error:
        raise store_error(error, "write", target, is_output=True) from error
    finally:
        remove_quietly(part)
    return Transfer(len(results), len(here), size, missing=len(digests) - len(here))


class _Tar:
    """An archive that is being written, member by member."""

    def __init__(self, file: BinaryIO, disk: Disk) -> None:
        self._file = file
        self._disk = disk

    def add(self, name: str, data: bytes) -> None:
        """Write a small member. Raises `OSError`."""
        self.write(archive.tar_header(name, len(data)) + data + archive.padding(len(data)))

    def write(self, data: bytes) -> None:
        """Append. Raises `OSError`."""
        self._disk.write(self._file, data)


def _write(tar: _Tar, results: Sequence[KeptResult], digests: Sequence[Digest], blobs: DiskBlobStore) -> int:
    ordered = sorted(results, key=lambda one: one.result.key)
    records = [archive.write_record(kept) for kept in ordered]
    tar.add(archive.HEAD, archive.write_head(len(digests), records))
    size = sum(_copy_blob(tar, digest, blobs) for digest in digests)
    for kept, data in zip(ordered, records, strict=True):
        tar.add(f"records/{kept.result.key}.json", data)
    tar.write(b"\0" * archive.BLOCK * 2)
    return size


def _copy_blob(tar: _Tar, digest: Digest, blobs: DiskBlobStore) -> int:
    found = hashlib.sha256()
    with blobs.open(digest) as source:
        size = os.fstat(source.fileno()).st_size
        tar.write(archive.tar_header(f"blobs/{digest}", size))
        for chunk in read_chunks(source, f"the blob {digest}"):
            found.update(chunk)
            tar.write(chunk)
    if found.hexdigest() != digest:
        aside = blobs.set_aside(digest)
        raise corrupt_blob(digest, f"the damaged bytes are kept as {aside}; no archive was written")
    tar.write(archive.padding(size))
    return size
