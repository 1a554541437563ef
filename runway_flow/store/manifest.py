"""The manifest of an output folder: which files in it are ours, and what they were when we wrote them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from runway_flow.kernel.digests import Digest
from runway_flow.kernel.file_names import is_safe_path
from runway_flow.store.atomic import SYSTEM_DISK, Disk, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import stat_result
    from pathlib import Path

MANIFEST_NAME = ".runway-flow.json"
_VERSION = 1


class ManifestEntry(Struct, frozen=True):
    """What a file of ours is. `before` is set while it is being replaced: it may still be that.

    A file whose size and mtime are those that the entry remembers is taken for what it was, as a stat
    cache does; whoever edits a file and puts both back goes unnoticed.
    """

    digest: Digest
    size: int | None = None
    mtime_ns: int | None = None
    before: Digest | None = None

    def is_unchanged(self, status: stat_result) -> bool:
        """Whether a file need not be read to know that it is what the entry says."""
        return (self.size, self.mtime_ns) == (status.st_size, status.st_mtime_ns)

    def is_ours(self, digest: Digest) -> bool:
        """Whether these are bytes that we wrote there."""
        return digest in (self.digest, self.before)


def read_manifest(folder: Path) -> dict[str, ManifestEntry]:
    """Give the entries by relative path; a manifest that is missing or damaged has none.

    Without entries no file counts as ours, so damage never leads to overwriting. Raises `OSError`.
    """
    try:
        data = json.loads((folder / MANIFEST_NAME).read_bytes())
        if data["version"] != _VERSION:
            return {}
        files = data["files"].items()
        # The folder may be from anywhere: names that we never write are not looked at.
        return {path: _read_entry(fields) for path, fields in files if is_safe_path(path)}
    except (FileNotFoundError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}


def write_manifest(folder: Path, entries: Mapping[str, ManifestEntry], disk: Disk = SYSTEM_DISK) -> None:
    """Replace the manifest, durably. Raises `OSError`."""
    files = {path: _entry_fields(entry) for path, entry in sorted(entries.items())}
    text = json.dumps({"version": _VERSION, "files": files}, ensure_ascii=False, indent=1)
    write_whole(folder / MANIFEST_NAME, f"{text}\n".encode(), disk=disk)


def _read_entry(fields: dict[str, Any]) -> ManifestEntry:
    before = fields.get("before")
    return ManifestEntry(
        Digest(str(fields["sha256"])),
        fields.get("bytes"),
        fields.get("mtime_ns"),
        None if before is None else Digest(str(before)),
    )


def _entry_fields(entry: ManifestEntry) -> dict[str, object]:
    fields = {
        "sha256": entry.digest,
        "bytes": entry.size,
        "mtime_ns": entry.mtime_ns,
        "before": entry.before,
    }
    return {name: value for name, value in fields.items() if value is not None}
