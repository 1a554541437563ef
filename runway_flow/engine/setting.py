"""What a run is given: the world as ports, and the user's options."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from msgspec import Struct, field

from runway_flow.engine.retry import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from runway_flow.engine.events import EventSink
    from runway_flow.engine.offload import Offload
    from runway_flow.engine.ports import Binder, BlobStore, LocalProvider, StateStore, TaskProvider
    from runway_flow.engine.records import Owner
    from runway_flow.kernel.amounts import Credits
    from runway_flow.kernel.clock import Clock


class Ports(Struct, frozen=True):
    """Everything of the world that a run touches.

    `tasks` opens the remote service when the first action needs it, at most once; the run closes it.
    `new_id` makes ids of attempts; `owner` is this process, `is_alive` tells whether another still runs.
    `draw` gives numbers from 0 to 1 for jitter. Without an `offload`, threads are used.
    """

    tasks: Callable[[], TaskProvider]
    local: LocalProvider
    blobs: BlobStore
    state: StateStore
    events: EventSink
    clock: Clock
    binder: Binder
    new_id: Callable[[], str]
    owner: Owner
    is_alive: Callable[[Owner], bool]
    draw: Callable[[], float] = field(default=random.random)
    offload: Offload | None = None


class RunOptions(Struct, frozen=True):
    """How a run is to be done; times in seconds.

    `poll_min_s`: no two looks at a task are closer. `jobs`: how many actions may be under way remotely,
    whatever the account allows; `local_jobs`: on this machine. `submit_parallel`: how many POSTs may be
    unanswered at once, which is how many attempts a crash can leave in doubt.
    `patience_s`: how long the service may be out of reach. `grace_s`: what a download that is under way
    gets when the user ends the run. `lease_poll_s`: how often another process's action is looked at, for
    `lease_wait_s` at most (None: as long as it works).
    """

    run_id: str
    realm: str
    poll_min_s: float
    jobs: int | None = None
    local_jobs: int = 2
    budget: Credits | None = None
    allow_unknown_price: bool = False
    submit_parallel: int = 4
    patience_s: float = PATIENCE_S
    grace_s: float = 5.0
    lease_poll_s: float = 1.0
    lease_wait_s: float | None = None
    heartbeat_s: float = 15.0
