"""Where the store keeps what: its paths, how its folder is made, and when it is refused."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.kernel.codes import STORE_UNUSABLE
from runway_flow.kernel.errors import StoreError
from runway_flow.store.atomic import SYSTEM_DISK, Disk, store_error

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT_VARIABLE = "RUNWAY_FLOW_STORE"
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_ELSEWHERE = f"or choose another folder with --store or {ROOT_VARIABLE}"


def default_root(environ: Mapping[str, str]) -> Path:
    """Give the folder of the store: `RUNWAY_FLOW_STORE`, else the user's folder for data (not for caches)."""
    chosen = environ.get(ROOT_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("runway-flow", appauthor=False))


class StoreLayout(Struct, frozen=True):
    """The paths of a store."""

    root: Path

    @property
    def state(self) -> Path:
        """The database of records."""
        return self.root / "state.db"

    @property
    def lock(self) -> Path:
        """The lock under which the database is opened."""
        return self.root / "state.lock"

    @property
    def reserve(self) -> Path:
        """A file that is given up when the disk is full, so that the journal can still be written."""
        return self.root / "reserve"

    @property
    def blobs(self) -> Path:
        """The folder of blobs; below it one folder for each first two digits."""
        return self.root / "cas" / "sha256"

    @property
    def drafts(self) -> Path:
        """The folder of what is being written."""
        return self.root / "drafts"

    @property
    def quarantine(self) -> Path:
        """The folder of blobs whose bytes were found to be wrong."""
        return self.root / "quarantine"

    @property
    def condemned(self) -> Path:
        """The folder of blobs that are about to be removed; made when there are some."""
        return self.root / "condemned"

    @property
    def owners(self) -> Path:
        """The folder of locks by which processes are known to be alive."""
        return self.root / "owners"

    @property
    def emulator(self) -> Path:
        """The folder of the emulator's tasks and ledger."""
        return self.root / "emulator"

    def exists(self) -> bool:
        """Whether there is a store that may be used; makes nothing.

        Raises `StoreError` (`STORE_UNUSABLE`) if what is there cannot be a store, is another user's, or
        can be written by others (who could plant results).
        """
        try:
            status = self.root.stat()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise store_error(error, "use", self.root) from error
        fault = find_fault(status.st_mode, status.st_uid, _user())
        if fault:
            what, hint = fault
            message = f"the store {self.root} {what}"
            raise StoreError(message, code=STORE_UNUSABLE, hint=f"{hint}, {_ELSEWHERE}")
        return True

    def create(self, disk: Disk = SYSTEM_DISK) -> None:
        """Make what is missing of the folders, readable by their owner alone; durable.

        Raises `StoreError` as `exists` does, and if a folder cannot be made or written.
        """
        if not self.exists():
            self._make(self.root, disk)
        for folder in (
            self.blobs.parent,
            self.blobs,
            self.drafts,
            self.quarantine,
            self.owners,
            self.emulator,
        ):
            self._make(folder, disk)

    def _make(self, folder: Path, disk: Disk) -> None:
        try:
            if not folder.is_dir():
                folder.parent.mkdir(parents=True, exist_ok=True)
                folder.mkdir(mode=0o700, exist_ok=True)
                disk.sync_folder(folder.parent)
        except OSError as error:
            raise store_error(error, "make", folder) from error
        if not os.access(folder, os.W_OK | os.X_OK):
            message = f"the store's folder {folder} cannot be written"
            raise StoreError(message, code=STORE_UNUSABLE, hint=f"make it writable, {_ELSEWHERE}")

    def free_bytes(self) -> int:
        """Give the free space for blobs. Raises `StoreError`."""
        try:
            return shutil.disk_usage(self.root).free
        except OSError as error:
            raise store_error(error, "use", self.root) from error


def find_fault(mode: int, owner: int, user: int | None) -> tuple[str, str] | None:
    """Say why a folder with this mode and owner is no store for `user`, and what to do; None: it is fine.

    Without a user (Windows) owner and permissions are not judged.
    """
    if not stat.S_ISDIR(mode):
        return "is not a folder", "move the file away"
    if user is None:
        return None
    if owner != user:
        return "belongs to another user", "take the ownership"
    if mode & _OTHERS_MAY_WRITE:
        return "can be written by others, who could plant results", "run `chmod go-w` on it"
    return None


def _user() -> int | None:
    return os.geteuid() if hasattr(os, "geteuid") else None
