"""The user's wish to end a run: asked for once it ends in order, asked for twice it ends at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class StopSignal:
    """Carries the wish from signal handlers to the executor; used in the event loop's thread only."""

    def __init__(self) -> None:
        self._reason: str | None = None
        self._is_urgent = False
        self._listeners: list[Callable[[], None]] = []

    @property
    def reason(self) -> str | None:
        """What was asked for first: `interrupt`, `terminate`, or nothing."""
        return self._reason

    @property
    def is_requested(self) -> bool:
        """Whether the run should end in order: nothing new, what is under way is written down."""
        return self._reason is not None

    @property
    def is_urgent(self) -> bool:
        """Whether it should end at once."""
        return self._is_urgent

    def request(self, reason: str = "interrupt") -> None:
        """Ask for the end; a second time, for an end at once."""
        if self._reason is None:
            self._reason = reason
        else:
            self._is_urgent = True
        for listener in tuple(self._listeners):
            listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Be told of every request from now on; gives what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
