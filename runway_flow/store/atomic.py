"""Durable writing: whole files or none, errors of the disk as errors that a user understands."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import sys
from typing import TYPE_CHECKING, BinaryIO

from runway_flow.kernel.codes import DISK_FULL, OUTPUT_UNWRITABLE, STORE_UNUSABLE
from runway_flow.kernel.digests import Digest
from runway_flow.kernel.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runway_flow.kernel.codes import Code

CHUNK_BYTES = 1 << 20
"""1 MiB: sha256 by OpenSSL is no faster with more."""

PART_SUFFIX = ".part"
"""How temporary names end: what is not finished, and may be removed once it is old."""

STALE_AFTER_S = 24 * 3600.0
"""What is not finished and was not written to for this long was left by a process that died."""

_PART_NAME = re.compile(r"\d+-[0-9a-f]{16}\.part")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FICLONE = 0x40049409  # linux/fs.h: _IOW(0x94, 9, int)


class Disk:
    """The system calls that durability rests on. A test gives one that records, or that fails.

    None of them is repeated after a failure: a second fsync can succeed although the bytes are lost.
    All raise `OSError`.
    """

    def write(self, file: BinaryIO, data: bytes) -> None:
        """Append."""
        file.write(data)

    def sync(self, file: BinaryIO) -> None:
        """Return when what was written is on the disk."""
        file.flush()
        _sync_descriptor(file.fileno())

    def sync_folder(self, folder: Path) -> None:
        """Return when the names in a folder are on the disk; nothing to do on Windows."""
        if os.name == "nt":  # pragma: no cover - a folder cannot be opened there
            return
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Give a file its name; a file of that name is replaced, a symlink is not followed."""
        os.replace(source, target)  # noqa: PTH105 - Path.replace is the same call, a Path slower

    def clone(self, source: BinaryIO, target: BinaryIO) -> bool:
        """Let the target share the source's blocks (copy on write); False where that cannot be."""
        if sys.platform != "linux":  # pragma: no cover - elsewhere bytes are copied
            return False
        import fcntl

        try:
            fcntl.ioctl(target.fileno(), _FICLONE, source.fileno())
        except OSError:
            return False
        return True


SYSTEM_DISK = Disk()


def _sync_descriptor(descriptor: int) -> None:
    if sys.platform == "darwin":  # pragma: no cover - fsync(2) there leaves bytes in the drive's cache
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def part_name() -> str:
    """Make a temporary name that no other process or thread makes."""
    return f"{os.getpid()}-{os.urandom(8).hex()}{PART_SUFFIX}"


def is_part_name(name: str) -> bool:
    """Whether `part_name` makes such names."""
    return _PART_NAME.fullmatch(name) is not None


def create_new(path: Path, mode: int) -> BinaryIO:
    """Make a file that must not exist yet, for writing and reading; the umask applies to `mode`.

    Raises `OSError`.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, mode), "w+b")


def remove_quietly(path: Path) -> None:
    """Remove a temporary file; what cannot be removed now is removed by age later."""
    with contextlib.suppress(OSError):
        path.unlink()


def write_whole(path: Path, data: bytes, *, mode: int = 0o666, disk: Disk = SYSTEM_DISK) -> None:
    """Replace a file by one with this content, durably: after a crash it is the old or the new one.

    Raises `OSError`.
    """
    part = path.with_name(f".{part_name()}")
    file = create_new(part, mode)
    try:
        with file:
            disk.write(file, data)
            disk.sync(file)
        disk.rename(part, path)
    except BaseException:
        remove_quietly(part)
        raise
    disk.sync_folder(path.parent)


def copy_checked(source: BinaryIO, target: Path, digest: Digest, *, disk: Disk = SYSTEM_DISK) -> bool:
    """Copy (or reflink) to `target` by way of a temporary name beside it; durable when it returns.

    The target appears only if the bytes have the digest; else it is left alone and False is given.
    Raises `StoreError`: `OUTPUT_UNWRITABLE`, `DISK_FULL`, or `STORE_UNUSABLE` if the source fails.
    """
    part = target.with_name(f".{part_name()}")
    try:
        with create_new(part, 0o666) as file:
            found = _copy(source, file, disk)
            if found == digest:
                disk.sync(file)
        if found != digest:
            return False
        disk.rename(part, target)
        disk.sync_folder(target.parent)
    except OSError as error:
        raise store_error(error, "write", target, is_output=True) from error
    finally:
        remove_quietly(part)
    return True


def _copy(source: BinaryIO, file: BinaryIO, disk: Disk) -> Digest:
    found = hashlib.sha256()
    if disk.clone(source, file):
        # The copy is what leaves, so it is the copy that is read.
        for chunk in read_chunks(file, "the copy of a blob"):
            found.update(chunk)
    else:
        for chunk in read_chunks(source, "a blob"):
            found.update(chunk)
            disk.write(file, chunk)
    return Digest(found.hexdigest())


def read_chunks(file: BinaryIO, name: str, code: Code = STORE_UNUSABLE) -> Iterator[bytes]:
    """Read to the end. Raises `StoreError` with `code` if the file cannot be read."""
    while True:
        try:
            chunk = file.read(CHUNK_BYTES)
        except OSError as error:
            message = f"cannot read {name}: {error.strerror or error}"
            raise StoreError(message, code=code) from error
        if not chunk:
            return
        yield chunk


def store_error(error: OSError, doing: str, path: Path, *, is_output: bool = False) -> StoreError:
    """Say what the system refused: `doing` is a verb, `path` what it was done to."""
    message = f"cannot {doing} {path}: {error.strerror or error}"
    if error.errno in _FULL:
        hint = "free some space (or raise the quota) and run the same command again; nothing is paid twice"
        return StoreError(message, code=DISK_FULL, hint=hint)
    if is_output:
        hint = "make the folder writable, or choose another one with --out"
        return StoreError(message, code=OUTPUT_UNWRITABLE, hint=hint)
    hint = "make the folder of the store writable, or choose another one with --store or RUNWAY_FLOW_STORE"
    return StoreError(message, code=STORE_UNUSABLE, hint=hint)
