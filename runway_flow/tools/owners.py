"""Processes as owners of leases: this one, and whether another is still alive."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from runway_flow.engine.records import Owner

_STARTED_FIELD = 19
"""Field 22 of /proc/PID/stat, counted from the third (proc(5)): the start time in clock ticks."""


def this_process() -> Owner:
    """Give this process as an owner."""
    pid = os.getpid()
    return Owner(pid, _started(pid) or "?", secrets.token_hex(8))


def is_alive(owner: Owner) -> bool:
    """Whether the process of an owner still runs; one that reuses its id is another process.

    Where start times cannot be read, a process of that id counts as the owner.
    """
    if owner.pid == os.getpid():
        return True
    started = _started(owner.pid)
    if started is not None:
        return owner.started in ("?", started)
    return _exists(owner.pid)


def _started(pid: int) -> str | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()[_STARTED_FIELD]


def _exists(pid: int) -> bool:
    if os.name == "nt":  # pragma: no cover - os.kill ends processes there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
