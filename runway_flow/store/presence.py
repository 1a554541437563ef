"""Who works on a store: each process holds a lock of its own for as long as it lives, however it ends."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from runway_flow.engine.records import Owner
from runway_flow.kernel.codes import STORE_BUSY
from runway_flow.kernel.errors import StoreError
from runway_flow.store.atomic import remove_quietly, store_error
from runway_flow.store.locking import file_lock, try_lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from runway_flow.store.layout import StoreLayout

_FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def presence(layout: StoreLayout, now: float) -> Iterator[Owner]:
    """Be an owner of leases; `is_present` says so to every process until this ends.

    A lock and not a process id, because ids lie: a killed process that its parent did not wait for keeps
    its id, in containers every process may have the same one, and Windows tells nothing of the dead.
    Raises `StoreError`.
    """
    token = f"{os.getpid()}-{os.urandom(16).hex()}"
    path = _path_of(layout, token)
    # Under a lock: who cleans up must not take a file for a dead one's that is not locked yet.
    with file_lock(layout.lock):
        _remove_dead(layout)
        try:
            descriptor = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise store_error(error, "write", path) from error
        try_lock(descriptor)
    try:
        yield Owner(os.getpid(), f"{now:.3f}", token)
    finally:
        os.close(descriptor)
        remove_quietly(path)


def is_present(layout: StoreLayout, owner: Owner) -> bool:
    """Whether an owner still works on the store."""
    return _is_locked(_path_of(layout, owner.token))


def present_processes(layout: StoreLayout) -> tuple[int, ...]:
    """Give the ids of the processes that use the store now, also for reading bytes."""
    found = [path.name for path in layout.owners.glob("*.lock") if _is_locked(path)]
    return tuple(sorted(int(name.partition("-")[0]) for name in found))


@contextmanager
def sole_use(layout: StoreLayout, work: Mapping[int, str]) -> Iterator[None]:
    """Be the only one who uses the store: nobody is here, and who comes waits until this ends.

    `work` says by process what it works on, as far as that is known. Raises `StoreError` (`STORE_BUSY`)
    naming who is here.
    """
    with file_lock(layout.lock):
        _remove_dead(layout)
        present = present_processes(layout)
        if present:
            who = ", ".join(map(str, present))
            message = f"the store is in use by {'process' if len(present) == 1 else 'processes'} {who}"
            hint = "run it again when they have ended; `--dry-run` only looks, and needs no wait"
            notes = tuple(f"process {one} works on {work[one]}" for one in present if one in work)
            raise StoreError(message, code=STORE_BUSY, hint=hint, notes=notes)
        yield


def _path_of(layout: StoreLayout, token: str) -> Path:
    return layout.owners / f"{token}.lock"


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError:
        return False
    try:
        return not try_lock(descriptor)
    finally:
        os.close(descriptor)


def _remove_dead(layout: StoreLayout) -> None:
    for path in layout.owners.glob("*.lock"):
        if not _is_locked(path):
            remove_quietly(path)
