"""Blobs as files: immutable bytes by sha256, whole or not there, hashed when they leave."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from typing import TYPE_CHECKING, BinaryIO

from runway_flow.kernel.codes import BLOB_CORRUPT, BLOB_MISSING, FILE_UNREADABLE
from runway_flow.kernel.digests import Digest
from runway_flow.kernel.errors import InternalError, StoreError
from runway_flow.store.atomic import (
    STALE_AFTER_S,
    SYSTEM_DISK,
    Disk,
    copy_checked,
    create_new,
    part_name,
    read_chunks,
    remove_quietly,
    store_error,
)
from runway_flow.tools.plain_files import open_plain

if TYPE_CHECKING:
    from pathlib import Path

    from runway_flow.engine.ports import Draft
    from runway_flow.store.layout import StoreLayout

_READ_ONLY = 0o444
_DIGEST = re.compile(r"[0-9a-f]{64}")


class DiskDraft:
    """Bytes under a temporary name; not for several threads at once."""

    def __init__(self, store: DiskBlobStore, path: Path, file: BinaryIO) -> None:
        self._store = store
        self._path = path
        self._file = file
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes) -> None:
        """Append. Raises `StoreError`."""
        try:
            self._store.disk.write(self._file, data)
        except OSError as error:
            raise store_error(error, "write", self._path) from error
        self._hash.update(data)
        self._size += len(data)

    def open(self) -> BinaryIO:
        """Read what was written so far, from the start. Raises `StoreError`."""
        try:
            self._file.flush()
            return self._path.open("rb")
        except OSError as error:
            raise store_error(error, "read", self._path) from error

    def keep(self) -> Digest:
        """Make it a blob: synced, renamed, its folder synced. Raises `StoreError`, then nothing is kept."""
        digest = Digest(self._hash.hexdigest())
        try:
            self._store.keep_file(self._file, self._path, digest, self._size)
        except OSError as error:
            raise store_error(error, "keep a blob in", self._store.path_of(digest).parent) from error
        finally:
            self.discard()
        return digest

    def discard(self) -> None:
        """Forget it."""
        # What is still buffered on a full disk cannot be flushed; it is not wanted any more.
        with contextlib.suppress(OSError):
            self._file.close()
        remove_quietly(self._path)


class DiskBlobStore:
    """The `BlobStore` on disk. Any number of processes may use one folder at once."""

    def __init__(self, layout: StoreLayout, disk: Disk = SYSTEM_DISK) -> None:
        self._layout = layout
        self._folder = os.fspath(layout.blobs)
        self.disk = disk

    def path_of(self, digest: Digest) -> Path:
        """Give where a blob is, or would be."""
        _check_digest(digest)
        return self._layout.blobs / digest[:2] / digest

    def has(self, digest: Digest) -> bool:
        """Whether the blob's file is here."""
        _check_digest(digest)
        # Text, not Path: a plan of 10,000 stored steps asks this for each.
        return os.access(f"{self._folder}{os.sep}{digest[:2]}{os.sep}{digest}", os.F_OK)

    def open(self, digest: Digest) -> BinaryIO:
        """Read a blob. Raises `StoreError` (`BLOB_MISSING` if it is not here)."""
        path = self.path_of(digest)
        try:
            return path.open("rb")
        except FileNotFoundError as error:
            raise missing_blob(digest) from error
        except OSError as error:
            raise store_error(error, "read", path) from error

    def draft(self) -> DiskDraft:
        """Begin to write a blob. Raises `StoreError`."""
        path = self._layout.drafts / part_name()
        try:
            return DiskDraft(self, path, create_new(path, 0o600))
        except OSError as error:
            raise store_error(error, "write", path) from error

    def put_file(self, path: Path, expected: Digest | None = None) -> Digest:
        """Take a copy of a file.

        Raises `StoreError`: `FILE_UNREADABLE` if it cannot be read or is not what was expected.
        """
        draft = self.draft()
        try:
            fill_draft(draft, path, expected)
            return draft.keep()
        finally:
            draft.discard()

    def materialise(self, digest: Digest, target: Path) -> None:
        """Write a blob to a file outside the store, by reflink or copy, hashed on the way.

        Raises `StoreError`: `BLOB_MISSING`; `BLOB_CORRUPT` (then the blob is in the quarantine and not
        here any more); `OUTPUT_UNWRITABLE`, `DISK_FULL` for the target.
        """
        with self.open(digest) as source:
            if copy_checked(source, target, digest, disk=self.disk):
                return
        aside = self.set_aside(digest)
        raise corrupt_blob(digest, f"the damaged bytes are kept as {aside}")

    def keep_file(self, file: BinaryIO, path: Path, digest: Digest, size: int) -> None:
        """Give a draft its name as a blob. Raises `OSError`."""
        target = self.path_of(digest)
        if _has_size(target, size):
            # Whoever wrote it may not have synced the name yet; its bytes are, or it would have no name.
            self.disk.sync_folder(target.parent)
            return
        file.flush()
        path.chmod(_READ_ONLY)
        self.disk.sync(file)
        file.close()
        if not target.parent.is_dir():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            self.disk.sync_folder(target.parent.parent)
        try:
            self.disk.rename(path, target)
        except PermissionError:
            # Windows does not replace a file that someone reads: then the blob is here already.
            if not _has_size(target, size):
                raise
        self.disk.sync_folder(target.parent)

    def remove_stale_drafts(self, now: float) -> int:
        """Remove drafts and work folders that were last written to `STALE_AFTER_S` ago; say how many."""
        removed = 0
        with contextlib.suppress(FileNotFoundError), os.scandir(self._layout.drafts) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if now - entry.stat(follow_symlinks=False).st_mtime > STALE_AFTER_S:
                        if entry.is_dir(follow_symlinks=False):  # a media operation's work folder
                            shutil.rmtree(entry.path, ignore_errors=True)
                        else:
                            os.unlink(entry.path)  # noqa: PTH108 - an entry has a text, not a Path
                        removed += 1
        return removed

    def set_aside(self, digest: Digest) -> Path:
        """Put a damaged blob into the quarantine: it is not here any more. Raises `StoreError`."""
        aside = self._layout.quarantine / f"{digest}-{os.urandom(4).hex()}"
        try:
            self.disk.rename(self.path_of(digest), aside)
        except OSError as error:
            raise store_error(error, "put aside the damaged blob", self.path_of(digest)) from error
        return aside


def fill_draft(draft: Draft, path: Path, expected: Digest | None) -> None:
    """Write the bytes of a file (links resolved) into a draft; refused if they are not the expected ones."""
    found = hashlib.sha256()
    try:
        source = open_plain(path)
    except OSError as error:
        message = f"cannot read {path}: {error.strerror or error}"
        raise StoreError(message, code=FILE_UNREADABLE) from error
    with source:
        for chunk in read_chunks(source, str(path), FILE_UNREADABLE):
            found.update(chunk)
            draft.write(chunk)
    if expected is not None and found.hexdigest() != expected:
        message = f"{path} is not the file that it was: its sha256 is {found.hexdigest()}, not {expected}"
        hint = "it was changed meanwhile; plan again with the file as it is now"
        raise StoreError(message, code=FILE_UNREADABLE, hint=hint)


def missing_blob(digest: Digest) -> StoreError:
    """Say that a blob is not here."""
    message = f"the bytes {digest} are not in the store"
    return StoreError(message, code=BLOB_MISSING, hint="run the flow again: they are fetched from their task")


def corrupt_blob(digest: Digest, note: str) -> StoreError:
    """Say that a blob's bytes are not its own any more."""
    message = f"the stored bytes {digest} are damaged: they have another sha256"
    hint = "run the flow again: they are fetched from their task; check the disk"
    return StoreError(message, code=BLOB_CORRUPT, hint=hint, notes=(note,))


def _check_digest(digest: Digest) -> None:
    if _DIGEST.fullmatch(digest) is None:
        message = f"not a sha256: {digest!r}"
        raise InternalError(message)


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False
