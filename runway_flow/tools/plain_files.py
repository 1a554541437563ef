"""Opens files whose place was checked: no link is followed on the way, nothing but a plain file is read."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable


def is_within(real: Path, folders: Iterable[Path]) -> bool:
    """Whether a path without links is in one of the folders (or is one of them), their links resolved.

    Raises `OSError`, `RuntimeError` (a loop of links), `ValueError`.
    """
    return any(real.is_relative_to(folder.resolve()) for folder in folders)


def leads_into(path: str, folder: Path) -> bool:
    """Whether a path leads to something in a folder; one that can be no path does not."""
    try:
        return is_within(Path(path).resolve(), (folder,))
    except (OSError, RuntimeError, ValueError):
        return False


def open_plain(real: Path) -> BinaryIO:
    """Open a plain file for reading, by a path whose links are resolved already.

    A link that was put anywhere on the way since then is an error, and a pipe or a device put in the
    file's place is neither waited for nor read. Raises `OSError`.
    """
    flags = os.O_RDONLY | _flag("O_NONBLOCK") | _flag("O_NOFOLLOW") | _flag("O_BINARY") | _flag("O_CLOEXEC")
    descriptor = _walk(real, flags) if hasattr(os, "O_PATH") and real.is_absolute() else os.open(real, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no plain file", str(real))
    return os.fdopen(descriptor, "rb")


def _walk(real: Path, flags: int) -> int:
    """Open folder by folder: O_NOFOLLOW alone looks at the last part of a path only."""
    through = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    folder = os.open(real.anchor, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in real.parts[1:-1]:
            inner = os.open(part, through, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(real.name, flags, dir_fd=folder)
    finally:
        os.close(folder)


def _flag(name: str) -> int:
    """Give a flag of `os.open`, or none where the platform does not know it."""
    return int(getattr(os, name, 0))
