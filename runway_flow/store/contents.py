"""What is in the store's folders, listed and hashed."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel.digests import Digest
from runway_flow.store.atomic import CHUNK_BYTES, store_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import DirEntry

    from runway_flow.store.layout import StoreLayout

_DIGEST = re.compile(r"[0-9a-f]{64}")
_PAIR = re.compile(r"[0-9a-f]{2}")


class BlobFile(Struct, frozen=True):
    """A blob as it lies on the disk."""

    digest: Digest
    path: Path
    size: int


class Contents(Struct, frozen=True):
    """Every blob in order of its digest, and what else lies in their folder and is none."""

    blobs: tuple[BlobFile, ...]
    strays: tuple[Path, ...]


def list_blobs(layout: StoreLayout) -> Contents:
    """List the blobs; a store without the folder has none. Raises `StoreError`."""
    blobs: list[BlobFile] = []
    strays: list[Path] = []
    try:
        for folder in _entries(layout.blobs):
            if not _PAIR.fullmatch(folder.name) or not folder.is_dir(follow_symlinks=False):
                strays.append(Path(folder.path))
                continue
            for entry in _entries(Path(folder.path)):
                blob = _read_entry(entry, folder.name)
                if blob is None:
                    strays.append(Path(entry.path))
                else:
                    blobs.append(blob)
    except OSError as error:
        raise store_error(error, "list", layout.blobs) from error
    return Contents(tuple(blobs), tuple(strays))


def is_digest(name: str) -> bool:
    """Whether a name is that of a blob."""
    return _DIGEST.fullmatch(name) is not None


def _entries(folder: Path) -> Iterator[DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    yield from entries


def _read_entry(entry: DirEntry[str], pair: str) -> BlobFile | None:
    status = entry.stat(follow_symlinks=False)
    is_blob = is_digest(entry.name) and entry.name.startswith(pair) and stat.S_ISREG(status.st_mode)
    return BlobFile(Digest(entry.name), Path(entry.path), status.st_size) if is_blob else None


def digest_file(path: Path, on_read: Callable[[int], None]) -> Digest:
    """Hash a file, telling how many bytes were read each time. Raises `OSError`."""
    found = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK_BYTES):
            found.update(chunk)
            on_read(len(chunk))
    return Digest(found.hexdigest())
