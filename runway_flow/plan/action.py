"""Actions: instances with every input known, the unit that is hashed, paid and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, NewType

from msgspec import Struct

from runway_flow.catalog.pricing import estimate
from runway_flow.kernel.amounts import ZERO, Credits, Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.catalog.capability import Capability
    from runway_flow.kernel.media import Artifact

ActionKey = NewType("ActionKey", str)
"""The sha256 of an action's canonical key document, as 64 hexadecimal digits."""


class Action(Struct, frozen=True):
    """One thing to do, with every input known.

    `document` is the canonical key document; `key` is its digest. `request` is what is sent, by wire
    names; its leaves are plain scalars and `Medium`. `params` is the same by snake_case names.
    """

    key: ActionKey
    document: Mapping[str, object]
    capability: Capability
    request: Mapping[str, object]
    params: Mapping[str, object]

    @property
    def estimate(self) -> Estimate:
        """What it may cost, by the price rules of its row."""
        return estimate(self.capability, self.params)

    @property
    def is_local(self) -> bool:
        """Whether it is done on this machine, for nothing."""
        return self.capability.is_local

    @property
    def pool(self) -> str:
        """The concurrency limit that it counts against: its model, else its endpoint, or `local`."""
        if self.capability.is_local:
            return "local"
        return self.capability.model or self.capability.endpoint


class ActionResult(Struct, frozen=True):
    """What an action gave: kept for ever under its key, also when the bytes are gone.

    `created_at` is seconds since 1970 UTC. `tool` is the version of the local tool that made it.
    """

    key: ActionKey
    document: Mapping[str, object]
    outputs: tuple[Artifact, ...]
    created_at: float
    task: str | None = None
    credits: Credits = ZERO
    tool: str | None = None
