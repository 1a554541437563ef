"""A disk that writes down what is asked of it, and fails where a test says so."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from runway_flow.store.atomic import Disk

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class FakeDisk(Disk):
    """Does what a disk does; `fails` maps the name of a call to the errno that it ends with."""

    fails: dict[str, int] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)

    def write(self, file: BinaryIO, data: bytes) -> None:
        """Append, unless it shall fail."""
        self._note("write", str(file.name))
        super().write(file, data)

    def sync(self, file: BinaryIO) -> None:
        """Sync, unless it shall fail."""
        self._note("sync", str(file.name))
        super().sync(file)

    def sync_folder(self, folder: Path) -> None:
        """Sync a folder, unless it shall fail."""
        self._note("sync_folder", folder.name)
        super().sync_folder(folder)

    def rename(self, source: Path, target: Path) -> None:
        """Rename, unless it shall fail."""
        self._note("rename", target.name)
        super().rename(source, target)

    def clone(self, source: BinaryIO, target: BinaryIO) -> bool:
        """Clone by copying where `fails` has no `clone`: the caller cannot tell."""
        if "clone" in self.fails:
            return False
        target.write(source.read())
        target.seek(0)
        return True

    def names(self) -> list[str]:
        """Give the calls without what they were about."""
        return [name for name, _ in self.calls]

    def _note(self, name: str, what: str) -> None:
        self.calls.append((name, what))
        if name in self.fails:
            raise OSError(self.fails[name], os.strerror(self.fails[name]))
