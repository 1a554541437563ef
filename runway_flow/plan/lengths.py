"""How long the media will be that instances have still to make, for what is priced by their seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runway_flow.catalog.pricing import promised_seconds
from runway_flow.kernel.values import Deferred

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.plan.plan import PlannedStep

Seconds = tuple[float, float]


@dataclass(slots=True)
class Lengths:
    """Looks at the instances that are planned so far; each is looked at once."""

    known: dict[str, Seconds | None] = field(default_factory=dict)

    def of(self, medium: object, earlier: Mapping[str, PlannedStep]) -> Seconds | None:
        """Give how long at least and at most a medium to come will be; None where nobody says."""
        address = medium.output_of if isinstance(medium, Deferred) else None
        if address is None or address not in earlier:
            return None
        if address not in self.known:
            step = earlier[address]
            self.known[address] = promised_seconds(
                step.capability, step.params, lambda each: self.of(each, earlier)
            )
        return self.known[address]
