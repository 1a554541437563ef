"""The clock as a port: nothing but its adapter reads the machine's time."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Time for people (`now`), time for deadlines (`monotonic`), and waiting."""

    def now(self) -> float:
        """Give the wall clock as seconds since 1970 UTC; only for display and records."""
        ...

    def monotonic(self) -> float:
        """Give seconds since an arbitrary moment; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
