"""Remote time: it passes `speed` times faster than real time, on through the death of the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from runway_flow.kernel.clock import Clock


class Anchor(Struct, frozen=True):
    """Remote time `remote` was at wall time `wall`, and has passed at `speed` since."""

    wall: float
    remote: float
    speed: float

    def moved(self, wall: float, speed: float) -> Anchor:
        """Give the anchor at a later wall time, from which on time passes at another speed.

        A wall clock that was set back lets no remote time pass.
        """
        return Anchor(wall, self.remote + max(wall - self.wall, 0.0) * self.speed, speed)


class RemoteClock(Struct, frozen=True):
    """The time of one process of the emulator; it never goes back."""

    clock: Clock
    anchor: Anchor
    started: float

    @classmethod
    def starting(cls, clock: Clock, speed: float, earlier: Anchor | None) -> RemoteClock:
        """Go on from where an earlier process left off, if there was one."""
        wall = clock.now()
        anchor = earlier.moved(wall, speed) if earlier else Anchor(wall, wall, speed)
        return cls(clock, anchor, clock.monotonic())

    def now(self) -> float:
        """Give remote seconds."""
        return self.anchor.remote + (self.clock.monotonic() - self.started) * self.anchor.speed

    def wall(self) -> float:
        """Give the real time, seconds since 1970 UTC: for records and for people."""
        return self.clock.now()
