"""What a plan is asked for beside the flow and its inputs."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from runway_flow.kernel.amounts import Credits


class Reach(StrEnum):
    """Which instances a selection takes beside those that it names."""

    ONLY = "only"
    FROM = "from"
    UNTIL = "until"


class Selection(Struct, frozen=True):
    """Addresses as the user wrote them, and whether what follows or what precedes is taken too."""

    reach: Reach
    addresses: tuple[str, ...]


class PlanSettings(Struct, frozen=True):
    """`realm`: `runway`, `local` for whatever listens on loopback, else the API's host name.

    `budget`: the command line's, in credits; the lower of it and the flow's counts.
    `jobs`: how many remote tasks may run at once, for the estimate of time.
    """

    realm: str
    selection: Selection | None = None
    budget: Credits | None = None
    jobs: int | None = None
