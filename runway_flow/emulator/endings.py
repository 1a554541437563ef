"""How a task ends and how long it takes: forced by a mark in its texts, else by the kind of its result."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from runway_flow.engine.service import TaskState
from runway_flow.kernel.media import MediaKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runway_flow.kernel.digests import Digest

FAILURE_CODE = re.compile(r"[A-Z][A-Z0-9_]*(?:\.[A-Z0-9_]+)*")
MARK = re.compile(rf"\[emulate:(?:cancel|fail=({FAILURE_CODE.pattern}))\]")
"""`[emulate:fail=SAFETY.INPUT.TEXT]` and `[emulate:cancel]` in any text of a request force that end."""


class Ending(Struct, frozen=True):
    """How a task will end; a `failure_code` only when it FAILS."""

    state: TaskState = TaskState.SUCCEEDED
    failure_code: str | None = None

    @property
    def is_charged(self) -> bool:
        """Whether the task's price is kept.

        Moderated tasks cost what successful ones do, other failures are refunded, and what is
        cancelled while it RUNs is not (Runway's documentation of moderation and of task deletion).
        """
        return self.failure_code is None or self.failure_code.startswith("SAFETY.")


def ending_of(texts: Iterable[str]) -> Ending:
    """Read the first mark in the texts of a request; without one the task succeeds."""
    for text in texts:
        found = MARK.search(text)
        if found is not None:
            code = found.group(1)
            return Ending(TaskState.FAILED, code) if code else Ending(TaskState.CANCELLED)
    return Ending()


USUAL_S: dict[MediaKind, tuple[float, float]] = {
    MediaKind.IMAGE: (8.0, 8.0),
    MediaKind.VIDEO: (30.0, 40.0),
    MediaKind.AUDIO: (4.0, 6.0),
    MediaKind.TEXT: (2.0, 2.0),
}
"""Remote seconds, least and most, that a result of a kind takes; made up."""


def usual_seconds(kind: MediaKind, digest: Digest) -> float:
    """Give how long the task takes: within the kind's range, the same for the same request."""
    low, high = USUAL_S[kind]
    return round(low + (high - low) * (int(digest[:8], 16) / 0xFFFF_FFFF), 3)
