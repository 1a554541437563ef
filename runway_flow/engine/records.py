"""Records of processes, runs and files that the store keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from runway_flow.kernel.amounts import Credits


class Owner(Struct, frozen=True):
    """A process, so that a lease of a dead one can be told: its id and when it started."""

    pid: int
    started: str
    token: str


class RunRecord(Struct, frozen=True):
    """One execution. `spent` counts every attempt of it, over all its continuations."""

    run_id: str
    identity: str
    flow: str
    path: str
    realm: str
    started_at: float
    ended_at: float | None = None
    status: str | None = None
    spent: Credits | None = None


class StatIdentity(Struct, frozen=True):
    """What tells whether a file is still the one that was hashed."""

    path: str
    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int
