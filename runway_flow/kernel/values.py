"""Values that an expression can yield beside plain data: deferred, skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from runway_flow.kernel.media import MediaKind


class Deferred(Struct, frozen=True):
    """A value that only a run can tell, and the instances that it waits for.

    `kind` is known where the value will be a medium. Without `needs` it waits for an input value.
    `output_of`: the instance whose output it is, and nothing else.
    """

    needs: frozenset[str] = frozenset()
    kind: MediaKind | None = None
    output_of: str | None = None


class Skipped(Struct, frozen=True):
    """What reading the output of a skipped instance yields; reading it skips the reader."""

    instance: str
