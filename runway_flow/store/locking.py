"""A lock between processes: held while the store is opened, gone with the process that holds it."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from runway_flow.kernel.codes import STORE_BUSY
from runway_flow.kernel.errors import StoreError
from runway_flow.store.atomic import store_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WAIT_S = 30.0
"""Opening takes milliseconds; whoever holds the lock this long hangs."""

_PAUSE_S = 0.01


@contextmanager
def file_lock(
    path: Path, *, wait_s: float = WAIT_S, pause: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Hold the lock `path` (made if it is missing, never removed).

    Raises `StoreError`: `STORE_BUSY` if another process holds it for `wait_s`, or why it cannot be made.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as error:
        raise store_error(error, "open", path) from error
    try:
        _wait_for(descriptor, path, wait_s, pause)
        yield
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, path: Path, wait_s: float, pause: Callable[[float], None]) -> None:
    waited = 0.0
    while not try_lock(descriptor):
        if waited >= wait_s:
            message = f"another process has held {path} for {wait_s:g} s"
            raise StoreError(message, code=STORE_BUSY, hint="end the process that hangs, or wait for it")
        pause(_PAUSE_S)
        waited += _PAUSE_S


if sys.platform == "win32":  # pragma: no cover - the other systems' branch is tested; same contract
    import msvcrt

    def try_lock(descriptor: int) -> bool:
        """Lock an open file for as long as it is open; False if it is locked already."""
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def try_lock(descriptor: int) -> bool:
        """Lock an open file for as long as it is open; False if it is locked already."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
