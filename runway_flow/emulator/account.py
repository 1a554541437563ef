"""What an account has used: credits and generations of the last 24 hours, and the slots of each pool."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING

from runway_flow.emulator.fates import FOREVER
from runway_flow.emulator.options import DAY_S
from runway_flow.emulator.tasks import next_start

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.emulator.options import EmulatorOptions
    from runway_flow.emulator.records import TaskRecord


class Account:
    """Sums over tasks, kept up to date one task at a time so that none costs more than the one before."""

    def __init__(self, options: EmulatorOptions, tasks: Iterable[TaskRecord]) -> None:
        """Take the account's limits and every task so far, in order."""
        self._options = options
        self._recent: deque[tuple[float, str, str]] = deque()
        self._charges: dict[str, float] = {}
        self._spent = 0.0
        self._generations: Counter[str] = Counter()
        self._ends: defaultdict[str, list[float]] = defaultdict(list)
        for record in tasks:
            self.add(record)

    def add(self, record: TaskRecord) -> None:
        """Count a task: its estimate until its end was seen, then its cost."""
        charge = float(record.cost) if record.is_settled else record.estimate
        self._recent.append((record.created_at, record.id, record.pool))
        self._charges[record.id] = charge
        self._spent += charge
        self._generations[record.pool] += 1
        if not record.is_gone and record.life.start < FOREVER:
            ends = self._ends[record.pool]
            ends.append(record.life.end)
            self._ends[record.pool] = heapq.nlargest(self._options.concurrency, ends)

    def settle(self, id_: str, cost: float) -> None:
        """Replace a task's charge by what it cost in the end."""
        if id_ in self._charges:
            self._spent += cost - self._charges[id_]
            self._charges[id_] = cost

    def replace_ends(self, pool: str, ends: Iterable[float]) -> None:
        """Take new ends for a pool, after one of its tasks was removed."""
        self._ends[pool] = heapq.nlargest(self._options.concurrency, ends)

    def next_start(self, pool: str, created: float) -> float:
        """Give when a new task of a pool gets a slot, in remote seconds."""
        return next_start(self._ends[pool], self._options.concurrency, created)

    def balance(self, wall: float) -> float:
        """Give the credits that can be spent now."""
        self._forget(wall)
        return self._options.balance - self._spent

    def generations(self, wall: float) -> dict[str, int]:
        """Give how many tasks of each pool were created in the last 24 hours."""
        self._forget(wall)
        return {pool: count for pool, count in self._generations.items() if count}

    def _forget(self, wall: float) -> None:
        while self._recent and self._recent[0][0] <= wall - DAY_S:
            _, id_, pool = self._recent.popleft()
            self._spent -= self._charges.pop(id_)
            self._generations[pool] -= 1
