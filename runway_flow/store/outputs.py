"""Named results as files of the user's: written whole, and nothing overwritten that is not ours."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel.codes import OUTPUT_UNWRITABLE
from runway_flow.kernel.digests import Digest
from runway_flow.kernel.errors import StoreError
from runway_flow.kernel.file_names import collisions, is_safe_path
from runway_flow.store.atomic import (
    PART_SUFFIX,
    STALE_AFTER_S,
    SYSTEM_DISK,
    Disk,
    is_part_name,
    read_chunks,
    remove_quietly,
    store_error,
)
from runway_flow.store.manifest import MANIFEST_NAME, ManifestEntry, read_manifest, write_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from os import stat_result
    from pathlib import Path

    from runway_flow.engine.ports import BlobStore
    from runway_flow.kernel.media import Artifact

_NOTHING_WRITTEN, _NOTHING_SUBMITTED = "no output was written", "nothing was submitted"
_ELSEWHERE = "choose another folder with --out"

MAX_NOTES = 20
"""More obstacles than this are not listed one by one."""


class ExportItem(Struct, frozen=True):
    """One file to be: its path below the folder (parts joined by `/`), and what it holds."""

    path: str
    artifact: Artifact


class PlannedFile(Struct, frozen=True):
    """One file to be, as far as it is known before it is made: what it holds may not be."""

    path: str
    artifact: Artifact | None


class ExportedFile(Struct, frozen=True):
    """One file that is there now; `is_written` says whether it was not before."""

    path: Path
    artifact: Artifact
    is_written: bool


class _Found(Struct, frozen=True):
    """What is at an item's path: nothing, or a file with this digest and stat."""

    digest: Digest | None = None
    status: stat_result | None = None


def export(
    folder: Path, items: Sequence[ExportItem], blobs: BlobStore, disk: Disk = SYSTEM_DISK
) -> tuple[ExportedFile, ...]:
    """Write the items below `folder`, in order; what is there already is not written again.

    Everything is checked before anything is written. Replaced are only files that the folder's manifest
    lists with the digest they still have; a file that happens to be what is wanted becomes ours. Files of
    an earlier export that are no longer wanted stay, and stay ours. Symlinks in the folder are refused.

    Raises `StoreError`: `OUTPUT_UNWRITABLE` naming what is in the way (nothing is written then), or why
    the folder cannot be written; `BLOB_MISSING`, `BLOB_CORRUPT`, `DISK_FULL`.
    """
    if not items:
        return ()
    entries, found = _look_at_all(folder, items, _NOTHING_WRITTEN)
    return _write(folder, tuple(zip(items, found, strict=True)), entries, blobs, disk)


def check_places(folder: Path, files: Sequence[PlannedFile]) -> None:
    """Raise what `export` would, as far as that can be known before the files are made; writes nothing.

    A file of the user's that stands where one with unknown content will go is in the way, too: it would
    only by chance be what is wanted.
    """
    if files:
        _check_writable(folder, files)
        _look_at_all(folder, files, _NOTHING_SUBMITTED)


def _look_at_all(
    folder: Path, items: Sequence[ExportItem | PlannedFile], consequence: str
) -> tuple[dict[str, ManifestEntry], list[_Found]]:
    """Say what is at the items' paths, and what the manifest knows of them; refuse what is in the way."""
    _check_paths(items)
    obstacles = _find_folder_obstacles(folder, items)
    _refuse(obstacles, consequence)
    try:
        entries = read_manifest(folder)
    except OSError as error:
        raise store_error(error, "read", folder / MANIFEST_NAME, is_output=True) from error
    found = [_look(folder, item, entries.get(item.path), obstacles) for item in items]
    _refuse(obstacles, consequence)
    return entries, found


def _check_writable(folder: Path, items: Iterable[PlannedFile]) -> None:
    """Refuse folders that cannot be written, or made below what there is."""
    for one in dict.fromkeys((folder / item.path).parent for item in items):
        there = one
        while _lstat(there) is None and there != there.parent:
            there = there.parent
        if not there.is_dir():
            message = f"{there} is no folder, so {folder} cannot be made; {_NOTHING_SUBMITTED}"
            raise StoreError(message, code=OUTPUT_UNWRITABLE, hint=_ELSEWHERE)
        if not os.access(there, os.W_OK | os.X_OK):
            message = f"{there} cannot be written; {_NOTHING_SUBMITTED}"
            raise StoreError(message, code=OUTPUT_UNWRITABLE, hint=f"make it writable, or {_ELSEWHERE}")


def _check_paths(items: Sequence[ExportItem | PlannedFile]) -> None:
    for item in items:
        if not is_safe_path(item.path):
            message = f"{item.path!r} is not a safe name for an output"
            raise StoreError(message, code=OUTPUT_UNWRITABLE, hint="rename the output or the instance's key")
    for group in collisions(item.path for item in items):
        message = f"outputs would be written to the same file: {', '.join(group)}"
        raise StoreError(message, code=OUTPUT_UNWRITABLE, hint="rename one of them; case does not count")


def _find_folder_obstacles(folder: Path, items: Sequence[ExportItem | PlannedFile]) -> list[str]:
    """Find folders that are something else; the manifest must be a plain file."""
    folders = dict.fromkeys(
        [folder]
        + [folder.joinpath(*item.path.split("/")[:depth]) for item in items for depth in _depths(item.path)]
    )
    found = []
    for one in folders:
        status = _lstat(one)
        if status is not None and not stat.S_ISDIR(status.st_mode):
            found.append(f"{one} is {_describe(status)} where a folder is needed")
    manifest = None if found else _lstat(folder / MANIFEST_NAME)
    if manifest is not None and not stat.S_ISREG(manifest.st_mode):
        found.append(f"{folder / MANIFEST_NAME} is {_describe(manifest)} where a file is needed")
    return found


def _depths(path: str) -> range:
    return range(1, path.count("/") + 1)


def _look(
    folder: Path, item: ExportItem | PlannedFile, entry: ManifestEntry | None, obstacles: list[str]
) -> _Found:
    """Say what is at an item's path; what must not be replaced is added to the obstacles."""
    path = folder / item.path
    status = _lstat(path)
    if status is None:
        return _Found()
    if not stat.S_ISREG(status.st_mode):
        obstacles.append(f"{path} is {_describe(status)} where a file is needed")
        return _Found()
    if entry and entry.is_unchanged(status):
        return _Found(entry.digest, status)
    digest = _digest_file(path)
    is_wanted = item.artifact is not None and digest == item.artifact.digest
    if not is_wanted and not (entry and entry.is_ours(digest)):
        obstacles.append(f"{path} was {'edited' if entry else 'not written by runway-flow'}")
    return _Found(digest, status)


def _refuse(obstacles: list[str], consequence: str) -> None:
    if not obstacles:
        return
    first, *others = obstacles
    notes = others[:MAX_NOTES]
    if len(others) > MAX_NOTES:
        notes.append(f"and {len(others) - MAX_NOTES} more")
    message = f"{first}; it is not overwritten, and {consequence}"
    hint = f"move it away and run the same command again, or {_ELSEWHERE}"
    raise StoreError(message, code=OUTPUT_UNWRITABLE, hint=hint, notes=tuple(notes))


def _write(
    folder: Path,
    files: tuple[tuple[ExportItem, _Found], ...],
    entries: dict[str, ManifestEntry],
    blobs: BlobStore,
    disk: Disk,
) -> tuple[ExportedFile, ...]:
    wanted = [(item, found) for item, found in files if found.digest != item.artifact.digest]
    after = {path: entry for path, entry in entries.items() if _lstat(folder / path) is not None}
    for item, found in files:
        after[item.path] = _entry(item, found)
    try:
        if wanted:
            folder.mkdir(parents=True, exist_ok=True)
            # First it is noted what will be ours: after a crash it can still be told from the user's.
            write_manifest(folder, after, disk)
            _remove_stale_parts(folder, {(folder / item.path).parent for item, _ in wanted})
        for item, _ in wanted:
            path = folder / item.path
            path.parent.mkdir(parents=True, exist_ok=True)
            blobs.materialise(item.artifact.digest, path)
            after[item.path] = _entry(item, _Found(item.artifact.digest, path.stat()))
        if wanted or after != entries:
            write_manifest(folder, after, disk)
    except OSError as error:
        raise store_error(error, "write", folder, is_output=True) from error
    written = {item.path for item, _ in wanted}
    return tuple(ExportedFile(folder / one.path, one.artifact, one.path in written) for one, _ in files)


def _remove_stale_parts(folder: Path, folders: set[Path]) -> None:
    """Remove what a process that was killed left of a copy; by the file system's own time."""
    now = (folder / MANIFEST_NAME).stat().st_mtime
    for one in folders | {folder}:
        for path in one.glob(f".*{PART_SUFFIX}"):
            if is_part_name(path.name[1:]) and now - path.lstat().st_mtime > STALE_AFTER_S:
                remove_quietly(path)


def _entry(item: ExportItem, found: _Found) -> ManifestEntry:
    digest = item.artifact.digest
    if found.digest == digest and found.status:
        return ManifestEntry(digest, found.status.st_size, found.status.st_mtime_ns)
    return ManifestEntry(digest, before=found.digest)


def _lstat(path: Path) -> stat_result | None:
    try:
        return path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise store_error(error, "look at", path, is_output=True) from error


def _digest_file(path: Path) -> Digest:
    found = hashlib.sha256()
    try:
        file = path.open("rb")
    except OSError as error:
        raise store_error(error, "read", path, is_output=True) from error
    with file:
        for chunk in read_chunks(file, str(path), OUTPUT_UNWRITABLE):
            found.update(chunk)
    return Digest(found.hexdigest())


def _describe(status: stat_result) -> str:
    if stat.S_ISLNK(status.st_mode):
        return "a symlink"
    if stat.S_ISDIR(status.st_mode):
        return "a folder"
    return "a file" if stat.S_ISREG(status.st_mode) else "no plain file"
