"""How an emulated account behaves: its limits, its speed, and where it keeps its records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from runway_flow.emulator.faults import Fault

DAY_S = 86_400.0


class EmulatorOptions(Struct, frozen=True):
    """An emulated account.

    `speed`: how many times faster than real time tasks proceed and links expire.
    `state_path`: the SQLite file of tasks and uploads; None keeps them in memory.
    `ledger_path`: a file that gets one JSON line for every POST received and every task billed.
    `concurrency` and `daily` hold for each model; `daily` None: no limit.
    `balance`: credits that the account may spend in 24 h; what was spent earlier has been topped up again.
    `task_seconds`: a fixed length for every task in remote seconds, instead of what its kind usually takes.
    `price_factors`: model or `endpoint/model` → how many times the table's price it is billed at.
    `faults` strike as their texts say; `fault_seed` decides what chance does.
    `link_seconds`: how long a signed output link holds, in remote seconds.
    `upload_seconds`: how long an upload can be used, in real seconds whatever the speed, because a client
    that caches uploads knows nothing of our speed.
    Raises `ValueError` when a number is not positive, or a factor below 0.
    """

    speed: float = 1.0
    state_path: Path | None = None
    ledger_path: Path | None = None
    key_required: bool = True
    concurrency: int = 3
    daily: int | None = None
    balance: int = 100_000
    task_seconds: float | None = None
    link_seconds: float = DAY_S
    upload_seconds: float = DAY_S
    price_factors: Mapping[str, float] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    fault_seed: int = 0

    def __post_init__(self) -> None:
        positive = (self.speed, self.concurrency, self.link_seconds, self.upload_seconds)
        if min(positive) <= 0 or (self.task_seconds is not None and self.task_seconds <= 0):
            raise ValueError("speed, concurrency and lengths of time must be positive")
        if min(self.price_factors.values(), default=0.0) < 0:
            raise ValueError("a price cannot be negative")
