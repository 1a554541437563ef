"""The bytes that came with uploads and data URIs: one file for each content, and what it is."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from typing import TYPE_CHECKING, BinaryIO

from runway_flow.kernel.digests import Digest, digest_bytes
from runway_flow.kernel.errors import MediaError
from runway_flow.tools.probe import probe

if TYPE_CHECKING:
    from pathlib import Path

    from runway_flow.kernel.media import MediaFacts

_CHUNK_BYTES = 1 << 20


class ContentFolder:
    """A folder of files named by their content's digest."""

    def __init__(self, folder: Path) -> None:
        """Make the folder if needed. Raises `OSError`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder

    def path(self, digest: Digest) -> Path:
        """Give where a content stands, or would."""
        return self.folder / digest

    def read(self, digest: Digest) -> bytes | None:
        """Give the bytes, or None if they are gone."""
        try:
            return self.path(digest).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, data: bytes) -> tuple[Digest, MediaFacts | None]:
        """Keep some bytes. Raises `OSError`."""
        digest = digest_bytes(data)
        if not self._touch(digest):
            self._write(digest, data)
        return digest, _facts(io.BytesIO(data))

    def put_stream(self, source: BinaryIO) -> tuple[Digest, MediaFacts | None]:
        """Keep the bytes of a stream that can be read twice. Raises `OSError`."""
        hasher = hashlib.sha256()
        while chunk := source.read(_CHUNK_BYTES):
            hasher.update(chunk)
        digest = Digest(hasher.hexdigest())
        if not self._touch(digest):
            source.seek(0)
            handle, name = tempfile.mkstemp(dir=self.folder)
            with os.fdopen(handle, "wb") as file:
                while chunk := source.read(_CHUNK_BYTES):
                    file.write(chunk)
            os.replace(name, self.path(digest))  # noqa: PTH105 - mkstemp gives a name, not a Path
        with self.path(digest).open("rb") as file:
            return digest, _facts(file)

    def prune(self, before: float) -> None:
        """Remove what was last brought before a moment of real time."""
        for path in self.folder.iterdir():
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

    def _touch(self, digest: Digest) -> bool:
        """Renew a content's age; false if it is not there."""
        try:
            os.utime(self.path(digest))
        except FileNotFoundError:
            return False
        return True

    def _write(self, digest: Digest, data: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, self.path(digest))  # noqa: PTH105 - mkstemp gives a name, not a Path


def _facts(file: BinaryIO) -> MediaFacts | None:
    file.seek(0)
    try:
        return probe(file)
    except MediaError:
        return None
