"""Instances: what a step with `foreach` expands to, one for each combination."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runway_flow.spec.flow import Step


class Instance(Struct, frozen=True):
    """One instance of a step: its address, its key and position in the fan-out, its loop values."""

    address: str
    step: Step
    key: str | None = None
    index: int = 0
    loops: Mapping[str, object] = field(default_factory=dict)


class FanOut(Struct, frozen=True):
    """All instances of one step, in order and by key. A single step has one, under the key None.

    `is_open`: the list is not known (an input value is missing), so there may be others.
    """

    step: Step
    instances: tuple[Instance, ...]
    by_key: Mapping[str | None, Instance]
    is_open: bool = False
