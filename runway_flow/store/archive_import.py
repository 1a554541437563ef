"""Takes results with their bytes from an archive: checks all of it first, replaces nothing."""

from __future__ import annotations

import hashlib
import stat
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from runway_flow.engine.inventory import Transfer
from runway_flow.kernel.codes import ARCHIVE_UNUSABLE, DISK_FULL
from runway_flow.kernel.errors import StoreError
from runway_flow.store import archive
from runway_flow.store.archive import unusable
from runway_flow.store.atomic import CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from runway_flow.engine.inventory import KeptResult
    from runway_flow.kernel.digests import Digest
    from runway_flow.store.archive import Member
    from runway_flow.store.opening import OpenStore

_KEEP_FREE_BYTES = 64 << 20
"""Room for the database and for what others write meanwhile."""


class _Checked(Struct, frozen=True):
    """An archive in which everything is as it should be."""

    blobs: dict[Digest, Member]
    records: tuple[KeptResult, ...]


def import_archive(source: Path, store: OpenStore, on_bytes: Callable[[int], None]) -> Transfer:
    """Take what the store lacks from an archive.

    First all of it is read: names, sizes, the sha256 of all bytes, the key of every record; an archive
    with one fault gives nothing. Records that are here stay as they are, and so do the uses of instances.
    A record that is here without its bytes gets those of the archive. Raises `StoreError`:
    `ARCHIVE_UNUSABLE`, `DISK_FULL`; the command can be repeated.
    """
    try:
        with source.open("rb") as file:
            if not stat.S_ISREG(source.stat().st_mode):
                raise unusable("it must be a file, because it is read twice")
            checked = _check(file, on_bytes)
            taken = [kept for kept in checked.records if _is_wanted(kept, checked, store)]
            wanted = _wanted_blobs(checked, store)
            _check_room(sum(member.size for member in wanted), store)
            for member in wanted:
                _take(file, member, store, on_bytes)
    except OSError as error:
        message = f"cannot read {source}: {error.strerror or error}"
        raise StoreError(message, code=ARCHIVE_UNUSABLE, hint="check the path and its permissions") from error
    store.state.add_results(taken)
    lacking = _digests(checked.records) - checked.blobs.keys()
    return Transfer(
        records=len(taken),
        blobs=len(wanted),
        bytes=sum(member.size for member in wanted),
        known=len(checked.records) - len(taken),
        missing=sum(not store.blobs.has(digest) for digest in lacking),
    )


def _check(file: BinaryIO, on_bytes: Callable[[int], None]) -> _Checked:
    head: archive.ArchiveHead | None = None
    blobs: dict[Digest, Member] = {}
    records: list[KeptResult] = []
    written = hashlib.sha256()
    for member in archive.read_members(file):
        if head is None:
            if member.name != archive.HEAD:
                raise unusable(f"{archive.HEAD} is missing")
            head = archive.read_head(b"".join(_read(file, member)))
        elif member.name.startswith("blobs/"):
            _check_blob(file, member, on_bytes)
            blobs[member.digest] = member
        else:
            data = b"".join(_read(file, member))
            written.update(data)
            records.append(archive.read_record(data, member.name, member.digest))
    if head is None:
        raise unusable("it is empty")
    if (head.blobs, head.records) != (len(blobs), len(records)):
        announced = f"{head.blobs} blobs and {head.records} records"
        raise unusable(f"it announces {announced}, and has {len(blobs)} and {len(records)}")
    if written.hexdigest() != head.sha256:
        raise unusable("its records are not those that were written")
    strange = blobs.keys() - _digests(records)
    if strange:
        raise unusable(f"no record names blobs/{min(strange)}")
    _check_sizes(records, blobs)
    return _Checked(blobs, tuple(records))


def _check_sizes(records: Sequence[KeptResult], blobs: dict[Digest, Member]) -> None:
    for kept in records:
        for one in kept.result.outputs:
            if one.digest in blobs and blobs[one.digest].size != one.facts.bytes:
                raise unusable(f"records/{kept.result.key}.json is wrong about the size of {one.digest}")


def _check_blob(file: BinaryIO, member: Member, on_bytes: Callable[[int], None]) -> None:
    found = hashlib.sha256()
    for chunk in _read(file, member):
        found.update(chunk)
        on_bytes(len(chunk))
    if found.hexdigest() != member.digest:
        raise unusable(f"the bytes of {member.name} have the sha256 {found.hexdigest()}")


def _read(file: BinaryIO, member: Member) -> Iterator[bytes]:
    file.seek(member.offset)
    left = member.size
    while left:
        chunk = file.read(min(left, CHUNK_BYTES))
        if not chunk:
            raise unusable(f"it became shorter while {member.name} was read")
        left -= len(chunk)
        yield chunk


def _digests(records: Sequence[KeptResult]) -> set[Digest]:
    return {one.digest for kept in records for one in kept.result.outputs}


def _is_wanted(kept: KeptResult, checked: _Checked, store: OpenStore) -> bool:
    """Whether a record adds anything: none is here, or one whose bytes are gone while these come along."""
    found = store.state.find_result(kept.result.key)
    if found is None:
        return True
    comes_whole = all(one.digest in checked.blobs for one in kept.result.outputs)
    return not found.is_whole and comes_whole and found.result.outputs != kept.result.outputs


def _wanted_blobs(checked: _Checked, store: OpenStore) -> list[Member]:
    """Give the blobs that are not here, of records that are taken or that lack just these bytes."""
    wanted: set[Digest] = set()
    for kept in checked.records:
        found = store.state.find_result(kept.result.key)
        if found is None or not found.is_whole:
            wanted.update(one.digest for one in kept.result.outputs)
    return [
        member for digest, member in checked.blobs.items() if digest in wanted and not store.blobs.has(digest)
    ]


def _check_room(size: int, store: OpenStore) -> None:
    free = store.layout.free_bytes()
    if size and size + _KEEP_FREE_BYTES > free:
        message = f"the archive needs {size} bytes, and the disk of the store has {free} left"
        hint = "free some space and run the same command again; nothing was taken yet"
        raise StoreError(message, code=DISK_FULL, hint=hint)


def _take(file: BinaryIO, member: Member, store: OpenStore, on_bytes: Callable[[int], None]) -> None:
    """Copy a blob into the store, unless the file was changed since it was checked."""
    draft = store.blobs.draft()
    try:
        found = hashlib.sha256()
        for chunk in _read(file, member):
            found.update(chunk)
            draft.write(chunk)
            on_bytes(len(chunk))
        if found.hexdigest() != member.digest:
            raise unusable(f"the bytes of {member.name} changed while they were read")
        draft.keep()
    finally:
        draft.discard()
